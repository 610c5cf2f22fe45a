"""Secrets in XML, by the names of attributes, elements and the pairs that scanners write."""

from __future__ import annotations

from collections.abc import Iterator

from evidence.core.secret_names import judge
from evidence.core.spans import Span, is_secret, label
from seal_advisor.core.regex import regex

_ATTRIBUTE = regex(r"""([A-Za-z_][\w.:\-]{0,80}+)\s{0,8}=\s{0,8}(?:"([^"<]*+)"|'([^'<]*+)')""")
_ELEMENT = regex(r"<([A-Za-z_][\w.:\-]{0,80}+)(?:\s[^<>]{0,2000}+)?>(?:<!\[CDATA\[)?([^<\]]{1,4000}+)")
_NAMED = regex(r"<name>([^<]{1,200}+)</name>\s{0,80}<value>([^<]{1,4000}+)</value>")
_KEYED = regex(r"""<elem key="([^"]{1,200}+)">([^<]{1,8000}+)</elem>""")


def find(text: str) -> Iterator[Span]:
    """The secrets of an XML text."""
    for pattern in (_ATTRIBUTE, _ELEMENT, _NAMED, _KEYED):
        for match in pattern.finditer(text):
            group = 2 if match.group(2) is not None else 3
            name, value = match.group(1), match.group(group)
            if value.strip() and is_secret(name, value, judge(name)):
                yield Span(*match.span(group), label(name), False, value)
