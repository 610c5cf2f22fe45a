"""XML from outside: a DOCTYPE is allowed (nmap writes one), entities never are, depth is bounded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NoReturn, Protocol
from xml.etree.ElementTree import Element, ParseError
from xml.parsers import expat

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from evidence.core.refusal import Refused
from seal_advisor.core.regex import regex

MAX_DEPTH = 64
PART = 64 * 1024
_TAG = regex(r"<(?:(/)|(?![?!]))[^<>]*?(/)?>")


def load(text: str) -> Element:
    """The root element. Raises Refused with the line when it is no XML, declares entities, or is too deep."""
    depth = 0
    for match in _TAG.finditer(text):
        depth += -1 if match.group(1) else 0 if match.group(2) else 1
        if depth > MAX_DEPTH:
            raise _too_deep(text.count("\n", 0, match.start()) + 1)
    try:
        root: Element = fromstring(text)
    except ParseError as error:
        raise _broken(error.position[0]) from None
    except (DefusedXmlException, ValueError) as error:
        name = type(error).__name__
        raise Refused(f"XML that is not read ({name})", "hand in the tool's own output", 1) from None
    return root


class Place(Protocol):
    """Where the reader stands. CurrentByteIndex: in UTF-8."""

    CurrentByteIndex: int
    CurrentLineNumber: int


class Watch(Protocol):
    """Is told of every element as it begins and ends; depth: 1 for the root. What it keeps is all that is kept."""

    def begin(self, name: str, attributes: Mapping[str, str], depth: int, place: Place) -> None: ...

    def end(self, name: str, depth: int, place: Place) -> None: ...


def watch(text: str, names: frozenset[str], watcher: Watch) -> None:
    """Reads to the end without a tree, and tells of the elements of these names and of those down to depth 2.

    Raises Refused for whatever `load` refuses.
    """
    parser = expat.ParserCreate(namespace_separator="}")
    depth = 0

    def begin(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth < 3 or name in names:
            watcher.begin(name, attributes, depth, parser)
        elif depth > MAX_DEPTH:
            raise _too_deep(parser.CurrentLineNumber)

    def end(name: str) -> None:
        nonlocal depth
        if depth < 3 or name in names:
            watcher.end(name, depth, parser)
        depth -= 1

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.EntityDeclHandler = parser.UnparsedEntityDeclHandler = _forbid("EntitiesForbidden")
    parser.ExternalEntityRefHandler = _forbid("ExternalReferenceForbidden")
    parser.SkippedEntityHandler = lambda *_: _refuse(_broken(parser.CurrentLineNumber))
    try:
        for start in range(0, len(text), PART):
            parser.Parse(text[start : start + PART], False)
        parser.Parse("", True)
    except expat.ExpatError as error:
        raise _broken(error.lineno) from None


def _forbid(name: str) -> Callable[..., NoReturn]:
    return lambda *_: _refuse(Refused(f"XML that is not read ({name})", "hand in the tool's own output", 1))


def _refuse(refused: Refused) -> NoReturn:
    raise refused


def _broken(line: int) -> Refused:
    return Refused("not valid XML", "hand in the complete file, as the tool wrote it", line)


def _too_deep(line: int) -> Refused:
    return Refused(f"XML nested deeper than {MAX_DEPTH} levels", "hand in the tool's own output", line, status=413)
