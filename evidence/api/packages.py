"""Ask for a package, watch it being built, stop it, fetch its files, compare two; verify any package."""

from __future__ import annotations

from uuid import UUID

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from evidence import access, comparison, services
from evidence.api import shapes
from evidence.api.evidence import uploaded, within_limit
from evidence.api.multipart import NamedFilesParser
from evidence.comparison import NothingToCompare
from evidence.models import JobState, Package
from evidence.storage import open_blob
from evidence.waiting import LONGEST_SECONDS, wait_for
from seal_advisor.access import Action, design_or_404
from seal_advisor.api.base import PUBLIC, ApiView
from seal_advisor.api.idempotency import KEY, idempotent
from seal_advisor.api.pagination import NewestFirst
from seal_advisor.api.problems import Problem
from seal_advisor.api.shapes import ProblemShape

PROBLEM = ProblemShape
WAIT = OpenApiParameter(
    "wait",
    int,
    description=f"Seconds to wait for the build, at most {LONGEST_SECONDS}. Where too many wait already the answer "
    "comes at once: read the state, and ask again.",
)


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
        parameters=[KEY, WAIT],
        request=shapes.NewPackageShape,
        responses={
            201: shapes.PackageShape,
            202: shapes.PackageShape,
            400: PROBLEM,
            401: PROBLEM,
            403: PROBLEM,
            404: PROBLEM,
            422: PROBLEM,
        },
    )
    @idempotent
    def post(self, request: Request, design_id: UUID) -> Response:
        """201 when it was built within `wait`, else 202."""
        seconds = _wait(request)
        design = self.design(design_id)
        given = shapes.NewPackageShape(data=request.data)
        given.is_valid(raise_exception=True)
        judged = not given.validated_data["decision_only"]
        package = services.start_package(design, actor=self.actor, judged=judged)
        wait_for(package, seconds)
        status = 201 if package.job.state == JobState.DONE else 202
        address = f"/api/v1/packages/{package.pk}/"
        return Response(shapes.PackageShape(package).data, status=status, headers={"Location": address})


class OnePackage(ApiView, get=Action.READ):
    @extend_schema(
        operation_id="read_package",
        summary="State and progress of a package: steps done of total, what is being done now, for how long.",
        parameters=[WAIT],
        responses={200: shapes.PackageShape, 400: PROBLEM, 401: PROBLEM, 404: PROBLEM},
    )
    def get(self, request: Request, package_id: UUID) -> Response:
        package = access.package_or_404(self.actor, package_id)
        wait_for(package, _wait(request))
        return Response(shapes.PackageShape(package).data)


class Cancel(ApiView, post=Action.BUILD_PACKAGE):
    @extend_schema(
        operation_id="cancel_package",
        summary="Stop a build. What it has entered in the ledger stays there; no file comes out.",
        parameters=[KEY],
        request=None,
        responses={200: shapes.PackageShape, 401: PROBLEM, 403: PROBLEM, 404: PROBLEM, 409: PROBLEM},
    )
    @idempotent
    def post(self, request: Request, package_id: UUID) -> Response:
        package = access.package_or_404(self.actor, package_id)
        design_or_404(self.actor, package.design_id, self.needs)
        if not services.cancel_package(package, actor=self.actor):
            raise Problem(409, "ended", "the build has ended already; read the package for how")
        package.refresh_from_db()
        return Response(shapes.PackageShape(package).data)


class Changes(ApiView, get=Action.READ):
    @extend_schema(
        operation_id="compare_packages",
        summary="What the package says otherwise than an earlier one of its design.",
        parameters=[OpenApiParameter("since", UUID, description="The earlier package; default: the one before it.")],
        responses={200: shapes.ChangesShape, 401: PROBLEM, 404: PROBLEM, 409: PROBLEM},
    )
    def get(self, request: Request, package_id: UUID) -> Response:
        new = access.package_or_404(self.actor, package_id)
        since = request.query_params.get("since")
        old = access.earlier_or_404(self.actor, new, since) if since else comparison.previous(new)
        try:
            found = comparison.changes(old, new) if old is not None else ()
        except NothingToCompare as error:
            raise Problem(409, "nothing_to_compare", str(error)) from error
        answer = {"old": old and old.pk, "new": new.pk, "changes": found}
        return Response(shapes.ChangesShape(answer).data)


class Report(ApiView, get=Action.READ):
    @extend_schema(
        operation_id="fetch_report",
        summary="The signed report.",
        responses={
            (200, "application/pdf"): OpenApiTypes.BINARY,
            401: PROBLEM,
            404: PROBLEM,
            409: PROBLEM,
            410: PROBLEM,
        },
    )
    def get(self, request: Request, package_id: UUID) -> FileResponse:
        package = _finished(access.package_or_404(self.actor, package_id))
        return attachment(package.report_blob, "report.pdf", "application/pdf")


class Archive(ApiView, get=Action.READ):
    @extend_schema(
        operation_id="fetch_package",
        summary="The whole package.",
        responses={
            (200, "application/zip"): OpenApiTypes.BINARY,
            401: PROBLEM,
            404: PROBLEM,
            409: PROBLEM,
            410: PROBLEM,
        },
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
    if package.purged_at is not None:
        raise Problem(410, "deleted", f"the package was deleted after its retention, at {package.purged_at:%Y-%m-%d}")
    if not package.archive_blob:
        raise Problem(409, "not_ready", f"the package is not ready: its job is {package.job.state}")
    return package


def _wait(request: Request) -> int:
    given = request.query_params.get("wait", "0")
    if not given.isascii() or not given.isdecimal() or len(given) > 6:
        raise Problem(400, "wait", f"wait is a whole number of seconds, not {given[:20]!r}")
    return int(given)
