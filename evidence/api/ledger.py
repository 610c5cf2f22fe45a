"""Head and proofs of the ledger. A head is hashes only; a proof is given for a leaf whose design the caller sees."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from evidence import access, ledger
from evidence.api import shapes
from evidence.core.custody import ProofError
from seal_advisor.access import Action
from seal_advisor.api.base import SIGNED_IN, ApiView
from seal_advisor.api.problems import Problem
from seal_advisor.api.shapes import ProblemShape

PROBLEM = ProblemShape


class Head(ApiView, get=SIGNED_IN):
    @extend_schema(
        operation_id="ledger_head",
        summary="The signed tree head.",
        responses={200: shapes.TreeHeadShape, 401: PROBLEM},
    )
    def get(self, request: Request) -> Response:
        return Response(ledger.signed_head())


class Proof(ApiView, get=Action.READ):
    @extend_schema(
        operation_id="ledger_proof",
        summary="Inclusion proof of one leaf, by its hash or its index.",
        parameters=[OpenApiParameter("leaf", str, required=True)],
        responses={200: shapes.ProofShape, 401: PROBLEM, 404: PROBLEM, 422: PROBLEM},
    )
    def get(self, request: Request) -> Response:
        leaf = request.query_params.get("leaf", "").lower()
        if not leaf:
            missing = [{"field": "leaf", "detail": "missing"}]
            raise Problem(422, "invalid", "leaf: give the leaf's hash (64 hex digits) or its index", missing)
        return Response(ledger.proof(access.leaf_or_404(self.actor, leaf)))


class Growth(ApiView, get=SIGNED_IN):
    @extend_schema(
        operation_id="ledger_consistency",
        summary="Proof that an earlier ledger, by its size, is the beginning of the present one. Hashes only.",
        parameters=[OpenApiParameter("first", int, required=True)],
        responses={200: shapes.GrowthShape, 401: PROBLEM, 422: PROBLEM},
    )
    def get(self, request: Request) -> Response:
        first = request.query_params.get("first", "")
        try:
            return Response(
                ledger.growth(int(first) if first.isascii() and first.isdecimal() and len(first) < 19 else 0)
            )
        except ProofError as error:
            detail = f"first: give the size of an earlier ledger; {error}"
            raise Problem(422, "invalid", detail, [{"field": "first", "detail": str(error)}]) from error
