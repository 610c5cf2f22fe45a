"""`Idempotency-Key`: a write sent again because its answer got lost gets the first answer and changes nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import wraps
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from seal_advisor.api.parsing import Unread
from seal_advisor.api.problems import Problem
from seal_advisor.models import IdempotentRequest
from seal_advisor.services import canonical

KEY = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, description="The same key again: same answer.")
KEPT_FOR = timedelta(days=1)
# A first request that was killed must not block its key for ever.
GIVEN_UP_AFTER = timedelta(minutes=5)
ASK_AGAIN_SECONDS = 2
Handler = Callable[..., Response]


def idempotent(handler: Handler) -> Handler:
    """For a method of an API class. Only successes are kept: a refused request may be corrected under the same key."""

    @wraps(handler)
    def answered(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get("Idempotency-Key", "")
        if not key or not request.user.is_authenticated:
            return handler(view, request, *args, **kwargs)
        if len(key) > 200:
            raise Problem(400, "idempotency_key", "an Idempotency-Key has at most 200 characters")
        unread: Unread | None = getattr(view, "unread", None)
        record = _begin(request, key, unread)
        if isinstance(record, Response):
            return record
        try:
            response = handler(view, request, *args, **kwargs)
        except BaseException:
            record.delete()
            raise
        if unread is not None:
            record.fingerprint = _with_body(record.fingerprint, unread)
        # Not `save`: a record that was given up meanwhile is another request's by now, and stays so.
        IdempotentRequest.objects.filter(pk=record.pk).update(
            fingerprint=record.fingerprint,
            status=response.status_code,
            body=canonical(json.loads(JSONRenderer().render(response.data))),
            headers={name: response[name] for name in ("ETag", "Location") if name in response},
        )
        return response

    return answered


def _begin(request: Request, key: str, unread: Unread | None) -> IdempotentRequest | Response:
    """The record of a new request, or the answer to one that was answered already."""
    now = timezone.now()
    mine = IdempotentRequest.objects.filter(user=request.user, key=key)
    mine.filter(created_at__lt=now - KEPT_FOR).delete()
    mine.filter(status=0, created_at__lt=now - GIVEN_UP_AFTER).delete()
    fingerprint = _fingerprint(request)
    try:
        with transaction.atomic():
            return IdempotentRequest.objects.create(user=request.user, key=key, fingerprint=fingerprint)
    except IntegrityError:
        first = mine.first()
    if first is None or first.status == 0:  # None: it was refused this very moment
        said = "the first request with this Idempotency-Key is still running; send this one again"
        raise Problem(409, "in_progress", said, retry_after=ASK_AGAIN_SECONDS)
    if first.fingerprint != (_with_body(fingerprint, unread) if unread is not None else fingerprint):
        raise Problem(422, "idempotency_key", "this Idempotency-Key was used for another request; take a new one")
    return Response(
        json.loads(first.body), status=first.status, headers={**first.headers, "Idempotency-Replayed": "true"}
    )


def _fingerprint(request: Request) -> str:
    data = request.data
    parts = data if not isinstance(data, Mapping) else {name: _comparable(value) for name, value in data.items()}
    text = canonical([request.method, request.get_full_path(), request.headers.get("Content-Length", ""), parts])
    return hashlib.sha256(text.encode()).hexdigest()


def _with_body(fingerprint: str, unread: Unread) -> str:
    """A streamed body is known only when it was read: its hash joins the fingerprint then."""
    return hashlib.sha256(f"{fingerprint} {unread.digest()}".encode()).hexdigest()


def _comparable(value: Any) -> Any:
    return _digest(value) if isinstance(value, UploadedFile) else value


def _digest(file: UploadedFile) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return f"{file.name} {digest.hexdigest()}"
