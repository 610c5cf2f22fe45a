"""One file on its way through a reader: what was handed to it, and what of that is kept.

Every byte is hashed once, as it comes in. A text of which nothing was removed has the hash of its file; what differs is
hashed by itself, until the two are alike again.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import _Hash

# Bytes of the file that can be kept without being handed back.
HELD = 4 * 1024 * 1024


class Account:
    """sink: takes what is kept. taken, kept: bytes."""

    def __init__(self, sink: Callable[[bytes | memoryview], object]) -> None:
        self._sink = sink
        self.taken = self.kept = 0
        self._file = hashlib.sha256()
        self._parts: deque[tuple[int, bytes, _Hash]] = deque()  # where each begins, and the hash of what is before it
        self._text: _Hash | None = None  # None: what is kept is the file up to here

    @property
    def file_sha256(self) -> str:
        return self._file.hexdigest()

    @property
    def text_sha256(self) -> str:
        return (self._text or self._file_at(self.kept)).hexdigest()

    def hand(self, part: bytes) -> None:
        """The next part of the file."""
        self._parts.append((self.taken, part, self._file.copy()))
        self._file.update(part)
        self.taken += len(part)
        while len(self._parts) > 1 and self.taken - self._parts[1][0] >= HELD:
            if self._text is None and self.kept < self._parts[1][0]:
                self._part_ways()
            self._parts.popleft()

    def keep(self, data: bytes) -> None:
        """The next part of the text, which may be anything."""
        self._part_ways()
        self._write(data)

    def keep_same(self, start: int, stop: int) -> None:
        """The next part of the text is this part of the file. Raises LookupError where it is not at hand."""
        if not (self._parts and self._parts[0][0] <= start <= stop <= self.taken):
            raise LookupError(f"bytes {start} to {stop} are not at hand")
        if self._text is not None and start == self.kept and self._text.digest() == self._file_at(start).digest():
            self._text = None
        if start != self.kept:
            self._part_ways()
        for begin, part, _ in self._parts:
            if begin < stop and start < begin + len(part):
                self._write(memoryview(part)[max(start - begin, 0) : stop - begin])

    def begin_again(self) -> None:
        """What is kept from now on stands in the place of what was."""
        self._text, self.kept = hashlib.sha256(), 0

    def _write(self, data: bytes | memoryview) -> None:
        if self._text is not None:
            self._text.update(data)
        self.kept += len(data)
        self._sink(data)

    def _part_ways(self) -> None:
        if self._text is None:
            self._text = self._file_at(self.kept)

    def _file_at(self, place: int) -> _Hash:
        """The hash of the file up to here."""
        digest = hashlib.sha256()
        for begin, part, before in self._parts:
            if begin <= place <= begin + len(part):
                digest = before.copy()
                digest.update(memoryview(part)[: place - begin])
        return digest
