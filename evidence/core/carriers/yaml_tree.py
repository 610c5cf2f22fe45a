"""YAML from outside as a tree with places: from the parser's events, never through a constructor, never recursive.

Refused with the line: aliases (a few of them can stand for gigabytes), tags, a key twice in one mapping, more than 24
levels, more than 20,000 events, more than 256 KiB.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from evidence.core.refusal import Refused
from seal_advisor.core.hcl import MAX_BYTES, MAX_DEPTH, MAX_TOKENS
from seal_advisor.core.record import Record
from seal_advisor.core.regex import regex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

KUBECTL = "hand in the manifest as `kubectl get -o yaml` or `helm template` prints it"
_MARK = regex(r"\[(redacted:[^\]\n]{1,100})\]")
_GUARDED = regex("\u27e6(redacted:[^\u27e7\n]{1,100})\u27e7")
_SWITCH = {
    **dict.fromkeys(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"), False),
}
_INTEGER = regex(r"-?(?:0|[1-9][0-9]{0,17})\Z")
_HEX = regex(r"0x[0-9a-fA-F]{1,15}\Z")
_OCTAL = regex(r"0[0-7]{1,15}\Z")
_FLOAT = regex(r"-?[0-9]{1,17}\.[0-9]{0,17}\Z")


class Text(Record):
    """A scalar. value: as YAML means it. style: "" plain, "'", '"', "|" or ">". start, end: offsets in the text."""

    value: str
    style: str
    line: int
    column: int
    start: int
    end: int

    @property
    def meant(self) -> str | int | float | bool:
        """A plain scalar as Kubernetes reads it: switch, number or text; null is the empty text."""
        word = self.value
        if self.style:
            return word
        if word in _SWITCH:
            return _SWITCH[word]
        if word in ("", "~", "null", "Null", "NULL"):
            return ""
        if _INTEGER.match(word):
            return int(word)
        if _HEX.match(word):
            return int(word, 16)
        if _OCTAL.match(word):
            return int(word, 8)
        return float(word) if _FLOAT.match(word) else word


class Table(Record):
    """A mapping, in the order of the file."""

    entries: tuple[tuple[Text, Tree], ...]
    line: int
    column: int

    def get(self, *names: str) -> Tree | None:
        """What stands below these keys, one level each; None when a level is missing or is no mapping."""
        found: Tree | None = self
        for name in names:
            if not isinstance(found, Table):
                return None
            found = next((value for key, value in found.entries if key.value == name), None)
        return found

    def word(self, *names: str) -> str:
        """The same as a word, "" when there is none."""
        found = self.get(*names)
        return found.value if isinstance(found, Text) else ""


class Items(Record):
    """A sequence."""

    items: tuple[Tree, ...]
    line: int
    column: int


Tree = Text | Table | Items


def read(text: str) -> tuple[Tree, ...]:
    """The documents of a YAML text, empty ones left out. Raises Refused with the line and what to do."""
    if len(text) > MAX_BYTES or len(text.encode()) > MAX_BYTES:
        limit = MAX_BYTES // 1024
        raise Refused(
            f"YAML of more than {limit} KiB is not read", "hand in the part that holds the server", status=413
        )
    # A placeholder of redaction starts like a YAML list; two brackets that YAML does not know keep it a word.
    guarded = _MARK.sub("\u27e6\\1\u27e7", text)
    return tuple(_documents(guarded))


def check(text: str) -> None:
    """Refuses YAML that is built to be dear, whatever it is; what is no YAML at all passes, nobody will read it."""
    try:
        for _ in _events(text):
            pass
    except _NotYamlError:
        return


class _NotYamlError(Refused):
    """A syntax error, as opposed to a limit."""


def _events(text: str) -> Iterator[Any]:
    yaml = import_module("yaml")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    depth = 0
    try:
        for number, event in enumerate(yaml.parse(text, Loader=loader)):
            line = event.start_mark.line + 1
            if number > MAX_TOKENS:
                raise Refused(f"YAML of more than {MAX_TOKENS:,} events", "hand in the server's part", line, status=413)
            if isinstance(event, yaml.AliasEvent):
                raise Refused("a YAML alias (*name), which is never followed", "write the values out", line)
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > MAX_DEPTH:
                    raise Refused(f"YAML nested deeper than {MAX_DEPTH} levels", KUBECTL, line, status=413)
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            yield event
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else _line_of_template(text)
        if "{{" in text:
            raise _NotYamlError("an unrendered template", "run `helm template` and hand in its output", line) from None
        what = " ".join(str(getattr(error, "problem", None) or "a character that YAML forbids").split())
        raise _NotYamlError(f"not valid YAML ({what[:120]})", KUBECTL, line) from None


def _line_of_template(text: str) -> int | None:
    return text.count("\n", 0, text.index("{{")) + 1 if "{{" in text else None


class _Open:
    """A collection that is not closed yet. key: of the mapping, waiting for its value."""

    __slots__ = ("column", "entries", "items", "key", "line", "names")

    def __init__(self, line: int, column: int, *, table: bool) -> None:
        self.line, self.column = line, column
        self.entries: list[tuple[Text, Tree]] | None = [] if table else None
        self.items: list[Tree] = []
        self.names: set[str] = set()
        self.key: Text | None = None

    def closed(self) -> Tree:
        if self.entries is None:
            return Items(tuple(self.items), self.line, self.column)
        return Table(tuple(self.entries), self.line, self.column)

    def take(self, node: Tree) -> None:
        if self.entries is None:
            self.items.append(node)
        elif self.key is not None:
            self.entries.append((self.key, node))
            self.key = None
        elif not isinstance(node, Text):
            raise Refused("a YAML key that is no word", KUBECTL, node.line)
        elif node.value in self.names:
            raise Refused(f"the key {node.value[:60]!r} stands twice in one mapping", "keep one of the two", node.line)
        else:
            self.names.add(node.value)
            self.key = node


def _documents(text: str) -> Iterator[Tree]:
    stack: list[_Open] = []
    for event in _events(text):
        kind = type(event).__name__
        if getattr(event, "tag", None) is not None:
            raise Refused("a YAML tag (!name), which is never followed", "remove it", event.start_mark.line + 1)
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if kind in ("MappingStartEvent", "SequenceStartEvent"):
            stack.append(_Open(line, column, table=kind[0] == "M"))
            continue
        if kind == "ScalarEvent":
            value = _GUARDED.sub(r"[\1]", event.value)
            style = "" if event.implicit[0] else (event.style or text[event.start_mark.index])
            node: Tree = Text(value, style, line, column, event.start_mark.index, event.end_mark.index)
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            node = stack.pop().closed()
        else:
            continue
        if stack:
            stack[-1].take(node)
        elif not (isinstance(node, Text) and not node.value):
            yield node


def walk(tree: Tree) -> Iterator[tuple[tuple[str, ...], Tree]]:
    """(path of keys, node) of the tree and everything below it; what stands in a list has the list's path."""
    pending: list[tuple[tuple[str, ...], Tree]] = [((), tree)]
    while pending:
        path, node = pending.pop()
        yield path, node
        if isinstance(node, Table):
            pending.extend(((*path, key.value), value) for key, value in reversed(node.entries))
        elif isinstance(node, Items):
            pending.extend((path, item) for item in reversed(node.items))
