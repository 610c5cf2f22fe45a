"""Text to tokens, as the HCL 1 scanner of Vault and OpenBao cuts them. Linear in the length of the text.

SOURCE: github.com/hashicorp/hcl, tag v1.0.1-vault-7, hcl/scanner (behaviour; no code taken).
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right

from seal_advisor.core.hcl_tree import MAX_BYTES, MAX_TOKENS, HclError
from seal_advisor.core.record import Record
from seal_advisor.core.regex import regex

# Possessive quantifiers (*+, ++) keep every match linear: the scanner never steps back into a string.
SKIP = r"(?:[ \t\r\n]++|\#[^\n]*+|//[^\n]*+)*"
_TOKEN = regex(
    SKIP
    + r"""(?:
    (?P<block_comment>/\*)
  | (?P<name>[^\W\d][\w.\-]*+)
  | (?P<number>-?0[xX][0-9a-fA-F]*+|-?[0-9]++(?:\.[0-9]*+)?(?:[eE][+-]?[0-9]*+)?|\.[0-9]++(?:[eE][+-]?[0-9]*+)?)
  | (?P<string>"(?:[^"\\\n]++|\\[^\n])*")
  | (?P<heredoc><<-?\w++\r?\n)
  | (?P<mark>[{}\[\],=])
  | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
_SKIP = regex(SKIP)
_ESCAPE = regex(
    r"\\(?:([abfnrtv\\\"])|([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL
)
_SIMPLE = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"'}
_TEMPLATE = regex(r"\$\{|%\{|\{\{|\{%")
# `{{ GetPrivateIP }}` inside an address is the server's own: go-sockaddr fills it in at start.
_SOCKADDR = regex(r"\{\{[^{}]*\bGet(?:All|Default|Interface|Private|Public)\w*[^{}]*\}\}")
_INT64 = range(-(2**63), 2**63)


class Token(Record):
    """kind: "name", "switch", "number", "string", one of the marks {}[],= or "end". value: what it means."""

    kind: str
    value: str | int | float | bool
    offset: int
    raw: str


class Places:
    """Turns an offset into (line, column), both from 1, counted in characters."""

    __slots__ = ("starts",)

    def __init__(self, text: str) -> None:
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def at(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1


def prepare(text: str) -> str:
    """The text with line ends made one; refuses what no config may hold, before anything is cut."""
    size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise HclError(
            f"the file has {size:,} bytes; a server configuration of more than {MAX_BYTES:,} is not read",
            1, 1, "upload the server's own configuration file, which is seldom above 5 KB",
        )  # fmt: skip
    if text.startswith("\ufeff"):
        raise HclError("illegal char: the file starts with a byte order mark", 1, 1, "save it as UTF-8 without BOM")
    text = text.replace("\r\n", "\n")
    for bad, name in (("\x00", "a null character"), ("\ue123", "the reserved character U+E123")):
        offset = text.find(bad)
        if offset >= 0:
            line, column = Places(text).at(offset)
            raise HclError(f"{name} in the text", line, column, "save the file as plain UTF-8 text")
    return text


class Scanner:
    """Hands out the tokens of a prepared text one by one. position: where the next one is looked for.

    count: tokens so far; callers that take several at once add them with `spend`.
    """

    __slots__ = ("count", "last", "places", "position", "text")

    def __init__(self, text: str, places: Places) -> None:
        self.text = text
        self.places = places
        self.position = 0
        self.last = len(text.rstrip(" \t\r\n"))
        self.count = 0

    def spend(self, number: int, offset: int) -> None:
        """Counts tokens. Raises HclError beyond MAX_TOKENS."""
        self.count += number
        if self.count > MAX_TOKENS:
            remedy = "split what is not configuration off"
            raise HclError(f"more than {MAX_TOKENS:,} tokens", *self.places.at(offset), remedy=remedy)

    def next(self) -> Token:
        """The next token, of kind "end" behind the last. Raises HclError with the place."""
        text, places = self.text, self.places
        if self.position >= self.last:
            self.spend(1, len(text))
            return Token("end", "", len(text), "")
        while True:
            match = _TOKEN.match(text, self.position)
            if match is None:
                raise _unreadable(text, self._start(), places)
            group = match.lastgroup or ""
            start, self.position = match.span(group)
            if group != "block_comment":
                break
            end = text.find("*/", self.position)
            if end < 0:
                raise HclError("comment not terminated", *places.at(start), remedy="close the comment with */")
            self.position = end + 2
        self.spend(1, start)
        return self._token(group, match.group(group), start)

    def _start(self) -> int:
        match = _SKIP.match(self.text, self.position)
        return match.end() if match else self.position

    def _token(self, group: str, raw: str, start: int) -> Token:
        if group == "mark":
            if raw == "{" and self.text[self.position : self.position + 1] in ("{", "%"):
                raise template(self.text[start : self.position + 1], *self.places.at(start))
            return Token(raw, raw, start, raw)
        if group == "name":
            if raw in ("true", "false"):
                return Token("switch", raw == "true", start, raw)
            return Token("name", raw, start, raw)
        if group == "string":
            return Token("string", _unquote(raw, start, self.places), start, raw)
        if group == "number":
            return Token("number", _number(raw, start, self.places), start, raw)
        if group == "end":
            return Token("end", "", start, "")
        value, self.position = _heredoc(self.text, start, self.position, self.places)
        return Token("string", value, start, raw)


def _unreadable(text: str, position: int, places: Places) -> HclError:
    line, column = places.at(position)
    char = text[position]
    if _TEMPLATE.match(text, position):
        return template(text[position : position + 2], line, column)
    if char == '"':
        return HclError("literal not terminated", line, column, 'close the string with " on the same line')
    if text.startswith("<<", position):
        return HclError("invalid heredoc: after << stand a name and the end of the line", line, column, "write <<EOF")
    if char == "/":
        return HclError("expected '/' for comment", line, column, "start a comment with #, // or /*")
    return HclError(f"illegal char {char!r}", line, column, "remove it, or put the value into double quotes")


def template(mark: str, line: int, column: int) -> HclError:
    """The refusal of a file that a template tool has not filled in yet."""
    return HclError(
        f"{mark} belongs to a template that has not been rendered; the server would not read this file as meant",
        line, column, "upload the file as it stands on the server, after the template tool has filled it in",
    )  # fmt: skip


def refuse_template(raw: str, offset: int, places: Places) -> None:
    """Raises HclError when a string literal still holds template marks (except go-sockaddr's in an address)."""
    match = _TEMPLATE.search(_SOCKADDR.sub(lambda found: " " * len(found.group()), raw)) if "{" in raw else None
    if match:
        raise template(match.group(), *places.at(offset + match.start()))


def _unquote(raw: str, offset: int, places: Places) -> str:
    refuse_template(raw, offset, places)
    inner = raw[1:-1]
    if "\\" not in inner:
        return inner

    def replace(match: re.Match[str]) -> str:
        simple, octal, byte, short, long, other = match.groups()
        if simple:
            return _SIMPLE[simple]
        code = int(octal, 8) if octal else int(byte or short or long or "0", 16)
        if other is not None or code > 0x10FFFF or (octal and code > 0xFF):
            line, column = places.at(offset + 1 + match.start())
            raise HclError(f"illegal char escape {match.group()}", line, column, "write a backslash as \\\\")
        if (octal or byte) and code > 0x7F:
            return chr(0xDC00 + code)  # a raw byte; joined with its neighbours below
        return "\ufffd" if 0xD800 <= code <= 0xDFFF else chr(code)

    try:
        return _ESCAPE.sub(replace, inner).encode("utf-8", "surrogateescape").decode("utf-8")
    except UnicodeDecodeError:
        raise HclError("the escapes do not form UTF-8 text", *places.at(offset), remedy="use \\u escapes") from None


def _number(raw: str, offset: int, places: Places) -> int | float:
    digits = raw.lstrip("-")
    problem = ""
    if digits[:2] in ("0x", "0X"):
        problem = "" if len(digits) > 2 else "illegal hexadecimal number"
        value: int | float = 0 if problem else int(raw, 16) if len(raw) < 40 else 2**63
    elif digits.isdecimal():
        octal = len(digits) > 1 and digits[0] == "0"
        if octal and not set(digits) <= set("01234567"):
            problem, value = "illegal octal number", 0
        else:
            value = int(raw, 8 if octal else 10) if len(raw) < 40 else 2**63
    elif digits[-1] in "eE+-":
        problem, value = "number without digits in its exponent", 0.0
    else:
        value = float(raw)
        problem = "" if math.isfinite(value) else "number out of range"
    if isinstance(value, int) and value not in _INT64:
        problem = "number out of range (64 bits)"
    if problem:
        raise HclError(f"{problem}: {raw[:40]}", *places.at(offset), remedy="put it into double quotes if it is a name")
    return value


def _heredoc(text: str, start: int, position: int, places: Places) -> tuple[str, int]:
    """(value, offset behind the end line). `<<-` takes the end line's indent off every line when all have it."""
    anchor = text[start + 2 : position].rstrip("\r\n")
    indented, body = anchor.startswith("-"), position
    name = anchor.removeprefix("-")
    while True:
        end = text.find("\n", position)
        if end < 0:
            raise HclError("heredoc not terminated", *places.at(start), remedy=f"end it with a line that says {name}")
        line = text[position:end]
        # The scanner compares lengths with the dash included, so `<<-EOF` never ends at an unindented EOF.
        if len(line) >= len(anchor) and line.lstrip(" \t\f\v\r").rstrip("\r") == name:
            break
        position = end + 1
    value = text[body:position] + line[: len(line.rstrip("\r")) - len(name)]
    refuse_template(value, body, places)
    if not indented:
        return value, end + 1
    lines = value.split("\n")
    prefix = lines[-1]
    if all(each.startswith(prefix) for each in lines):
        return "\n".join([*(each.removeprefix(prefix) for each in lines[:-1]), ""]), end + 1
    return value.rstrip(" \t"), end + 1
