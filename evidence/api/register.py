"""Statements of people: certificates that were read, attestations, waivers, what does not apply."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.forms import Form
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from evidence import access
from evidence.api import register_shapes as shapes
from evidence.register import services
from evidence.register.forms import FORMS
from evidence.register.models import Attestation, Exclusion, ModuleCertificate, Statement, Waiver
from evidence.register.services import KINDS, NotNow
from seal_advisor.access import Action
from seal_advisor.api.base import ApiView
from seal_advisor.api.idempotency import KEY, idempotent
from seal_advisor.api.problems import Problem
from seal_advisor.api.shapes import ProblemShape

PROBLEM = ProblemShape
REFUSED = {400: PROBLEM, 401: PROBLEM, 403: PROBLEM, 404: PROBLEM, 409: PROBLEM, 422: PROBLEM}


class Register(ApiView, get=Action.READ):
    @extend_schema(
        operation_id="read_register",
        summary="Everything that is stated about the design, ended entries too.",
        responses={200: shapes.RegisterShape, 401: PROBLEM, 404: PROBLEM},
    )
    def get(self, request: Request, design_id: UUID) -> Response:
        design = self.design(design_id)
        shared = access.shared_certificates_of(self.actor, design.organisation_id)
        own = {
            kind: [shapes.document(one) for one in access.statements_of(self.actor, design, model)]
            for kind, model in KINDS.items()
        }
        return Response({**own, "shared_certificates": [shapes.document(one) for one in shared]})


class _Entering(ApiView):
    model: ClassVar[type[Statement]]

    def _enter(self, request: Request, design_id: UUID) -> Response:
        design = self.design(design_id)
        form = FORMS[self.model](given_by(request), design=design)
        check(form)
        made = services.enter(self.model, design, actor=self.actor, said=form.said)
        return Response(shapes.document(made), status=201)


def given_by(request: Request) -> dict[str, Any]:
    """The object that was sent. Raises Problem."""
    given: Any = request.data
    if not isinstance(given, dict):
        raise Problem(422, "invalid", "send one JSON object", [{"field": "", "detail": "no object"}])
    return given


def check(form: Form) -> None:
    """Raises Problem for a field that there is not, and for whatever the form refuses."""
    unknown = sorted(set(form.data) - set(form.fields))
    if unknown:
        errors = [{"field": name, "detail": f"no such field; there are {', '.join(form.fields)}"} for name in unknown]
        raise Problem(422, "invalid", f"{unknown[0]}: no such field", errors)
    if not form.is_valid():
        errors = [{"field": name, "detail": str(error)} for name, found in form.errors.items() for error in found]
        raise Problem(422, "invalid", f"{errors[0]['field']}: {errors[0]['detail']}", errors)


def _entering(operation: str, summary: str, asked: type, answered: type) -> Any:
    return extend_schema(
        operation_id=operation,
        summary=summary,
        parameters=[KEY],
        request=asked,
        responses={201: answered, **REFUSED},
    )


class Certificates(_Entering, post=Action.ADD_EVIDENCE):
    model = ModuleCertificate

    @_entering(
        "enter_certificate",
        "A FIPS certificate as somebody read it on NIST's list.",
        shapes.CertificateShape,
        shapes.EnteredCertificateShape,
    )
    @idempotent
    def post(self, request: Request, design_id: UUID) -> Response:
        return self._enter(request, design_id)


class Attestations(_Entering, post=Action.ADD_EVIDENCE):
    model = Attestation

    @_entering(
        "enter_attestation",
        "A person's word where no machine can prove.",
        shapes.AttestationShape,
        shapes.EnteredAttestationShape,
    )
    @idempotent
    def post(self, request: Request, design_id: UUID) -> Response:
        return self._enter(request, design_id)


class Waivers(_Entering, post=Action.ADD_EVIDENCE):
    model = Waiver

    @_entering(
        "ask_waiver",
        "Ask that a failure be accepted for a while; it counts once somebody else approved it.",
        shapes.WaiverShape,
        shapes.EnteredWaiverShape,
    )
    @idempotent
    def post(self, request: Request, design_id: UUID) -> Response:
        return self._enter(request, design_id)


class Exclusions(_Entering, post=Action.ADD_EVIDENCE):
    model = Exclusion

    @_entering(
        "enter_exclusion",
        "A control that does not apply here, with the reason and who says so.",
        shapes.ExclusionShape,
        shapes.EnteredExclusionShape,
    )
    @idempotent
    def post(self, request: Request, design_id: UUID) -> Response:
        return self._enter(request, design_id)


class Approval(ApiView, post=Action.REVIEW):
    @extend_schema(
        operation_id="approve_waiver",
        summary="Approve a waiver. 409 for its owner, for who asked for it, and for one that was approved or ended.",
        request=None,
        responses={200: shapes.EnteredWaiverShape, **REFUSED},
    )
    @idempotent
    def post(self, request: Request, design_id: UUID, entry_id: UUID) -> Response:
        waiver = access.statement_or_404(self.actor, self.design(design_id), entry_id)
        if not isinstance(waiver, Waiver):
            raise Problem(409, "no_waiver", "only a waiver is approved")
        try:
            return Response(shapes.document(services.approve(waiver, actor=self.actor)))
        except NotNow as error:
            raise Problem(409, "not_now", str(error)) from error


class End(ApiView, post=Action.ADD_EVIDENCE):
    @extend_schema(
        operation_id="end_statement",
        summary="The entry counts no more; it stays to be read. `why` is written beside it.",
        request=shapes.EndShape,
        responses={200: shapes.EndedShape, **REFUSED},
    )
    @idempotent
    def post(self, request: Request, design_id: UUID, entry_id: UUID) -> Response:
        statement = access.statement_or_404(self.actor, self.design(design_id), entry_id)
        given = shapes.EndShape(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            services.end(statement, actor=self.actor, why=given.validated_data["why"])
        except NotNow as error:
            raise Problem(409, "not_now", str(error)) from error
        return Response(shapes.document(statement))
