"""The meeting view: one point at a time, in large type, with what another answer would change."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from evidence.core.meeting import votes
from evidence.core.meeting.agenda import Item, said
from evidence.meetings import proceedings
from evidence.meetings.models import Review
from evidence.meetings.proceedings import Sitting
from seal_advisor.core.answers import AnswersError
from seal_advisor.core.documents import sentence
from seal_advisor.views.contexts.house_rules import HouseSeen, weaker
from seal_advisor.views.words import OPTION_MARKS, Link, Mark, translated

# The kinds of the agenda as the eye finds them.
MARKS = {
    "conflict": Mark(gettext_lazy("Contradiction"), "octagon-x", "fail"),
    "red_control": Mark(gettext_lazy("Red control"), "octagon-x", "fail"),
    "unsure": Mark(gettext_lazy("Not sure"), "circle-question-mark", "warn"),
    "open_question": Mark(gettext_lazy("Not answered"), "circle-dashed", "accent"),
    "stale": Mark(gettext_lazy("Stale evidence"), "clock-alert", "warn"),
    "waiver": Mark(gettext_lazy("Waiver"), "flag"),
    "remark": Mark(gettext_lazy("Remark"), "message-square", "accent"),
    "warning": Mark(gettext_lazy("Warning"), "triangle-alert", "warn"),
    "new_evidence": Mark(gettext_lazy("New evidence"), "file-text"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A point in the list of all. href: its own place in the meeting."""

    title: str
    href: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class OptionThen:
    title: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Try:
    """One other answer. href: shows what it would change; current: it is the one that is shown."""

    label: str
    href: str
    current: bool
    given: bool


@dataclass(frozen=True, slots=True)
class WhatIf:
    """sentence: the decision with the answer that is tried, "" before one is. same: it changes nothing."""

    choices: tuple[Try, ...]
    sentence: str
    same: bool
    options: tuple[OptionThen, ...]


@dataclass(frozen=True, slots=True)
class Said:
    who: str
    text: str


@dataclass(frozen=True, slots=True)
class Stage:
    """One point on the screen. mark, detail: None and "" for the opening and the end.

    kind: "opening", "item" or "vote"; at: its place, 0 the opening. counter: "3 of 9". subject: what a remark made
    here is about.
    """

    kind: str
    at: int
    name: str
    leave: Link
    counter: str
    mark: Mark | None
    title: str
    detail: str
    lines: tuple[Line, ...]
    what_if: WhatIf | None
    remarks: tuple[Said, ...]
    subject: str
    previous: str
    next: str
    tally: str
    standing: tuple[Said, ...]
    house: HouseSeen | None = None


def stage(sitting: Sitting, *, base: str, leave: Link, at: int, tried: str) -> Stage:
    """at: 0 the opening, then the points, at last the vote. tried: a value of the point's question, "" for none."""
    last = len(sitting.items) + 1
    at = min(max(at, 0), last)
    item = sitting.items[at - 1] if 0 < at < last else None
    return Stage(
        kind="item" if item else "vote" if at else "opening",
        at=at,
        name=sitting.design.title,
        leave=leave,
        counter=_("%(at)d of %(last)d") % {"at": at, "last": last} if at else "",
        mark=MARKS[item.kind] if item else None,
        title=translated(item.title) if item else translated(sentence(sitting.explanation)),
        detail=_detail(sitting, item) if item else "",
        lines=tuple(_line(one, base, place) for place, one in enumerate(sitting.items, 1)) if not at else (),
        what_if=_what_if(sitting, item, base, at, tried) if item and item.question else None,
        remarks=_remarks(sitting.review, item) if item and sitting.review else (),
        subject=item.subject if item else "",
        previous=_place(base, at - 1) if at else "",
        next=_place(base, at + 1) if at < last else "",
        tally=tally_sentence(sitting.review) if sitting.review else "",
        standing=_standing(sitting.review) if sitting.review and at == last else (),
        house=weaker(sitting.ruleset.house),
    )


def _detail(sitting: Sitting, item: Item) -> str:
    """What is said beside the title, in the reader's language where it is ours to say."""
    if item.kind != "unsure":
        return translated(item.detail)
    answers = sitting.explanation.decision.answers
    given = translated(said(sitting.ruleset, item.question, answers.values.get(item.question)))
    note = answers.notes.get(item.question, "")
    return " ".join(part for part in (_("Answered “%s”.") % given, note) if part)


def _place(base: str, at: int, tried: str = "") -> str:
    query = {"item": at, **({"value": tried} if tried else {})}
    return f"{base}?{urlencode(query)}"


def _line(item: Item, base: str, place: int) -> Line:
    return Line(translated(item.title), _place(base, place), MARKS[item.kind])


def _what_if(sitting: Sitting, item: Item, base: str, at: int, tried: str) -> WhatIf | None:
    """Only for questions with choices: a duration would need a keyboard in the middle of a meeting."""
    question = sitting.ruleset.by_id[item.question]
    if not question.values:
        return None
    given = sitting.explanation.decision.answers.values.get(question.id)
    choices = tuple(
        Try(translated(one.label), _place(base, at, one.id), one.id == tried, one.id == given)
        for one in question.values
    )
    try:
        then = proceedings.what_if(sitting, question.id, tried) if tried else None
    except AnswersError:
        then = None
    if then is None:
        return WhatIf(choices, "", False, ())
    return WhatIf(
        choices,
        translated(sentence(then)),
        (then.decision.status, then.decision.recommended)
        == (sitting.explanation.decision.status, sitting.explanation.decision.recommended),
        tuple(OptionThen(translated(one.title), OPTION_MARKS[one.state]) for one in then.decision.options),
    )


def _remarks(review: Review, item: Item) -> tuple[Said, ...]:
    """What was said about this point and is not settled."""
    return tuple(
        Said(entry.author.get_username(), entry.text)
        for first, entries in proceedings.threads(review)
        if item.subject in (first.subject, f"remark:{first.pk}") and not proceedings.is_resolved(entries)
        for entry in entries
        if entry.text
    )


def tally_sentence(review: Review) -> str:
    """Where the vote stands: votes cast, and how many the quorum lacks."""
    count = votes.tally(proceedings.votes_of(review), review.quorum)
    told = _("%(for)d for, %(against)d against, %(abstained)d abstained.") % {
        "for": count.approve + count.conditions,
        "against": count.reject,
        "abstained": count.abstain,
    }
    if not count.missing:
        return told
    lacks = ngettext("The quorum lacks %d vote.", "The quorum lacks %d votes.", count.missing) % count.missing
    return f"{told} {lacks}"


def _standing(review: Review) -> tuple[Said, ...]:
    words = dict(CHOICES)
    return tuple(
        Said(one.who, f"{words[one.choice]}{': ' + one.reason if one.reason else ''}")
        for one in votes.standing(proceedings.votes_of(review))
    )


CHOICES = (
    (votes.APPROVE, gettext_lazy("Approve")),
    (votes.CONDITIONS, gettext_lazy("Approve with a condition")),
    (votes.REJECT, gettext_lazy("Reject")),
    (votes.ABSTAIN, gettext_lazy("Abstain")),
)
