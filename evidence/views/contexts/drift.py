"""Two configurations side by side in words: what differs with its consequence, and behind a line what agrees."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from evidence.core.drift import Row
from evidence.drifting import Drift, Pair, Side
from seal_advisor.models import Design
from seal_advisor.views import road
from seal_advisor.views.words import Mark, counted, opened

SAME = Mark("No drift", "circle-check", "pass")
DRIFT = Mark("Drift", "triangle-alert", "warn")
UNSET = "not set"


@dataclass(frozen=True, slots=True)
class Difference:
    """left, right: what each says, with the line of the file; the design has no line that anybody could look up."""

    path: str
    left: str
    right: str
    consequence: str


@dataclass(frozen=True, slots=True)
class PairSeen:
    title: str
    href: str
    left: str
    right: str
    mark: Mark
    said: str
    differences: tuple[Difference, ...]
    agreed: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class DriftPage:
    """against, between: as in `drifting.Drift`. sentence: what the page says, in one."""

    design: road.DesignHead
    sentence: str
    against: tuple[PairSeen, ...]
    between: tuple[PairSeen, ...]
    unread: tuple[str, ...]
    approved: bool
    evidence_href: str


def drift_page(design: Design, found: Drift) -> DriftPage:
    against = tuple(_pair(design, pair) for pair in found.against)
    between = tuple(_pair(design, pair) for pair in found.between)
    return DriftPage(
        design=road.head(design, current="evidence"),
        sentence=_sentence(found, (*against, *between)),
        against=against,
        between=between,
        unread=found.unread,
        approved=found.approved,
        evidence_href=reverse("evidence", args=[design.pk]),
    )


def _sentence(found: Drift, pairs: tuple[PairSeen, ...]) -> str:
    if not pairs:
        return "There is nothing to compare yet."
    number = sum(len(pair.differences) for pair in pairs)
    if not number:
        return "What runs is what was decided." if found.against else "The nodes say the same."
    return f"{counted(number, 'difference')} from what was decided, or between nodes."


def _pair(design: Design, pair: Pair) -> PairSeen:
    differing = tuple(_seen(row, pair) for row in pair.rows if row.differs)
    return PairSeen(
        title=f"{_name(pair.right)} against {_name(pair.left)}",
        href=reverse("artefact", args=[design.pk, pair.right.artefact]),
        left=opened(_name(pair.left)),
        right=_name(pair.right),
        mark=DRIFT if differing else SAME,
        said=counted(len(differing), "difference") if differing else "They say the same.",
        differences=differing,
        agreed=tuple(_seen(row, pair) for row in pair.rows if not row.differs),
    )


def _name(side: Side) -> str:
    return f"{side.name} ({side.node})" if side.node else side.name


def _seen(row: Row, pair: Pair) -> Difference:
    return Difference(
        path=row.path,
        left=_value(row.left, row.left_line if pair.left.artefact else None),
        right=_value(row.right, row.right_line),
        consequence=opened(row.consequence) if row.differs else "",
    )


def _value(value: str | None, line: int | None) -> str:
    if value is None:
        return UNSET
    return f"{value} (line {line})" if line else value
