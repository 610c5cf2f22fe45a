"""The configuration language of Vault and OpenBao, both ways: HCL 1 (not HCL 2) and its JSON spelling.

`read` keeps repeated blocks apart, gives every value its line and column, never recurses on input, and stops at the
limits of `hcl_tree`. `write` is deterministic; `read(write(body)) == body`.
SOURCE: github.com/hashicorp/hcl, tag v1.0.1-vault-7, hcl/parser (behaviour), tried against `bao operator
validate-config` of OpenBao 2.7.2.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import partial

from seal_advisor.core.hcl_json import duplicate, looks_like_json, read_json
from seal_advisor.core.hcl_lexer import SKIP, Places, Scanner, Token, prepare
from seal_advisor.core.hcl_tree import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_TOKENS,
    Body,
    HclError,
    Item,
    Literal,
    Node,
    Remark,
    Sequence,
    plain,
)
from seal_advisor.core.regex import regex

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_TOKENS",
    "Body",
    "HclError",
    "Item",
    "Literal",
    "Node",
    "Remark",
    "Sequence",
    "decode",
    "plain",
    "read",
    "write",
]


def decode(data: bytes) -> str:
    """The text of a config file; HclError with the place when it is not UTF-8 (the servers read nothing else)."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        before = data[data.rfind(b"\n", 0, error.start) + 1 : error.start]
        column = len(before.decode("utf-8")) + 1
        message = f"illegal UTF-8 encoding: byte 0x{data[error.start]:02x}"
        raise HclError(message, line, column, "save the file as UTF-8") from None


def read(text: str, *, product: str = "vault") -> Body:
    """The tree of a server configuration, HCL or JSON whatever the file was called.

    product: "vault" refuses a repeated attribute as Vault does; "openbao" reads on and leaves a remark.
    Raises HclError (message, line, column, remedy).
    """
    text = prepare(text)
    tolerant = product == "openbao"
    if looks_like_json(text):
        return read_json(text, tolerate_duplicates=tolerant)
    return _Reader(text, tolerate_duplicates=tolerant).read()


class _Frame:
    """One open brace or bracket. keys: what waits for its value; assigned: a `=` stood behind them."""

    __slots__ = ("assigned", "column", "items", "keys", "line", "list", "names", "nodes", "raws", "separated")

    def __init__(self, is_list: bool, line: int, column: int) -> None:
        self.list = is_list
        self.line, self.column = line, column
        self.items: list[Item] = []
        self.nodes: list[Node] = []
        self.keys: list[Token] = []
        self.names: set[str] = set()
        self.raws: set[str] = set()
        self.separated = True
        self.assigned = False

    def closed(self) -> Node:
        if self.list:
            return Sequence(tuple(self.nodes), self.line, self.column)
        return Body(tuple(self.items), self.line, self.column)


# What nearly every line of a configuration is: a plain setting, the head of a block, the beginning of a list or an
# object, a closing brace. One match each.
_LINE = regex(
    SKIP
    + r"""(?:
    (?P<name>[^\W\d][\w.\-]*+)[ \t]*+(?:
      =[ \t]*+(?:
        (?:"(?P<text>[^"\\\n{]*+)"|(?P<switch>true|false)(?![\w.\-])|(?P<number>0|[1-9][0-9]{0,17})(?![\w.]))
        [ \t]*+(?P<comma>,)?
      | (?P<begin>\[|\{(?![{%]))
      )
    | (?:"(?P<label>[^"\\\n{]*+)"[ \t]*+)?(?P<open>\{)(?![{%])
    )
  | (?P<close>\})
    )""",
    re.VERBOSE,
)
# A list of plain numbers and strings; the strings hold no comma, so that commas count the values.
_SCALAR = r'(?:(?:0|-?[1-9][0-9]{0,17})(?![\w.])|"[^"\\\n{,]*+")'
_FLAT = regex(rf"[ \t\r\n]*+(?:{_SCALAR}[ \t\r\n]*+,[ \t\r\n]*+)*(?:{_SCALAR}[ \t\r\n]*+)?\]")
_FLAT_VALUE = regex(_SCALAR)


class _Reader:
    """One pass over the text with an explicit stack."""

    def __init__(self, text: str, *, tolerate_duplicates: bool) -> None:
        self._text = text
        self._places = Places(text)
        self._scanner = Scanner(text, self._places)
        self._tolerate_duplicates = tolerate_duplicates
        self._remarks: list[Remark] = []
        self._stack = [_Frame(False, 1, 1)]

    def read(self) -> Body:
        scanner, stack, line = self._scanner, self._stack, _LINE.match
        while True:
            frame = stack[-1]
            if not frame.list and not frame.keys:
                match = line(self._text, scanner.position)
                if match is not None and self._line(frame, match):
                    continue
            token = scanner.next()
            if token.kind == "end":
                return self._finish(token, frame)
            if frame.list:
                self._in_list(frame, token)
            elif token.kind in ("name", "string") and token.raw[:2] != "<<":
                frame.keys.append(token)
            else:
                self._after_keys(frame, token)

    def _line(self, frame: _Frame, match: re.Match[str]) -> bool:
        """Takes a whole line; False leaves it to the tokens, which then say what is wrong with it."""
        name, text, switch, number, comma, begin, label, opens, _ = match.groups()
        if name is None:
            if len(self._stack) == 1:
                return False
            self._scanner.spend(1, match.end())
            self._scanner.position = match.end()
            self._stack.pop()
            self._accept(frame.closed())
            return True
        if name in ("true", "false"):
            return False
        offset = match.start(1)
        key = Token("name", name, offset, name)
        self._scanner.position = match.end()
        self._scanner.spend(3, offset)
        if opens:
            frame.keys = [key] if label is None else [key, Token("string", label, match.start(7) - 1, f'"{label}"')]
            self._open(match.end() - 1, is_list=False)
            return True
        self._note_duplicate(frame, key)
        if begin:
            frame.keys, frame.assigned = [key], True
            self._open(match.end() - 1, is_list=begin == "[")
            return True
        starts = self._places.starts
        row = bisect_right(starts, offset)
        before = starts[row - 1] - 1
        value: str | int | bool
        if text is not None:
            value, column = text, match.start(2) - 1 - before
        elif switch is not None:
            value, column = switch == "true", match.start(3) - before
        else:
            value, column = int(number), match.start(4) - before
        frame.items.append(Item((name,), Literal(value, row, column), True, row, offset - before))
        frame.separated = comma is not None
        return True

    def _after_keys(self, frame: _Frame, token: Token) -> None:
        """Takes the mark behind the keys, and an assigned value."""
        if token.kind == "}" and not frame.keys and len(self._stack) > 1:
            self._stack.pop()
            self._accept(frame.closed())
        elif token.kind == "=" and len(frame.keys) == 1:
            self._assigned(frame)
        elif token.kind == "{" and frame.keys:
            self._open(token.offset, is_list=False)
        elif token.kind == "," and not frame.keys and frame.items and not frame.separated:
            frame.separated = True
        else:
            raise self._unexpected(frame, token)

    def _assigned(self, frame: _Frame) -> None:
        token, key = self._scanner.next(), frame.keys[0]
        if token.kind == "end" and len(self._stack) == 1:
            line, column = self._places.at(key.offset)
            message = f"the file ends after `{key.value} =`; the server drops the name in silence"
            self._remarks.append(Remark("dangling", message, line, column))
            frame.keys.clear()
            return
        self._note_duplicate(frame, key)
        frame.assigned = True
        if token.kind in ("{", "["):
            self._open(token.offset, is_list=token.kind == "[")
        elif token.kind in ("string", "number", "switch"):
            self._accept(self._literal(token))
        else:
            raise self._error(f"unknown value {token.raw or 'end of file'!r}", token, "put text into double quotes")

    def _in_list(self, frame: _Frame, token: Token) -> None:
        if token.kind == ",":
            frame.separated = True
            return
        if token.kind == "]":
            self._stack.pop()
            self._accept(frame.closed())
            return
        if not frame.separated:
            raise self._error("expected a comma or the end of the list", token, "separate the values with commas")
        if token.kind in ("{", "["):
            self._open(token.offset, is_list=token.kind == "[")
        elif token.kind in ("string", "number", "switch"):
            frame.nodes.append(self._literal(token))
            frame.separated = False
        else:
            raise self._error(f"unexpected {token.raw!r} in a list", token, "put text into double quotes")

    def _accept(self, node: Node) -> None:
        """Puts a complete value where the innermost open brace or bracket waits for it."""
        frame = self._stack[-1]
        if frame.list:
            frame.nodes.append(node)
            frame.separated = isinstance(node, Sequence)  # the parser asks for no comma behind an inner list
            return
        line, column = self._places.at(frame.keys[0].offset)
        frame.items.append(Item(tuple(str(key.value) for key in frame.keys), node, frame.assigned, line, column))
        frame.keys, frame.assigned, frame.separated = [], False, False

    def _open(self, offset: int, *, is_list: bool) -> None:
        """Opens a brace or bracket; a flat list is complete at once."""
        line, column = self._places.at(offset)
        if len(self._stack) > MAX_DEPTH:
            raise HclError(f"nested deeper than {MAX_DEPTH} levels", line, column, "no server configuration needs this")
        flat = _FLAT.match(self._text, offset + 1) if is_list else None
        if flat is None:
            self._stack.append(_Frame(is_list, line, column))
            return
        start, end = flat.span()
        self._scanner.spend(2 * self._text.count(",", start, end) + 1, offset)
        self._scanner.position = end
        self._accept(Sequence(partial(_flat_items, self._text, start, end, self._places), line, column))

    def _literal(self, token: Token) -> Literal:
        return Literal(token.value, *self._places.at(token.offset))

    def _note_duplicate(self, frame: _Frame, key: Token) -> None:
        name = str(key.value)
        if name in frame.names:
            remark = duplicate(name, *self._places.at(key.offset))
            # Vault compares the keys as written: `"a"` and `a` pass it, and the last one wins.
            if key.raw in frame.raws and not self._tolerate_duplicates:
                raise HclError(remark.message, remark.line, remark.column, "keep one of the two")
            self._remarks.append(remark)
        frame.names.add(name)
        frame.raws.add(key.raw)

    def _finish(self, token: Token, frame: _Frame) -> Body:
        if len(self._stack) > 1:
            what = "list" if frame.list else "block"
            message = f"the file ends inside the {what} opened at line {frame.line}"
            raise self._error(message, token, f"close the {what} with {']' if frame.list else '}'}")
        if frame.keys:
            raise self._unexpected(frame, token)
        return Body(tuple(frame.items), 1, 1, tuple(self._remarks))

    def _unexpected(self, frame: _Frame, token: Token) -> HclError:
        shown = token.raw or "the end of the file"
        if not frame.keys:
            return self._error(f"expected a name, got {shown}", token, "a setting reads: name = value")
        keys = " ".join(key.raw for key in frame.keys)
        if token.kind == "=":
            return self._error(f"key '{keys}' cannot be assigned: a block has no =", token, f"write {keys} {{ ... }}")
        message = f"key '{keys}' expected start of object ('{{') or assignment ('='), got {shown}"
        return self._error(message, token, 'a setting reads: name = value; a block reads: name "label" { ... }')

    def _error(self, message: str, token: Token, remedy: str) -> HclError:
        return HclError(message, *self._places.at(token.offset), remedy=remedy)


def _flat_items(text: str, start: int, end: int, places: Places) -> tuple[Node, ...]:
    """The values of a list that _FLAT has matched."""
    found: list[Node] = []
    for match in _FLAT_VALUE.finditer(text, start, end):
        raw = match.group()
        found.append(Literal(raw[1:-1] if raw[0] == '"' else int(raw), *places.at(match.start())))
    return tuple(found)


_BARE = regex(r"[^\W\d][\w.\-]*\Z")
_SPECIAL = regex(r'["\\\x00-\x1f\x7f\ue123\ufeff]|\$(?=\{)|(?<=[%{])[{%]')
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def quote(text: str) -> str:
    """A string literal; template marks are written as escapes, so that no tool takes the text for a template."""
    return '"' + _SPECIAL.sub(lambda m: _ESCAPES.get(m[0], f"\\u{ord(m[0]):04x}"), text) + '"'


def write(body: Body) -> str:
    """The text of a tree: two spaces of indent, `=` aligned in each run of settings, one empty line before a block."""
    return "\n".join(_lines(body, "")) + "\n" if body.items else ""


def _lines(body: Body, indent: str) -> list[str]:
    lines: list[str] = []
    for number, item in enumerate(body.items):
        block = not item.assigned
        if number and (block or item.comment or not body.items[number - 1].assigned):
            lines.append("")
        lines += [f"{indent}# {line}".rstrip() for line in item.comment]
        if block:
            labels = "".join(f" {quote(label)}" for label in item.labels)
            lines += _braced(f"{indent}{_key(item.name)}{labels} ", item.value, indent)
        else:
            key = _key(item.name).ljust(_width(body.items, number))
            lines += _value(f"{indent}{key} = ", item.value, indent)
    return lines


def _width(items: tuple[Item, ...], number: int) -> int:
    """Width of the longest key in the run of plain settings around items[number]."""
    if not isinstance(items[number].value, Literal):
        return 0
    start = end = number
    while start and not items[start].comment and _in_run(items[start - 1]):
        start -= 1
    while end + 1 < len(items) and not items[end + 1].comment and _in_run(items[end + 1]):
        end += 1
    return max(len(_key(item.name)) for item in items[start : end + 1])


def _in_run(item: Item) -> bool:
    return item.assigned and isinstance(item.value, Literal)


def _key(name: str) -> str:
    return name if _BARE.match(name) and name not in ("true", "false") else quote(name)


def _value(head: str, node: Node, indent: str) -> list[str]:
    if isinstance(node, Literal):
        return [head + _scalar(node.value)]
    if isinstance(node, Body):
        return _braced(head, node, indent)
    if all(isinstance(item, Literal) for item in node.items):
        return [head + "[" + ", ".join(_scalar(item.value) for item in node.items if isinstance(item, Literal)) + "]"]
    lines = [head + "["]
    for item in node.items:
        inner = _value(indent + "  ", item, indent + "  ")
        lines += [*inner[:-1], inner[-1] + ","]
    return [*lines, indent + "]"]


def _braced(head: str, node: Node, indent: str) -> list[str]:
    if not isinstance(node, Body):
        raise TypeError("a block holds a body")
    inner = _lines(node, indent + "  ")
    return [head + "{", *inner, indent + "}"] if inner else [head + "{}"]


def _scalar(value: str | int | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return quote(value) if isinstance(value, str) else repr(value)
