"""docs/evidence.md names every format that is read, and the limits that hold."""

from __future__ import annotations

from pathlib import Path

from evidence.commands.packed import HELD_BYTES
from evidence.core.parsers import all_parsers
from evidence.core.unpacking import budget

PAGE = (Path(__file__).resolve().parents[2] / "docs/evidence.md").read_text(encoding="utf-8")


def test_every_format_is_named() -> None:
    assert [parser.title for parser in all_parsers() if parser.title not in PAGE] == []


def test_the_limits_are_those_of_the_code() -> None:
    words = (
        f"| {budget.ENTRIES:,} |",
        f"{budget.TOTAL // 2**30} GiB",
        f"| {budget.RATIO}, the first",
        f"{budget.FREE // 2**20} MiB",
        f"{HELD_BYTES // 2**20} MiB",
    )
    assert [word for word in words if word not in PAGE] == []
