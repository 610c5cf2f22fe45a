"""The certificates that count for every design of an organisation: read by members, stated by administrators."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from evidence import access
from evidence.api import register_shapes as shapes
from evidence.api.register import PROBLEM, REFUSED, check, given_by
from evidence.register import services
from evidence.register.forms import SharedCertificateForm
from evidence.register.services import NotNow
from seal_advisor.access import Action, organisation_or_404
from seal_advisor.api.base import ApiView
from seal_advisor.api.idempotency import KEY, idempotent
from seal_advisor.api.problems import Problem


class SharedCertificates(ApiView, get=Action.READ, post=Action.ADMINISTER):
    @extend_schema(
        operation_id="list_shared_certificates",
        summary="The FIPS certificates that the organisation states for all of its designs, ended entries too.",
        responses={200: shapes.EnteredSharedCertificateShape(many=True), 401: PROBLEM, 404: PROBLEM},
    )
    def get(self, request: Request, organisation_id: UUID) -> Response:
        organisation = organisation_or_404(self.actor, organisation_id, self.needs)
        rows = access.shared_certificates_of(self.actor, organisation.pk)
        return Response([shapes.document(one) for one in rows])

    @extend_schema(
        operation_id="enter_shared_certificate",
        summary="A certificate for every design that states none itself. For administrators, never for tokens.",
        parameters=[KEY],
        request=shapes.SharedCertificateShape,
        responses={201: shapes.EnteredSharedCertificateShape, **REFUSED},
    )
    @idempotent
    def post(self, request: Request, organisation_id: UUID) -> Response:
        organisation = organisation_or_404(self.actor, organisation_id, self.needs)
        form = SharedCertificateForm(given_by(request))
        check(form)
        made = services.enter_shared(organisation, actor=self.actor, said=form.cleaned_data)
        return Response(shapes.document(made), status=201)


class EndShared(ApiView, post=Action.ADMINISTER):
    @extend_schema(
        operation_id="end_shared_certificate",
        summary="The entry counts no more; it stays to be read. `why` is written beside it.",
        parameters=[KEY],
        request=shapes.EndShape,
        responses={200: shapes.EndedShape, **REFUSED},
    )
    @idempotent
    def post(self, request: Request, organisation_id: UUID, entry_id: UUID) -> Response:
        organisation = organisation_or_404(self.actor, organisation_id, self.needs)
        entry = access.shared_certificate_or_404(self.actor, organisation.pk, entry_id)
        given = shapes.EndShape(data=request.data)
        given.is_valid(raise_exception=True)
        try:
            services.end(entry, actor=self.actor, why=given.validated_data["why"])
        except NotNow as error:
            raise Problem(409, "not_now", str(error)) from error
        return Response(shapes.document(entry))
