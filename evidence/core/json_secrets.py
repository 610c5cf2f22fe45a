"""Secrets in JSON, by key: in one document, in one document a line, and in one that breaks off."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evidence.core.secret_names import CERTAIN, HARMLESS, covers_all_below, judge
from evidence.core.shapes import spans
from evidence.core.spans import Span, is_secret, label
from seal_advisor.core.regex import regex

# A string without its end stops at the line, so that one cut line never hides the next one; it always matches, because
# a string that is tried again from each of its quotes costs quadratic time.
_TOKEN = regex(r'"(?:[^"\\\n]++|\\[^\n])*(?:"|\\?(?=\n)|\\?\Z)|[{}\[\],:]|[^\s{}\[\],:"]++')
_CONTEXT = "encryptionContext"
_MOMENT = regex(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")


# Characters from which on it is worth asking first whether there can be anything to find.
LARGE = 16 * 1024
# A key, with its colon, or any other string.
_STRINGS = regex(r'"(?:[^"\\\n]++|\\[^\n])*"\s{0,63}+:|"(?:[^"\\\n]++|\\[^\n])*(?:"|\\?(?=\n)|\\?\Z)')


def find(text: str) -> Iterator[Span]:
    """The secrets of a JSON text."""
    if len(text) < LARGE or may_hold(text):
        yield from _Walk(text, 0, audit=False).spans()


def may_hold(text: str) -> bool:
    """Whether a key of the text may have a secret below it, or an escape may hide one. Each string counts once."""
    for piece in set(_STRINGS.findall(text)):
        if piece.endswith(":"):
            name = unescaped(piece[:-1].rstrip())
            if name == _CONTEXT or covers_all_below(name) or {judge(name), judge(name, "storage")} != {HARMLESS}:
                return True
        elif "\\" in piece and next(spans(unescaped(piece)), None):
            return True
    return False


def find_audit(text: str) -> Iterator[Span]:
    """The secrets of an audit device's file, each line by itself.

    Below request.data and response.data every text that is neither a keyed hash nor a moment is taken for a secret: an
    audit device writes nothing else there unless log_raw is on.
    """
    offset = 0
    for line in text.split("\n"):
        yield from _Walk(line, offset, audit=True).spans()
        offset += len(line) + 1


class _Walk:
    """One pass over the tokens. stack: the key in force at each open brace or bracket."""

    def __init__(self, text: str, offset: int, *, audit: bool) -> None:
        self._text = text
        self._offset = offset
        self._audit = audit
        self._stack: list[str | None] = []
        self._key: str | None = None
        self._forced = 0  # depth at which everything below is secret, 0 = none
        self._in_data = False

    def spans(self) -> Iterator[Span]:
        pending: str | None = None
        for match in _TOKEN.finditer(self._text):
            piece = match.group()
            if piece in "{[":
                self._open(piece)
            elif piece in "}]":
                self._close()
            elif piece == ":":
                self._key, pending = pending, None
            elif piece == ",":
                pending = None
            elif piece[0] == '"' and self._text[match.end() : match.end() + 64].lstrip()[:1] == ":":
                pending = unescaped(piece)
            else:
                yield from self._value(match, piece)

    def _open(self, mark: str) -> None:
        key = self._key
        self._stack.append(key)
        if key is not None and not self._forced:
            data = self._audit and key == "data" and any(name in ("request", "response") for name in self._stack[-3:])
            # AWS: the values of an encryption context may be private; they also name resources, so they do not spread.
            data = data or key == _CONTEXT
            if data or covers_all_below(key):
                self._forced, self._in_data = len(self._stack), data
        if mark == "{":
            self._key = None

    def _close(self) -> None:
        if self._stack:
            if self._forced == len(self._stack):
                self._forced, self._in_data = 0, False
            self._stack.pop()
        self._key = self._stack[-1] if self._stack else None

    def _value(self, match: re.Match[str], piece: str) -> Iterator[Span]:
        path = [name for name in self._stack[-5:] if name]
        name = self._key if self._key is not None else (path[-1] if path else None)
        if name is None:
            return
        names = [*path, name] if not path or path[-1] != name else path
        verdict = CERTAIN if self._forced else judge(name, next((key for key in self._stack[:3] if key), ""))
        start, end = match.start() + self._offset, match.end() + self._offset
        what = label(".".join(names[-4:]))
        if piece[0] != '"':
            number: object = None if piece in ("null", "true", "false") else 0
            if not self._forced and is_secret(name, number, verdict):
                yield Span(start, end, what, True, piece)
            return
        value = unescaped(piece)
        inner = (start + 1, end - (1 if len(piece) > 1 and piece.endswith('"') else 0))
        if is_secret(name, value, verdict) and not (self._in_data and _MOMENT.match(value)):
            yield Span(*inner, what, False, value, spread=not self._in_data or judge(name) == CERTAIN)
        elif "\\" in piece:
            hidden = next(spans(value), None)
            if hidden and not next(spans(piece), None):
                yield Span(*inner, f"shape:{hidden[2]}", False, value)


def unescaped(piece: str) -> str:
    """What a JSON string in its quotes means; the text between them where it is none."""
    if "\\" not in piece:
        return piece.strip('"')
    import json  # late, as in json_text

    try:
        return str(json.loads(piece, strict=False))
    except ValueError:
        return piece.strip('"')
