"""The audit trail: every write, who, what, from what to what; each with its place in the ledger."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evidence import access, trail
from seal_advisor.access import Action
from seal_advisor.api.base import ApiView
from seal_advisor.api.pagination import NewestFirst
from seal_advisor.api.shapes import ProblemShape

PROBLEM = ProblemShape


class WriteShape(serializers.Serializer):
    """One write. leaf: its index in the ledger, which `GET ledger/proof/?leaf=` proves."""

    leaf = serializers.IntegerField()
    what = serializers.CharField(help_text="Thing and verb, such as design.edited.")
    about = serializers.CharField()
    by = serializers.CharField()
    at = serializers.DateTimeField()
    organisation = serializers.UUIDField(allow_null=True)
    design = serializers.UUIDField(allow_null=True)
    before = serializers.JSONField(allow_null=True)
    after = serializers.JSONField(allow_null=True)


class Trail(ApiView, get=Action.READ):
    @extend_schema(
        operation_id="read_trail",
        summary="Every write about the designs that you see, newest first; for administrators also about people.",
        parameters=[
            OpenApiParameter("design", str, description="Only of this design."),
            OpenApiParameter("cursor", str),
            OpenApiParameter("limit", int),
        ],
        responses={200: WriteShape(many=True), 401: PROBLEM, 404: PROBLEM},
    )
    def get(self, request: Request) -> Response:
        entries = access.trail_for(self.actor)
        if "design" in request.query_params:
            entries = entries.filter(design=access.design_of(self.actor, request.query_params["design"]))
        pages = NewestFirst()
        pages.ordering = ("-index",)
        page = pages.paginate_queryset(entries, request, view=self)
        return pages.get_paginated_response(WriteShape([trail.said(row) for row in page or ()], many=True).data)
