"""Formats of one record a line: what their readers promise, so that a log of gigabytes passes through in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol
else:
    Protocol = object

# Threads of one program write in any order within moments; more than this is a clock that was set back.
CLOCK_STEP = timedelta(seconds=2)


class LineReader(Protocol):
    """Takes one block of redacted lines after the other; its memory does not grow with the file."""

    def read(self, text: str, number: int, offset: int) -> None:
        """Whole lines. number: of the first, from 1; offset: of the first, in bytes of the redacted file."""

    def facts(self) -> object: ...


class RecordReader(Protocol):
    """Takes whole records of one document; its memory does not grow but for what tells the records apart."""

    def read(self, records: bytes | memoryview, number: int) -> None:
        """records: redacted, as the inside of a JSON list. number: of their first line. Raises Refused."""

    def facts(self) -> object: ...


class PlainReader:
    """A reader that takes whole blocks of bytes too, where nothing in them needs care: much faster."""

    def read_plain(self, block: bytes, number: int) -> int:
        """Lines that are one JSON object each and of which nothing was redacted; number: of the first.

        Returns how many lines these are; 0 = this block must be handed to `read`, and nothing of it was noted.
        """
        return 0


def each_line(text: str, number: int, offset: int) -> Iterator[tuple[str, int, int]]:
    """(line, number, offset) of every line that says something."""
    ascii_only = text.isascii()
    for line in text.split("\n"):
        if line.strip():
            yield line, number, offset
        number += 1
        offset += (len(line) if ascii_only else len(line.encode())) + 1


def read_lines(reader: LineReader, text: str, number: int = 1, offset: int = 0) -> tuple[int, int]:
    """Hands a text to the reader; returns the number and offset of the line that would come next."""
    reader.read(text, number, offset)
    return number + text.count("\n"), offset + (len(text) if text.isascii() else len(text.encode()))
