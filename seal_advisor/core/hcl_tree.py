"""The tree that the config reader builds, its limits and its one error.

Positions never take part in a comparison: two files that say the same thing compare equal however they are laid out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from seal_advisor.core.record import Record

MAX_BYTES = 256 * 1024
MAX_DEPTH = 24
MAX_TOKENS = 20_000


class HclError(ValueError):
    """A config that cannot be read. line and column start at 1 and count characters; remedy says what to do."""

    def __init__(self, message: str, line: int, column: int, remedy: str = "") -> None:
        super().__init__(f"{line}:{column}: {message}")
        self.message = message
        self.line = line
        self.column = column
        self.remedy = remedy


class Literal(Record, uncompared=("line", "column")):
    """A string, a number or a switch, with the place where it stands."""

    value: str | int | float | bool
    line: int = 1
    column: int = 1

    def __eq__(self, other: object) -> bool:
        """1, 1.0 and true are three values here, unlike in Python."""
        if not isinstance(other, Literal):
            return NotImplemented
        return type(self.value) is type(other.value) and self.value == other.value

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))


class Sequence:
    """A list in square brackets, with the place of the bracket.

    No record, because a long list is the dearest thing a small file can hold: the reader checks a flat one in a
    single match and hands in a function that makes the items when somebody asks for them.
    """

    __slots__ = ("_items", "column", "line")

    def __init__(
        self, items: tuple[Node, ...] | Callable[[], tuple[Node, ...]], line: int = 1, column: int = 1
    ) -> None:
        self._items = items
        self.line = line
        self.column = column

    @property
    def items(self) -> tuple[Node, ...]:
        if not isinstance(self._items, tuple):
            self._items = self._items()
        return self._items

    def __eq__(self, other: object) -> bool:
        return self.items == other.items if isinstance(other, Sequence) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.items)

    def __repr__(self) -> str:
        return f"Sequence({self.items!r}, line={self.line}, column={self.column})"


class Item(Record, uncompared=("line", "column", "comment")):
    """`keys[0] = value` (assigned) or `keys[0] "keys[1]" ... { value }` (a block, then value is a Body).

    line, column: place of the first key; the value carries its own. comment: lines that `write` puts above it.
    """

    keys: tuple[str, ...]
    value: Node
    assigned: bool
    line: int = 1
    column: int = 1
    comment: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.keys[0]

    @property
    def labels(self) -> tuple[str, ...]:
        return self.keys[1:]


class Remark(Record):
    """Something that the server reads over in silence and a reader should know: "duplicate" or "dangling"."""

    code: str
    message: str
    line: int
    column: int


class Body(Record, uncompared=("line", "column", "remarks")):
    """What stands between two braces, or the whole file. Repeated names stay apart, in file order.

    remarks: only on the body of a whole file.
    """

    items: tuple[Item, ...] = ()
    line: int = 1
    column: int = 1
    remarks: tuple[Remark, ...] = ()

    def named(self, name: str) -> Iterator[Item]:
        """Every item whose first key is `name`."""
        return (item for item in self.items if item.keys[0] == name)

    def value(self, name: str) -> Node | None:
        """The value in force for an attribute: the last one of this name, as OpenBao reads it; None when absent."""
        found = None
        for item in self.items:
            if item.assigned and item.keys[0] == name:
                found = item.value
        return found


Node = Literal | Sequence | Body


def plain(node: Node) -> object:
    """The value as Python's own: str, int, float, bool, list, dict (the last of a repeated key wins).

    Recursion is bounded: no tree that was read is deeper than MAX_DEPTH.
    """
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    result: dict[str, object] = {}
    for item in node.items:
        inner: object = plain(item.value)
        for label in reversed(item.labels):
            inner = {label: inner}
        result[item.name] = inner
    return result
