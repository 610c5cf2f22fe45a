"""The full counts that the tests only sample. A file of this folder with `WHAT`, `COUNT` and `run` is a row.

`run(count, chance)` does the work `count` times by the dice that it is given, and returns one line for each failure, or
an `Outcome` where there is something to measure beside.
"""

from __future__ import annotations

from typing import NamedTuple


class Outcome(NamedTuple):
    """measures: name with its unit -> value; a ratio has none."""

    failures: list[str]
    measures: dict[str, float]
