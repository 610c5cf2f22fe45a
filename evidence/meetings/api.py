"""Reviews over the API: open one, remark, vote, close, withdraw, share. A token reads them; only people decide."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.core.exceptions import ValidationError
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from evidence.meetings import access, proceedings, services, shapes
from evidence.meetings.models import Review
from seal_advisor.access import Action, revision_or_404
from seal_advisor.api.base import ApiView
from seal_advisor.api.idempotency import KEY, idempotent
from seal_advisor.api.pagination import NewestFirst
from seal_advisor.api.problems import Problem
from seal_advisor.api.shapes import ProblemShape
from seal_advisor.models import User
from seal_advisor.services import freeze_revision

PROBLEM = ProblemShape
READS = {401: PROBLEM, 404: PROBLEM}
WRITES = {400: PROBLEM, 401: PROBLEM, 403: PROBLEM, 404: PROBLEM, 422: PROBLEM}
VOTE = OpenApiExample(
    "With a condition",
    value={
        "choice": "conditions",
        "reason": "",
        "conditions": [{"text": "Rotate the HSM PIN", "owner": "alice", "due": "2030-01-31"}],
    },
    request_only=True,
)


class ReviewView(ApiView):
    """What is about one review."""

    def review(self, review_id: UUID) -> Review:
        """The review, if the caller sees it (404) and may do what the policy says (403)."""
        return access.review_or_404(self.actor, review_id, self.needs)

    def whole(self, review: Review, status: int = 200) -> Response:
        """The review as it is now."""
        return Response(shapes.ReviewShape(access.review_or_404(self.actor, review.pk)).data, status=status)


class Reviews(ApiView, get=Action.READ, post=Action.WRITE_DESIGN):
    @extend_schema(
        operation_id="list_reviews",
        summary="The design's reviews, newest first.",
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("limit", int)],
        responses={200: shapes.ReviewShape(many=True), **READS},
    )
    def get(self, request: Request, design_id: UUID) -> Response:
        pages = NewestFirst()
        page = pages.paginate_queryset(access.reviews_of(self.actor, self.design(design_id)), request, view=self)
        return pages.get_paginated_response(shapes.ReviewShape(page, many=True).data)

    @extend_schema(
        operation_id="open_review",
        summary="Put a frozen revision and the evidence of this moment up for decision.",
        parameters=[KEY],
        request=shapes.OpenReviewShape,
        responses={201: shapes.ReviewShape, **WRITES},
    )
    @idempotent
    def post(self, request: Request, design_id: UUID) -> Response:
        design = self.design(design_id)
        given = shapes.OpenReviewShape(data=request.data)
        given.is_valid(raise_exception=True)
        said = given.validated_data
        number = said.get("revision")
        revision = revision_or_404(self.actor, design, number) if number else freeze_revision(design, actor=self.actor)
        review = services.open_review(
            design, revision, actor=self.actor, quorum=said["quorum"], deadline=said.get("deadline")
        )
        return Response(shapes.ReviewShape(access.review_or_404(self.actor, review.pk)).data, status=201)


class OneReview(ReviewView, get=Action.READ):
    @extend_schema(
        operation_id="read_review",
        summary="State, votes, evidence set, and whether a sign-off still stands.",
        responses={200: shapes.ReviewShape, **READS},
    )
    def get(self, request: Request, review_id: UUID) -> Response:
        return self.whole(self.review(review_id))


class Agenda(ReviewView, get=Action.READ):
    @extend_schema(
        operation_id="read_agenda",
        summary="What there is to talk about, what stops the decision first.",
        responses={200: shapes.AgendaShape, **READS},
    )
    def get(self, request: Request, review_id: UUID) -> Response:
        items = proceedings.sitting(self.review(review_id)).items
        return Response({"items": shapes.AgendaItemShape(items, many=True).data})


class Remarks(ReviewView, get=Action.READ, post=Action.REMARK):
    @extend_schema(
        operation_id="list_remarks",
        summary="Every thread with its entries, oldest first.",
        responses={200: shapes.ThreadsShape, **READS},
    )
    def get(self, request: Request, review_id: UUID) -> Response:
        return Response(shapes.threads(self.review(review_id)))

    @extend_schema(
        operation_id="remark",
        summary="A remark on an answer, a reason, a control or an artefact.",
        parameters=[KEY],
        request=shapes.NewRemarkShape,
        responses={201: shapes.EntryShape, **WRITES},
        examples=[
            OpenApiExample(
                "On a control", value={"subject": "control:C-TL-01", "text": "Which listener?"}, request_only=True
            )
        ],
    )
    @idempotent
    def post(self, request: Request, review_id: UUID) -> Response:
        review = self.review(review_id)
        given = shapes.NewRemarkShape(data=request.data)
        given.is_valid(raise_exception=True)
        entry = services.remark(review, actor=self.actor, **given.validated_data)
        return Response(shapes.EntryShape(entry).data, status=201)


class OneThread(ReviewView, post=Action.REMARK):
    @extend_schema(
        operation_id="answer_remark",
        summary="Answer in a thread, resolve it, or open it again.",
        parameters=[KEY],
        request=shapes.AnswerRemarkShape,
        responses={201: shapes.EntryShape, **WRITES},
    )
    @idempotent
    def post(self, request: Request, review_id: UUID, thread_id: UUID) -> Response:
        review = self.review(review_id)
        first = access.remark_or_404(review, thread_id)
        given = shapes.AnswerRemarkShape(data=request.data)
        given.is_valid(raise_exception=True)
        text, does = given.validated_data["text"], given.validated_data["does"]
        if does:
            entry = services.settle(first, actor=self.actor, text=text, again=does == "reopen")
        else:
            entry = services.remark(review, actor=self.actor, subject=first.subject, text=text, thread=first)
        return Response(shapes.EntryShape(entry).data, status=201)


class Votes(ReviewView, post=Action.REVIEW):
    @extend_schema(
        operation_id="vote",
        summary="Cast a vote; an author of the revision cannot approve.",
        parameters=[KEY],
        request=shapes.NewVoteShape,
        responses={201: shapes.VoteShape, **WRITES},
        examples=[VOTE],
    )
    @idempotent
    def post(self, request: Request, review_id: UUID) -> Response:
        review = self.review(review_id)
        given = shapes.NewVoteShape(data=request.data)
        given.is_valid(raise_exception=True)
        said = given.validated_data
        vote = services.vote(
            review,
            actor=self.actor,
            choice=said["choice"],
            reason=said["reason"],
            conditions=[_condition(review, **one) for one in said.get("conditions", ())],
        )
        return Response(shapes.VoteShape(vote).data, status=201)


def _condition(review: Review, text: str, owner: str, due: date) -> tuple[str, User, date]:
    person = access.members(review.design).filter(username=owner).first()
    if person is None:
        raise ValidationError(f"conditions: nobody of this organisation is called {owner!r}")
    return text, person, due


class Close(ReviewView, post=Action.REVIEW):
    @extend_schema(
        operation_id="close_review",
        summary="End the meeting: signed minutes, and a sign-off where the votes approve.",
        parameters=[KEY],
        request=None,
        responses={200: shapes.ReviewShape, **WRITES},
    )
    @idempotent
    def post(self, request: Request, review_id: UUID) -> Response:
        review = self.review(review_id)
        services.close(review, actor=self.actor)
        return self.whole(review)


class Withdraw(ReviewView, post=Action.REVIEW):
    @extend_schema(
        operation_id="withdraw_sign_off",
        summary="Take a sign-off back, with the reason.",
        parameters=[KEY],
        request=shapes.ReasonShape,
        responses={200: shapes.ReviewShape, **WRITES},
    )
    @idempotent
    def post(self, request: Request, review_id: UUID) -> Response:
        review = self.review(review_id)
        given = shapes.ReasonShape(data=request.data)
        given.is_valid(raise_exception=True)
        if review.state != Review.State.APPROVED:
            raise ValidationError("this review was not signed off")
        services.withdraw(review.sign_off, actor=self.actor, reason=given.validated_data["reason"])
        return self.whole(review)


class OneAction(ReviewView, post=Action.REMARK):
    @extend_schema(
        operation_id="finish_action",
        summary="An action item is done.",
        parameters=[KEY],
        request=None,
        responses={200: shapes.ActionItemShape, **WRITES},
    )
    @idempotent
    def post(self, request: Request, review_id: UUID, item_id: int) -> Response:
        item = access.action_item_or_404(self.review(review_id), item_id)
        return Response(shapes.ActionItemShape(services.finish_action(item, actor=self.actor)).data)


class ReviewMinutes(ReviewView, get=Action.READ):
    @extend_schema(
        operation_id="read_minutes",
        summary="The minutes of a closed review, with their signature.",
        responses={200: shapes.MinutesShape, **READS, 409: PROBLEM},
    )
    def get(self, request: Request, review_id: UUID) -> Response:
        kept = getattr(self.review(review_id), "minutes", None)
        if kept is None:
            raise Problem(409, "not_ready", "this review is going on; its minutes come when it is closed")
        return Response(shapes.MinutesShape(kept).data)


class Links(ReviewView, get=Action.READ, post=Action.REMARK):
    @extend_schema(
        operation_id="list_links",
        summary="The share links of a review; never their secrets.",
        responses={200: shapes.LinksShape, **READS},
    )
    def get(self, request: Request, review_id: UUID) -> Response:
        return Response({"links": shapes.LinkShape(access.links_of(self.review(review_id)), many=True).data})

    @extend_schema(
        operation_id="share_review",
        summary="A read-only link for who has no account; its secret is in this answer only.",
        request=shapes.NewLinkShape,
        responses={201: shapes.LinkShape, **WRITES},
    )
    def post(self, request: Request, review_id: UUID) -> Response:
        review = self.review(review_id)
        given = shapes.NewLinkShape(data=request.data)
        given.is_valid(raise_exception=True)
        link, secret = services.share(review, actor=self.actor, **given.validated_data)
        return Response(shapes.LinkShape(link, context={"secret": secret}).data, status=201)


class OneLink(ReviewView, delete=Action.REMARK):
    @extend_schema(
        operation_id="revoke_link",
        summary="Revoke at once.",
        responses={204: None, 401: PROBLEM, 403: PROBLEM, 404: PROBLEM},
    )
    def delete(self, request: Request, review_id: UUID, link_id: UUID) -> Response:
        services.revoke(access.link_or_404(self.review(review_id), link_id), actor=self.actor)
        return Response(status=204)
