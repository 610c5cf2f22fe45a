"""docs/controls.md is what the catalogue says."""

from __future__ import annotations

from pathlib import Path

from evidence.core.frameworks import current
from evidence.core.handbook import page

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "controls.md"


def test_the_page_is_the_catalogue() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(current())
