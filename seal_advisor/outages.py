"""What a person or a script is told while something that we depend on is away: 503 or 507, and what becomes of it.

A dependency that is away is no error of the program: nothing is lost, the same request works again later. The details
go to the log with the request's id.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from botocore.exceptions import BotoCoreError, ClientError
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from seal_advisor.api import problems

logger = structlog.get_logger(__name__)
RETRY_AFTER_SECONDS = 5
FULL = {errno.ENOSPC, errno.EDQUOT}


@dataclass(frozen=True, slots=True)
class Outage:
    """status: of the answer. what: code for scripts. said: one sentence for people."""

    status: int
    what: str
    said: str


def outage_of(error: BaseException | None) -> Outage | None:
    """Which dependency is away, looking also at what the error came from; None when it is an error of our own."""
    while error is not None:
        if _is_full(error):
            return Outage(507, "disk_full", _("The disk is full. Nothing was stored; an administrator must make room."))
        if isinstance(error, (OperationalError, InterfaceError)):
            return Outage(503, "database_away", _("The database does not answer. What was saved is kept; try again."))
        if isinstance(error, (RedisConnectionError, RedisTimeoutError, BrokerError)):
            return Outage(503, "broker_away", _("The message broker does not answer. Nothing is lost; try again."))
        if isinstance(error, BotoCoreError) or (isinstance(error, ClientError) and _is_theirs(error)):
            return Outage(503, "store_away", _("The object store does not answer. Nothing was stored; try again."))
        error = error.__cause__ or error.__context__
    return None


def _is_full(error: BaseException) -> bool:
    """The disk of ours, or the database's, in the words of SQLite and of PostgreSQL (SQLSTATE 53100)."""
    if isinstance(error, OperationalError):
        return "disk is full" in str(error) or "No space left on device" in str(error)
    return isinstance(error, OSError) and error.errno in FULL


def _is_theirs(error: ClientError) -> bool:
    """The store broke; that it refuses a request of ours is our mistake."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return bool(status >= 500)


class OutageMiddleware:
    """Answers 503 or 507 where a view failed because of a dependency; every other error goes on to the 500 page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        outage = outage_of(error)
        if outage is None:
            return None
        cause = type(error.__cause__ or error).__name__  # the driver's own word, such as DeadlockDetected
        logger.warning("dependency_away", what=outage.what, error=type(error).__name__, cause=cause)
        if request.path.startswith("/api/"):
            answer: HttpResponse = problems.response(outage.status, outage.what, outage.said)
        else:
            answer = render(request, "503.html", {"outage": outage}, status=outage.status)
        answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return answer
