"""Two designs side by side: the answers that differ, the states that differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from seal_advisor import services
from seal_advisor.core import decision_sentence, differences
from seal_advisor.core.rules import Ruleset
from seal_advisor.models import Design
from seal_advisor.views import road
from seal_advisor.views.contexts.wording import Wording
from seal_advisor.views.words import NO_MARK, OPTION_MARKS, Link, Mark, translated


@dataclass(frozen=True, slots=True)
class Choice:
    id: UUID
    title: str
    selected: bool


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: its name with its address, and its decision."""

    design: Link
    sentence: str


@dataclass(frozen=True, slots=True)
class AnswerPair:
    question: str
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class StatePair:
    option: str
    left: Mark
    right: Mark


@dataclass(frozen=True, slots=True)
class Comparison:
    left: Side
    right: Side
    answers: tuple[AnswerPair, ...]
    states: tuple[StatePair, ...]
    causes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ComparePage:
    """choices: the designs that can stand on the other side; comparison: None before one is chosen."""

    design: road.DesignHead
    parent: Link | None
    choices: tuple[Choice, ...]
    comparison: Comparison | None
    compare_href: str
    copy_href: str
    may_copy: bool


def compare_page(
    design: Design, *, other: Design | None, offered: Sequence[Design], may_copy: bool, ruleset: Ruleset
) -> ComparePage:
    """offered: designs in sight; the original and the copies of this one come first."""
    near = {design.parent_id} | {one.pk for one in offered if one.parent_id == design.pk}
    ordered = sorted(offered, key=lambda one: one.pk not in near)
    parent = next((one for one in offered if one.pk == design.parent_id), None)
    return ComparePage(
        design=road.head(design, current="questions"),
        parent=Link(parent.title, reverse("questions", args=[parent.pk])) if parent else None,
        choices=tuple(Choice(one.pk, one.title, other is not None and one.pk == other.pk) for one in ordered),
        comparison=_comparison(design, other, ruleset) if other else None,
        compare_href=reverse("compare", args=[design.pk]),
        copy_href=reverse("copy", args=[design.pk]),
        may_copy=may_copy,
    )


def _comparison(left: Design, right: Design, ruleset: Ruleset) -> Comparison:
    words = Wording(ruleset, left)
    said = [services.draft_of(one) for one in (left, right)]
    rules = [services.ruleset_of(one.organisation) for one in (left, right)]
    decided = [services.decision_document(*one) for one in zip(said, rules, strict=True)]
    found = differences.difference(*decided)
    pairs = differences.answers(said[0].values, said[1].values)
    marks = {**OPTION_MARKS, None: NO_MARK}
    return Comparison(
        left=_side(left, decided[0]),
        right=_side(right, decided[1]),
        answers=tuple(
            AnswerPair(words.question(key), *(words.answer(key, value) for value in pair))
            for key, pair in pairs.items()
        ),
        states=tuple(StatePair(one.title, marks[one.before], marks[one.after]) for one in found.states),
        causes=tuple(
            _("Rule %(rule)s %(effect)s %(title)s: %(why)s")
            % {"rule": one.rule, "effect": one.effect, "title": one.title, "why": translated(one.why)}
            for one in found.causes
        ),
    )


def _side(design: Design, decided: dict[str, object]) -> Side:
    link = Link(design.title, reverse("decision", args=[design.pk]))
    return Side(link, translated(decision_sentence.of_document(decided)))
