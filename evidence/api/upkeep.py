"""What happens to packages by themselves: the schedule, how long they are kept, and holds that keep them longer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evidence import access
from evidence.api import upkeep_shapes as shapes
from evidence.upkeep import retention, schedules
from evidence.upkeep.models import Retention, Schedule
from seal_advisor.access import Action
from seal_advisor.api.base import ApiView
from seal_advisor.api.idempotency import KEY, idempotent
from seal_advisor.api.pagination import NewestFirst
from seal_advisor.api.problems import Problem
from seal_advisor.api.shapes import ProblemShape
from seal_advisor.models import Design, User

PROBLEM = ProblemShape
REFUSED = {401: PROBLEM, 403: PROBLEM, 404: PROBLEM}
IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description="The ETag that you had read.")
WEEKLY = OpenApiExample("Every week", value={"every": "weekly", "recipients": ["carol"]}, request_only=True)
HELD = OpenApiExample("An investigation", value={"reason": "Case 2026-114 of the regulator"}, request_only=True)
TEN_YEARS = OpenApiExample("Ten years", value={"package_days": 3653}, request_only=True)


class OneSchedule(ApiView, get=Action.READ, put=Action.BUILD_PACKAGE, delete=Action.BUILD_PACKAGE):
    @extend_schema(
        operation_id="read_schedule",
        summary="When a package is built by itself, in whose name, and who is told.",
        responses={200: shapes.ScheduleShape, 401: PROBLEM, 404: PROBLEM},
    )
    def get(self, request: Request, design_id: UUID) -> Response:
        return _schedule_answer(_schedule_of(self.design(design_id)))

    @extend_schema(
        operation_id="set_schedule",
        summary="Build a package every week or month (30 days), from now on, in your name. 412 against lost updates.",
        parameters=[IF_MATCH, KEY],
        request=shapes.NewScheduleShape,
        responses={200: shapes.ScheduleShape, 412: PROBLEM, 422: PROBLEM, **REFUSED},
        examples=[WEEKLY],
    )
    @idempotent
    def put(self, request: Request, design_id: UUID) -> Response:
        design = self.design(design_id)
        given = _given(shapes.NewScheduleShape, request)
        people = _people(design, given["recipients"])
        with transaction.atomic():
            _demand_version(request, _schedule_of(design, locked=True))
            made = schedules.set_schedule(
                design, actor=self.actor, every=given["every"], recipients=people, now=timezone.now()
            )
        return _schedule_answer(made)

    @extend_schema(
        operation_id="drop_schedule",
        summary="Packages are built on request only. Without a schedule nothing changes.",
        parameters=[IF_MATCH],
        responses={204: None, 412: PROBLEM, **REFUSED},
    )
    def delete(self, request: Request, design_id: UUID) -> Response:
        design = self.design(design_id)
        with transaction.atomic():
            _demand_version(request, _schedule_of(design, locked=True))
            schedules.drop_schedule(design, actor=self.actor)
        return Response(status=204)


class Holds(ApiView, get=Action.READ, post=Action.ADMINISTER):
    @extend_schema(
        operation_id="list_holds",
        summary="Legal holds of the design, newest first, with those that were released.",
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("limit", int)],
        responses={200: shapes.HoldShape(many=True), 401: PROBLEM, 404: PROBLEM},
    )
    def get(self, request: Request, design_id: UUID) -> Response:
        pages = NewestPlacedFirst()
        page = pages.paginate_queryset(access.holds_of(self.actor, self.design(design_id)), request, view=self)
        return pages.get_paginated_response(shapes.HoldShape(page, many=True).data)

    @extend_schema(
        operation_id="place_hold",
        summary="Nothing of the design is deleted until the hold is released, whatever the retention says.",
        parameters=[KEY],
        request=shapes.HoldReasonShape,
        responses={201: shapes.HoldShape, 422: PROBLEM, **REFUSED},
        examples=[HELD],
    )
    @idempotent
    def post(self, request: Request, design_id: UUID) -> Response:
        design = self.design(design_id)
        reason = _given(shapes.HoldReasonShape, request)["reason"]
        hold = retention.place_hold(design, actor=self.actor, reason=reason, now=timezone.now())
        return Response(shapes.HoldShape(hold).data, status=201)


class Release(ApiView, post=Action.ADMINISTER):
    @extend_schema(
        operation_id="release_hold",
        summary="Release a hold, with the reason. 409 for one that was released already.",
        parameters=[KEY],
        request=shapes.HoldReasonShape,
        responses={200: shapes.HoldShape, 409: PROBLEM, 422: PROBLEM, **REFUSED},
        examples=[OpenApiExample("It is over", value={"reason": "The case was closed"}, request_only=True)],
    )
    @idempotent
    def post(self, request: Request, design_id: UUID, hold_id: UUID) -> Response:
        hold = access.hold_or_404(self.actor, self.design(design_id), hold_id)
        reason = _given(shapes.HoldReasonShape, request)["reason"]
        if not retention.release_hold(hold, actor=self.actor, reason=reason, now=timezone.now()):
            raise Problem(409, "not_now", "this hold was released already")
        hold.refresh_from_db()
        return Response(shapes.HoldShape(hold).data)


class OneRetention(ApiView, get=Action.READ, put=Action.ADMINISTER, delete=Action.ADMINISTER):
    """Of the organisation: the rule is the same for all of its designs."""

    @extend_schema(
        operation_id="read_retention",
        summary="For how many days the organisation keeps its packages' bytes; null is for ever.",
        responses={200: shapes.RetentionShape, 401: PROBLEM, 404: PROBLEM},
    )
    def get(self, request: Request, design_id: UUID) -> Response:
        design = self.design(design_id)
        kept = Retention.objects.filter(organisation=design.organisation_id).select_related("set_by").first()
        return Response(shapes.retention(kept))

    @extend_schema(
        operation_id="set_retention",
        summary="Delete packages' bytes so many days after they were asked for, unless a hold keeps them.",
        parameters=[KEY],
        request=shapes.NewRetentionShape,
        responses={200: shapes.RetentionShape, 422: PROBLEM, **REFUSED},
        examples=[TEN_YEARS],
    )
    @idempotent
    def put(self, request: Request, design_id: UUID) -> Response:
        design = self.design(design_id)
        days = _given(shapes.NewRetentionShape, request)["package_days"]
        kept = retention.set_retention(design.organisation, actor=self.actor, package_days=days, now=timezone.now())
        return Response(shapes.retention(kept))

    @extend_schema(
        operation_id="drop_retention",
        summary="Keep packages for ever.",
        responses={204: None, **REFUSED},
    )
    def delete(self, request: Request, design_id: UUID) -> Response:
        retention.keep_for_ever(self.design(design_id).organisation, actor=self.actor)
        return Response(status=204)


class NewestPlacedFirst(NewestFirst):
    ordering = ("-placed_at", "id")


def _given(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    return dict(given.validated_data)


def _people(design: Design, names: list[str]) -> list[User]:
    """The members of these names. Raises Problem naming those who are none."""
    found = {
        one.get_username(): one
        for one in User.objects.filter(
            username__in=names, is_active=True, memberships__organisation=design.organisation_id
        )
    }
    unknown = [name for name in names if name not in found]
    if unknown:
        detail = f"{unknown[0]} is no member of {design.organisation.name}"
        raise Problem(422, "invalid", f"recipients: {detail}", [{"field": "recipients", "detail": detail}])
    return list(found.values())


def _schedule_of(design: Design, *, locked: bool = False) -> Schedule | None:
    found = Schedule.objects.select_for_update(of=("self",), no_key=True) if locked else Schedule.objects.all()
    return found.filter(design=design).select_related("owner").first()


def _schedule_answer(schedule: Schedule | None) -> Response:
    return Response(shapes.schedule(schedule), headers={"ETag": _etag(schedule)})


def _etag(schedule: Schedule | None) -> str:
    """When it was set, to the microsecond: what a run changes (`next_at`) is no update that could be lost."""
    return f'"{schedule.set_at:%Y%m%dT%H%M%S%f}"' if schedule is not None else '"none"'


def _demand_version(request: Request, schedule: Schedule | None) -> None:
    """Raises Problem 412 when `If-Match` names another state than this. Without one, or with `*`, any will do."""
    given, now = request.headers.get("If-Match", "").strip(), _etag(schedule)
    if given not in {"", "*"} and given.removeprefix("W/") != now:
        errors = [{"field": "If-Match", "detail": f"now {now}"}]
        raise Problem(412, "lost_update", "somebody else set the schedule since you read it", errors)
