"""The desk pages of reviews: the list of a design's reviews, and everything of one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evidence.meetings import access, pages, proceedings
from evidence.meetings.models import ActionItem, Remark, Review, ShareLink
from evidence.meetings.pages import CHOICES, MARKS
from evidence.register.services import versions_of
from seal_advisor.core import decision_sentence
from seal_advisor.models import Design, Revision
from seal_advisor.views import road
from seal_advisor.views.words import Link, Mark, Problem, translated

OPEN = Mark(gettext_lazy("In review"), "message-square", "accent")
SIGNED = Mark(gettext_lazy("Signed off"), "signature", "pass")
LAPSED = Mark(gettext_lazy("Lapsed"), "clock-alert", "fail")
WITHDRAWN = Mark(gettext_lazy("Withdrawn"), "octagon-x", "fail")
REFUSED = Mark(gettext_lazy("Not approved"), "ban", "warn")
PARTS = {
    "decision": gettext_lazy("Decision and reasons"),
    "agenda": gettext_lazy("Meeting view, one point at a time"),
    "controls": gettext_lazy("Control results"),
    "minutes": gettext_lazy("Minutes"),
}


@dataclass(frozen=True, slots=True)
class ReviewRow:
    title: str
    href: str
    mark: Mark
    sentence: str
    about: str


@dataclass(frozen=True, slots=True)
class Choice:
    id: str
    title: str


@dataclass(frozen=True, slots=True)
class ReviewsPage:
    """open: the review that is going on. revisions: what can be sent to review, newest first; "" is the draft."""

    design: road.DesignHead
    open: ReviewRow | None
    reviews: tuple[ReviewRow, ...]
    points: tuple[pages.Line, ...]
    revisions: tuple[Choice, ...]
    may_open: bool
    problems: tuple[Problem, ...]


def mark_of(review: Review, lapses: Sequence[str]) -> Mark:
    if review.state == Review.State.OPEN:
        return OPEN
    if review.state == Review.State.NOT_APPROVED:
        return REFUSED
    if hasattr(review.sign_off, "withdrawal"):
        return WITHDRAWN
    return LAPSED if lapses else SIGNED


def lapses_of(review: Review) -> tuple[str, ...]:
    """Why the review's sign-off no longer stands; empty where there is none."""
    if review.state != Review.State.APPROVED or hasattr(review.sign_off, "withdrawal"):
        return ()
    return proceedings.lapsed(review.sign_off)


def reviews_page(
    design: Design,
    found: Sequence[Review],
    *,
    revisions: Sequence[Revision],
    may_open: bool,
    problems: Sequence[Problem] = (),
) -> ReviewsPage:
    rows = tuple(_row(one) for one in found)
    going_on = next((row for row, one in zip(rows, found, strict=True) if one.state == Review.State.OPEN), None)
    review = next((one for one in found if one.state == Review.State.OPEN), None)
    sitting = proceedings.sitting(review) if review else proceedings.preview(design)
    base = reverse("review", args=[design.pk])
    return ReviewsPage(
        design=road.head(design, current="review"),
        open=going_on,
        reviews=tuple(row for row in rows if row is not going_on),
        points=tuple(
            pages.Line(translated(item.title), f"{base}?item={place}", MARKS[item.kind])
            for place, item in enumerate(sitting.items, 1)
        ),
        revisions=(
            Choice("", _("The draft as it is now (it is frozen first)")),
            *(
                Choice(
                    str(one.number),
                    f"{_('Revision')} {one.number}: {translated(decision_sentence.of_document(one.decision))}",
                )
                for one in revisions
            ),
        ),
        may_open=may_open,
        problems=tuple(problems),
    )


def _sentence(revision: Revision) -> str:
    return translated(decision_sentence.of_document(revision.decision))


def _row(review: Review) -> ReviewRow:
    revision = review.revision
    return ReviewRow(
        title=_("Review %(number)d of revision %(revision)d") % {"number": review.number, "revision": revision.number},
        href=reverse("review-record", args=[review.design_id, review.number]),
        mark=mark_of(review, lapses_of(review)),
        sentence=translated(decision_sentence.of_document(revision.decision)),
        about=pages.tally_sentence(review),
    )


@dataclass(frozen=True, slots=True)
class EntrySeen:
    who: str
    at: datetime
    text: str
    did: str


@dataclass(frozen=True, slots=True)
class ThreadSeen:
    id: UUID
    about: str
    resolved: bool
    entries: tuple[EntrySeen, ...]
    href: str


@dataclass(frozen=True, slots=True)
class VoteSeen:
    who: str
    choice: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ActionSeen:
    text: str
    owner: str
    due: date
    overdue: bool
    done: str
    href: str


@dataclass(frozen=True, slots=True)
class LinkSeen:
    name: str
    parts: str
    until: datetime
    state: str
    revoke_href: str


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class RecordPage:
    """One review as it lies on the desk. secret: the address of a link that was just made, shown once.

    wrote: the reader is an author, and so is not offered to approve.
    """

    design: road.DesignHead
    number: int
    mark: Mark
    sentence: str
    revision: Link
    facts: tuple[tuple[str, str], ...]
    lapses: tuple[str, ...]
    withdrawn: str
    open: bool
    signed: bool
    closed: bool
    tally: str
    votes: tuple[VoteSeen, ...]
    actions: tuple[ActionSeen, ...]
    threads: tuple[ThreadSeen, ...]
    subjects: tuple[Group, ...]
    about: str
    evidence: tuple[str, ...]
    links: tuple[LinkSeen, ...]
    parts: tuple[Choice, ...]
    secret: str
    choices: tuple[Choice, ...]
    people: tuple[str, ...]
    may_remark: bool
    may_review: bool
    wrote: bool
    hrefs: Mapping[str, str]
    problems: tuple[Problem, ...]


# What a closed review leaves behind: key in the template -> file name.
FILES = {
    "minutes": "minutes.md",
    "signature": "minutes.md.sig",
    "signer": "signer.pem",
    "record": "review.json",
    "adr": "adr.md",
}
POSTS = ("remarks", "vote", "close", "withdraw", "links")


def record_page(
    review: Review,
    *,
    may_remark: bool,
    may_review: bool,
    wrote: bool,
    about: str = "",
    secret: str = "",
    problems: Sequence[Problem] = (),
) -> RecordPage:
    lapses = lapses_of(review)
    revision = review.revision
    here = [review.design_id, review.number]
    withdrawal = getattr(getattr(review, "sign_off", None), "withdrawal", None)
    return RecordPage(
        design=road.head(review.design, current="review"),
        number=review.number,
        mark=mark_of(review, lapses),
        sentence=translated(decision_sentence.of_document(revision.decision)),
        revision=Link(f"{_('Revision')} {revision.number}", reverse("revision", args=[here[0], revision.number])),
        facts=_facts(review),
        lapses=lapses,
        withdrawn=_("%(who)s withdrew it: %(why)s") % {"who": withdrawal.user, "why": withdrawal.reason}
        if withdrawal
        else "",
        open=review.state == Review.State.OPEN,
        signed=review.state == Review.State.APPROVED,
        closed=review.state != Review.State.OPEN,
        tally=pages.tally_sentence(review),
        votes=_votes(review),
        actions=tuple(_action(review, item) for item in access.action_items_of(review)),
        threads=tuple(_thread(review, first, entries) for first, entries in proceedings.threads(review)),
        subjects=_subjects(review) if review.state == Review.State.OPEN and may_remark else (),
        about=about,
        evidence=tuple(one["name"] for one in review.evidence),
        links=tuple(_link(review, one) for one in access.links_of(review)),
        parts=tuple(Choice(key, str(title)) for key, title in PARTS.items()),
        secret=secret,
        choices=tuple(Choice(key, str(title)) for key, title in CHOICES),
        people=tuple(access.members(review.design).values_list("username", flat=True)),
        may_remark=may_remark,
        may_review=may_review,
        wrote=wrote,
        hrefs={
            **{name: reverse(f"review-{name}", args=here) for name in POSTS},
            "meeting": reverse("review", args=here[:1]),
            "all": reverse("reviews", args=here[:1]),
            **{key: reverse("review-minutes", args=[*here, name]) for key, name in FILES.items()},
        },
        problems=tuple(problems),
    )


def _facts(review: Review) -> tuple[tuple[str, str], ...]:
    moment = "{:%Y-%m-%d %H:%M} UTC".format
    found = [
        (_("Opened"), f"{moment(review.created_at)}, {review.opened_by}"),
        (_("Quorum"), str(review.quorum)),
        (_("Authors, who do not approve"), ", ".join(sorted(str(one) for one in review.authors.all()))),
    ]
    if review.deadline:
        found.append((_("Decision wanted by"), f"{review.deadline:%Y-%m-%d}"))
    if review.closed_at:
        found.append((_("Closed"), f"{moment(review.closed_at)}, {review.closed_by}"))
    return (*found, (_("Decision, sha256"), review.revision.decision_sha256))


def _votes(review: Review) -> tuple[VoteSeen, ...]:
    words = dict(CHOICES)
    return tuple(
        VoteSeen(one.user.get_username(), str(words[one.choice]), one.reason, one.created_at)
        for one in review.votes.all()
    )


def _action(review: Review, item: ActionItem) -> ActionSeen:
    today = datetime.now(tz=review.created_at.tzinfo).date()
    return ActionSeen(
        text=item.text,
        owner=item.owner.get_username(),
        due=item.due,
        overdue=item.done_at is None and item.due < today,
        done=f"{item.done_at:%Y-%m-%d}, {item.done_by}" if item.done_at else "",
        href=reverse("review-action", args=[review.design_id, review.number, item.pk]),
    )


def _thread(review: Review, first: Remark, entries: Sequence[Remark]) -> ThreadSeen:
    return ThreadSeen(
        id=first.pk,
        about=proceedings.about(review, first.subject),
        resolved=proceedings.is_resolved(entries),
        entries=tuple(
            EntrySeen(one.author.get_username(), one.created_at, one.text, one.get_does_display() if one.does else "")
            for one in entries
        ),
        href=reverse("review-thread", args=[review.design_id, review.number, first.pk]),
    )


def _subjects(review: Review) -> tuple[Group, ...]:
    """Everything that a remark can be about."""
    ruleset, explanation = proceedings.explained(review)
    reasons: dict[str, str] = {}
    for option in explanation.decision.options:
        reasons |= {one.rule: translated(one.why) for one in (*option.reasons, *option.concerns)}
    reasons |= {
        one.id: translated(one.why) for one in (*explanation.decision.obligations, *explanation.decision.warnings)
    }
    return (
        Group(_("Answers"), tuple(Choice(f"answer:{one.id}", translated(one.text)) for one in ruleset.questions)),
        Group(_("Reasons"), tuple(Choice(f"reason:{key}", f"{key}: {why}"[:140]) for key, why in reasons.items())),
        Group(
            _("Controls"),
            tuple(
                Choice(f"control:{one.control}", f"{one.control} {translated(one.title)}")
                for one in proceedings.judged(review)
            ),
        ),
        Group(_("Artefacts"), tuple(Choice(f"artefact:{one['id']}", one["name"]) for one in review.evidence)),
    )


def _link(review: Review, link: ShareLink) -> LinkSeen:
    over = link.expires_at <= datetime.now(tz=link.expires_at.tzinfo)
    state = _("revoked") if link.revoked_at else _("expired") if over else _("open")
    return LinkSeen(
        name=link.name,
        parts=", ".join(str(PARTS[part]) for part in link.parts),
        until=link.expires_at,
        state=state,
        revoke_href=""
        if link.revoked_at or over
        else reverse("review-revoke", args=[review.design_id, review.number, link.pk]),
    )


def states(designs: Sequence[Design], received: Mapping[Any, Sequence[Any]]) -> dict[UUID, road.State]:
    """What the road says of each design's review. received: the designs' artefacts in the order of receipt."""
    latest, registers = access.latest(designs), versions_of(designs)
    return {
        design.pk: _state(latest[design.pk], received[design.pk], registers[design.pk])
        if design.pk in latest
        else road.State(_("Not reviewed"))
        for design in designs
    }


def _state(review: Review, received: Sequence[Any], register: str) -> road.State:
    if review.state == Review.State.OPEN:
        cast = len({one.user_id for one in review.votes.all()})
        said = _("In review: %(cast)d of %(quorum)d votes") % {"cast": cast, "quorum": review.quorum}
        return road.State(said)
    if review.state == Review.State.NOT_APPROVED:
        return road.State(_("Not approved"), "fail")
    if hasattr(review.sign_off, "withdrawal"):
        return road.State(_("Withdrawn"), "fail")
    if proceedings.lapsed(review.sign_off, received, register):
        return road.State(_("Sign-off lapsed"), "fail")
    return road.State(_("Signed off"), "pass")
