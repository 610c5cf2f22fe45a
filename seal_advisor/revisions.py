"""Frozen revisions in later times: are they still what was stored, and what would a later ruleset make of them?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import Max

from seal_advisor import rulesets
from seal_advisor.core import decision_sentence, differences, explain, history
from seal_advisor.core.answers import AnswersError
from seal_advisor.core.history import HistoryError
from seal_advisor.core.rules import Ruleset, RulesetError, load
from seal_advisor.models import Design, HouseRules, Organisation, Reevaluation, Revision, RulesetCopy
from seal_advisor.rulesets import HouseDoesNotFit
from seal_advisor.services import canonical


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
    """What the present rules make of the revision; None when it was frozen under them. Stores nothing."""
    rules = rulesets.ruleset_of(revision.design.organisation)
    return None if revision.ruleset_id == rules.sha256 else _judged(revision, rules)


def reevaluate(revision: Revision) -> Reevaluation:
    """What the present rules of its organisation make of the revision; stored once for each ruleset."""
    rules = rulesets.ruleset_of(revision.design.organisation)
    found = revision.reevaluations.filter(ruleset_sha256=rules.sha256).first()
    if found is None:
        found = _judged(revision, rules)
        found.save()
    return found


def reevaluate_all() -> list[Reevaluation]:
    """Every revision that the present rules of its organisation have not judged yet, oldest first.

    An organisation whose house rules do not fit this ruleset is left out: its pages say so until they are repaired.
    """
    with_revisions = Organisation.objects.filter(designs__revisions__isnull=False).distinct()
    return [one for organisation in with_revisions for one in _reevaluated(organisation, None)]


def reevaluate_after_house_rules(at_most: int, organisation: Organisation | None = None) -> list[Reevaluation]:
    """The same where house rules have come, changed or gone, newest first; the sweeper asks until none is left."""
    rows = HouseRules.objects.all() if organisation is None else organisation.house_rules.all()
    changed = Organisation.objects.filter(pk__in=rows.values("organisation"))
    found: list[Reevaluation] = []
    for one in changed:
        found += _reevaluated(one, at_most - len(found))
    return found


def _reevaluated(organisation: Organisation, at_most: int | None) -> list[Reevaluation]:
    try:
        rules = rulesets.ruleset_of(organisation)
    except HouseDoesNotFit:
        return []
    waiting = Revision.objects.filter(design__organisation=organisation).exclude(
        reevaluations__ruleset_sha256=rules.sha256
    )
    ordered = waiting.select_related("ruleset", "design__organisation")
    chosen = ordered.order_by("created_at") if at_most is None else ordered.order_by("-created_at")[:at_most]
    return [reevaluate(revision) for revision in chosen]


def flags(designs: Iterable[Design]) -> Mapping[UUID, Reevaluation]:
    """Designs whose newest revision the present rules decide otherwise, or that is no longer whole. Two queries."""
    rules = {design.pk: rulesets.ruleset_of(design.organisation).sha256 for design in designs}
    ids = list(rules)
    newest = Revision.objects.filter(design__in=ids).values("design").annotate(last=Max("number"))
    found = Reevaluation.objects.filter(revision__design__in=ids, ruleset_sha256__in=set(rules.values())).exclude(
        outcome=Reevaluation.Outcome.SAME
    )
    by_design = {
        one.revision.design_id: one
        for one in found.select_related("revision").order_by("revision__number")
        if one.ruleset_sha256 == rules[one.revision.design_id]
    }
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
