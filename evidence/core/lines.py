"""Formats of one record a line: what their readers promise, so that a log of gigabytes passes through in blocks."""

from __future__ import annotations

from typing import Protocol


class LineReader(Protocol):
    """Takes one redacted line after the other; its memory does not grow with the file."""

    def read(self, line: str, number: int, offset: int) -> None:
        """number from 1; offset in bytes of the redacted text. Empty lines are not handed in."""

    def facts(self) -> object: ...


def read_lines(reader: LineReader, text: str, number: int = 1, offset: int = 0) -> tuple[int, int]:
    """Hands every line of a text to the reader; returns the number and offset of the line that would come next."""
    ascii_only = text.isascii()
    for line in text.split("\n"):
        if line.strip():
            reader.read(line, number, offset)
        number += 1
        offset += (len(line) if ascii_only else len(line.encode())) + 1
    return number - 1, offset - 1
