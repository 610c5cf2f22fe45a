"""The only door to reviews and what belongs to them. What an actor sees follows from the designs that it sees.

A share link is a door of its own: it shows one review, the parts that it names, and lets nobody write.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.http import Http404
from django.utils import timezone

from evidence.meetings.models import ActionItem, Remark, Review, ShareLink, SignOff, Vote
from seal_advisor.access import Action, Actor, design_or_404, designs_for
from seal_advisor.models import Design, Membership, User


def reviews_of(actor: Actor, design: Design) -> QuerySet[Review]:
    """The design's reviews, newest first, with what a page says about each."""
    return whole().filter(design__in=designs_for(actor).filter(pk=design.pk))


def review_or_404(actor: Actor, review_id: UUID, action: Action = Action.READ) -> Review:
    """Raises Http404 for what the actor does not see, PermissionDenied for what it sees but may not do."""
    review = whole().filter(design__in=designs_for(actor), pk=review_id).first()
    if review is None:
        raise Http404("no such review")
    design_or_404(actor, review.design_id, action)
    return review


def numbered_or_404(actor: Actor, design: Design, number: int) -> Review:
    review = reviews_of(actor, design).filter(number=number).first()
    if review is None:
        raise Http404("no such review")
    return review


def open_review(actor: Actor, design: Design) -> Review | None:
    """The one review of the design that is going on."""
    return reviews_of(actor, design).filter(state=Review.State.OPEN).first()


def latest(designs: Sequence[Design]) -> dict[UUID, Review]:
    """The newest review of each of these designs (in sight already), in two queries; one without a review is absent."""
    rows = (
        Review.objects.filter(design__in=designs)
        .select_related("design__organisation", "revision__ruleset", "sign_off__withdrawal")
        .prefetch_related("votes")
    )
    return {row.design_id: row for row in rows.order_by("number")}


def remark_or_404(review: Review, remark_id: UUID) -> Remark:
    """The first entry of a thread of this review."""
    found = Remark.objects.filter(review=review, thread=None, pk=remark_id).first()
    if found is None:
        raise Http404("no such remark")
    return found


def action_items_of(review: Review) -> QuerySet[ActionItem]:
    """The conditions of the votes that still stand."""
    last: dict[int, int] = {}
    for vote in review.votes.all():
        last[vote.user_id] = vote.pk
    return ActionItem.objects.filter(vote__in=last.values()).select_related("owner", "vote__user", "done_by")


def action_item_or_404(review: Review, item_id: int) -> ActionItem:
    found = action_items_of(review).filter(pk=item_id).first()
    if found is None:
        raise Http404("no such action item")
    return found


def links_of(review: Review) -> QuerySet[ShareLink]:
    return ShareLink.objects.filter(review=review).select_related("created_by")


def link_or_404(review: Review, link_id: UUID) -> ShareLink:
    found = links_of(review).filter(pk=link_id).first()
    if found is None:
        raise Http404("no such link")
    return found


def shared_or_404(secret: str) -> ShareLink:
    """The link with this secret, while it lives. An expired, revoked or unknown one is the same 404."""
    now = timezone.now()
    link = ShareLink.objects.filter(
        digest=hashlib.sha256(secret.encode()).hexdigest(), revoked_at=None, expires_at__gt=now
    ).first()
    if link is None:
        raise Http404("no such link, or it has expired")
    ShareLink.objects.filter(pk=link.pk).update(used_at=now)
    return link


def shared_review(link: ShareLink) -> Review:
    return whole().get(pk=link.review_id)


def members(design: Design) -> QuerySet[User]:
    """Who can own an action item: the people of the design's organisation."""
    people = Membership.objects.filter(organisation=design.organisation_id).values("user")
    return User.objects.filter(pk__in=people, is_active=True).order_by("username")


def sign_offs_of(designs: Sequence[Design]) -> QuerySet[SignOff]:
    """Of these designs (in sight already), oldest first."""
    return SignOff.objects.filter(review__design__in=designs).select_related(
        "review__revision__ruleset", "review__minutes", "user", "withdrawal"
    )


def whole() -> QuerySet[Review]:
    """Reviews of any design, with all that is said about one: for rows whose design is in sight already."""
    votes = Vote.objects.select_related("user").prefetch_related("conditions__owner").order_by("id")
    remarks = Remark.objects.select_related("author").order_by("created_at", "id")
    return Review.objects.select_related(
        "design__organisation", "revision__ruleset", "revision__author", "opened_by", "closed_by",
        "sign_off__withdrawal__user", "sign_off__user", "minutes",
    ).prefetch_related(Prefetch("votes", votes), Prefetch("remarks", remarks), "authors")  # fmt: skip


def remarks_for(actor: Actor) -> QuerySet[Remark]:
    """Every remark on a design in sight, newest first."""
    rows = Remark.objects.filter(review__design__in=designs_for(actor))
    return rows.select_related("author", "review__design").order_by("-created_at", "id")
