"""Upload and list evidence; the controls' verdicts over it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from evidence import access, services
from evidence.api import shapes
from evidence.api.multipart import NamedFilesParser
from evidence.core.redaction import safe_name
from evidence.core.upload import Declared, Refused
from evidence.documents import controls_document
from evidence.storage import BlobChanged, LimitedStream, TooLarge
from seal_advisor.access import Action
from seal_advisor.api.base import ApiView
from seal_advisor.api.idempotency import KEY, idempotent
from seal_advisor.api.pagination import NewestReceivedFirst
from seal_advisor.api.parsing import RawBody, Unread
from seal_advisor.api.problems import Problem
from seal_advisor.api.shapes import ProblemShape
from seal_advisor.models import Design

PROBLEM = ProblemShape
RECEIVED = {
    200: shapes.ArtefactShape, 201: shapes.ArtefactShape, 400: PROBLEM, 401: PROBLEM, 403: PROBLEM, 404: PROBLEM,
    409: PROBLEM, 411: PROBLEM, 413: PROBLEM, 415: PROBLEM, 422: PROBLEM,
}  # fmt: skip


class EvidenceList(ApiView, get=Action.READ, post=Action.ADD_EVIDENCE):
    parser_classes = (NamedFilesParser,)

    @extend_schema(
        operation_id="list_evidence",
        summary="The design's artefacts with their facts, newest first.",
        parameters=[OpenApiParameter("cursor", str), OpenApiParameter("limit", int)],
        responses={200: shapes.ArtefactShape(many=True), 401: PROBLEM, 404: PROBLEM},
    )
    def get(self, request: Request, design_id: UUID) -> Response:
        pages = NewestReceivedFirst()
        page = pages.paginate_queryset(access.artefacts_of(self.actor, self.design(design_id)), request, view=self)
        return pages.get_paginated_response(shapes.ArtefactShape(page, many=True).data)

    @extend_schema(
        operation_id="add_evidence",
        summary="Hand in one file, or an archive of them. Secrets go first. 201 new, 200 the same bytes again.",
        parameters=[KEY],
        request={"multipart/form-data": shapes.UploadShape},
        responses=RECEIVED,
    )
    @idempotent
    def post(self, request: Request, design_id: UUID) -> Response:
        design = self.design(design_id)
        data = within_limit(request)
        given = shapes.UploadShape(data=data)
        if uploaded(data, "file", "the file").size == 0:
            raise Problem(422, "refused", "the file is empty; hand in the complete output of the command")
        given.is_valid(raise_exception=True)
        file = given.validated_data["file"]
        return _receive(self, design, file.name, file.file, given.validated_data)


class RawEvidence(ApiView, put=Action.ADD_EVIDENCE):
    parser_classes = (RawBody,)
    unread: Unread

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.unread = Unread(request)

    @extend_schema(
        operation_id="add_evidence_raw",
        summary="The same for large files: the body is the file, streamed.",
        parameters=[KEY, shapes.RawUploadShape],
        request={"application/octet-stream": OpenApiTypes.BINARY},
        responses=RECEIVED,
    )
    @idempotent
    def put(self, request: Request, design_id: UUID) -> Response:
        design = self.design(design_id)
        given = shapes.RawUploadShape(data=request.query_params)
        given.is_valid(raise_exception=True)
        if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
            # A body of unknown length reads as empty behind WSGI.
            raise Problem(411, "length_required", "send Content-Length: a chunked body is not taken")
        data = cast(BinaryIO, LimitedStream(self.unread, settings.UPLOAD_LIMIT))
        try:
            return _receive(self, design, given.validated_data["name"], data, given.validated_data)
        except TooLarge as error:
            raise _too_large(error) from error


class Controls(ApiView, get=Action.READ):
    @extend_schema(
        operation_id="read_controls",
        summary="Every control's verdict over the evidence, held against the decision; red rows first.",
        responses={200: shapes.ControlsShape, 401: PROBLEM, 404: PROBLEM, 409: PROBLEM},
    )
    def get(self, request: Request, design_id: UUID) -> Response:
        try:
            return Response(controls_document(services.judge(self.design(design_id))))
        except BlobChanged as error:
            raise Problem(409, "evidence_changed", f"nothing can be judged: {error}") from error


def uploaded(data: Mapping[str, Any], field: str, what: str) -> UploadedFile:
    """The file in this field of a multipart form; 422 when there is none, or a text in its place."""
    file = data.get(field)
    if not isinstance(file, UploadedFile):
        found = "missing" if file is None else "a text field, without a file name"
        raise Problem(422, "invalid", f"{field}: send {what} as multipart field `{field}`", [_error(field, found)])
    return file


def declared_by(given: Mapping[str, Any]) -> Declared:
    """What the collector says about a file, from a checked form or request."""
    return Declared(
        product=given.get("product") or None,
        version=given.get("version") or None,
        node=given.get("node") or None,
        observed_from=given.get("observed_from"),
        observed_to=given.get("observed_to"),
        source=given.get("source") or "",
    )


def _receive(view: ApiView, design: Design, name: str, data: BinaryIO, given: Mapping[str, Any]) -> Response:
    try:
        artefact, new = services.receive_evidence(
            design, actor=view.actor, name=name, data=data, declared=declared_by(given)
        )
    except Refused as refused:
        error = {"field": "file", "detail": refused.reason, "remedy": refused.remedy, "line": refused.line}
        raise Problem(refused.status, "refused", f"{safe_name(name)}: {refused}", [error]) from refused
    return Response(shapes.ArtefactShape(artefact).data, status=201 if new else 200)


def within_limit(request: Request) -> Any:
    """The parsed form. An upload that the handler stopped would read as a broken form; its flag says the truth."""
    try:
        data = request.data
    finally:
        stopped = getattr(request._request, "upload_too_large", None)
        if stopped is not None:
            raise _too_large(stopped)
    return data


def _too_large(error: TooLarge) -> Problem:
    return Problem(413, "too_large", str(error), [_error("file", str(error))])


def _error(field: str, detail: str) -> dict[str, str]:
    return {"field": field, "detail": detail}
