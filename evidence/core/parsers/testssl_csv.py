"""testssl.sh, CSV (`--csvfile`): the same rows as the flat JSON; a header alone means that nothing was tested.

A scan of many hosts says the same of most of them. A line that differs from one that was read only by its target is
known by the rest of it, and is not read again.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator

from evidence.core.facts import Declared, TlsScanFacts
from evidence.core.lines import read_lines
from evidence.core.refusal import Refused
from evidence.core.testssl import ADD, LATEST, Reading, Row, is_target
from seal_advisor.core.regex import regex

KIND = TlsScanFacts.KIND
TITLE = "testssl.sh, CSV"
FORM = "text"

# Characters of a file that are split into lines at once, and statements that are known at once.
PART = 256 * 1024
KNOWN = 20_000
_HEADER = regex(r'\A"?id"?,"?fqdn/ip"?,"?port"?,"?severity"?,"?finding"?(?:,|\r?\n|\Z)')
# "id" and what follows the port, in quotes throughout and without one inside: the target may be put between them.
_PLAIN = regex(r'"[^"\n]*\n"[^"\n]*","[^"\n]*"(?:,"[^"\n]*")*\r?')


def matches(head: str) -> bool:
    return bool(_HEADER.match(head))


def parse(text: str, declared: Declared) -> TlsScanFacts:
    lines, number, offset, start = Lines(), 1, 0, 0
    while start < len(text):
        stop = text.find("\n", start + PART) + 1 or len(text)
        number, offset = read_lines(lines, text[start:stop], number, offset)
        start = stop
    return lines.facts()


class Lines:
    """Reads whole lines, block after block, see `evidence.core.lines.LineReader`; a row may end in a later block."""

    def __init__(self) -> None:
        self._reading = Reading()
        self._headed = False
        self._open, self._opened = "", 0  # a row without its end, and where it begins
        self._ended = True  # with a line break
        self._between = "\n"  # what stands between the id and the severity of the target in hand
        self._known: dict[str, str] = {}
        self._latest: dict[str, int] = {}  # statement of which the last place counts -> its last line

    def read(self, text: str, number: int, offset: int) -> None:
        if not text:
            return
        if self._open:
            text, number = self._open + text, self._opened
            self._open = ""
        self._ended = text.endswith("\n")
        lines = text.split("\n")
        if self._ended:
            lines.pop()
        known, latest, between = self._known, self._latest, self._between
        rows = iter(enumerate(lines, number))
        for place, line in rows:
            statement = line.replace(between, "\n")
            what = known.get(statement)
            if what is None:
                self._one(line, place, rows)
                between = self._between
            elif what is LATEST:
                latest[statement] = place

    def _one(self, line: str, number: int, rows: Iterator[tuple[int, str]]) -> None:
        """A row that is new, or of another target, or has several lines."""
        parts = line.split('"', 6)
        if self._headed and len(parts) == 7 and parts[0] == "" and parts[2] == parts[4] == ",":
            between = f'","{parts[3]}","{parts[5]}",'
            statement = line.replace(between, "\n")
            if _PLAIN.fullmatch(statement):
                self._state(statement, _row(statement, parts[3], parts[5], number), between)
                return
        taken = _Taken(line, rows)
        cells = _cells(taken, number)
        if taken.exhausted:
            self._open, self._opened = "".join(taken.lines), number
        else:
            self._note(cells, number)

    def _state(self, statement: str, row: Row, between: str) -> None:
        if len(self._known) >= KNOWN:
            self._settle()
            self._known.clear()
        what = self._reading.note(row)
        if what is not ADD:
            self._known[statement] = what
        if what is LATEST:
            self._latest[statement] = row.line or 0
        if is_target(row):
            self._between = between

    def _note(self, cells: list[str], number: int) -> None:
        if not self._headed:
            self._headed = True
        elif len(cells) >= 5:
            self._settle()
            self._reading.note(Row(cells[0], cells[4], cells[3], cells[1], cells[2], number))

    def _settle(self) -> None:
        """What was only said again, each in the place where it was said last."""
        for statement, number in sorted(self._latest.items(), key=lambda pair: pair[1]):
            self._reading.again(_row(statement, "", "", number))
        self._latest.clear()

    def facts(self) -> TlsScanFacts:
        if self._open:
            self._note(_cells([self._open], self._opened), self._opened)
            self._open = ""
        self._settle()
        return self._reading.facts(version=None, cut=self._reading.begun and not self._ended)


class _Taken:
    """The lines of one row, as many as it has. exhausted: it has no end in this block."""

    def __init__(self, line: str, rows: Iterator[tuple[int, str]]) -> None:
        self.lines = [f"{line}\n"]
        self.exhausted = False
        self._first, self._rows = True, rows

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._first:
            self._first = False
            return self.lines[0]
        _, line = next(self._rows, (0, None))
        if line is None:
            self.exhausted = True
            raise StopIteration
        self.lines.append(f"{line}\n")
        return self.lines[-1]


def _cells(lines: Iterable[str], number: int) -> list[str]:
    """The cells of the first row. number: of its first line."""
    reader = csv.reader(lines)
    try:
        return next(reader)
    except csv.Error as error:
        place = number - 1 + reader.line_num
        raise Refused(f"not valid CSV ({error})", "hand in the file as testssl.sh wrote it", place) from None


def _row(statement: str, target: str, port: str, number: int) -> Row:
    """statement: as `_PLAIN` has it."""
    _, name, severity, _, finding, *_ = statement.split('"')
    return Row(name[:-1], finding, severity, target, port, number)
