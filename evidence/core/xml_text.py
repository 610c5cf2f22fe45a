"""XML from outside: a DOCTYPE is allowed (nmap writes one), entities never are, depth is bounded."""

from __future__ import annotations

from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from evidence.core.refusal import Refused
from seal_advisor.core.regex import regex

MAX_DEPTH = 64
_TAG = regex(r"<(?:(/)|(?![?!]))[^<>]*?(/)?>")


def load(text: str) -> Element:
    """The root element. Raises Refused with the line when it is no XML, declares entities, or is too deep."""
    depth = 0
    for match in _TAG.finditer(text):
        depth += -1 if match.group(1) else 0 if match.group(2) else 1
        if depth > MAX_DEPTH:
            line = text.count("\n", 0, match.start()) + 1
            reason = f"XML nested deeper than {MAX_DEPTH} levels"
            raise Refused(reason, "hand in the tool's own output", line, status=413)
    try:
        root: Element = fromstring(text)
    except ParseError as error:
        line = error.position[0]
        raise Refused("not valid XML", "hand in the complete file, as the tool wrote it", line) from None
    except (DefusedXmlException, ValueError) as error:
        name = type(error).__name__
        raise Refused(f"XML that is not read ({name})", "hand in the tool's own output", 1) from None
    return root
