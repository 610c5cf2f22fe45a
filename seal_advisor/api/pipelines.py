"""CI jobs without a stored secret: which jobs a design admits, and a job's identity against a token for an hour."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from seal_advisor import access
from seal_advisor.access import TOKEN_SCOPES, Action
from seal_advisor.api import shapes
from seal_advisor.api.base import PUBLIC, ApiView
from seal_advisor.api.idempotency import KEY, idempotent
from seal_advisor.api.pagination import NewestFirst
from seal_advisor.api.problems import Problem
from seal_advisor.models import PipelineBinding
from seal_advisor.pipelines import exchange
from seal_advisor.pipelines.identity import Untrusted
from seal_advisor.pipelines.keys import KeysUnavailable

PROBLEM = shapes.ProblemShape
ASK_AGAIN_SECONDS = 10
ADMITTED = OpenApiExample(
    "The main branch of one repository",
    value={
        "issuer": "https://token.actions.githubusercontent.com",
        "claims": {"repository": "bank/vault-config", "ref": "refs/heads/main"},
        "scopes": ["read", "evidence:write", "package:build"],
    },
    request_only=True,
)


class BindingShape(serializers.ModelSerializer[PipelineBinding]):
    claims = serializers.DictField(child=serializers.CharField())
    scopes = serializers.ListField(child=serializers.CharField())
    user = serializers.CharField(source="user.username", read_only=True)

    class Meta:
        model = PipelineBinding
        fields = ("id", "issuer", "claims", "scopes", "user", "created_at", "revoked_at")


class NewBindingShape(serializers.Serializer):
    issuer = serializers.CharField(max_length=300)
    claims = serializers.DictField(child=serializers.CharField(max_length=500), allow_empty=False)
    scopes = serializers.ListField(child=serializers.ChoiceField([str(s) for s in TOKEN_SCOPES]), min_length=1)


class IdentityShape(serializers.Serializer):
    id_token = serializers.CharField(max_length=16 * 1024, help_text="The job's identity token, a JWT.")
    design = serializers.UUIDField()


class JobTokenShape(serializers.Serializer):
    """A token of the job, and what its issuer vouches for."""

    secret = serializers.CharField()
    expires_at = serializers.DateTimeField()
    scopes = serializers.ListField(child=serializers.CharField())
    claims = serializers.DictField(child=serializers.CharField())


class Pipelines(ApiView, get=Action.READ, post=Action.ADMINISTER):
    @extend_schema(
        operation_id="list_pipelines",
        summary="The CI jobs that this design admits, newest first; also those that it no longer admits.",
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("limit", int)],
        responses={200: BindingShape(many=True), 401: PROBLEM, 404: PROBLEM},
    )
    def get(self, request: Request, design_id: UUID) -> Response:
        pages = NewestFirst()
        page = pages.paginate_queryset(access.pipelines_of(self.actor, self.design(design_id)), request, view=self)
        return pages.get_paginated_response(BindingShape(page, many=True).data)

    @extend_schema(
        operation_id="admit_pipeline",
        summary="Admit the jobs of an issuer that state all of these claims.",
        parameters=[KEY],
        request=NewBindingShape,
        responses={201: BindingShape, 400: PROBLEM, 401: PROBLEM, 403: PROBLEM, 404: PROBLEM, 422: PROBLEM},
        examples=[ADMITTED],
    )
    @idempotent
    def post(self, request: Request, design_id: UUID) -> Response:
        design = self.design(design_id)
        given = NewBindingShape(data=request.data)
        given.is_valid(raise_exception=True)
        binding = exchange.bind(design, actor=self.actor, **given.validated_data)
        return Response(BindingShape(binding).data, status=201)


class OnePipeline(ApiView, delete=Action.ADMINISTER):
    @extend_schema(
        operation_id="end_pipeline",
        summary="Admit these jobs no more; tokens that they have end at once.",
        responses={204: None, 401: PROBLEM, 403: PROBLEM, 404: PROBLEM},
    )
    def delete(self, request: Request, design_id: UUID, pipeline_id: UUID) -> Response:
        binding = access.pipeline_or_404(self.actor, self.design(design_id), pipeline_id)
        exchange.unbind(binding, actor=self.actor)
        return Response(status=204)


class JobTokens(ApiView, post=PUBLIC):
    @extend_schema(
        operation_id="token_for_job",
        summary="A token for a CI job that proves who it is (OpenID Connect). Each identity token is taken once.",
        request=IdentityShape,
        responses={
            201: JobTokenShape, 400: PROBLEM, 401: PROBLEM, 403: PROBLEM, 422: PROBLEM, 429: PROBLEM, 503: PROBLEM
        },
        auth=[],
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        given = IdentityShape(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            token, secret = exchange.exchange(given.validated_data["id_token"], given.validated_data["design"])
        except Untrusted as error:
            why = [{"field": "id_token", "detail": str(error)}]
            raise Problem(401, "untrusted_identity", f"the identity token is not believed: {error}", why) from error
        except KeysUnavailable as error:
            raise Problem(503, "issuer_unavailable", str(error), retry_after=ASK_AGAIN_SECONDS) from error
        answer = {
            "secret": secret,
            "expires_at": token.expires_at,
            "scopes": token.scopes,
            "claims": token.claims,
        }
        return Response(JobTokenShape(answer).data, status=201)
