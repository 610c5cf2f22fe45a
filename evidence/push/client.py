"""The server's API as `push` needs it. What may pass is tried again, as Retry-After asks or ever more slowly.

Every call here may be made twice: uploads by their content, packages by their Idempotency-Key. Nothing follows a
redirect, which would hand the token to somebody else; the token is in no message.
"""

from __future__ import annotations

import email.utils
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from http.client import HTTPException, HTTPMessage
from typing import IO, Any

from seal_advisor import __version__
from seal_advisor.core.record import Record

AGAIN = frozenset({429, 502, 503, 504})
ANSWER_BYTES = 64 * 1024 * 1024
CALL_SECONDS = 120
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1.0, 30.0
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class PushError(Exception):
    """The push cannot go on. The message says what happened, where, and what to do. Exit 2."""


class Answer(Record, unshown=("document",)):
    status: int
    document: Any
    headers: Mapping[str, str]


class Body(Record):
    """What is sent: a file by its path, or bytes."""

    content_type: str
    data: bytes = b""
    path: str = ""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


class Client:
    """Calls to one server until one deadline. wait, clock: how to let time pass, and how to know it."""

    def __init__(
        self,
        url: str,
        seconds: float,
        *,
        wait: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.url = checked_url(url)
        self._token = ""
        self._wait, self._clock = wait, clock
        self._deadline = clock() + seconds
        self._open = urllib.request.build_opener(_NoRedirect).open

    def authorise(self, token: str) -> None:
        self._token = token

    def json(self, method: str, path: str, document: Any = None, *, headers: Mapping[str, str] | None = None) -> Answer:
        body = None if document is None else Body("application/json", json.dumps(document).encode())
        return self.call(method, path, body, headers=headers)

    def call(
        self, method: str, path: str, body: Body | None = None, *, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The answer, whatever its status, once it is none that asks for patience. Raises PushError."""
        return self._patiently(path, lambda: self._once(method, path, body, headers or {}))

    def download(self, path: str, target: str) -> None:
        """Into a file that appears whole or not at all. Raises PushError."""
        self._patiently(path, lambda: self._download(path, target))

    def pause(self, seconds: float) -> None:
        """Let time pass, if the deadline leaves it. Raises PushError."""
        if self._clock() + seconds > self._deadline:
            raise PushError(f"{self.url}: the time is over (--timeout); push again, nothing is sent twice")
        self._wait(seconds)

    def _patiently(self, path: str, attempt: Callable[[], Answer]) -> Answer:
        tries = 0
        while True:
            tries += 1
            try:
                answer = attempt()
                trouble = f"the server answers {answer.status}" if answer.status in AGAIN else ""
            except (OSError, HTTPException) as error:
                answer, trouble = None, _said(error)
            if answer is not None and not trouble:
                return answer
            asked = _asked(answer.headers) if answer is not None else None
            wait = asked if asked is not None else min(FIRST_WAIT_SECONDS * 2 ** (tries - 1), LONGEST_WAIT_SECONDS)
            if self._clock() + wait > self._deadline:
                raise PushError(f"{self.url}{path}: {trouble}, {tries} times; is --url right, is the server up?")
            self._wait(wait)

    def _request(self, method: str, path: str, headers: Mapping[str, str]) -> urllib.request.Request:
        request = urllib.request.Request(self.url + path, method=method, headers=dict(headers))  # noqa: S310
        request.add_header("User-Agent", f"seal-advisor/{__version__}")
        request.add_header("Accept", "application/json")
        if self._token:
            request.add_unredirected_header("Authorization", f"Bearer {self._token}")
        return request

    def _once(self, method: str, path: str, body: Body | None, headers: Mapping[str, str]) -> Answer:
        request = self._request(method, path, headers)
        if body is None:
            return self._answer(request)
        request.add_header("Content-Type", body.content_type)
        if not body.path:
            request.data = body.data
            return self._answer(request)
        with open(body.path, "rb") as file:
            request.data = file  # clears the length, so that comes after
            request.add_header("Content-Length", str(os.fstat(file.fileno()).st_size))
            return self._answer(request)

    def _answer(self, request: urllib.request.Request) -> Answer:
        try:
            with self._open(request, timeout=CALL_SECONDS) as answer:
                return Answer(answer.status, _document(answer), dict(answer.headers))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, _document(error), dict(error.headers))

    def _download(self, path: str, target: str) -> Answer:
        part = f"{target}.part"
        try:
            with self._open(self._request("GET", path, {}), timeout=CALL_SECONDS) as answer, open(part, "wb") as file:
                length = 0
                while block := answer.read(1 << 20):
                    file.write(block)
                    length += len(block)
                if length != int(answer.headers.get("Content-Length", length)):
                    raise HTTPException("the answer ended early")
        except urllib.error.HTTPError as error:
            with error:
                if error.code not in AGAIN:
                    raise PushError(refusal(Answer(error.code, _document(error), {}))) from None
                return Answer(error.code, None, dict(error.headers))
        os.replace(part, target)
        return Answer(200, None, {})


def checked_url(url: str) -> str:
    """The server's address without a path. Raises PushError: a token goes over https only, but on this machine."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise PushError(f"--url {url!r}; write https://seal.example")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise PushError(f"--url {url!r}: the token would travel in the clear; write https://")
    return url.rstrip("/")


def refusal(answer: Answer) -> str:
    """What a problem document says, in one line, with its remedies."""
    document = answer.document if isinstance(answer.document, Mapping) else {}
    said = str(document.get("detail") or f"the server answers {answer.status}")
    errors = [one for one in document.get("errors", []) if isinstance(one, Mapping)]
    remedies = [str(one["remedy"]) for one in errors if one.get("remedy") and str(one["remedy"]) not in said]
    return " ".join("; ".join([said, *remedies]).split())


def _document(stream: Any) -> Any:
    body = stream.read(ANSWER_BYTES + 1)
    try:
        return json.loads(body) if body and len(body) <= ANSWER_BYTES else None
    except ValueError:
        return None


def _asked(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait (RFC 9110, 10.2.3: seconds or a date); None when it does not say."""
    word = next((value for name, value in headers.items() if name.lower() == "retry-after"), "").strip()
    if word.isdecimal():
        return float(word)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(word).timestamp() - time.time())
    except (TypeError, ValueError):
        return None


def _said(error: BaseException) -> str:
    reason = getattr(error, "reason", error)
    return str(getattr(reason, "strerror", None) or reason) or type(error).__name__
