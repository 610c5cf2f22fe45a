"""Which lines of a text could hold a secret: one pass of a compiled automaton; clean lines cost next to nothing.

It errs on the side of yes: a line that it names is looked at exactly by `redaction`, a line that it does not name is
kept as it is. Its patterns are made from those of `shapes` and from the names of `secret_names`, so a new shape or name
is known here at once; what an automaton cannot express (what stands before or after) is left out, which only widens it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cache

import msgspec

from evidence.core import automaton
from evidence.core.automaton import Automaton
from evidence.core.secret_names import CERTAIN_NAMES
from evidence.core.shapes import PRIVATE_KEYS, SHAPES
from seal_advisor.core.regex import regex

# What a value is that is kept under any name: as a beginning, or as the whole word.
_KEPT_STARTS = ("hmac-sha256:", "[redacted:")
_KEPT_WORDS = ("true", "false", "null")
# `token` with one of these endings is no secret whatever stands before it (a test holds them against `judge`).
TOKEN_ENDINGS = (
    "_type", "_policies", "_issue_time", "_ttl", "_max_ttl", "_explicit_max_ttl", "_period",
    "_no_default_policy", "_bound_cidrs", "_accessor",
)  # fmt: skip
_BREAK = r"[_\-./: ]"
_TAIL = r"[\w.\-\x80-\xff]*(?:[^\"\n,:=]*\\*\")?"
_ASSIGN = r"\\*[\"']?[ \t]*(?::=|=>|=|:)[ \t]*\\*(?:\"['`]?|'[\"`]?|`)?[ \t]*"
# Four groups in a row that stand for three ASCII characters each: text in base64, wherever in the run it starts.
_TEXT_IN_BASE64 = r"(?:[CDI-Za-f][A-HQ-Xg-nw-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589][\w+/\-]){4}"
_DATA_OPEN = r"\"data\"\s{0,8}:\s{0,8}[\[{]"


def _literal(character: str) -> str:
    return re.escape(character).replace('"', r"\"")


def _followers(words: Iterable[str]) -> dict[str, str]:
    """Every beginning of some words, "" first, with the characters that continue it, fit for a class."""
    every = sorted({word[:size] for word in words for size in range(len(word))})
    return {
        prefix: "".join(
            map(_literal, sorted({word[len(prefix)] for word in words if word.startswith(prefix) and word != prefix}))
        )
        for prefix in every
    }


def unlike(starts: Sequence[str], words: Sequence[str] = (), *, first: str = "", end: str = "") -> str:
    """A pattern for what neither begins with one of `starts` nor is one of `words`, by its shortest telling beginning.

    first: further characters that it must not begin with; end: the class of what ends a word. An automaton has no
    lookahead, so the complement is written out: `[^t]|t[^r]|tr[^u]`.
    """
    found = [
        "".join(map(_literal, prefix)) + f"[^{after}{'' if prefix else first}]"
        for prefix, after in _followers((*starts, *words)).items()
    ]
    found += ["".join(map(_literal, word)) + f"[^{end}]" for word in words]
    return f"(?:{'|'.join(found)})"


def _names_but(words: Sequence[str]) -> str:
    """The rest of a name that is none of some words: one of their beginnings, or another letter somewhere."""
    found = [f'{prefix}(?:[^{after}=:"\\\\\\n]{_TAIL})?' for prefix, after in _followers(words).items()]
    found += [rf"{word}[\w.\-]{_TAIL}" for word in words]
    return f"(?:{'|'.join(found)})"


def _certain(name: str) -> str:
    return rf"{_BREAK}{{0,4}}".join(map(re.escape, name.split("_")))


def _names() -> Iterable[str]:
    """Patterns of `name = value` for every name that `judge` may call a secret's."""
    value = unlike(_KEPT_STARTS, _KEPT_WORDS, first=r"\"'`\\\s", end=r"\s,;&)\]}\"'<>\\")
    given = _ASSIGN + value
    yield rf"(?i)(?:secret|passw|credential|private){_TAIL}{given}"
    yield rf"(?i)token{_names_but(TOKEN_ENDINGS)}{given}"
    yield rf"[Pp][Ii][Nn](?:{_BREAK}|\d|[A-Z]){_TAIL}{given}"
    yield rf"(?:(?i:{_BREAK}key)|[A-Za-z0-9]Key){_BREAK}{{0,4}}{given}"
    yield rf"(?i)pins?{_BREAK}{{0,4}}{given}"
    # `mount_accessor` names a mount; every other accessor is a token's.
    yield rf"(?i)(?:[^_]|{_not_before('mount')}_|[\w]mount_)accessors?{_BREAK}{{0,4}}{given}"
    known = regex(r"secret|token|passw|credential|private|accessor|pin$")
    rest = sorted(name for name in CERTAIN_NAMES if not known.search(name))
    yield rf"(?i)(?:{'|'.join(map(_certain, rest))})s?{_BREAK}{{0,4}}{given}"
    yield rf"(?i)^accessors?{_BREAK}{{0,4}}{given}"


def _not_before(word: str) -> str:
    """What stands before a place where `word` does not."""
    return "(?:" + "|".join(f"[^{word[-size]}]{word[len(word) - size + 1 :]}" for size in range(1, len(word) + 1)) + ")"


def _widened(pattern: str) -> str:
    """A shape as it may also stand inside a JSON string: after `\\n`, with its quotes escaped."""
    flags, body = re.match(r"((?:\(\?[a-z]+\))?)(.*)", pattern, re.DOTALL).groups()  # type: ignore[union-attr]
    body = body.replace(r"\b", "").replace("[\\\"']?", "\\\\{0,8}[\\\"']?").replace("[\\\"'`]?", "\\\\{0,8}[\\\"'`]?")
    body = re.sub(r"\{0,\d+\}\+?", "*", re.sub(r"\{1,\d+\}\+?", "+", body))
    return flags + (r"(?:^|\\[nrt])" + body[1:] if body.startswith("^") else body)


def _patterns() -> list[str]:
    return [
        _DATA_OPEN,
        *(_widened(pattern.pattern) for _, pattern in SHAPES),
        *(pattern.pattern for pattern in PRIVATE_KEYS),
        *_names(),
        _TEXT_IN_BASE64,
        # A line that is base64 throughout may be one of a block.
        r"^[ \t]{0,64}(?:#|//)?[ \t]{0,64}[A-Za-z0-9+/_\-]{16,}={0,2}[ \t\r]{0,64}$",
        # Letters written as escapes, as only those do who hide something; Go escapes no others than < > &.
        r"(?i)\\u00(?:2[0-57-9a-f]|3[0-9abdf]|[4-7][0-9a-f])|\\/",
        r"\"encryptionContext\"\s*:",
        r"(?i)\"storage\"[ \t]*:[^\n]*\"_*user",
        # Lists that run over several lines, which are looked for in the whole text.
        r"^kind:[ \t]|_keys_(?:b64|hex|base64)|keys_base64",
    ]


@cache
def _database() -> Automaton:
    return Automaton(_patterns())


def suspects(block: bytes) -> list[int]:
    """End offsets (not sorted, not distinct) of whatever could be a secret in a block."""
    return [end for pattern, end in _database().hits(block) if pattern]


def suspect_lines(block: bytes, *, audit: bool = False) -> list[int]:
    """Numbers (from 0, in order) of the lines that could hold a secret.

    audit: each line is one entry of an audit device, where whatever is not a keyed hash below `data` counts too.
    """
    hits = _database().hits(block)
    found = automaton.lines_of(block, [end for pattern, end in hits if pattern])
    data = automaton.lines_of(block, [end for pattern, end in hits if not pattern]) - found if audit else None
    if data:
        starts, lines = automaton.line_starts(block), sorted(data)
        found |= unhashed(lines, [block[starts[line] : starts[line + 1]] for line in lines])
    return sorted(found)


class _Half(msgspec.Struct):
    data: msgspec.Raw = msgspec.Raw(b"")


class _Both(msgspec.Struct):
    request: _Half | None = None
    response: _Half | None = None


_BOTH = msgspec.json.Decoder(_Both)
_OPEN = regex(_DATA_OPEN.encode())
# A text that is a value: after a colon, or in a list, where no colon follows it.
_MOMENT = (r"\d",) * 4 + ("-", r"\d", r"\d") * 2 + ("T", r"\d", r"\d", ":", r"\d", r"\d")
_NO_MOMENT = "|".join("".join(_MOMENT[:size]) + f"[^{_MOMENT[size]}]" for size in range(1, len(_MOMENT)))
_TEXT = f"(?:{unlike(('hmac-sha256:',), first=chr(34) + chr(92) + 'd')}|{_NO_MOMENT})"
_PLAIN = (rf"[:\[]\s*\"{_TEXT}", rf"[,]\s*\"{_TEXT}[^\"\\]*(?:\\.[^\"\\]*)*\"\s*[,\]]")


@cache
def _plain_database() -> Automaton:
    return Automaton(_PLAIN)


def unhashed(numbers: Sequence[int], lines: Sequence[bytes]) -> set[int]:
    """Those of the numbered lines whose `request.data` or `response.data` holds a text that is no keyed hash.

    A line where `data` stands anywhere else, or that cannot be read, counts: it is looked at exactly.
    """
    found: set[int] = set()
    pieces: list[bytes] = []
    starts: list[int] = []
    owners: list[int] = []
    size = 0
    for number, line in zip(numbers, lines, strict=True):
        try:
            both = _BOTH.decode(line[max(line.find(b"{"), 0) :])
        except (msgspec.DecodeError, RecursionError):
            found.add(number)
            continue
        halves = [bytes(half.data) for half in (both.request, both.response) if half and half.data]
        if line.count(b'"data"') != len(halves):
            below = sum((half[:1] in (b"{", b"[")) + len(_OPEN.findall(half)) for half in halves)
            if len(_OPEN.findall(line)) != below:
                found.add(number)
                continue
        for half in halves:
            pieces.append(half)
            starts.append(size)
            owners.append(number)
            size += len(half) + 1

    if pieces:
        for _, end in _plain_database().hits(b"\n".join(pieces)):
            found.add(owners[bisect_right(starts, end - 1) - 1])
    return found
