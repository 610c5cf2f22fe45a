"""How much of a list fits, so that the report stays within 40 pages whatever the evidence.

Costs are estimates in lines that err on the long side. All lists share SHARED pages: each says first what it would
take in full (`Measuring`), then they get what they need, or, where that is too much, equal shares (`shared`). What
does not fit is in the package's tables, and the report says how much that is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil

from seal_advisor.core.record import Record

LINES_A_PAGE = 43  # less than a page holds: whole rows and cards leave space at its foot
# The rest is bounded by the ruleset: cover, diagrams, reasons, losses, obligations, answers, calendar, how to verify.
SHARED = 29
# Pages that a list never exceeds, however much room is left; controls come first, so that none is ever left out.
AT_MOST = {
    "controls": 10,
    "findings": 6,
    "missing": 5,
    "evidence": 4,
    "waivers": 1,
    "attestations": 1,
    "exclusions": 1,
    "erased": 1,
    "sign-offs": 1,
    "frameworks": 8,
    "changes": 2,
    "sources": 2,
}

# characters of a line, narrower than the font allows
FULL, CELL, HALF, MONO, WHO = 84, 48, 37, 64, 13


def lines(words: object, width: int) -> int:
    """Lines that a text takes in a column of `width` characters."""
    return sum(max(1, ceil(len(line) / width)) for line in str(words).split("\n"))


class Room(Record):
    """Lines for each list by name; a list without an entry has all that it may ever take."""

    lines: Mapping[str, int]

    def fitting(self, name: str, costs: Iterable[int]) -> int:
        """How many of the first entries fit; costs in lines."""
        left, count = self.lines.get(name, AT_MOST[name] * LINES_A_PAGE), 0
        for cost in costs:
            left -= cost
            if left < 0:
                break
            count += 1
        return count


class Measuring(Room):
    """Lets everything in, and notes in `lines` what each list would take in full."""

    lines: dict[str, int]

    def fitting(self, name: str, costs: Iterable[int]) -> int:
        counted = list(costs)
        self.lines[name] = sum(counted)
        return len(counted)


def shared(wanted: Mapping[str, int], room: int = SHARED * LINES_A_PAGE) -> Room:
    """The room of each list. Controls get what they want; the others, smallest wish first, an equal share of the rest.

    >>> shared({"controls": 30, "evidence": 900, "changes": 5}, 60).lines
    {'controls': 30, 'changes': 5, 'evidence': 25}
    """
    capped = {name: min(need, AT_MOST[name] * LINES_A_PAGE) for name, need in wanted.items()}
    got, left = {}, room
    order = sorted(capped, key=lambda name: (name != "controls", capped[name]))
    for place, name in enumerate(order):
        share = left if name == "controls" else left // (len(order) - place)
        got[name] = min(capped[name], share)
        left -= got[name]
    return Room(got)
