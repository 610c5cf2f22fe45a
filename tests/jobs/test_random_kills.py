"""Ten seeded kills; `make torture` does two hundred."""

from __future__ import annotations

import random
from pathlib import Path

from tests import kills


def test_ten_random_kills_lose_nothing_that_was_acknowledged(data_directory: Path) -> None:
    assert kills.run(data_directory.parent, 10, random.Random(20261124)) == []
