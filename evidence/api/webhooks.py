"""Webhooks of a design: who is told of what, and what came of each telling."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evidence import access
from evidence.models import Delivery, Webhook
from evidence.webhooks import services
from seal_advisor.access import Action
from seal_advisor.api.base import ApiView
from seal_advisor.api.pagination import NewestFirst
from seal_advisor.api.shapes import ProblemShape

PROBLEM = ProblemShape
TOLD = OpenApiExample(
    "Tell the ticket system of packages",
    value={"address": "https://tickets.bank.example/seal", "events": ["package.done", "package.failed"]},
    request_only=True,
)


class WebhookShape(serializers.ModelSerializer[Webhook]):
    """secret: only in the answer that makes the webhook."""

    events = serializers.ListField(child=serializers.CharField())
    user = serializers.CharField(source="user.username", read_only=True)
    secret = serializers.SerializerMethodField()

    class Meta:
        model = Webhook
        fields = ("id", "address", "events", "user", "created_at", "ended_at", "secret")

    def get_secret(self, webhook: Webhook) -> str | None:
        return self.context.get("secret")


class NewWebhookShape(serializers.Serializer):
    address = serializers.CharField(max_length=500, help_text="https://...")
    events = serializers.ListField(child=serializers.ChoiceField(services.EVENTS), min_length=1, max_length=10)


class DeliveryShape(serializers.ModelSerializer[Delivery]):
    """status: of the last answer; error: why it counts as not heard. not_before: the next attempt comes after that."""

    class Meta:
        model = Delivery
        fields = ("id", "event", "attempts", "status", "error", "not_before", "created_at", "delivered_at")


class Webhooks(ApiView, get=Action.ADMINISTER, post=Action.ADMINISTER):
    @extend_schema(
        operation_id="list_webhooks",
        summary="The design's webhooks, newest first, with those that have ended.",
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("limit", int)],
        responses={200: WebhookShape(many=True), 401: PROBLEM, 403: PROBLEM, 404: PROBLEM},
    )
    def get(self, request: Request, design_id: UUID) -> Response:
        pages = NewestFirst()
        page = pages.paginate_queryset(access.webhooks_of(self.actor, self.design(design_id)), request, view=self)
        return pages.get_paginated_response(WebhookShape(page, many=True).data)

    @extend_schema(
        operation_id="make_webhook",
        summary="Tell an address of events; signed as Standard Webhooks. The secret is in this answer only.",
        request=NewWebhookShape,
        responses={201: WebhookShape, 400: PROBLEM, 401: PROBLEM, 403: PROBLEM, 404: PROBLEM, 422: PROBLEM},
        examples=[TOLD],
    )
    def post(self, request: Request, design_id: UUID) -> Response:
        design = self.design(design_id)
        given = NewWebhookShape(data=request.data)
        given.is_valid(raise_exception=True)
        webhook, secret = services.register(design, actor=self.actor, **given.validated_data)
        return Response(WebhookShape(webhook, context={"secret": secret}).data, status=201)


class OneWebhook(ApiView, delete=Action.ADMINISTER):
    @extend_schema(
        operation_id="end_webhook",
        summary="Tell this address nothing more.",
        responses={204: None, 401: PROBLEM, 403: PROBLEM, 404: PROBLEM},
    )
    def delete(self, request: Request, design_id: UUID, webhook_id: UUID) -> Response:
        webhook = access.webhook_or_404(self.actor, self.design(design_id), webhook_id)
        services.end(webhook, actor=self.actor)
        return Response(status=204)


class Deliveries(ApiView, get=Action.ADMINISTER):
    @extend_schema(
        operation_id="list_deliveries",
        summary="What this address was told, newest first, and what came of it.",
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("limit", int)],
        responses={200: DeliveryShape(many=True), 401: PROBLEM, 403: PROBLEM, 404: PROBLEM},
    )
    def get(self, request: Request, design_id: UUID, webhook_id: UUID) -> Response:
        webhook = access.webhook_or_404(self.actor, self.design(design_id), webhook_id)
        pages = NewestFirst()
        page = pages.paginate_queryset(webhook.deliveries.all(), request, view=self)
        return pages.get_paginated_response(DeliveryShape(page, many=True).data)
