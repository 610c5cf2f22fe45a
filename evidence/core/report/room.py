"""How much of a list fits: an estimate in lines that errs on the long side, so that the report stays within 40 pages.

A page has about 47 lines of body text. Each list that grows with the evidence has a budget of pages; what does not
fit is in the package's tables, and the report says how much that is.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

LINES_A_PAGE = 43  # less than a page holds: whole rows and cards leave space at its foot

# pages for the lists that grow with the evidence; the rest of the report is bounded by the ruleset (about 12 pages)
CONTROLS, FINDINGS, MISSING, EVIDENCE, EXCEPTIONS, SOURCES = 9, 6, 5, 4, 1, 2

# characters of a line, narrower than the font allows
FULL, CELL, HALF, MONO = 84, 48, 37, 64


def lines(words: object, width: int) -> int:
    """Lines that a text takes in a column of `width` characters."""
    return sum(max(1, ceil(len(line) / width)) for line in str(words).split("\n"))


def fitting(costs: Iterable[int], pages: int) -> int:
    """How many of the first entries fit into so many pages; costs in lines."""
    left, count = pages * LINES_A_PAGE, 0
    for cost in costs:
        left -= cost
        if left < 0:
            break
        count += 1
    return count
