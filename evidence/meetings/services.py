"""What can be done with a review. Access was decided by the caller; here the rules of the thing itself are kept.

Every step enters the ledger in the transaction that takes it.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from evidence import ledger
from evidence.core import signing
from evidence.core.manifest import canonical, moment
from evidence.core.meeting import lapse, minutes, votes
from evidence.keys import signing_key
from evidence.meetings import proceedings
from evidence.meetings.models import ActionItem, Minutes, Remark, Review, ShareLink, SignOff, Vote, Withdrawal
from evidence.models import Artefact
from evidence.storage import BlobChanged
from seal_advisor.access import Actor
from seal_advisor.models import AnswerChange, Design, Revision, User

LINK_LIFE_AT_MOST = timedelta(days=30)
QUORUM_AT_MOST = 50
TEXT_AT_MOST = 4000  # characters


def open_review(
    design: Design, revision: Revision, *, actor: Actor, quorum: int = 2, deadline: date | None = None
) -> Review:
    """Put a frozen revision and the evidence of this moment up for decision.

    Raises ValidationError while another review of the design is going on, and for a wrong quorum or deadline.
    """
    if revision.design_id != design.pk:
        raise ValidationError(_("the revision is not one of this design"))
    if not 1 <= quorum <= QUORUM_AT_MOST:
        raise ValidationError({"quorum": _("the quorum is a number from 1 to %d") % QUORUM_AT_MOST})
    if deadline is not None and deadline < timezone.now().date():
        raise ValidationError({"deadline": _("the deadline is over already")})
    with transaction.atomic():
        locked = Design.objects.select_for_update(no_key=True).get(pk=design.pk)
        if Review.objects.filter(design=locked, state=Review.State.OPEN).exists():
            raise ValidationError(_("a review of this design is going on; close it first"))
        number = Review.objects.filter(design=locked).aggregate(last=Max("number"))["last"] or 0
        review = Review.objects.create(
            design=locked,
            revision=revision,
            number=number + 1,
            evidence=_evidence_set(locked),
            quorum=quorum,
            deadline=deadline,
            opened_by=actor.user,
        )
        review.authors.set(_authors(revision))
        _enter(review, actor, "review opened", revision=revision.number, evidence=len(review.evidence), quorum=quorum)
    return review


def _evidence_set(design: Design) -> list[dict[str, str]]:
    rows = Artefact.objects.filter(design=design).order_by("received_at", "pk")
    return [
        {"id": str(row.pk), "name": row.name, "sha256": row.sha256, "stored_sha256": row.blob_sha256} for row in rows
    ]


def _authors(revision: Revision) -> list[User]:
    """Who froze the revision, and whoever had changed an answer until then."""
    wrote = AnswerChange.objects.filter(design=revision.design_id, at__lte=revision.created_at).values("user")
    return list(User.objects.filter(pk__in=[*wrote.values_list("user", flat=True).distinct(), revision.author_id]))


def remark(review: Review, *, actor: Actor, subject: str, text: str, thread: Remark | None = None) -> Remark:
    """Say something about a subject, or answer in a thread. Raises ValidationError."""
    wanted = thread.subject if thread else subject
    if not text.strip():
        raise ValidationError({"text": _("write what you want to say")})
    if thread is None and not proceedings.has_subject(review, wanted):
        raise ValidationError({"subject": _("nothing here is called %r") % wanted})
    return _entry(review, actor, wanted, text.strip(), thread, Remark.Does.SAY)


def settle(thread: Remark, *, actor: Actor, text: str = "", again: bool = False) -> Remark:
    """Resolve a thread, or open it again. Doing what is done already changes nothing."""
    entries = [thread, *thread.entries.all()]
    settled = proceedings.is_resolved(entries)
    if settled != again:
        return entries[-1]
    does = Remark.Does.REOPEN if again else Remark.Does.RESOLVE
    return _entry(thread.review, actor, thread.subject, text.strip(), thread, does)


def _entry(review: Review, actor: Actor, subject: str, text: str, thread: Remark | None, does: Remark.Does) -> Remark:
    if len(text) > TEXT_AT_MOST:
        raise ValidationError({"text": _("use at most %d characters") % TEXT_AT_MOST})
    with transaction.atomic():
        locked = _going_on(review)
        row = Remark.objects.create(
            review=locked, thread=thread, subject=subject, text=text, does=does, author=actor.user
        )
        said = hashlib.sha256(text.encode()).hexdigest()
        _enter(locked, actor, "remark", remark=str(row.pk), subject=subject, does=str(does), text_sha256=said)
    return row


def vote(
    review: Review,
    *,
    actor: Actor,
    choice: str,
    reason: str = "",
    conditions: Sequence[tuple[str, User, date]] = (),
) -> Vote:
    """Cast a vote; it replaces an earlier one of the same person. conditions: (what, who, until when).

    Raises ValidationError: an author who approves, a rejection without its reason, conditions that do not fit.
    """
    _check_vote(review, actor, choice, reason, conditions)
    with transaction.atomic():
        locked = _going_on(review)
        row = Vote.objects.create(review=locked, user=actor.user, choice=choice, reason=reason.strip())
        for text, owner, due in conditions:
            ActionItem.objects.create(vote=row, text=text.strip(), owner=owner, due=due)
        _enter(
            locked, actor, "vote", choice=choice, reason=reason.strip(),
            conditions=[[text.strip(), owner.get_username(), due.isoformat()] for text, owner, due in conditions],
        )  # fmt: skip
    return row


def _check_vote(
    review: Review, actor: Actor, choice: str, reason: str, conditions: Sequence[tuple[str, User, date]]
) -> None:
    if choice not in votes.CHOICES:
        raise ValidationError({"choice": _("choose one of %s") % ", ".join(votes.CHOICES)})
    if choice in votes.FOR and is_author(review, actor):
        raise ValidationError({"choice": _("you wrote this revision, so you cannot approve it")})
    if choice == votes.REJECT and not reason.strip():
        raise ValidationError({"reason": _("say why: dissent is kept in the minutes")})
    if bool(conditions) != (choice == votes.CONDITIONS):
        raise ValidationError({"condition": _("a condition belongs to “approve with a condition”, and that needs one")})
    today = timezone.now().date()
    for text, _owner, due in conditions:
        if not text.strip():
            raise ValidationError({"condition": _("say what must be done")})
        if due < today:
            raise ValidationError({"due": _("the day is over already")})


def is_author(review: Review, actor: Actor) -> bool:
    return any(author.pk == actor.user.pk for author in review.authors.all())


def close(review: Review, *, actor: Actor) -> Minutes:
    """End the meeting: signed minutes in any case, a sign-off where the votes approve.

    Raises ValidationError when an author would sign off, or the meeting is over already.
    """
    with transaction.atomic():
        locked = _going_on(review)
        count = votes.tally(proceedings.votes_of(locked), locked.quorum)
        if count.approved and is_author(locked, actor):
            raise ValidationError(_("you wrote this revision, so you cannot sign it off; ask a reviewer to close"))
        now = timezone.now()
        try:
            results = proceedings.judged(locked)
        except BlobChanged as error:
            raise ValidationError(
                _("the evidence set is not whole, so nothing can be decided on it: %s") % error
            ) from error
        locked.state = Review.State.APPROVED if count.approved else Review.State.NOT_APPROVED
        locked.closed_by, locked.closed_at = actor.user, now
        locked.save(update_fields=["state", "closed_by", "closed_at"])
        kept = _write_minutes(locked, results)
        if count.approved:
            _sign_off(locked, actor, results, now)
        _enter(locked, actor, "review closed", approved=count.approved, minutes_sha256=kept.sha256, at=now)
    return kept


def _write_minutes(review: Review, results: Sequence[Any]) -> Minutes:
    meeting = proceedings.meeting(review, results)
    text = minutes.minutes(meeting)
    with signing_key() as key:
        signature = base64.b64encode(signing.sign_bytes(text.encode(), key)).decode()
        certificate = signing.to_pem(key.certificate).decode()
    return Minutes.objects.create(
        review=review,
        record=canonical(minutes.document(meeting)).decode(),
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        signature=signature,
        certificate=certificate,
    )


def _sign_off(review: Review, actor: Actor, results: Sequence[Any], now: datetime) -> None:
    evidence_sha256 = hashlib.sha256(canonical(review.evidence)).hexdigest()
    SignOff.objects.create(
        review=review,
        user=actor.user,
        decision_sha256=review.revision.decision_sha256,
        ruleset_sha256=review.revision.ruleset_id,
        evidence=review.evidence,
        evidence_sha256=evidence_sha256,
        verdicts=lapse.verdicts_document(results),
        created_at=now,
    )
    _enter(
        review, actor, "signed off", at=now,
        decision_sha256=review.revision.decision_sha256, evidence_sha256=evidence_sha256,
    )  # fmt: skip


def withdraw(sign_off: SignOff, *, actor: Actor, reason: str) -> Withdrawal:
    """Take a sign-off back, for good. Raises ValidationError without a reason, or when it was taken back already."""
    if not reason.strip():
        raise ValidationError({"reason": _("say why the sign-off is withdrawn")})
    with transaction.atomic():
        locked = SignOff.objects.select_for_update(no_key=True).get(pk=sign_off.pk)
        if Withdrawal.objects.filter(sign_off=locked).exists():
            raise ValidationError(_("this sign-off was withdrawn already"))
        row = Withdrawal.objects.create(sign_off=locked, user=actor.user, reason=reason.strip())
        _enter(sign_off.review, actor, "sign-off withdrawn", reason=row.reason)
    return row


def finish_action(item: ActionItem, *, actor: Actor) -> ActionItem:
    """An action item is done; a second time changes nothing."""
    with transaction.atomic():
        locked = ActionItem.objects.select_for_update(no_key=True).select_related("vote__review").get(pk=item.pk)
        if locked.done_at is None:
            locked.done_at, locked.done_by = timezone.now(), actor.user
            locked.save(update_fields=["done_at", "done_by"])
            _enter(locked.vote.review, actor, "action done", action=locked.pk, text=locked.text)
    return locked


def share(
    review: Review, *, actor: Actor, name: str, parts: Iterable[str], expires_at: datetime
) -> tuple[ShareLink, str]:
    """A new read-only link and its secret, which is shown once. Raises ValidationError for a wrong part or life."""
    wanted = [part for part in ShareLink.PARTS if part in set(parts)]
    unknown = sorted(set(parts) - set(ShareLink.PARTS))
    if unknown or not wanted:
        raise ValidationError({"parts": _("choose from %s") % ", ".join(ShareLink.PARTS)})
    if not timezone.now() < expires_at <= timezone.now() + LINK_LIFE_AT_MOST:
        raise ValidationError({"expires_at": _("a link lives at most %d days") % LINK_LIFE_AT_MOST.days})
    secret = secrets.token_urlsafe(24)
    with transaction.atomic():
        link = ShareLink.objects.create(
            review=review,
            name=name.strip() or "guest",
            digest=hashlib.sha256(secret.encode()).hexdigest(),
            parts=wanted,
            created_by=actor.user,
            expires_at=expires_at,
        )
        _enter(review, actor, "link shared", link=str(link.pk), parts=wanted, expires_at=moment(expires_at))
    return link, secret


def revoke(link: ShareLink, *, actor: Actor) -> None:
    """At once: the next look through it finds nothing."""
    with transaction.atomic():
        if ShareLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=timezone.now()):
            _enter(link.review, actor, "link revoked", link=str(link.pk))


def _going_on(review: Review) -> Review:
    """The review, locked; raises ValidationError when it is over."""
    locked = Review.objects.select_for_update(no_key=True).get(pk=review.pk)
    if locked.state != Review.State.OPEN:
        raise ValidationError(_("this review is closed; open another one for a new decision"))
    return locked


def _enter(review: Review, actor: Actor, what: str, *, at: datetime | None = None, **said: Any) -> None:
    """One entry of the ledger about this review."""
    now = at or timezone.now()
    entry = {
        "what": what,
        "design": str(review.design_id),
        "review": review.number,
        "by": actor.label,
        "at": moment(now),
        **said,
    }
    ledger.append("review", review.design, [entry], at=now)
