"""JSON bodies from outside: bounded in size and depth, no key twice, before anything else sees them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import IO, Any

from django.http import UnreadablePostError
from rest_framework.parsers import BaseParser, FileUploadParser
from rest_framework.request import Request

from seal_advisor.api.problems import Problem

BODY_LIMIT = 1024 * 1024
DEPTH_LIMIT = 32


class StrictJSONParser(BaseParser):
    """`application/json`. 413 over 1 MiB; 400 for what is not JSON, is deeper than 32 levels or names a key twice."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(BODY_LIMIT + 1)
        if len(body) > BODY_LIMIT:
            raise Problem(413, "too_large", f"a JSON body has at most {BODY_LIMIT // 1024} KiB")
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Problem(400, "not_utf8", f"the body is not UTF-8: byte {error.start}") from error
        if depth(text) > DEPTH_LIMIT:
            raise Problem(400, "too_deep", f"the JSON has more than {DEPTH_LIMIT} levels")
        try:
            return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
        except ValueError as error:
            raise Problem(400, "not_json", f"the body is not JSON: {error}") from error


class Unread:
    """A body that the view reads as it comes. Under an Idempotency-Key what was read is hashed, so that it can be told
    from another; without one nobody asks, and a large file is not hashed twice.

    A line that breaks looks like the end of the body to a WSGI server; the announced length tells the two apart.
    """

    def __init__(self, request: Request) -> None:
        self._request, self._hash = request, hashlib.sha256()
        self._hashed = "Idempotency-Key" in request.headers
        length = request.headers.get("Content-Length", "")
        self._left = int(length) if length.isdecimal() else 0

    def read(self, size: int) -> bytes:
        """Raises UnreadablePostError when the body ends before its Content-Length."""
        part: bytes = self._request.read(size)
        self._left -= len(part)
        if size and not part and self._left > 0:
            raise UnreadablePostError(f"the line broke {self._left} bytes before the end of the body")
        if self._hashed:
            self._hash.update(part)
        return part

    def digest(self) -> str:
        """SHA-256 of the whole body; reads what the view left."""
        while self.read(1 << 20):
            pass
        return self._hash.hexdigest()


class RawBody(FileUploadParser):
    """Any octet stream, left unread: the view reads it (`Unread`), with a limit."""

    media_type = "*/*"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        return {}


def depth(text: str) -> int:
    """The deepest nesting of a JSON text, in one pass without recursion; brackets in strings do not count."""
    level = deepest = 0
    in_string = escaped = False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            level += 1
            deepest = max(deepest, level)
        elif character in "]}":
            level -= 1
    return deepest


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} stands twice in one object")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")
