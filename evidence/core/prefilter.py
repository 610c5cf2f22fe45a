"""Which lines of a text could hold a secret: one pass of a compiled automaton; clean lines cost next to nothing.

It errs on the side of yes: a line that it names is looked at exactly by `redaction`, a line that it does not name is
kept as it is. Its patterns are made from those of `shapes` and from the names of `secret_names`, so a new shape or name
is known here at once; what an automaton cannot express (what stands before or after) is left out, which only widens it.
"""

from __future__ import annotations

import binascii
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import product

import msgspec

from evidence.core import automaton
from evidence.core.automaton import Automaton
from evidence.core.secret_names import CERTAIN_NAMES, KEYWORDS
from evidence.core.shapes import PRIVATE_KEYS, SHAPES
from seal_advisor.core.record import Record
from seal_advisor.core.regex import regex

# What a value is that is kept under any name: as a beginning, or as the whole word.
_KEPT_STARTS = ("hmac-sha256:", "[redacted:")
_KEPT_WORDS = ("true", "false", "null")
# `token` with one of these endings is no secret whatever stands before it (a test holds them against `judge`).
TOKEN_ENDINGS = (
    "_type", "_policies", "_issue_time", "_ttl", "_max_ttl", "_explicit_max_ttl", "_period",
    "_no_default_policy", "_bound_cidrs", "_accessor", "_display_name",
)  # fmt: skip
_BREAK = r"[_\-./: ]"
_TAIL = r"[\w.\-\x80-\xff]*(?:[^\"\n,:=]*\\*\")?"
_ASSIGN = r"\\*[\"']?[ \t]*(?::=|=>|=|:)[ \t]*\\*(?:\"['`]?|'[\"`]?|`)?[ \t]*"
# Four groups in a row that stand for three ASCII characters each: text in base64, wherever in the run it starts.
_TEXT_IN_BASE64 = r"(?:[CDI-Za-f][A-HQ-Xg-nw-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589][\w+/\-]){4}"
# Text in base64 has capitals, as hashes, numbers and most words of a log have not: where none stands with three letters
# behind it, there is nothing to look for. (Names without such a capital are written out: `_uncapitalised`.)
_CAPITAL = r"[A-Z][A-Za-z0-9+/_\-]{3}"


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


def _but(words: Sequence[str]) -> str:
    """What continues a name otherwise than with one of some words, by its shortest telling beginning."""
    found = [f"{prefix}[^{after}\\n]" for prefix, after in _followers(words).items() if prefix]
    found += [rf"{word}[\w.\-]" for word in words]
    return f"(?:{'|'.join(found)})"


def _certain(name: str) -> str:
    return rf"{_BREAK}{{0,4}}".join(map(re.escape, name.split("_")))


def _names() -> Iterable[str]:
    """Patterns of `name = value` for every name that `judge` may call a secret's."""
    value = unlike(_KEPT_STARTS, _KEPT_WORDS, first=r"\"'`\\\s", end=r"\s,;&)\]}\"'<>\\")
    given = _ASSIGN + value
    yield rf"(?i)(?:secret|passw|credential|private){_TAIL}{given}"
    # A name that goes on after `token_` in an unknown way is looked at whatever its value.
    yield rf"(?i)token{_but(TOKEN_ENDINGS)}"
    yield rf"(?i)token(?:[^_=:\"\\\n]{_TAIL})?{given}"
    yield rf"[Pp][Ii][Nn](?:{_BREAK}|\d|[A-Z]){_TAIL}{given}"
    yield rf"(?:(?i:{_BREAK}keys?)|[A-Za-z0-9]Keys?){_BREAK}{{0,4}}{given}"
    yield rf"(?i)pins?{_BREAK}{{0,4}}{given}"
    # `mount_accessor` names a mount; every other accessor is a token's.
    yield rf"(?i)(?:^|[^_]|{_not_before('mount')}_|[\w]mount_)accessors?{_BREAK}{{0,4}}{given}"
    for name in _other_names():
        yield rf"(?i)(?:{_certain(name)})s?{_BREAK}{{0,4}}{given}"


def _other_names() -> list[str]:
    """Certain names that the patterns above do not find, without those that end with another one."""
    known = regex(r"secret|token|passw|credential|private|accessor|pin$|_keys?$")
    names = {name for name in CERTAIN_NAMES if not known.search(name)}
    return sorted(name for name in names if not any(name.endswith(f"_{other}") for other in names))


def _uncapitalised() -> Iterable[str]:
    """Base64 of `name=` and the like, behind 0 to 2 other letters, wherever no capital with letters behind it is in it.

    Only what is certain of it, whatever stands around: whole groups of six bits.
    """
    found: set[str] = set()
    for word in KEYWORDS.split("|"):
        for letters in product(*({letter, letter.upper()} for letter in word)) if len(word) < 7 else ():
            for mark in ("=", ":", '"', " ", "'", "\\"):
                whole = f"{''.join(letters)}{mark}".encode()
                for before in range(3):
                    text = binascii.b2a_base64(b"\0" * before + whole, newline=False).rstrip(b"=").decode()
                    first, last = -(-before * 8 // 6), (before + len(whole)) * 8 // 6
                    if not any(letter.isupper() for letter in text[first : last - 2]):
                        found.add(text[first:last])
    return sorted(map(re.escape, found))


def _not_before(word: str) -> str:
    """What stands before a place where `word` does not."""
    return "(?:" + "|".join(f"[^{word[-size]}]{word[len(word) - size + 1 :]}" for size in range(1, len(word) + 1)) + ")"


def _widened(pattern: str) -> str:
    """A shape as it may also stand inside a JSON string: after `\\n`, with its quotes escaped."""
    flags, body = re.match(r"((?:\(\?[a-z]+\))?)(.*)", pattern, re.DOTALL).groups()  # type: ignore[union-attr]
    body = body.replace(r"\b", "").replace("[\\\"']?", "\\\\{0,8}[\\\"']?").replace("[\\\"'`]?", "\\\\{0,8}[\\\"'`]?")
    body = re.sub(r"\{0,\d+\}\+?", "*", re.sub(r"\{1,\d+\}\+?", "+", body))
    return flags + (r"(?:^|\\[nrt])" + body[1:] if body.startswith("^") else body)


_REST = r"(?:[^\"\\\n]|\\[^\n])*\""
_DAY = r"\d{4}-\d\d-\d\dT\d\d:\d\d"
_MOMENT = (r"\d",) * 4 + ("-", r"\d", r"\d") * 2 + ("T", r"\d", r"\d", ":", r"\d", r"\d")
_NO_MOMENT = "|".join("".join(_MOMENT[:size]) + f"[^{_MOMENT[size]}]" for size in range(1, len(_MOMENT)))
# The beginning of a text that is neither a keyed hash nor a moment nor empty.
_PLAIN_TEXT = f"(?:{unlike(('hmac-sha256:',), first=chr(34) + chr(92) + 'd')}|{_NO_MOMENT})"


def _plain_data() -> str:
    """`data` of an audit device's entry up to the first thing in it that must be looked at.

    Nothing but keyed hashes, moments, numbers, words, lists of these, and objects of these within it, needs no look.
    """
    word, start = r"[\-\dtfn][\w.+\-]*", r"\"\-\dtfn"
    text = rf'"(?:(?:hmac-sha256:|{_DAY}){_REST}|")'
    item, name = f"(?:{text}|{word})", f'"{_REST}:'
    some = rf"\[(?:{item}(?:,{item})*)?\]"
    flat = f"(?:{item}|{some})"
    inner = rf"\{{(?:{name}{flat}(?:,{name}{flat})*)?\}}"

    def other(begin: str, end: str) -> str:
        """A value that begins as none does, is a plain text, or is followed by what follows none."""
        return rf'"{_PLAIN_TEXT}|[^{begin}]|{text}[^{end}]|{word}[^{end}\w.+\-]'

    list_other = rf"\[(?:{item},)*(?:{other(start + chr(92) + ']', ',' + chr(92) + ']')})|{some}[^,}}]"
    no_key = rf'[^"}}]|"{_REST}[^:]'
    in_object = f"{other(start + chr(92) + '[', ',}')}|{list_other}"
    inner_other = rf"\{{(?:{name}{flat},)*(?:{no_key}|{name}(?:{in_object}))|{inner}[^,}}]"
    outer = f"{other(start + chr(92) + '[{', ',}')}|{list_other}|{inner_other}"
    pairs = f"(?:{name}(?:{flat}|{inner}),)*"
    return rf'"data"(?:\s|:(?:[^{{n]|\{{{pairs}(?:{no_key}|{name}(?:{outer}))))'


def _patterns() -> list[str]:
    return [
        *(_widened(pattern.pattern) for _, pattern in SHAPES),
        *_PRIVATE_KEY_WORDS,
        *_names(),
        # A line that is base64 throughout may be one of a block.
        r"^[ \t]{0,64}(?:#|//)?[ \t]{0,64}[A-Za-z0-9+/_\-]{16,}={0,2}[ \t\r]{0,64}$",
        # Letters written as escapes, as only those do who hide something; Go escapes no others than < > &.
        r"(?i)\\u00(?:2[0-57-9a-f]|3[0-9abdf]|[4-7][0-9a-f])|\\/",
        r"\"encryptionContext\"\s*:",
        r"(?i)\"storage\"[ \t]*:[^\n]*\"_*user",
        # Lists that run over several lines, which are looked for in the whole text.
        r"^kind:[ \t]|_keys_(?:b64|hex|base64)|keys_base64",
        *_uncapitalised(),
    ]


# What stands in every private key that `shapes` knows.
_PRIVATE_KEY_WORDS = ("PRIVATE KEY", "PuTTY-User-Key-File-", "AGE-SECRET-KEY-1", *(p.pattern for p in PRIVATE_KEYS[1:]))
# What stands in a block of lines of which one is not a JSON object by itself, or which holds a mark of redaction.
_NOT_PLAIN = r"^[^{]|[^}\n]$|\}[ \t\r]*\{|\[redacted:"
_CAPITALS, _NOT_PLAINS = 0, 1


@cache
def _database(*, audit: bool) -> tuple[Automaton, int]:
    """The automaton, and the place in it of `_plain_data`."""
    patterns = [_CAPITAL, _NOT_PLAIN if audit else _CAPITAL, *_patterns()]
    once = (_CAPITALS, _NOT_PLAINS)
    return Automaton([*patterns, *([_plain_data()] if audit else [])], once=once), len(patterns)


@cache
def _base64_database() -> Automaton:
    return Automaton([_TEXT_IN_BASE64])


class Look(Record):
    """What one pass over a block has shown.

    lines: numbers (from 0, in order) of those that could hold a secret. plain: every line is one JSON object by itself
    and none holds a mark of redaction (of an audit device's only; else False).
    """

    lines: Sequence[int]
    plain: bool


def suspect_lines(block: bytes, *, audit: bool = False) -> Sequence[int]:
    """The lines of `look`."""
    return look(block, audit=audit).lines


def look(block: bytes, *, audit: bool = False) -> Look:
    """audit: each line is one entry of an audit device, where whatever is no keyed hash below `data` counts too."""
    database, data_place = _database(audit=audit)
    hits = database.hits(block)
    if not hits:
        return Look([], audit)
    plain = audit and all(place != _NOT_PLAINS for place, _ in hits)
    return Look(_suspected(block, hits, data_place), plain)


@cache
def _records_database() -> Automaton:
    return Automaton([*_patterns(), _TEXT_IN_BASE64])


def suspect_ends(block: bytes) -> list[int]:
    """Where in a block ends what could be a secret: for texts in which lines are no records.

    Such a block is large and almost always has a capital, so base64 is looked for in the same pass: a second one would
    wait for the thread that reads.
    """
    return [end for _, end in _records_database().hits(block)]


def _ends(block: bytes, hits: Sequence[tuple[int, int]], data_place: int) -> list[int]:
    ends = [end for place, end in hits if _NOT_PLAINS < place < data_place]
    if any(place == _CAPITALS for place, _ in hits):
        ends += [end for _, end in _base64_database().hits(block)]
    return ends


def _suspected(block: bytes, hits: Sequence[tuple[int, int]], data_place: int) -> list[int]:
    found = automaton.lines_of(block, _ends(block, hits, data_place))
    data = automaton.lines_of(block, [end for place, end in hits if place == data_place]) - found
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
_OPEN = regex(rb"\"data\"\s{0,8}:\s{0,8}[\[{]")
# A text that is a value: after a colon, or in a list, where no colon follows it.
_PLAIN = (rf"[:\[]\s*\"{_PLAIN_TEXT}", rf"[,]\s*\"{_PLAIN_TEXT}[^\"\\]*(?:\\.[^\"\\]*)*\"\s*[,\]]")


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
