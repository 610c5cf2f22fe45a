"""A review read from its rows into the values of `core.meeting`: evidence judged, agenda, threads, votes, lapses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.core.cache import cache
from django.utils import timezone

from evidence.core.meeting import agenda, lapse, minutes, votes
from evidence.core.meeting.agenda import Item, OpenRemark
from evidence.core.results import Result
from evidence.meetings.models import Remark, Review, SignOff
from evidence.models import Artefact
from evidence.register import services as statements
from evidence.services import evidence_of, judge, judge_against, with_register
from evidence.storage import BlobChanged
from seal_advisor import revisions
from seal_advisor.core import decision_sentence
from seal_advisor.core.answers import Answers, parse
from seal_advisor.core.explain import Explanation, explain
from seal_advisor.core.rules import Ruleset, decide
from seal_advisor.models import Design, Revision
from seal_advisor.rulesets import ruleset_of
from seal_advisor.services import draft_of

KEPT_FOR_SECONDS = 3600
SUBJECTS = ("answer", "reason", "control", "artefact")


def answers_of(review: Review) -> tuple[Ruleset, Answers]:
    """The frozen answers under their frozen ruleset."""
    ruleset = revisions.ruleset_of(review.revision)
    return ruleset, parse(review.revision.answers, ruleset)


def explained(review: Review) -> tuple[Ruleset, Explanation]:
    ruleset, answers = answers_of(review)
    return ruleset, explain(ruleset, answers)


def judged(review: Review) -> tuple[Result, ...]:
    """Every control over the frozen evidence set, held against the frozen decision, as of now."""
    return _judged(review.revision, [one["id"] for one in review.evidence], statements.version_of(review.design))


def _judged(revision: Revision, ids: Sequence[str], register: str) -> tuple[Result, ...]:
    """Kept for an hour under everything that it rests on: an evidence set is named by its last member and its size.

    register: the version of the design's statements; those that count now are judged with.
    """
    key = f"reviewed:{revision.pk}:{len(ids)}:{ids[-1] if ids else ''}:{register}"
    results: tuple[Result, ...] | None = cache.get(key)
    if results is None:
        ruleset = revisions.ruleset_of(revision)
        answers = parse(revision.answers, ruleset)
        rows = Artefact.objects.filter(pk__in=ids).order_by("received_at", "pk")
        now, design = timezone.now(), revision.design
        read = with_register(evidence_of(rows, answers.given, contents=False), design, now)
        stated = statements.statements_at(design, now)
        results = judge_against(decide(ruleset, answers), read, now=now, stated=stated)
        cache.set(key, results, KEPT_FOR_SECONDS)
    return results


def agenda_of(review: Review, results: Sequence[Result]) -> tuple[Item, ...]:
    ruleset, explanation = explained(review)
    known = {one["id"] for one in review.evidence}
    since = sum(
        str(pk) not in known for pk in Artefact.objects.filter(design=review.design_id).values_list("pk", flat=True)
    )
    waiting = [
        OpenRemark(str(first.pk), first.subject, first.text, first.author.get_username())
        for first, entries in threads(review)
        if not is_resolved(entries)
    ]
    received = since if review.state == Review.State.OPEN else 0
    return agenda.agenda(explanation, ruleset, results=results, remarks=waiting, received_since=received)


@dataclass(frozen=True, slots=True)
class Sitting:
    """What a meeting view shows. review: None for a preview of the draft, of which nothing is frozen yet."""

    design: Design
    review: Review | None
    ruleset: Ruleset
    explanation: Explanation
    items: tuple[Item, ...]


def sitting(review: Review) -> Sitting:
    """The review that is going on, or one that is over."""
    ruleset, explanation = explained(review)
    try:
        items = agenda_of(review, judged(review))
    except BlobChanged as error:
        items = (_damaged(error), *agenda_of(review, ()))
    return Sitting(review.design, review, ruleset, explanation, items)


def preview(design: Design) -> Sitting:
    """What the agenda would be if the draft went to review now."""
    ruleset = ruleset_of(design.organisation)
    explanation = explain(ruleset, draft_of(design))
    try:
        items = agenda.agenda(explanation, ruleset, results=judge(design))
    except BlobChanged as error:
        items = (_damaged(error), *agenda.agenda(explanation, ruleset))
    return Sitting(design, None, ruleset, explanation, items)


def _damaged(error: BlobChanged) -> Item:
    return Item("red_control", "evidence", "Evidence was changed", str(error))


def what_if(sitting: Sitting, question: str, value: str) -> Explanation:
    """The result if one answer were another. Nothing is stored. Raises AnswersError for a value that is none."""
    said = sitting.explanation.decision.answers.given
    return explain(sitting.ruleset, parse({"answers": {**said, question: value}}, sitting.ruleset))


def threads(review: Review) -> list[tuple[Remark, list[Remark]]]:
    """Every thread: its first entry, and all entries in order."""
    rows = list(review.remarks.all())
    return [
        (first, [row for row in rows if first.pk in (row.pk, row.thread_id)]) for first in rows if not first.thread_id
    ]


def is_resolved(entries: Sequence[Remark]) -> bool:
    did = [entry.does for entry in entries if entry.does]
    return bool(did) and did[-1] == Remark.Does.RESOLVE


def has_subject(review: Review, subject: str) -> bool:
    """Whether the subject names something of this review: a question, a rule, a control or an artefact of the set."""
    kind, _, name = subject.partition(":")
    if kind == "answer":
        return name in revisions.ruleset_of(review.revision).by_id
    if kind == "reason":
        return any(rule.id == name for rule in revisions.ruleset_of(review.revision).rules)
    if kind == "control":
        return any(result.control == name for result in judged(review))
    return kind == "artefact" and any(one["id"] == name for one in review.evidence)


def about(review: Review, subject: str) -> str:
    """What a subject is called: the question's words, the control's title, the file's name."""
    kind, _, name = subject.partition(":")
    ruleset = revisions.ruleset_of(review.revision)
    if kind == "answer" and name in ruleset.by_id:
        return ruleset.by_id[name].text
    if kind == "artefact":
        return next((one["name"] for one in review.evidence if one["id"] == name), name)
    if kind == "control":
        return next((f"{one.control} {one.title}" for one in judged(review) if one.control == name), name)
    return f"Rule {name}"


def votes_of(review: Review) -> tuple[votes.Vote, ...]:
    """All votes, oldest first."""
    return tuple(
        votes.Vote(
            row.user.get_username(),
            row.choice,
            row.reason,
            row.created_at,
            tuple(
                votes.Condition(one.text, one.owner.get_username(), one.due, _day(one.done_at))
                for one in row.conditions.all()
            ),
        )
        for row in review.votes.all()
    )


def _day(at: object) -> date | None:
    return at.date() if hasattr(at, "date") else None  # type: ignore[no-any-return]


def meeting(review: Review, results: Sequence[Result]) -> minutes.Meeting:
    """A closed review as its minutes say it."""
    revision = review.revision
    return minutes.Meeting(
        design=review.design.title,
        number=review.number,
        revision=revision.number,
        sentence=decision_sentence.of_document(revision.decision),
        decision_sha256=revision.decision_sha256,
        ruleset=revision.ruleset.version,
        ruleset_sha256=revision.ruleset_id,
        authors=tuple(sorted(author.get_username() for author in review.authors.all())),
        opened_by=review.opened_by.get_username(),
        opened_at=review.created_at,
        quorum=review.quorum,
        agenda=agenda_of(review, results),
        threads=tuple(_thread(review, first, entries) for first, entries in threads(review)),
        votes=votes_of(review),
        evidence=tuple(minutes.Piece(**one) for one in review.evidence),
        closed_by=review.closed_by.get_username() if review.closed_by else "",
        closed_at=review.closed_at or timezone.now(),
    )


def _thread(review: Review, first: Remark, entries: Sequence[Remark]) -> minutes.Thread:
    said = tuple(minutes.Said(one.author.get_username(), one.text, one.created_at, one.does) for one in entries)
    return minutes.Thread(first.subject, about(review, first.subject), said, is_resolved(entries))


def lapsed(sign_off: SignOff, received: Sequence[object] | None = None, register: str | None = None) -> tuple[str, ...]:
    """Why the sign-off no longer stands; empty while it does.

    received: ids of the design's artefacts in the order of receipt; register: the version of its statements; both for a
    list that has asked for all at once. Kept for an hour: what it rests on changes with a file, a ruleset or a day.
    """
    review = sign_off.review
    ids = [str(one) for one in (received if received is not None else _received(review))]
    ruleset = ruleset_of(review.design.organisation).sha256
    version = statements.version_of(review.design) if register is None else register
    key = f"lapsed:{sign_off.pk}:{ruleset}:{version}:{len(ids)}:{ids[-1] if ids else ''}:{timezone.now():%Y%m%d%H}"
    found: tuple[str, ...] | None = cache.get(key)
    if found is None:
        found = _lapses(sign_off, ids, version)
        cache.set(key, found, timedelta(hours=1).seconds)
    return found


def _received(review: Review) -> list[object]:
    return list(
        Artefact.objects.filter(design=review.design_id).order_by("received_at", "pk").values_list("pk", flat=True)
    )


def _lapses(sign_off: SignOff, ids: Sequence[str], register: str) -> tuple[str, ...]:
    revision = sign_off.review.revision
    later = revisions.under_current(revision)
    otherwise = later.sentence if later is not None and later.outcome != "same" else ""
    frozen = [one["id"] for one in sign_off.evidence]
    try:
        now = _basis(revision, ids, _judged(revision, ids, register))
        then = _basis(revision, frozen, ())
    except BlobChanged as error:
        return (f"Evidence was changed: {error}",)
    kept = {key: (one["title"], one["verdict"], one["reason"]) for key, one in sign_off.verdicts.items()}
    return lapse.lapses(lapse.Basis(then.ruleset, kept, then.configs), now, otherwise=otherwise)


def _basis(revision: Revision, ids: Sequence[str], results: Sequence[Result]) -> lapse.Basis:
    """Only configurations are read: nothing else is compared line by line."""
    rows = Artefact.objects.filter(pk__in=ids, kind="vault_config").order_by("received_at", "pk")
    read = evidence_of(rows, revision.answers["answers"], contents=False)
    return lapse.basis(revision.ruleset_id, results, read)
