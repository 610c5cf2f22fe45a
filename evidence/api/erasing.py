"""Erase a mistaken upload, and list what was erased."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evidence import access
from evidence.erasing import CannotErase, erase
from evidence.models import Erasure
from seal_advisor.access import Action
from seal_advisor.api.base import ApiView
from seal_advisor.api.idempotency import KEY, idempotent
from seal_advisor.api.problems import Problem
from seal_advisor.api.shapes import ProblemShape

PROBLEM = ProblemShape


class WhyShape(serializers.Serializer):
    why = serializers.CharField(max_length=500, help_text="Stands in the ledger and in the next package.")


class ErasureShape(serializers.ModelSerializer[Erasure]):
    """The tombstone. sha256, size: of the original bytes."""

    artefact = serializers.UUIDField(source="artefact_id")
    uploader = serializers.CharField(source="uploader_label")
    erased_by = serializers.CharField(source="erased_by_label")

    class Meta:
        model = Erasure
        fields = (
            "artefact", "name", "kind", "sha256", "size", "received_at", "uploader", "erased_by", "erased_at", "why",
        )  # fmt: skip


class Erasures(ApiView, get=Action.READ):
    @extend_schema(
        operation_id="list_erasures",
        summary="What was erased from this design's evidence, by whom and why.",
        responses={200: ErasureShape(many=True), 401: PROBLEM, 404: PROBLEM},
    )
    def get(self, request: Request, design_id: UUID) -> Response:
        return Response(ErasureShape(access.erasures_of(self.actor, self.design(design_id)), many=True).data)


class Erase(ApiView, post=Action.ADMINISTER):
    @extend_schema(
        operation_id="erase_evidence",
        summary="Erase one artefact: bytes, facts and the packages that hold it. 409 while a legal hold keeps it.",
        parameters=[KEY],
        request=WhyShape,
        responses={
            201: ErasureShape, 400: PROBLEM, 401: PROBLEM, 403: PROBLEM, 404: PROBLEM, 409: PROBLEM, 422: PROBLEM,
        },
    )  # fmt: skip
    @idempotent
    def post(self, request: Request, design_id: UUID, artefact_id: UUID) -> Response:
        artefact = access.artefact_or_404(self.actor, self.design(design_id), artefact_id)
        given = WhyShape(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            erasure = erase(artefact, actor=self.actor, why=given.validated_data["why"])
        except CannotErase as error:
            raise Problem(409, "cannot_erase", str(error)) from error
        return Response(ErasureShape(erasure).data, status=201)
