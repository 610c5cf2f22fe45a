"""Designs, their answers, the decision and the generated files; and a decision for answers that nobody keeps."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from seal_advisor import access, services
from seal_advisor.access import Action
from seal_advisor.api import shapes
from seal_advisor.api.base import PUBLIC, ApiView, etag, version_of
from seal_advisor.api.idempotency import KEY, idempotent
from seal_advisor.api.pagination import NewestFirst
from seal_advisor.api.problems import Problem
from seal_advisor.core.answers import parse
from seal_advisor.core.generate import CannotGenerate
from seal_advisor.models import Design

IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description="The ETag that you had read.")
PROBLEM = shapes.ProblemShape
EXAM = OpenApiExample(
    "A bank's demands",
    value={"answers": services.SAMPLE_ANSWERS, "unsure": ["hsm_skill"], "notes": {"hsm": "contract signed in May"}},
    request_only=True,
)


class Decisions(ApiView, post=PUBLIC):
    @extend_schema(
        operation_id="decide",
        summary="Decide: answers in, decision out. Nothing is stored; no account is needed.",
        request=shapes.AnswersShape,
        responses={200: shapes.DecisionShape, 400: PROBLEM, 413: PROBLEM, 422: PROBLEM, 429: PROBLEM},
        examples=[EXAM],
        auth=[],
    )
    def post(self, request: Request) -> Response:
        return Response(services.decision_document(parse(request.data, services.current_ruleset())))


class Designs(ApiView, get=Action.READ, post=Action.WRITE_DESIGN):
    @extend_schema(
        operation_id="list_designs",
        summary="The designs that you see, newest first.",
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("limit", int)],
        responses={200: shapes.DesignShape(many=True), 401: PROBLEM},
    )
    def get(self, request: Request) -> Response:
        pages = NewestFirst()
        page = pages.paginate_queryset(access.designs_for(self.actor), request, view=self)
        return pages.get_paginated_response(shapes.DesignShape(page, many=True).data)

    @extend_schema(
        operation_id="create_design",
        summary="A new design, with answers if there are any yet.",
        parameters=[KEY],
        request=shapes.NewDesignShape,
        responses={201: shapes.DesignShape, 400: PROBLEM, 401: PROBLEM, 403: PROBLEM, 422: PROBLEM},
    )
    @idempotent
    def post(self, request: Request) -> Response:
        document = shapes.answers_document(request.data)
        given = shapes.NewDesignShape(data=_without_answers(request.data))
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        organisation = access.organisation_or_403(self.actor, self.needs, wanted.get("organisation"))
        design = services.create_design(
            organisation=organisation,
            actor=self.actor,
            title=wanted["title"],
            document={"answers": {}, **document},
            frameworks=wanted.get("frameworks", ()),
        )
        return _design(design, status=201, headers={"Location": f"{request.path}{design.pk}/"})


class OneDesign(ApiView, get=Action.READ, patch=Action.WRITE_DESIGN):
    @extend_schema(
        operation_id="read_design",
        summary="One design; its ETag goes into If-Match.",
        responses={200: shapes.DesignShape, 401: PROBLEM, 404: PROBLEM},
    )
    def get(self, request: Request, design_id: UUID) -> Response:
        return _design(self.design(design_id))

    @extend_schema(
        operation_id="edit_design",
        summary="Change title or frameworks.",
        parameters=[IF_MATCH, KEY],
        request=shapes.DesignChangeShape,
        responses={
            200: shapes.DesignShape, 400: PROBLEM, 401: PROBLEM, 403: PROBLEM, 404: PROBLEM, 412: PROBLEM, 422: PROBLEM,
        },
    )  # fmt: skip
    @idempotent
    def patch(self, request: Request, design_id: UUID) -> Response:
        design = self.design(design_id)
        change = shapes.DesignChangeShape(data=request.data)
        change.is_valid(raise_exception=True)
        version = version_of(request, required=False)
        return _design(services.edit_design(design, actor=self.actor, version=version, **change.validated_data))


class DesignAnswers(ApiView, get=Action.READ, put=Action.WRITE_DESIGN):
    @extend_schema(
        operation_id="read_answers",
        summary="The draft as an answers file.",
        responses={200: shapes.AnswersShape, 401: PROBLEM, 404: PROBLEM},
    )
    def get(self, request: Request, design_id: UUID) -> Response:
        design = self.design(design_id)
        document = {"ruleset": design.ruleset_version, "answers": {}, "unsure": [], "notes": {}, **design.answers}
        return Response(document, headers={"ETag": etag(design)})

    @extend_schema(
        operation_id="record_answers",
        summary="Replace the draft's answers; every change is kept in the history.",
        parameters=[IF_MATCH, KEY],
        request=shapes.AnswersShape,
        responses={
            200: shapes.DesignShape, 400: PROBLEM, 401: PROBLEM, 403: PROBLEM, 404: PROBLEM, 412: PROBLEM, 422: PROBLEM,
            428: PROBLEM,
        },
        examples=[EXAM],
    )  # fmt: skip
    @idempotent
    def put(self, request: Request, design_id: UUID) -> Response:
        design = self.design(design_id)
        version = version_of(request, required=True)
        return _design(services.record_answers(design, request.data, actor=self.actor, version=version))


class DesignHistory(ApiView, get=Action.READ):
    @extend_schema(
        operation_id="answer_history",
        summary="Every change of an answer, newest first: what it was, what it became, who, when.",
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("limit", int)],
        responses={200: shapes.ChangeShape(many=True), 401: PROBLEM, 404: PROBLEM},
    )
    def get(self, request: Request, design_id: UUID) -> Response:
        pages = NewestFirst()
        pages.ordering = ("-id",)
        page = pages.paginate_queryset(access.changes_of(self.actor, self.design(design_id)), request, view=self)
        return pages.get_paginated_response(shapes.ChangeShape(page, many=True).data)


class DesignDecision(ApiView, get=Action.READ):
    @extend_schema(
        operation_id="read_decision",
        summary="The decision that the draft's answers give now.",
        responses={200: shapes.DecisionShape, 401: PROBLEM, 404: PROBLEM, 422: PROBLEM},
    )
    def get(self, request: Request, design_id: UUID) -> Response:
        design = self.design(design_id)
        rules = services.ruleset_of(design.organisation)
        decided = services.decision_document(services.draft_of(design), rules)
        return Response(decided, headers={"ETag": etag(design)})


class DesignFiles(ApiView, get=Action.READ):
    @extend_schema(
        operation_id="read_files",
        summary="Everything generated from the decision: configuration, runbooks, record, diagrams.",
        responses={200: shapes.FilesShape, 401: PROBLEM, 404: PROBLEM, 409: PROBLEM},
    )
    def get(self, request: Request, design_id: UUID) -> Response:
        try:
            return Response({"files": services.design_files(self.design(design_id))})
        except CannotGenerate as error:
            raise Problem(409, "nothing_to_generate", str(error)) from error


class DesignRevisions(ApiView, get=Action.READ, post=Action.WRITE_DESIGN):
    @extend_schema(
        operation_id="list_revisions",
        summary="The frozen revisions, newest first.",
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("limit", int)],
        responses={200: shapes.RevisionShape(many=True), 401: PROBLEM, 404: PROBLEM},
    )
    def get(self, request: Request, design_id: UUID) -> Response:
        pages = NewestFirst()
        pages.ordering = ("-number",)
        page = pages.paginate_queryset(access.revisions_of(self.actor, self.design(design_id)), request, view=self)
        return pages.get_paginated_response(shapes.RevisionShape(page, many=True).data)

    @extend_schema(
        operation_id="freeze_revision",
        summary="Freeze the draft with its decision and ruleset.",
        parameters=[KEY],
        request=None,
        responses={201: shapes.RevisionShape, 401: PROBLEM, 403: PROBLEM, 404: PROBLEM, 422: PROBLEM},
    )
    @idempotent
    def post(self, request: Request, design_id: UUID) -> Response:
        revision = services.freeze_revision(self.design(design_id), actor=self.actor)
        return Response(shapes.RevisionShape(revision).data, status=201)


def _design(design: Design, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(shapes.DesignShape(design).data, status=status, headers={"ETag": etag(design), **(headers or {})})


def _without_answers(data: Any) -> dict[str, Any]:
    """What the shape checks; the answers are checked by core.answers, with better words."""
    if not isinstance(data, dict):
        raise Problem(422, "invalid", "send a JSON object with a title", [{"field": "title", "detail": "required"}])
    return {name: value for name, value in data.items() if name in {"title", "organisation", "frameworks"}}
