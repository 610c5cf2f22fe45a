"""The JSON spelling of a server configuration, read into the same tree as HCL.

Blocks come in three spellings: `"listener": {"tcp": {...}}`, `"listener": [{"tcp": {...}}, ...]` and
`"listener": [{"tcp": [{...}, {...}]}]`; all three become `listener "tcp" { ... }`. Own tokenizer, because the standard
library's knows neither lines nor repeated keys, and because the servers take a comma too many or too few in an object.
They also read a file that was cut off, or that goes on after its end; here that is refused: it is never meant.
"""

from __future__ import annotations

import re

from seal_advisor.core.hcl_lexer import Places, refuse_template, template
from seal_advisor.core.hcl_tree import MAX_DEPTH, MAX_TOKENS, Body, HclError, Item, Literal, Node, Remark, Sequence
from seal_advisor.core.regex import regex

_TOKEN = regex(
    r"""[ \t\r\n]*+(?:
    (?P<string>"(?:[^"\\\x00-\x1f]++|\\(?:["\\bfnrt]|u[0-9a-fA-F]{4}))*")
  | (?P<number>-?(?:0|[1-9][0-9]*+)(?P<float>(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?))
  | (?P<word>true|false|null)
  | (?P<mark>[{}\[\],:])
  | (?P<end>\Z))""",
    re.VERBOSE,
)
_ESCAPE = regex(r"\\(?:u([0-9a-fA-F]{4})|(.))")
_SIMPLE = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_REMEDY = "check the file with a JSON tool; it must be one complete object"
# These hold attributes, not labels, whatever their values look like.
_UNLABELLED = frozenset({"telemetry", "custom_response_headers", "options"})
_TWO_LABELS = frozenset({"audit", "plugin"})  # `audit "file" "path" { ... }`


class _Frame:
    """One open object or list."""

    __slots__ = ("column", "items", "key", "line", "list", "seen", "state")

    def __init__(self, is_list: bool, line: int, column: int) -> None:
        self.list = is_list
        self.line, self.column = line, column
        self.items: list[Item] = []
        self.seen: list[Node] = []
        self.key: tuple[str, int, int] | None = None
        self.state = "first"

    def closed(self) -> Node:
        if self.list:
            return Sequence(tuple(self.seen), self.line, self.column)
        return Body(tuple(self.items), self.line, self.column)

    def accept(self, node: Node) -> None:
        self.state = "after"
        if self.list:
            self.seen.append(node)
        elif self.key is not None:
            name, line, column = self.key
            self.items.append(Item((name,), node, True, line, column))


def looks_like_json(text: str) -> bool:
    """Whether the server would take its JSON reader: the first character that is no space is a brace."""
    return text.lstrip(" \t\r\n").startswith("{")


def read_json(text: str, *, tolerate_duplicates: bool) -> Body:
    """The tree of a prepared JSON text. Raises HclError; explicit stack, one pass."""
    places = Places(text)
    tree = _objects(_blocks(_parse(text, places), top=True))
    remarks = tuple(_duplicates(tree))
    if remarks and not tolerate_duplicates:
        raise HclError(remarks[0].message, remarks[0].line, remarks[0].column, "keep one of the two")
    return Body(tree.items, tree.line, tree.column, remarks)


def from_objects(tree: Body) -> Body:
    """The same for objects that stood in something else than JSON (YAML): inner keys of a block become its labels."""
    return _blocks(tree, top=True)


def _objects(node: Node) -> Body:
    if not isinstance(node, Body):
        raise HclError("the file holds no object", node.line, node.column, _REMEDY)
    return node


def _parse(text: str, places: Places) -> Body:
    stack: list[_Frame] = []
    position = count = 0
    root: Node | None = None
    while True:
        match = _TOKEN.match(text, position)
        if match is None:
            start = position + len(text[position:]) - len(text[position:].lstrip(" \t\r\n"))
            if text[start - 1 : start + 1] == "{%":
                raise template("{%", *places.at(start - 1))
            raise HclError("not JSON from here on", *places.at(min(start, len(text) - 1)), remedy=_REMEDY)
        group = match.lastgroup if match.lastgroup != "float" else "number"
        start, position = match.start(group or 0), match.end()
        count += 1
        if count > MAX_TOKENS:
            raise HclError(f"more than {MAX_TOKENS:,} tokens", *places.at(start), remedy="upload the server's own file")
        if group == "end" or root is not None:
            if root is None or group != "end":
                problem = "the JSON ends too early" if root is None else "text after the end of the JSON object"
                raise HclError(problem, *places.at(start), remedy=_REMEDY)
            return _objects(root)
        node = _step(stack, match, places, start)
        if node is not None:
            if stack:
                stack[-1].accept(node)
            else:
                root = node


def _step(stack: list[_Frame], match: re.Match[str], places: Places, start: int) -> Node | None:
    """Takes one token; returns a finished value, or None when the token only moves the state on."""
    line, column = places.at(start)
    frame = stack[-1] if stack else None
    mark = match.group("mark")
    state = frame.state if frame else "first"
    wants_value = frame is None or (state in ("first", "value") and frame.list) or state == "colon"
    if mark in ("{", "[") and wants_value:
        if len(stack) >= MAX_DEPTH:
            raise HclError(f"nested deeper than {MAX_DEPTH} levels", line, column, "upload the server's own file")
        stack.append(_Frame(mark == "[", line, column))
        return None
    if frame is not None and mark == ("]" if frame.list else "}") and state in ("first", "after", "value"):
        return stack.pop().closed()
    if frame is not None and mark == "," and state == "after":
        frame.state = "value"
        return None
    if frame is not None and mark == ":" and state == "key":
        frame.state = "colon"
        return None
    text = match.group("string")
    if text is not None and frame is not None and not frame.list and state in ("first", "value", "after"):
        frame.key, frame.state = (_string(text, start, places), line, column), "key"
        return None
    if mark is None and wants_value and frame is not None:
        return Literal(_scalar(match, start, places), line, column)
    if mark == "{" and state == "first":
        raise template("{{", line, max(1, column - 1))
    raise HclError(f"unexpected {match.group().strip()[:40]!r}", line, column, _REMEDY)


def _scalar(match: re.Match[str], start: int, places: Places) -> str | int | float | bool:
    word, number = match.group("word"), match.group("number")
    if word:
        return "" if word == "null" else word == "true"  # the server reads null as an empty string
    if number:
        if len(number) > 40:
            raise HclError("number out of range", *places.at(start), remedy="put it into double quotes")
        return float(number) if match.group("float") else int(number)
    return _string(match.group("string"), start, places)


def _string(raw: str, start: int, places: Places) -> str:
    refuse_template(raw, start, places)
    inner = raw[1:-1]
    if "\\" not in inner:
        return inner
    text = _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else _SIMPLE.get(m[2], m[2]), inner)
    try:
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise HclError("half a character in an escape", *places.at(start), remedy="write both \\u halves") from None


def _bodies(node: Node) -> tuple[Body, ...] | None:
    """The object, or all objects of a list; None for anything else."""
    if isinstance(node, Body):
        return (node,)
    if isinstance(node, Sequence) and node.items and all(isinstance(item, Body) for item in node.items):
        return tuple(item for item in node.items if isinstance(item, Body))
    return None


def _blocks(body: Body, *, top: bool) -> Body:
    """Turns attributes whose values are objects into blocks; at the top level the inner keys become labels.

    Recursion is bounded by MAX_DEPTH, which the parser has enforced.
    """
    items: list[Item] = []
    for item in body.items:
        if _bodies(item.value) is None:
            items.append(item)
            continue
        labels = 0 if not top or item.name in _UNLABELLED else 2 if item.name in _TWO_LABELS else 1
        items += _labelled((item.name,), item, labels)
    return Body(tuple(items), body.line, body.column)


def _labelled(keys: tuple[str, ...], item: Item, labels: int) -> list[Item]:
    """The blocks of one object or list of objects; up to `labels` inner levels of keys become labels."""
    found: list[Item] = []
    for inner in _bodies(item.value) or ():
        if labels and inner.items and all(_bodies(each.value) is not None for each in inner.items):
            for each in inner.items:
                found += _labelled((*keys, each.name), each, labels - 1)
        else:
            found.append(Item(keys, _blocks(inner, top=False), False, item.line, item.column))
    return found


def _duplicates(body: Body) -> list[Remark]:
    """A repeated attribute; repeated objects are repeated blocks and fine."""
    found: list[Remark] = []
    pending = [body]
    while pending:
        current = pending.pop()
        seen: set[str] = set()
        for item in current.items:
            if isinstance(item.value, Body):
                pending.append(item.value)
            if item.assigned and item.name in seen:
                found.append(duplicate(item.name, item.line, item.column))
            seen.update({item.name} if item.assigned else ())
    return sorted(found, key=lambda remark: (remark.line, remark.column))


def duplicate(name: str, line: int, column: int) -> Remark:
    """The remark about a second `name`, in the words of Vault's own reader."""
    message = f'The argument "{name}" at {line}:{column} was already set. Each argument can only be defined once'
    return Remark("duplicate", message, line, column)
