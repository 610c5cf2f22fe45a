"""Tables with a heading (CSV, TSV and the like): every cell below a name that says its values are secret.

Only the first line decides: it must be names throughout, and the next line must have as many cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from evidence.core.secret_names import HARMLESS, judge
from evidence.core.spans import Span, is_secret, label
from seal_advisor.core.record import Record
from seal_advisor.core.regex import regex

HEAD = 64 * 1024
DELIMITERS = ",;\t|"
MOST_COLUMNS = 200
_NAME = regex(r"[ \t]{0,8}\"?[A-Za-z_][\w .\-/()#]{0,63}\"?[ \t]{0,8}\Z")


class Columns(Record):
    """A table's secret columns. names: number from 0 -> heading."""

    delimiter: str
    names: dict[int, str]


def columns_of(text: str) -> Columns | None:
    """The secret columns of a table that begins with this text; None where it is no table, or has none."""
    lines = text.lstrip("\ufeff\r\n").split("\n", 3)[:2]
    if len(lines) < 2:
        return None
    head, first = (line.rstrip("\r") for line in lines)
    for delimiter in DELIMITERS:
        if delimiter not in head or head.count(delimiter) > MOST_COLUMNS:
            continue
        names = head.split(delimiter)
        if not all(_NAME.match(name) for name in names):
            continue
        plain = [name.strip(' "\t') for name in names]
        secret = {place: name for place, name in enumerate(plain) if judge(name) != HARMLESS}
        if secret and sum(row == 0 for row, *_ in _cells(first + "\n", delimiter)) == len(names):
            return Columns(delimiter, secret)
    return None


def cells(text: str, table: Columns | None = None) -> Iterator[Span]:
    """The secret cells of a text. table: the columns of which it is a later part; else its own heading counts."""
    if table:
        return find(text, table, heading=False)
    own = columns_of(text[:HEAD])
    return find(text, own, heading=True) if own else iter(())


def find(text: str, columns: Columns, *, heading: bool) -> Iterator[Span]:
    """The secret cells of whole lines. heading: the first row that says something names the columns."""
    skipped = None if heading else -1
    for row, place, start, end in _cells(text, columns.delimiter):
        if skipped is None and end > start:
            skipped = row
        name = columns.names.get(place)
        if name is None or row == skipped:
            continue
        value = text[start:end].strip()
        if value and is_secret(name, value, judge(name)):
            yield Span(start, end, label(f"column.{name}"), False, value)


@cache
def _cell(delimiter: str) -> re.Pattern[str]:
    bare = rf"[^{re.escape(delimiter)}\r\n]*+"
    return re.compile(rf'(?: {{0,8}}"((?:[^"]|"")*)"{bare}|({bare}))({re.escape(delimiter)}|\r\n|\n|\r|\Z)')


def _cells(text: str, delimiter: str) -> Iterator[tuple[int, int, int, int]]:
    """(row, place, start, end) of every cell, without its quotes; a quote that never closes is a letter."""
    match = _cell(delimiter).match
    row = place = position = 0
    while position < len(text):
        cell = match(text, position)
        if cell is None:
            return
        group = 1 if cell.group(1) is not None else 2
        yield row, place, *cell.span(group)
        place += 1
        if cell.group(3) != delimiter:
            row, place = row + 1, 0
        position = max(cell.end(), position + 1)
