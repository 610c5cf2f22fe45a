"""Tables that command-line tools print as text: `Key    Value` lines, and rows under headings."""

from __future__ import annotations

from collections.abc import Iterator

from seal_advisor.core.regex import regex

# Columns are set apart by two spaces at least; a value may hold single ones.
_PAIR = regex(r"[ \t]{0,64}([^\s:]++(?:[ ][^\s:]++)*)(?:[ \t]{0,64}:(?=\s|\Z)|[ ]{2,}|\t)[ \t]*+(\S.*)?\Z")
_HEADING = regex(r"\S+(?: \S+)*")


def pairs(text: str) -> dict[str, tuple[str, int]]:
    """Name -> (value, line) of every `Name    value` or `Name: value`; the first of a name counts."""
    found: dict[str, tuple[str, int]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = _PAIR.match(line)
        if match and set(match.group(1)) != {"-"}:
            found.setdefault(match.group(1), ((match.group(2) or "").strip(), number))
    return found


def rows(text: str, first: str) -> Iterator[tuple[dict[str, str], int]]:
    """(heading -> cell, line) of every row below the line of headings that begins with `first`.

    A cell begins where its heading does, so a value may hold spaces; a line of dashes or equals signs is no row.
    """
    places: list[tuple[str, int, int | None]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not places:
            if line.startswith(first):
                starts = [(match.group(), match.start()) for match in _HEADING.finditer(line)]
                ends = [start for _, start in starts[1:]]
                places = [(name, start, end) for (name, start), end in zip(starts, [*ends, None], strict=True)]
        elif not line.strip():
            return
        elif line.strip(" -="):
            yield {name: line[start:end].strip() for name, start, end in places}, number
