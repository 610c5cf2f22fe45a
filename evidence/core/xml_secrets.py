"""Secrets in XML, by the names of attributes, elements and the pairs that scanners write."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from evidence.core.secret_names import HARMLESS, judge
from evidence.core.spans import Span, is_secret, label
from seal_advisor.core.regex import regex

# What an attribute is after its name; the name stands before it, and most of a text is no name before an equals sign.
_VALUE = regex(r"""=\s{0,8}(?:"([^"<]*+)"|'([^'<]*+)')""")
_NAME = regex(r"[A-Za-z_][\w.:\-]{0,80}\Z")
_LONGEST, _BLANKS = 81, 8
_ELEMENT = regex(r"<([A-Za-z_][\w.:\-]{0,80}+)(?:\s[^<>]{0,2000}+)?>(?:<!\[CDATA\[)?([^<\]]{1,4000}+)")
_NAMED = regex(r"<name>([^<]{1,200}+)</name>\s{0,80}<value>([^<]{1,4000}+)</value>")
_KEYED = regex(r"""<elem key="([^"]{1,200}+)">([^<]{1,8000}+)</elem>""")


def find(text: str) -> Iterator[Span]:
    """The secrets of an XML text."""
    yield from attributes(text)
    for pattern in (_ELEMENT, _NAMED, _KEYED):
        for match in pattern.finditer(text):
            yield from _secret(match.group(1), match.group(2), match.start(2))


def attributes(text: str) -> Iterator[Span]:
    """`name="value"` wherever it stands, also outside of a tag."""
    position = 0
    while match := _VALUE.search(text, position):
        start = match.start()
        before = text[max(position, start - _LONGEST - _BLANKS) : start]
        name = _name_at_end(before[before.rfind(" ", 0, len(before.rstrip())) + 1 :])
        if not name:
            position = start + 1
            continue
        position = match.end()
        group = 1 if match.group(1) is not None else 2
        yield from _secret(name, match.group(group), match.start(group))


@lru_cache(maxsize=4096)
def _name_at_end(text: str) -> str:
    """The name at the end of what stands before an equals sign, with blanks behind it; "" where there is none."""
    body = text.rstrip()
    if len(text) - len(body) > _BLANKS:
        return ""
    match = _NAME.search(body, max(0, len(body) - _LONGEST))
    return match.group() if match else ""


def _secret(name: str, value: str, start: int) -> Iterator[Span]:
    verdict = judge(name)
    if verdict != HARMLESS and value.strip() and is_secret(name, value, verdict):
        yield Span(start, start + len(value), label(name), False, value)
