"""The caller's own tokens. Made and revoked in a session only: a token never makes tokens."""

from __future__ import annotations

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from seal_advisor import access, tokens
from seal_advisor.access import Action
from seal_advisor.api import shapes
from seal_advisor.api.base import SIGNED_IN, ApiView
from seal_advisor.api.pagination import NewestFirst

PROBLEM = shapes.ProblemShape


class Tokens(ApiView, get=SIGNED_IN, post=SIGNED_IN):
    @extend_schema(
        operation_id="list_tokens",
        summary="Your tokens, with their last use; never their secrets.",
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("limit", int)],
        responses={200: shapes.TokenShape(many=True), 401: PROBLEM},
    )
    def get(self, request: Request) -> Response:
        pages = NewestFirst()
        page = pages.paginate_queryset(access.tokens_for(self.actor), request, view=self)
        return pages.get_paginated_response(shapes.TokenShape(page, many=True).data)

    @extend_schema(
        operation_id="issue_token",
        summary="A new token; its secret is in this answer only. Needs a session.",
        request=shapes.NewTokenShape,
        responses={201: shapes.TokenShape, 400: PROBLEM, 401: PROBLEM, 403: PROBLEM, 422: PROBLEM},
    )
    def post(self, request: Request) -> Response:
        if self.actor.token is not None:
            raise PermissionDenied("a token makes no tokens; sign in")
        given = shapes.NewTokenShape(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        design = access.design_or_404(self.actor, wanted["design"]) if "design" in wanted else None
        named = design.organisation_id if design else wanted.get("organisation")
        token, secret = tokens.issue_token(
            organisation=access.organisation_or_403(self.actor, Action.READ, named),
            user=request.user,
            name=wanted["name"],
            scopes=wanted["scopes"],
            expires_at=wanted["expires_at"],
            design=design,
        )
        return Response(shapes.TokenShape(token, context={"secret": secret}).data, status=201)


class OneToken(ApiView, delete=SIGNED_IN):
    @extend_schema(
        operation_id="revoke_token",
        summary="Revoke at once.",
        responses={204: None, 401: PROBLEM, 404: PROBLEM},
    )
    def delete(self, request: Request, token_id: UUID) -> Response:
        tokens.revoke_token(get_object_or_404(access.tokens_for(self.actor), pk=token_id))
        return Response(status=204)


class Rotation(ApiView, post=SIGNED_IN):
    @extend_schema(
        operation_id="rotate_token",
        summary="A new secret with the same rights and length of life; the old one ends at once. Needs a session.",
        request=None,
        responses={201: shapes.TokenShape, 401: PROBLEM, 404: PROBLEM, 422: PROBLEM},
    )
    def post(self, request: Request, token_id: UUID) -> Response:
        token, secret = tokens.rotate_token(get_object_or_404(access.tokens_for(self.actor), pk=token_id))
        return Response(shapes.TokenShape(token, context={"secret": secret}).data, status=201)
