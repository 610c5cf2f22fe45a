"""What a package carries of a design's reviews: who said what about which revision, minutes, decision record.

Everything as it was when the package was asked for, so that a second attempt makes the same bytes.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime

from evidence.core.sign_offs import SignOff
from evidence.meetings import access, proceedings
from evidence.meetings.models import Review
from seal_advisor.core import explain
from seal_advisor.models import Design, Membership, Revision


def sign_offs_until(design: Design, at: datetime) -> tuple[SignOff, ...]:
    """Votes that stood, sign-offs and withdrawals of the reviews that were closed by then, oldest first."""
    roles = {
        one.user_id: one.get_role_display() for one in Membership.objects.filter(organisation=design.organisation_id)
    }
    return tuple(word for review in _closed(design, at) for word in _words(review, roles, at))


def _closed(design: Design, at: datetime) -> list[Review]:
    rows = access.whole().filter(design=design, closed_at__lte=at)
    return list(rows.order_by("number"))


def _words(review: Review, roles: dict[int, str], at: datetime) -> Iterator[SignOff]:
    revision = review.revision
    last = {vote.user_id: vote for vote in review.votes.all()}
    for vote in last.values():
        remarks = [vote.reason, *(f"{one.text} ({one.owner}, until {one.due})" for one in vote.conditions.all())]
        said = "; ".join(part for part in remarks if part)
        yield _word(vote.user, roles, vote.choice, vote.created_at, revision, said)
    signed = getattr(review, "sign_off", None)
    if signed is None:
        return
    yield _word(signed.user, roles, "signed_off", signed.created_at, revision)
    withdrawn = getattr(signed, "withdrawal", None)
    if withdrawn is not None and withdrawn.created_at <= at:
        yield _word(withdrawn.user, roles, "withdrawn", withdrawn.created_at, revision, withdrawn.reason)


def _word(
    user: object, roles: dict[int, str], said: str, at: datetime, revision: Revision, remark: str = ""
) -> SignOff:
    return SignOff(
        name=str(user),
        role=roles.get(user.pk, ""),  # type: ignore[attr-defined]
        said=said,
        at=at,
        revision=revision.number,
        revision_sha256=revision.decision_sha256,
        remark=remark,
    )


def papers_until(design: Design, at: datetime) -> dict[str, bytes]:
    """File name -> bytes: minutes with their signature and the decision's record of each review closed by then."""
    found: dict[str, bytes] = {}
    for review in _closed(design, at):
        kept = review.minutes
        ruleset, answers = proceedings.answers_of(review)
        found |= {
            f"{review.number:03d}-adr.md": explain.markdown(ruleset, answers).encode(),
            f"{review.number:03d}-minutes.md": kept.text.encode(),
            f"{review.number:03d}-minutes.md.sig": base64.b64decode(kept.signature),
            f"{review.number:03d}-signer.pem": kept.certificate.encode(),
            f"{review.number:03d}-review.json": kept.record.encode(),
        }
    return found
