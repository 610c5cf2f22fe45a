"""Every error of the API as `application/problem+json` (RFC 9457), also for addresses that do not exist.

An error says what, where (`errors[].field`) and what to do (`errors[].remedy`), never a stack or a secret.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.views import defaults
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions, status
from rest_framework.response import Response

from seal_advisor.core.answers import AnswersError
from seal_advisor.rulesets import HouseDoesNotFit
from seal_advisor.services import LostUpdate

CONTENT_TYPE = "application/problem+json"
DOCS = "/api/v1/docs/"
TITLES = {460: "Checksum Mismatch"}  # the one status of tus that HTTP does not know


class Problem(exceptions.APIException):
    """An error with a status of its own. code: a stable word; errors: [{field, detail, remedy}]; retry_after: s."""

    def __init__(
        self,
        status_code: int,
        code: str,
        detail: str,
        errors: list[dict[str, Any]] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail, code)
        self.status_code = status_code
        self.code = code
        self.errors = errors or []
        self.retry_after = retry_after


def document(status_code: int, code: str, detail: str, errors: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """The problem's JSON; the same five keys always."""
    return {
        "type": f"{DOCS}#problem-{code.replace('_', '-')}",
        "title": TITLES.get(status_code) or HTTPStatus(status_code).phrase,
        "status": status_code,
        "detail": detail,
        "errors": errors or [],
    }


def exception_handler(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler. An error that nobody expected goes on to Django's handler500."""
    problem = _as_problem(error)
    if problem is None:
        return None
    headers = {}
    if isinstance(error, exceptions.Throttled) and error.wait is not None:
        headers["Retry-After"] = str(int(error.wait) + 1)
    if isinstance(error, Problem) and error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header  # type: ignore[attr-defined]
    return Response(problem, status=problem["status"], headers=headers, content_type=CONTENT_TYPE)


def _as_problem(error: Exception) -> dict[str, Any] | None:
    match error:
        case Problem():
            return document(error.status_code, error.code, str(error.detail), error.errors)
        case AnswersError():
            return document(422, "answers", str(error), [{"field": "answers", "detail": str(error)}])
        case LostUpdate():
            return document(412, "lost_update", str(error), [{"field": "If-Match", "detail": f"now v{error.current}"}])
        case HouseDoesNotFit():
            remedy = "an administrator of the organisation repairs or withdraws them on the page of the house rules"
            return document(409, "house_does_not_fit", str(error), [{"field": "house", "detail": remedy}])
        case exceptions.ValidationError():
            errors = list(_flattened(error.detail, ""))
            return document(422, "invalid", "; ".join(_sentence(item) for item in errors), errors)
        case ValidationError():
            errors = [{"field": "", "detail": message} for message in error.messages]
            return document(422, "invalid", "; ".join(error.messages), errors)
        case UnreadablePostError():
            return document(400, "broken_off", "the line broke before the end of the body; send it again")
        case Http404():
            return document(404, "not_found", str(error) or "nothing is here")
        case PermissionDenied():
            return document(403, "forbidden", str(error) or "this is not allowed")
        case exceptions.APIException():
            return document(error.status_code, str(error.get_codes()), str(error.detail))
    return None


def _flattened(detail: Any, field: str) -> Iterator[dict[str, str]]:
    """DRF's nested details as a list: field `a.0.b`, detail text."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _flattened(inner, field if name == "non_field_errors" else f"{field}.{name}".lstrip("."))
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            yield from _flattened(inner, f"{field}.{index}" if isinstance(inner, dict) else field)
    else:
        yield {"field": field, "detail": str(detail)}


def _sentence(item: dict[str, str]) -> str:
    return f"{item['field']}: {item['detail']}" if item["field"] else item["detail"]


def response(status_code: int, code: str, detail: str, errors: list[dict[str, Any]] | None = None) -> JsonResponse:
    """A problem from outside DRF."""
    return JsonResponse(document(status_code, code, detail, errors), status=status_code, content_type=CONTENT_TYPE)


def read_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """For a view that shows the same to everybody: any other method is 405, before anybody asks for a CSRF token."""

    @csrf_exempt
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method in {"GET", "HEAD"}:
            return view(request, *args, **kwargs)
        refused = response(405, "method_not_allowed", f"{request.method} is not answered here; GET is")
        refused["Allow"] = "GET, HEAD"
        return refused

    return guarded


@csrf_exempt
def unknown_address(request: HttpRequest) -> JsonResponse:
    """Anything below /api/ that no route knows."""
    return response(
        status.HTTP_404_NOT_FOUND, "not_found", f"there is nothing at {request.path}; {DOCS} lists every address"
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/api/"):
        return response(400, "bad_request", "the request cannot be read")
    return defaults.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/api/"):
        return response(403, "forbidden", "this is not allowed")
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/api/"):
        return response(404, "not_found", f"there is nothing at {request.path}; {DOCS} lists every address")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if request.path.startswith("/api/"):
        return response(500, "server_error", "this is our mistake; it was logged. Try again or tell the administrator")
    return defaults.server_error(request)
