"""The view of many designs for scripts: JSON by cursor, and CSV."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import urlencode

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evidence.fleet.choice import SORTS, STATUSES, TooMany, Wanted, chosen
from evidence.fleet.standing import standings
from seal_advisor.access import Action
from seal_advisor.api.base import ApiView
from seal_advisor.api.problems import Problem
from seal_advisor.api.shapes import ProblemShape

SHOWN, AT_MOST = 50, 200


class StandingShape(serializers.Serializer):
    """Where one design stands."""

    design = serializers.UUIDField()
    title = serializers.CharField()
    organisation = serializers.CharField()
    author = serializers.CharField()
    updated_at = serializers.DateTimeField()
    status = serializers.ChoiceField(STATUSES)
    seal = serializers.ListField(child=serializers.CharField())
    losses = serializers.CharField()
    controls_failed = serializers.IntegerField(allow_null=True)
    controls_not_proven = serializers.IntegerField(allow_null=True)
    next_end = serializers.DateField(allow_null=True)
    next_end_of = serializers.CharField()
    ruleset = serializers.CharField()
    house_rules = serializers.CharField()
    house_rules_weaker = serializers.IntegerField()
    revision = serializers.IntegerField()
    flag = serializers.CharField()
    flag_rules = serializers.ListField(child=serializers.CharField())


class FleetShape(serializers.Serializer):
    next = serializers.CharField(allow_null=True)
    results = StandingShape(many=True)


class Fleet(ApiView, get=Action.READ):
    @extend_schema(
        operation_id="list_fleet",
        summary="Every design that you see, with decision, failed controls, losses, next end, rules and flags.",
        parameters=[
            OpenApiParameter("q", str, description="Part of the title."),
            OpenApiParameter("status", str, enum=STATUSES),
            OpenApiParameter("flagged", str, description="`yes`: only those that would come out otherwise now."),
            OpenApiParameter("sort", str, enum=SORTS),
            OpenApiParameter("limit", int),
            OpenApiParameter("cursor", str),
        ],
        responses={200: FleetShape, 401: ProblemShape, 422: ProblemShape},
    )
    def get(self, request: Request) -> Response:
        query = request.query_params
        start, limit = _start(query.get("cursor", "")), _limit(query.get("limit", ""))
        try:
            found = chosen(self.actor, Wanted.of(query))
        except TooMany as error:
            raise Problem(422, "too_many", str(error)) from error
        rows = standings(found.designs[start : start + limit], found.decided)
        following = None
        if start + limit < len(found.designs):
            more = {**query.dict(), "cursor": _cursor(start + limit)}
            following = request.build_absolute_uri(f"{request.path}?{urlencode(more)}")
        return Response({"next": following, "results": StandingShape([one.as_json() for one in rows], many=True).data})


def _limit(given: str) -> int:
    return min(max(int(given), 1), AT_MOST) if given.isascii() and given.isdecimal() and len(given) < 6 else SHOWN


def _cursor(start: int) -> str:
    return base64.urlsafe_b64encode(str(start).encode()).decode()


def _start(cursor: str) -> int:
    """Raises Problem for a cursor that is none of ours."""
    try:
        place = base64.urlsafe_b64decode(cursor.encode()).decode("ascii")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Problem(422, "cursor", "cursor: not one that this list gave") from error
    if cursor and not (place.isdecimal() and len(place) < 8):
        raise Problem(422, "cursor", "cursor: not one that this list gave")
    return int(place or 0)
