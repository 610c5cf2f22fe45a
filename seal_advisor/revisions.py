"""Frozen revisions in later times: are they still what was stored, and what would a later ruleset make of them?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Max

from seal_advisor.core import decision_sentence, differences, explain, history
from seal_advisor.core.answers import AnswersError
from seal_advisor.core.history import HistoryError
from seal_advisor.core.rules import Ruleset, RulesetError, load
from seal_advisor.models import Design, Reevaluation, Revision, RulesetCopy
from seal_advisor.services import canonical, current_ruleset


@dataclass(frozen=True, slots=True)
class Check:
    """Whether the stored decision is what its own texts and answers yield. said: the finding, in one sentence."""

    intact: bool
    said: str


def check(revision: Revision) -> Check:
    """Evaluate the revision again from nothing but what is stored with it. Never raises: what is wrong is said."""
    try:
        again = history.reevaluate(_kept(revision))
    except (HistoryError, AnswersError, RulesetError) as error:
        return Check(False, f"This revision cannot be evaluated again: {error}.")
    if again != canonical(revision.decision).encode() or hashlib.sha256(again).hexdigest() != revision.decision_sha256:
        return Check(False, "This revision does NOT re-evaluate to the stored bytes: something was changed since.")
    return Check(True, "Re-evaluates to the same bytes, from the answers and the ruleset that are stored with it.")


def ruleset_of(revision: Revision) -> Ruleset:
    """The ruleset under which the revision was frozen."""
    return _loaded(revision.ruleset_id)


@lru_cache(maxsize=8)
def _loaded(sha256: str) -> Ruleset:
    return load(RulesetCopy.objects.get(pk=sha256).files)


def under_current(revision: Revision) -> Reevaluation | None:
    """What the current ruleset makes of the revision; None when it was frozen under that one. Stores nothing."""
    rules = current_ruleset()
    return None if revision.ruleset_id == rules.sha256 else _judged(revision, rules)


def reevaluate(revision: Revision) -> Reevaluation:
    """What the current ruleset makes of the revision; stored once for each ruleset."""
    rules = current_ruleset()
    found = revision.reevaluations.filter(ruleset_sha256=rules.sha256).first()
    if found is None:
        found = _judged(revision, rules)
        found.save()
    return found


def reevaluate_all() -> list[Reevaluation]:
    """Every revision that the current ruleset has not judged yet, oldest first."""
    if not Revision.objects.exists():
        return []  # the ruleset need not even be read
    waiting = Revision.objects.exclude(reevaluations__ruleset_sha256=current_ruleset().sha256)
    return [reevaluate(revision) for revision in waiting.select_related("ruleset", "design").order_by("created_at")]


def flags(designs: Iterable[Design]) -> Mapping[UUID, Reevaluation]:
    """Designs whose newest revision the current ruleset decides otherwise, or that is no longer whole. Two queries."""
    ids = [design.pk for design in designs]
    newest = Revision.objects.filter(design__in=ids).values("design").annotate(last=Max("number"))
    found = Reevaluation.objects.filter(revision__design__in=ids, ruleset_sha256=current_ruleset().sha256).exclude(
        outcome=Reevaluation.Outcome.SAME
    )
    by_design = {one.revision.design_id: one for one in found.select_related("revision").order_by("revision__number")}
    last = {row["design"]: row["last"] for row in newest} if by_design else {}
    return {key: one for key, one in by_design.items() if one.revision.number == last[key]}


def _judged(revision: Revision, rules: Ruleset) -> Reevaluation:
    judged = Reevaluation(revision=revision, ruleset_version=rules.version, ruleset_sha256=rules.sha256)
    checked = check(revision)
    if not checked.intact:
        judged.outcome, judged.sentence = Reevaluation.Outcome.BROKEN, checked.said
        return judged
    came = history.migrate({**revision.answers, "ruleset": revision.ruleset.version}, rules)
    after = explain.document(rules, came.answers)
    found = differences.difference(revision.decision, after)
    judged.outcome = Reevaluation.Outcome.CHANGED if found.changed else Reevaluation.Outcome.SAME
    judged.sentence = decision_sentence.of_document(after)
    judged.causes = [
        {"rule": one.rule, "effect": one.effect, "option": one.option, "title": one.title, "why": one.why}
        for one in found.causes
    ]
    judged.unmapped = dict(came.unmapped)
    return judged


def _kept(revision: Revision) -> dict[str, Any]:
    """The revision in the shape of `history.stored`."""
    copy = revision.ruleset
    return {
        "engine": revision.engine_version,
        "ruleset": {"version": copy.version, "sha256": copy.sha256, "files": copy.files},
        "answers": revision.answers,
        "decision": revision.decision,
    }
