"""JSON from outside: limits first, then the standard reader; never a recursion error, never a silent second key.

The standard reader is loaded when there is JSON to read: it compiles five patterns, and most configurations are HCL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from evidence.core.refusal import Refused
from seal_advisor.core.regex import regex

MAX_DEPTH = 24
_STRING_OR_MARK = regex(r'"(?:[^"\\]++|\\.)*(?:"|\\?\Z)|[{}\[\]]', re.DOTALL)


class DuplicateKeyError(ValueError):
    """A key stands twice in one object."""


# Characters from which on counting all brackets at once is cheaper than to look at each token.
LARGE = 16 * 1024
_KEPT = b'[]{}"\\n'
_BRACKETS, _OTHERS = bytes.maketrans(b"[{]}", b"(())"), bytes(set(range(256)) - set(_KEPT))


def check_depth(text: str) -> None:
    """Raises Refused beyond 24 levels, with the line."""
    if len(text) > LARGE and _is_flat(text.encode("utf-8", "surrogatepass")):
        return
    depth = 0
    for match in _STRING_OR_MARK.finditer(text):
        mark = match.group()
        if mark in "{[":
            depth += 1
            if depth > MAX_DEPTH:
                line = text.count("\n", 0, match.start()) + 1
                reason = f"JSON nested deeper than {MAX_DEPTH} levels"
                raise Refused(reason, "hand in the tool's own output", line)
        elif mark in "}]":
            depth -= 1


def _is_flat(data: bytes) -> bool:
    """Whether no bracket of a JSON text is deeper than 24 levels; False where only its tokens can tell.

    Of the text are kept: brackets, quotes, backslashes, and the letter n, with which almost every escape is written.
    Any other escape, such as of a quote, leaves a backslash. A bracket inside a string leaves a quote: between the
    brackets around it the quotes are then odd in number. Each round takes the innermost brackets, until none is left.
    """
    marks = data.translate(_BRACKETS, _OTHERS).replace(b"\\n", b"").translate(None, b"n").replace(b'""', b"")
    for _ in range(MAX_DEPTH):
        marks = marks.replace(b"()", b"")
    return not marks


def load(text: str) -> object:
    """The document. Raises Refused with the line when it is no JSON, too deep, or has a key twice."""
    import json

    check_depth(text)
    try:
        return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant, parse_int=_integer)
    except json.JSONDecodeError as error:
        remedy = "hand in the complete file, as the tool wrote it"
        raise Refused(f"not valid JSON ({error.msg}, column {error.colno})", remedy, error.lineno) from None
    except DuplicateKeyError as error:
        raise Refused(str(error), "hand in the tool's own output", None) from None
    except ValueError as error:
        raise Refused(f"not valid JSON ({error})", "hand in the tool's own output", None) from None


def documents(text: str) -> Iterator[tuple[int, object]]:
    """(line, document) for one JSON document, or for one document a line; a line that cannot be read yields None.

    Raises Refused when neither the whole text nor any line of it is JSON.
    """
    try:
        yield 1, load(text)
        return
    except Refused as refused:
        if "\n" not in text.strip():
            raise
        whole = refused
    unread: list[int] = []
    found = False
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            document = load(line)
        except Refused:
            document = None
        if not isinstance(document, (dict, list)):  # a record is no bare word
            unread.append(number)
            continue
        found = True
        yield from ((bad, None) for bad in unread)
        unread = []
        yield number, document
    if not found:
        raise whole
    yield from ((bad, None) for bad in unread)


def offset_of(text: str, line: int) -> int:
    """Offset of the line in bytes; line 1 begins at 0."""
    position = 0
    for _ in range(line - 1):
        position = text.index("\n", position) + 1
    return len(text[:position].encode())


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise DuplicateKeyError(f"the key {twice[:60]!r} stands twice in one object")
    return found


def _no_constant(word: str) -> object:
    raise ValueError(f"{word} is no JSON value")


def _integer(digits: str) -> int | str:
    """Python refuses to read numbers of more than 4,300 digits; an RSA modulus in a scan may be that long."""
    return int(digits) if len(digits) <= 4000 else digits
