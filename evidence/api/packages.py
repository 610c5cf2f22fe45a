"""Ask for a package, watch it being built, fetch its files; verify any package."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from evidence import access, services
from evidence.api import shapes
from evidence.api.evidence import uploaded, within_limit
from evidence.api.multipart import NamedFilesParser
from evidence.models import Package
from evidence.storage import open_blob
from seal_advisor.access import Action
from seal_advisor.api.base import PUBLIC, ApiView
from seal_advisor.api.designs import KEY
from seal_advisor.api.idempotency import idempotent
from seal_advisor.api.pagination import NewestFirst
from seal_advisor.api.problems import Problem
from seal_advisor.api.shapes import ProblemShape

PROBLEM = ProblemShape


class Packages(ApiView, get=Action.READ, post=Action.BUILD_PACKAGE):
    @extend_schema(
        operation_id="list_packages",
        summary="The design's packages, newest first.",
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("limit", int)],
        responses={200: shapes.PackageShape(many=True), 401: PROBLEM, 404: PROBLEM},
    )
    def get(self, request: Request, design_id: UUID) -> Response:
        pages = NewestFirst()
        page = pages.paginate_queryset(access.packages_of(self.actor, self.design(design_id)), request, view=self)
        return pages.get_paginated_response(shapes.PackageShape(page, many=True).data)

    @extend_schema(
        operation_id="build_package",
        summary="Freeze the draft and build its signed package in the background.",
        parameters=[KEY],
        request=None,
        responses={202: shapes.PackageShape, 401: PROBLEM, 403: PROBLEM, 404: PROBLEM, 422: PROBLEM},
    )
    @idempotent
    def post(self, request: Request, design_id: UUID) -> Response:
        package = services.start_package(self.design(design_id), actor=self.actor)
        address = f"/api/v1/packages/{package.pk}/"
        return Response(shapes.PackageShape(package).data, status=202, headers={"Location": address})


class OnePackage(ApiView, get=Action.READ):
    @extend_schema(
        operation_id="read_package",
        summary="State and progress of a package: steps done of total, what is being done now.",
        responses={200: shapes.PackageShape, 401: PROBLEM, 404: PROBLEM},
    )
    def get(self, request: Request, package_id: UUID) -> Response:
        return Response(shapes.PackageShape(access.package_or_404(self.actor, package_id)).data)


class Report(ApiView, get=Action.READ):
    @extend_schema(
        operation_id="fetch_report",
        summary="The signed report.",
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, 401: PROBLEM, 404: PROBLEM, 409: PROBLEM},
    )
    def get(self, request: Request, package_id: UUID) -> FileResponse:
        package = _finished(access.package_or_404(self.actor, package_id))
        return attachment(package.report_blob, "report.pdf", "application/pdf")


class Archive(ApiView, get=Action.READ):
    @extend_schema(
        operation_id="fetch_package",
        summary="The whole package.",
        responses={(200, "application/zip"): OpenApiTypes.BINARY, 401: PROBLEM, 404: PROBLEM, 409: PROBLEM},
    )
    def get(self, request: Request, package_id: UUID) -> FileResponse:
        package = _finished(access.package_or_404(self.actor, package_id))
        return attachment(package.archive_blob, "package.zip", "application/zip")


class Verify(ApiView, post=PUBLIC):
    parser_classes = (NamedFilesParser,)

    @extend_schema(
        operation_id="verify",
        summary="Check a package or a report. Nothing is kept; no account is needed.",
        request={"multipart/form-data": shapes.VerifyShape},
        responses={200: shapes.VerificationShape, 400: PROBLEM, 413: PROBLEM, 422: PROBLEM, 429: PROBLEM},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        data = within_limit(request)
        file = uploaded(data, "file", "package.zip or report.pdf")
        trust = uploaded(data, "trust", "the certificate").read() if "trust" in data else None
        try:
            return Response(services.verification(file.read(), trust=trust))
        except services.CannotVerify as error:
            raise Problem(422, "cannot_verify", str(error), [{"field": "file", "detail": str(error)}]) from error


def attachment(blob: str, name: str, content_type: str) -> FileResponse:
    """A stored file as a download: never shown inline, never sniffed."""
    response = FileResponse(open_blob(blob), as_attachment=True, filename=name, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response


def _finished(package: Package) -> Package:
    if not package.archive_blob:
        raise Problem(409, "not_ready", f"the package is not ready: its job is {package.job.state}")
    return package
