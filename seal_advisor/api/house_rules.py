"""An organisation's house rules: what holds, and putting others in force."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from seal_advisor import house_rules
from seal_advisor.access import Action, organisation_or_404
from seal_advisor.api import shapes
from seal_advisor.api.base import ApiView
from seal_advisor.api.problems import Problem
from seal_advisor.proving import HouseRefused

PROBLEM = shapes.ProblemShape


class HouseFilesShape(serializers.Serializer):
    """File name to TOML text, as `--house` takes them; see docs/house-rules.md."""

    files = serializers.DictField(child=serializers.CharField(trim_whitespace=False), allow_empty=False)


class HouseShape(serializers.Serializer):
    """What holds. house: null where the released rules hold alone. release: the version of the ruleset below."""

    house = serializers.DictField(allow_null=True)
    files = serializers.DictField(child=serializers.CharField())
    release = serializers.CharField()


class OrganisationHouseRules(ApiView, get=Action.READ, put=Action.ADMINISTER, delete=Action.ADMINISTER):
    @extend_schema(
        operation_id="read_house_rules",
        summary="The organisation's house rules, and in what they are stricter and weaker than the release.",
        responses={200: HouseShape, 401: PROBLEM, 404: PROBLEM, 409: PROBLEM},
    )
    def get(self, request: Request, organisation_id: UUID) -> Response:
        return Response(house_rules.document(organisation_or_404(self.actor, organisation_id, self.needs)))

    @extend_schema(
        operation_id="put_house_rules",
        summary="Put house rules in force, once lint and proofs take them. For administrators, never for tokens.",
        request=HouseFilesShape,
        responses={200: HouseShape, 400: PROBLEM, 401: PROBLEM, 403: PROBLEM, 404: PROBLEM, 422: PROBLEM},
    )
    def put(self, request: Request, organisation_id: UUID) -> Response:
        organisation = organisation_or_404(self.actor, organisation_id, self.needs)
        given = HouseFilesShape(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            house_rules.put_in_force(organisation, given.validated_data["files"], actor=self.actor)
        except HouseRefused as refused:
            errors: list[dict[str, Any]] = [{"field": "files", "detail": one} for one in refused.problems]
            raise Problem(422, "house_rules", str(refused), errors) from refused
        return Response(house_rules.document(organisation))

    @extend_schema(
        operation_id="withdraw_house_rules",
        summary="The released rules hold alone again.",
        responses={204: None, 401: PROBLEM, 403: PROBLEM, 404: PROBLEM},
    )
    def delete(self, request: Request, organisation_id: UUID) -> Response:
        house_rules.withdraw(organisation_or_404(self.actor, organisation_id, self.needs), actor=self.actor)
        return Response(status=204)
