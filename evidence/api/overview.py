"""What is still to be collected, which days are covered, and what a framework's requirements come to."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evidence import services
from evidence.core import collect, coverage
from evidence.core.artefact_json import plain
from evidence.core.frameworks import Framework, current, rows
from evidence.core.results import Result
from evidence.overview import overview_of, plan_of
from evidence.storage import BlobChanged
from evidence.views.frameworks import csv_response
from seal_advisor.access import Action
from seal_advisor.api.base import ApiView
from seal_advisor.api.problems import Problem
from seal_advisor.api.shapes import ProblemShape
from seal_advisor.core.words import hint
from seal_advisor.models import Design

PROBLEM = ProblemShape
READ = {401: PROBLEM, 404: PROBLEM, 409: PROBLEM, 422: PROBLEM}


class ErrandShape(serializers.Serializer):
    kind = serializers.CharField()
    what = serializers.CharField()
    node = serializers.CharField(allow_null=True)
    commands = serializers.ListField(child=serializers.CharField())
    by_hand = serializers.CharField(allow_blank=True)
    controls = serializers.ListField(child=serializers.CharField())
    note = serializers.CharField(allow_blank=True)


class RoleShape(serializers.Serializer):
    who = serializers.CharField()
    errands = ErrandShape(many=True)


class PlanShape(serializers.Serializer):
    """What `seal-advisor collect-plan --format json` prints, without its ruleset."""

    product = serializers.CharField()
    seals = serializers.ListField(child=serializers.CharField())
    nodes = serializers.ListField(child=serializers.CharField())
    missing = serializers.IntegerField()
    roles = RoleShape(many=True)


class PeriodShape(serializers.Serializer):
    observed_from = serializers.DateField(required=False)
    observed_to = serializers.DateField(required=False)


class SpanShape(serializers.Serializer):
    source = serializers.CharField()
    begin = serializers.DateField()
    end = serializers.DateField()
    how = serializers.ChoiceField(tuple(coverage.SAID))


class CoverageRowShape(serializers.Serializer):
    control = serializers.CharField()
    title = serializers.CharField()
    verdict = serializers.CharField()
    spans = SpanShape(many=True)
    gaps = serializers.ListField(child=serializers.ListField(child=serializers.DateField()))
    covered = serializers.IntegerField(help_text="Days of the period.")


class CoverageShape(serializers.Serializer):
    begin = serializers.DateField()
    end = serializers.DateField()
    rows = CoverageRowShape(many=True)


class RequirementShape(serializers.Serializer):
    id = serializers.CharField()
    about = serializers.CharField()
    verdict = serializers.CharField(allow_null=True, help_text="The worst of its controls'; null: none was judged.")
    controls = serializers.ListField(child=serializers.CharField())
    conditions = serializers.ListField(child=serializers.CharField())


class FrameworkShape(serializers.Serializer):
    id = serializers.CharField()
    title = serializers.CharField()
    source = serializers.CharField()
    requirements = RequirementShape(many=True)


class CollectPlan(ApiView, get=Action.READ):
    @extend_schema(
        operation_id="read_collect_plan",
        summary="Per role and node, the commands that produce the evidence still missing.",
        responses={200: PlanShape, **READ},
    )
    def get(self, request: Request, design_id: UUID) -> Response:
        try:
            return Response(collect.document(plan_of(self.design(design_id))))
        except BlobChanged as error:
            raise _changed(error) from error


class Coverage(ApiView, get=Action.READ):
    @extend_schema(
        operation_id="read_coverage",
        summary="Which days of a period each control's evidence covers; without a period, the last ninety days.",
        parameters=[PeriodShape],
        responses={200: CoverageShape, **READ},
    )
    def get(self, request: Request, design_id: UUID) -> Response:
        given = PeriodShape(data=request.query_params)
        given.is_valid(raise_exception=True)
        begin, end = (given.validated_data.get(name) for name in ("observed_from", "observed_to"))
        if bool(begin) != bool(end) or (begin and begin > end):
            error = {"field": "observed_to", "detail": "give both days, the second not before the first"}
            raise Problem(422, "invalid", "give both days, the second not before the first", [error])
        try:
            calendar = overview_of(
                self.design(design_id),
                observed_from=coverage.start_of(begin) if begin else None,
                observed_to=coverage.start_of(end) + timedelta(hours=23) if end else None,
            ).calendar
        except BlobChanged as error:
            raise _changed(error) from error
        return Response(plain(calendar))


class OneFramework(ApiView, get=Action.READ):
    @extend_schema(
        operation_id="read_framework",
        summary="What the verdicts say about each requirement of a framework.",
        responses={200: FrameworkShape, **READ},
    )
    def get(self, request: Request, design_id: UUID, framework_id: str) -> Response:
        design = self.design(design_id)
        wanted = known(framework_id)
        found = rows(wanted, _judged(design))
        return Response(
            {
                "id": wanted.id,
                "title": wanted.title,
                "source": wanted.source,
                "requirements": [
                    {
                        "id": row.requirement.id,
                        "about": row.requirement.about,
                        "verdict": row.verdict.value if row.verdict else None,
                        "controls": list(row.controls),
                        "conditions": list(row.conditions),
                    }
                    for row in found
                ],
            }
        )


class FrameworkTable(ApiView, get=Action.READ):
    @extend_schema(
        operation_id="fetch_framework_table",
        summary="The same as CSV, one line per requirement and control.",
        parameters=[OpenApiParameter("framework_id", str, OpenApiParameter.PATH)],
        responses={(200, "text/csv"): OpenApiTypes.STR, **READ},
    )
    def get(self, request: Request, design_id: UUID, framework_id: str) -> HttpResponse:
        design = self.design(design_id)
        return csv_response(known(framework_id), _judged(design))


def known(framework_id: str) -> Framework:
    """The framework of this id; 422 with the nearest one for any other."""
    found = next((one for one in current() if one.id == framework_id), None)
    if found is None:
        detail = f"no framework {framework_id[:60]!r}{hint(framework_id, [one.id for one in current()])}"
        raise Problem(422, "unknown_framework", detail, [{"field": "framework", "detail": detail}])
    return found


def _judged(design: Design) -> tuple[Result, ...]:
    try:
        return services.judge(design)
    except BlobChanged as error:
        raise _changed(error) from error


def _changed(error: BlobChanged) -> Problem:
    return Problem(409, "evidence_changed", f"nothing can be judged: {error}")
