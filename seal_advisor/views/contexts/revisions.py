"""Revisions: their list, the last look before one is frozen, and one that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from seal_advisor import revisions, rulesets
from seal_advisor.core import decision_sentence
from seal_advisor.core.answers import Answers, parse
from seal_advisor.core.documents import document, sentence
from seal_advisor.core.explain import Explanation
from seal_advisor.core.rules import Ruleset
from seal_advisor.models import Design, Reevaluation, Revision
from seal_advisor.services import canonical
from seal_advisor.views import road
from seal_advisor.views.contexts import outcome
from seal_advisor.views.contexts.answers import AnswerRow, answer_rows
from seal_advisor.views.contexts.wording import Wording
from seal_advisor.views.words import OPTION_MARKS, Link, Mark, counted, source, translated

REASONS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class RevisionRow:
    number: int
    href: str
    sentence: str
    author: str
    at: datetime
    ruleset: str


@dataclass(frozen=True, slots=True)
class RevisionsPage:
    design: road.DesignHead
    revisions: tuple[RevisionRow, ...]
    count: str
    check_href: str
    may_freeze: bool


def revisions_page(design: Design, found: Sequence[Revision], *, may_freeze: bool) -> RevisionsPage:
    return RevisionsPage(
        design=road.head(design, current="decision"),
        revisions=tuple(_row(design, one) for one in found),
        count=counted(len(found), "revision"),
        check_href=reverse("check-answers", args=[design.pk]),
        may_freeze=may_freeze,
    )


def _row(design: Design, revision: Revision) -> RevisionRow:
    return RevisionRow(
        number=revision.number,
        href=reverse("revision", args=[design.pk, revision.number]),
        sentence=translated(decision_sentence.of_document(revision.decision)),
        author=revision.author.get_username(),
        at=revision.created_at,
        ruleset=revision.ruleset.version,
    )


@dataclass(frozen=True, slots=True)
class CheckPage:
    """The last look. points: what a reader should see before the answers are frozen.

    frozen: the revision that has exactly this already, None when there is something to freeze.
    """

    design: road.DesignHead
    sentence: str
    answers: tuple[AnswerRow, ...]
    contradictions: tuple[outcome.Conflict, ...]
    conflicts: tuple[outcome.Conflict, ...]
    points: tuple[str, ...]
    frozen: Link | None
    number: int
    freeze_href: str


def check_page(
    design: Design, *, ruleset: Ruleset, answers: Answers, explanation: Explanation, last: Revision | None
) -> CheckPage:
    """last: the newest revision, None before the first."""
    words = Wording(ruleset, design)
    return CheckPage(
        design=road.head(design, current="decision"),
        sentence=translated(sentence(explanation)),
        answers=answer_rows(ruleset, answers, words),
        contradictions=outcome.contradictions(explanation, words),
        conflicts=outcome.conflicts(explanation, words),
        points=_points(answers, explanation),
        frozen=_frozen(design, explanation, last),
        number=last.number + 1 if last else 1,
        freeze_href=reverse("check-answers", args=[design.pk]),
    )


def _frozen(design: Design, explanation: Explanation, last: Revision | None) -> Link | None:
    if last is None or canonical(document(explanation)) != canonical(last.decision):
        return None
    return Link(_("Revision %(number)s") % {"number": last.number}, reverse("revision", args=[design.pk, last.number]))


def _points(answers: Answers, explanation: Explanation) -> tuple[str, ...]:
    found = []
    if explanation.still_open:
        found.append(
            _("%(counted)s can still change the result.")
            % {"counted": counted(len(explanation.still_open), "open question")}
        )
    if answers.unsure:
        found.append(_("%(counted)s marked as not sure.") % {"counted": counted(len(answers.unsure), "answer")})
    return tuple(found)


@dataclass(frozen=True, slots=True)
class FrozenOption:
    title: str
    mark: Mark
    reasons: tuple[outcome.Reason, ...]


@dataclass(frozen=True, slots=True)
class Later:
    """The revision under the current ruleset."""

    title: str
    tone: str
    sentence: str
    causes: tuple[str, ...]
    unmapped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RevisionPage:
    """A frozen revision, as it was stored. check: whether it re-evaluates to the same bytes."""

    design: road.DesignHead
    number: int
    sentence: str
    check: revisions.Check
    later: Later | None
    author: str
    at: datetime
    engine: str
    decision_sha256: str
    ruleset_version: str
    ruleset_sha256: str
    house: str
    options: tuple[FrozenOption, ...]
    answers: tuple[AnswerRow, ...]
    json_href: str


def revision_page(design: Design, revision: Revision, *, later: Reevaluation | None) -> RevisionPage:
    """later: what the current ruleset makes of it, None when it was frozen under that one."""
    ruleset = revisions.ruleset_of(revision)
    words = Wording(ruleset, design)
    return RevisionPage(
        design=road.head(design, current="decision"),
        number=revision.number,
        sentence=translated(decision_sentence.of_document(revision.decision)),
        check=revisions.check(revision),
        later=later_seen(later, design) if later else None,
        author=revision.author.get_username(),
        at=revision.created_at,
        engine=revision.engine_version,
        decision_sha256=revision.decision_sha256,
        ruleset_version=revision.ruleset.version,
        ruleset_sha256=revision.ruleset_id,
        house=_house(revision.decision),
        options=tuple(_option(one, words) for one in revision.decision["options"]),
        answers=answer_rows(ruleset, parse(revision.answers, ruleset), words),
        json_href=reverse("revision-json", args=[design.pk, revision.number]),
    )


def _house(decision: Mapping[str, Any]) -> str:
    """The house rules under which it was frozen, in a sentence; "" under the released rules alone."""
    house = decision.get("house")
    if not house:
        return ""
    weaker = "; ".join(f"{one['rule']} {one['what']}" for one in house["weaker"]).replace("`", "")
    balance = (
        _("weaker than the released rules: %(weaker)s") % {"weaker": weaker}
        if weaker
        else _("weaker than the released rules nowhere")
    )
    return _("%(name)s %(version)s, sha256 %(value)s; %(balance)s") % {
        "name": house["name"],
        "version": house["version"],
        "value": house["sha256"],
        "balance": balance,
    }


def later_seen(found: Reevaluation, design: Design) -> Later:
    present = rulesets.spoken(rulesets.ruleset_of(design.organisation))
    titles = {
        Reevaluation.Outcome.SAME: _("%(present)s decides the same") % {"present": present},
        Reevaluation.Outcome.CHANGED: _("%(present)s decides otherwise") % {"present": present},
        Reevaluation.Outcome.BROKEN: _("This revision is not whole"),
    }
    return Later(
        title=titles[Reevaluation.Outcome(found.outcome)],
        tone="pass" if found.outcome == Reevaluation.Outcome.SAME else "fail",
        sentence=found.sentence,
        causes=tuple(
            _("Rule %(rule)s %(effect)s %(title)s: %(why)s")
            % {"rule": one["rule"], "effect": one["effect"], "title": one["title"], "why": one["why"]}
            for one in found.causes
        ),
        unmapped=tuple(f"{question}: {answer}" for question, answer in found.unmapped.items()),
    )


def _option(one: Mapping[str, Any], words: Wording) -> FrozenOption:
    """The source stands in the document as one text: title, address and the day it was read."""
    told = one["reasons"] or one["concerns"]
    return FrozenOption(
        title=one.get("title", one["id"]),
        mark=OPTION_MARKS[one["state"]],
        reasons=tuple(_reason(item, words) for item in told[:REASONS_SHOWN]),
    )


def _reason(item: Mapping[str, Any], words: Wording) -> outcome.Reason:
    return outcome.Reason(
        item["why"], item["rule"], source(item["source"]), outcome.quotes(item["answers"], item["answers"], words)
    )
