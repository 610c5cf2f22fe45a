"""Values that turned out to be secret, and every other place where they stand: comments, other files, base64."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator

from evidence.core import automaton
from evidence.core.automaton import Automaton
from evidence.core.spans import Span

# Values looked for one by one; more of them are looked for at once.
MANY = 40
# What may stand around a short value for it to be that value and no part of a word.
_ALONE = frozenset(" \t\r\n\"'`=,;()[]<>#")


_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_XML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}


class Values:
    """Values known to be secret, in base64 and escaped too, to be looked for in any number of texts. Never stored."""

    __slots__ = ("_automaton", "_values")

    def __init__(self, secrets: Iterable[str]) -> None:
        plain = set(secrets)
        in_base64 = {
            binascii.b2a_base64(value.encode(), newline=False).decode().rstrip("=")
            for value in plain
            if len(value) >= 6
        }
        escaped = {form for value in plain if not value.isalnum() for form in _escaped(value)}
        self._values = sorted(plain | in_base64 | escaped)
        self._automaton: Automaton | None = None

    def inside(self, text: str) -> list[str]:
        """Those that stand in the text; many are looked for in one pass."""
        if len(self._values) < MANY or len(text) < automaton.WORTH:
            return self._values
        if self._automaton is None:
            # The beginning of a value tells enough, and keeps the automaton small.
            heads = [re.escape(value[:24]).replace("\\\n", r"\n") for value in self._values]
            self._automaton = Automaton(heads)
        return [self._values[place] for place in sorted({place for place, _ in self._automaton.hits(text.encode())})]


def _escaped(value: str) -> Iterator[str]:
    """How JSON (in ASCII, in UTF-8, with its optional `\\/`), XML and addresses write the value."""
    import json  # late, as in json_text

    for whole in (json.dumps(value), json.dumps(value, ensure_ascii=False)):
        yield whole[1:-1]
        yield whole[1:-1].replace("/", "\\/")
    yield "".join(_XML.get(letter, letter) for letter in value)
    yield "".join(letter if letter in _UNRESERVED else _percent(letter) for letter in value)


def _percent(letter: str) -> str:
    return "".join(f"%{byte:02X}" for byte in letter.encode())


def known_spans(text: str, values: Values) -> Iterator[Span]:
    """Every other place of a value known to be secret, also in base64; short ones only where they stand alone.

    Letters with digits, eight or more, are no part of anything by chance: they go wherever they stand.
    """
    for value in values.inside(text):
        position = text.find(value)
        while position >= 0:
            end = position + len(value)
            before, after = text[position - 1 : position], text[end : end + 1]
            if len(value) >= 8 and not value.isalpha() and not value.isdigit():
                whole = True
            elif len(value) >= 6:
                whole = not (before.isalnum() and value[0].isalnum()) and not (after.isalnum() and value[-1].isalnum())
            else:
                whole = (not before or before in _ALONE) and (not after or after in _ALONE or after in ".:")
            if whole:
                yield Span(position, end, "known_secret")
            position = text.find(value, end)
