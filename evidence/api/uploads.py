"""Resumable uploads: tus 1.0.0 with creation, expiration, checksum and termination.

SOURCE: https://tus.io/protocols/resumable-upload

The upload's URL holds the key under which its pieces lie encrypted until the whole is redacted: keep it as you would
keep the file.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any
from uuid import UUID

from django.http import Http404, UnreadablePostError
from django.utils import timezone
from django.utils.http import http_date
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from evidence import access
from evidence.api import shapes
from evidence.core.upload import Refused
from evidence.models import ResumableUpload
from evidence.resumable import services, store
from seal_advisor.access import Action
from seal_advisor.api.base import ApiView
from seal_advisor.api.parsing import RawBody, Unread
from seal_advisor.api.problems import Problem
from seal_advisor.api.shapes import ProblemShape

PROBLEM = ProblemShape
VERSION = "1.0.0"
ALGORITHMS = ("sha256", "sha1")
OFFSET_TYPE = "application/offset+octet-stream"
METADATA_CHARACTERS = 8 * 1024
RETRY_SECONDS = 2
RESUMABLE = OpenApiParameter("Tus-Resumable", str, OpenApiParameter.HEADER, required=True, enum=[VERSION])
NAMES = {"filename": "name"}  # what tus clients call it


class MetadataShape(shapes.RawUploadShape):
    """What Upload-Metadata may say: the same as the query of a raw upload."""


class UploadStateShape(serializers.ModelSerializer[ResumableUpload]):
    """An upload on its way. artefact: once it is whole and was accepted; refusal: why it was not."""

    name = serializers.SerializerMethodField()
    refusal = serializers.JSONField(allow_null=True)

    class Meta:
        model = ResumableUpload
        fields = ("id", "name", "offset", "length", "expires_at", "artefact", "new", "refusal")

    def get_name(self, upload: ResumableUpload) -> str:
        return str(upload.said["name"])


class TusView(ApiView):
    """Every answer names the protocol; a request that does not is told which one is spoken (412)."""

    parser_classes = (RawBody,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method in {"POST", "PATCH", "HEAD", "DELETE"} and request.headers.get("Tus-Resumable") != VERSION:
            raise Problem(412, "tus_version", f"send Tus-Resumable: {VERSION}")

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        answer["Tus-Resumable"] = VERSION
        answer["Cache-Control"] = "no-store"
        if answer.status_code == 412:
            answer["Tus-Version"] = VERSION
        return answer

    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        offered = {
            "Tus-Version": VERSION,
            "Tus-Extension": "creation,expiration,checksum,termination",
            "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
            "Tus-Max-Size": str(services.length_at_most()),
        }
        return Response(status=204, headers=offered)


class Uploads(TusView, post=Action.ADD_EVIDENCE):
    @extend_schema(
        operation_id="begin_upload",
        summary="Begin a resumable upload (tus 1.0); Upload-Metadata names it (`filename`), Location says where to.",
        parameters=[
            RESUMABLE,
            OpenApiParameter("Upload-Length", int, OpenApiParameter.HEADER, required=True),
            OpenApiParameter("Upload-Metadata", str, OpenApiParameter.HEADER, required=True),
        ],
        request=None,
        responses={
            201: None, 400: PROBLEM, 401: PROBLEM, 403: PROBLEM, 404: PROBLEM, 412: PROBLEM, 413: PROBLEM, 422: PROBLEM,
            429: PROBLEM,
        },
    )  # fmt: skip
    def post(self, request: Request, design_id: UUID) -> Response:
        design = self.design(design_id)
        length = _number(request, "Upload-Length")
        if length == 0:
            raise Problem(422, "refused", "the file is empty; hand in the complete output of the command")
        if length > services.length_at_most():
            raise Problem(413, "too_large", f"an upload has at most {services.length_at_most()} bytes")
        given = MetadataShape(data=_metadata(request.headers.get("Upload-Metadata", "")))
        given.is_valid(raise_exception=True)
        said = {name: value.isoformat() if hasattr(value, "isoformat") else value
                for name, value in given.validated_data.items() if value}  # fmt: skip
        try:
            upload, key = services.begin(design, actor=self.actor, length=length, said=said, now=timezone.now())
        except services.TooMany as error:
            raise Problem(429, "too_many_uploads", str(error), retry_after=60) from error
        where = f"{request.path}{upload.pk}/{key}/"
        return Response(status=201, headers={"Location": where, **_expiry(upload)})


class OneUpload(TusView, get=Action.ADD_EVIDENCE, patch=Action.ADD_EVIDENCE, delete=Action.ADD_EVIDENCE):
    @extend_schema(
        operation_id="read_upload",
        summary="How far the upload is (also HEAD), and what became of it.",
        responses={200: UploadStateShape, 401: PROBLEM, 403: PROBLEM, 404: PROBLEM, 409: PROBLEM, 410: PROBLEM},
    )
    def get(self, request: Request, design_id: UUID, upload_id: UUID, key: str) -> Response:
        upload = self._upload(design_id, upload_id, key)
        if upload.refusal is None:
            _finished(upload, key, self)  # of a request that was killed between the last byte and the end
        headers = {"Upload-Offset": str(upload.offset), "Upload-Length": str(upload.length), **_expiry(upload)}
        return Response(UploadStateShape(upload).data, headers=headers)

    @extend_schema(
        operation_id="continue_upload",
        summary="Append the body at Upload-Offset. The last byte makes evidence of the whole.",
        parameters=[
            RESUMABLE,
            OpenApiParameter("Upload-Offset", int, OpenApiParameter.HEADER, required=True),
            OpenApiParameter("Upload-Checksum", str, OpenApiParameter.HEADER, description="sha256 or sha1, base64."),
        ],
        request={OFFSET_TYPE: OpenApiTypes.BINARY},
        responses={
            204: None, 400: PROBLEM, 401: PROBLEM, 403: PROBLEM, 404: PROBLEM, 409: PROBLEM, 410: PROBLEM, 411: PROBLEM,
            412: PROBLEM, 413: PROBLEM, 415: PROBLEM, 422: PROBLEM, 423: PROBLEM, 460: PROBLEM,
        },
    )  # fmt: skip
    def patch(self, request: Request, design_id: UUID, upload_id: UUID, key: str) -> Response:
        upload = self._upload(design_id, upload_id, key)
        if request.content_type != OFFSET_TYPE:
            raise Problem(415, "media_type", f"send Content-Type: {OFFSET_TYPE}")
        if not request.headers.get("Content-Length", "").isdecimal():
            raise Problem(411, "length_required", "send Content-Length: a chunked body is not taken")
        at = _number(request, "Upload-Offset")
        checksum = _checksum(request.headers.get("Upload-Checksum", ""))
        try:
            announced = int(request.headers["Content-Length"])
            services.take(upload, key, Unread(request), at=at, checksum=checksum, announced=announced)
        except services.Elsewhere as error:
            raise Problem(409, "offset", str(error)) from error
        except services.TooLong as error:
            raise Problem(413, "too_large", str(error)) from error
        except services.ChecksumMismatch as error:
            raise Problem(460, "checksum_mismatch", str(error)) from error
        except store.Busy as error:
            raise _busy() from error
        except (UnreadablePostError, OSError) as error:
            raise Problem(400, "broken_off", "the line broke; ask with HEAD and go on from there") from error
        _finished(upload, key, self)
        return Response(status=204, headers={"Upload-Offset": str(upload.offset), **_expiry(upload)})

    @extend_schema(
        operation_id="end_upload",
        summary="Give the upload up; what was sent of it is deleted.",
        parameters=[RESUMABLE],
        responses={204: None, 401: PROBLEM, 403: PROBLEM, 404: PROBLEM, 410: PROBLEM, 412: PROBLEM},
    )
    def delete(self, request: Request, design_id: UUID, upload_id: UUID, key: str) -> Response:
        services.forget(self._upload(design_id, upload_id, key))
        return Response(status=204)

    def _upload(self, design_id: UUID, upload_id: UUID, key: str) -> ResumableUpload:
        upload = access.upload_or_404(self.actor, self.design(design_id), upload_id)
        if not services.opens(upload, key):
            raise Http404("no such upload")
        if upload.expires_at <= timezone.now():
            raise Problem(410, "expired", "the upload's time is over; begin a new one")
        return upload


def _finished(upload: ResumableUpload, key: str, view: ApiView) -> None:
    try:
        services.finish(upload, key, actor=view.actor)
    except Refused as refused:
        error = {"field": "file", "detail": refused.reason, "remedy": refused.remedy, "line": refused.line}
        raise Problem(refused.status, "refused", f"{upload.said['name']}: {refused}", [error]) from refused
    except store.Busy as error:
        raise _busy() from error
    except store.Damaged as error:
        raise Problem(409, "upload_damaged", f"{error}; begin a new upload") from error


def _busy() -> Problem:
    return Problem(423, "busy", "another request writes to this upload; wait for it", retry_after=RETRY_SECONDS)


def _expiry(upload: ResumableUpload) -> dict[str, str]:
    return {"Upload-Expires": http_date(upload.expires_at.timestamp())}


def _number(request: Request, name: str) -> int:
    text = request.headers.get(name, "")
    if not text.isascii() or not text.isdecimal() or len(text) > 18:
        raise Problem(
            400, "tus_header", f"{name}: send a whole number of bytes", [{"field": name, "detail": "missing"}]
        )
    return int(text)


def _metadata(text: str) -> dict[str, str]:
    """`filename dmF1bHQ=,node bm9kZQ==` as a table. Raises Problem."""
    found = {}
    for pair in filter(None, (part.strip() for part in text[:METADATA_CHARACTERS].split(","))):
        name, _, value = pair.partition(" ")
        try:
            found[NAMES.get(name, name)] = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise Problem(400, "tus_header", f"Upload-Metadata: {name!a} is no base64 of UTF-8") from error
    return found


def _checksum(text: str) -> tuple[str, bytes] | None:
    if not text:
        return None
    algorithm, _, value = text.partition(" ")
    if algorithm not in ALGORITHMS:
        raise Problem(400, "tus_header", f"Upload-Checksum: choose from {', '.join(ALGORITHMS)}")
    try:
        return algorithm, base64.b64decode(value.strip(), validate=True)
    except binascii.Error as error:
        raise Problem(400, "tus_header", "Upload-Checksum: no base64") from error
