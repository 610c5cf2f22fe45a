"""One pass over a block of bytes for many patterns at once. hyperscan is loaded by the first big text, never before.

A pattern is written as for `re`; what an automaton cannot express (what stands before or after, possessive marks) is
left out, so it may match more than `re` would, never less. SOURCE: https://intel.github.io/hyperscan/dev-reference/
compilation.html (HS_FLAG_PREFILTER).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# Characters from which on a text is worth loading and compiling an automaton.
WORTH = 128 * 1024


class Automaton:
    """Some patterns, compiled; about 0.1 s for a hundred of them: keep it. `^` and `$` mean a line."""

    __slots__ = ("_database", "_free", "_scratch")

    def __init__(self, patterns: Sequence[str], *, caseless: bool = False, once: Sequence[int] = ()) -> None:
        """once: places of patterns of which one match in a block says enough."""
        hyperscan = import_module("hyperscan")
        flags = hyperscan.HS_FLAG_MULTILINE | hyperscan.HS_FLAG_PREFILTER
        case = hyperscan.HS_FLAG_CASELESS if caseless else 0
        self._free: list[Any] = []
        self._scratch: Any = hyperscan.Scratch
        self._database: Any = hyperscan.Database()
        self._database.compile(
            expressions=[pattern.encode() for pattern in patterns],
            ids=list(range(len(patterns))),
            elements=len(patterns),
            flags=[
                flags | case | (hyperscan.HS_FLAG_SINGLEMATCH if place in once else 0) for place in range(len(patterns))
            ],
        )

    def hits(self, block: bytes) -> list[tuple[int, int]]:
        """(place of the pattern in its list, end offset) of every match; several for one that can be prolonged."""
        found: list[tuple[int, int]] = []

        def note(pattern: int, _start: int, end: int, _flags: int, _context: object) -> None:
            found.append((pattern, end))

        # A pattern may wait for the character after a value, so the last line ends too. A work space serves one scan at
        # a time, and two uploads may be scanned at once, so each scan takes one of its own and leaves it to the next.
        whole = block if block.endswith(b"\n") else block + b"\n"
        try:
            scratch = self._free.pop()
        except IndexError:
            scratch = self._scratch(self._database)
        self._database.scan(whole, match_event_handler=note, scratch=scratch)
        self._free.append(scratch)
        return found


def line_starts(block: bytes) -> list[int]:
    """The offset of every line, and after the last one the length of the block."""
    starts, position = [0], block.find(b"\n") + 1
    while position:
        starts.append(position)
        position = block.find(b"\n", position) + 1
    return [*starts, len(block)]


def lines_of(block: bytes, ends: Sequence[int]) -> set[int]:
    """Numbers from 0 of the lines in which matches end."""
    if not ends:
        return set()
    starts = line_starts(block)[:-1]
    return {bisect_right(starts, end - 1) - 1 for end in ends}
