"""Which designs the view of many shows, and in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from evidence.fleet.standing import decisions, judged
from evidence.register.expiry import next_expiries
from seal_advisor import revisions
from seal_advisor.access import Actor, designs_for
from seal_advisor.core.rules import Decision
from seal_advisor.models import Design

STATUSES = ("recommended", "tie", "none", "open")
SORTS = ("changed", "title", "decision", "failed", "end")
JUDGED_AT_MOST = 200  # designs whose every control is judged for an order; more must be narrowed first
DESIGNS_AT_MOST = 5000  # decided for one page


class TooMany(Exception):
    """More designs than can be put into this order, or shown at all; the message says what narrows them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """text: part of the title. status: "" for any. flagged: only those that somebody should look at again."""

    text: str = ""
    status: str = ""
    flagged: bool = False
    sort: str = "changed"

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Wanted:
        """Of an address's query; a word that is none counts as not given."""
        status, sort = query.get("status", ""), query.get("sort", "")
        return cls(
            text=query.get("q", "").strip()[:200],
            status=status if status in STATUSES else "",
            flagged=query.get("flagged", "") in ("yes", "true", "1"),
            sort=sort if sort in SORTS else "changed",
        )


@dataclass(frozen=True, slots=True)
class Chosen:
    designs: Sequence[Design]
    decided: Mapping[UUID, Decision]


def chosen(actor: Actor, wanted: Wanted) -> Chosen:
    """The designs in sight that fit, in order. Raises TooMany."""
    rows = designs_for(actor).order_by("-updated_at", "id")
    if wanted.text:
        rows = rows.filter(title__icontains=wanted.text)
    found = list(rows.select_related("organisation", "author")[: DESIGNS_AT_MOST + 1])
    if len(found) > DESIGNS_AT_MOST:
        raise TooMany(f"More than {DESIGNS_AT_MOST} designs: give a part of the name.")
    if wanted.flagged:
        flags = revisions.flags(found)
        found = [design for design in found if design.pk in flags]
    decided = decisions(found)
    if wanted.status:
        found = [design for design in found if decided[design.pk].status == wanted.status]
    return Chosen(_ordered(found, decided, wanted.sort), decided)


def _ordered(designs: list[Design], decided: Mapping[UUID, Decision], sort: str) -> list[Design]:
    """Python's sort is stable: within the same key the last changed comes first."""
    if sort == "title":
        return sorted(designs, key=lambda one: one.title.casefold())
    if sort == "decision":
        return sorted(designs, key=lambda one: (STATUSES.index(decided[one.pk].status), decided[one.pk].recommended))
    if sort == "end":
        ends = next_expiries(designs)
        return sorted(designs, key=lambda one: ends[one.pk].day if one.pk in ends else date.max)
    if sort == "failed":
        if len(designs) > JUDGED_AT_MOST:
            raise TooMany(
                f"{len(designs)} designs are too many to judge for an order: narrow them to {JUDGED_AT_MOST}."
            )
        failures = judged(designs)
        return sorted(designs, key=lambda one: _badness(failures[one.pk]))
    return designs


def _badness(failed: tuple[int | None, int | None]) -> tuple[int, int]:
    """Evidence that was changed in the store is the worst of all."""
    number, unproven = failed
    return (-(10**6), 0) if number is None else (-number, -(unproven or 0))
