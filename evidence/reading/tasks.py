"""One task of a reader, seen from the side that asked for it: what the child wants is handed over, within limits.

Nothing that the child says is believed further than it fits: frames have a length, numbers a range, values a type.
"""

from __future__ import annotations

import logging
import signal
import socket
import time
from collections.abc import Callable, Sequence
from itertools import islice
from typing import BinaryIO

from evidence.core import typed_json
from evidence.core.batch import File, Outcome, Tray
from evidence.core.facts import Artefact, Declared
from evidence.core.refusal import Refused
from evidence.core.stream import MAX_BYTES, Again
from evidence.core.unpacking.budget import ENTRIES, FREE, RATIO, TOTAL
from evidence.core.unpacking.member import Readable
from evidence.reading import frames
from evidence.reading.account import Account
from seal_advisor.core.record import Record, replace

logger = logging.getLogger(__name__)
MIB = 1024 * 1024
REMEDY = "hand in the period or the part that matters"
# What the artefacts of one task may amount to, as JSON.
SAID_BYTES = 256 * MIB

Sink = Callable[[bytes | memoryview], object]


class Limits(Record):
    """What one child may use. memory: bytes. seconds: of processor time for a small file, one more for each MiB.

    patience: times as long may it take by the clock, because others compute here too.

    idle: children that are kept warm. tasks: after so many files a child is replaced. kept: bytes of its memory beyond
    which it is, because what was taken once stays mapped.
    """

    memory: int = 2 * 1024 * MIB
    seconds: int = 60
    patience: int = 4
    idle: int = 2
    tasks: int = 500
    kept: int = 768 * MIB


class Gone(Exception):
    """The child was gone before it took the task; another one may do it."""


class Task:
    """What the child asks for while it works on one task, and how much of it there was."""

    def __init__(self, line: socket.socket, limits: Limits) -> None:
        self.line, self.limits = line, limits
        self.before: BinaryIO | None = None
        self.taken = self.kept = 0
        self.waited = 0.0

    def converse(self, mark: bytes, said: bytes) -> bytes:
        """From the task to what the child says last. Raises what `parent.Pool` handles."""
        try:
            self._send(mark, said)
            mark, data = self._receive()
        except frames.Broken:
            raise Gone from None
        while mark not in (frames.DONE, frames.REFUSED, frames.FAILED):
            self._serve(mark, data)
            mark, data = self._receive()
        if mark == frames.FAILED:
            raise _failed(data.decode("ascii", "replace")[:200], self.limits)
        if mark == frames.REFUSED:
            raise _refused(data)
        return data

    def _serve(self, mark: bytes, data: bytes) -> None:
        raise frames.Broken("no word of the protocol")

    def _read(self, mark: bytes, said: bytes, source: BinaryIO | Readable | None) -> bytes:
        """Sends as much of a file, or of what was written (BACK), as the child asks for, and no more than a chunk.

        Returns it.
        """
        if len(said) != frames.SIZE.size:
            raise frames.Broken("no size")
        size = min(frames.SIZE.unpack(said)[0], frames.CHUNK)
        part = source.read(size) if source else b""
        if mark == frames.WANT:
            self.taken += len(part)
        self._send(frames.DATA, part)
        return part

    def _send(self, mark: bytes, data: bytes) -> None:
        self._timed(lambda: frames.send(self.line, mark, data))

    def _receive(self) -> tuple[bytes, bytes]:
        found: list[tuple[bytes, bytes]] = []
        self._timed(lambda: found.append(frames.receive(self.line)))
        return found[0]

    @property
    def allowed(self) -> int:
        """Seconds by the clock."""
        return self.limits.patience * (self.limits.seconds + self._size // MIB)

    @property
    def _size(self) -> int:
        return self.taken

    def _timed(self, step: Callable[[], object]) -> None:
        """Counts only the time for which the child lets us wait, not a slow upload's."""
        started = time.monotonic()
        self.line.settimeout(max(self.allowed - self.waited, 0.001))
        try:
            step()
        finally:
            self.waited += time.monotonic() - started


class One(Task):
    """One file on its way through one child. account: what became of it."""

    def __init__(
        self, line: socket.socket, limits: Limits, source: BinaryIO, sink: Sink | None, again: Again | None
    ) -> None:
        super().__init__(line, limits)
        self.source, self.sink, self.again = source, sink, again
        self.account = Account(sink or _nowhere)

    def run(self, name: str, declared: Declared) -> Artefact:
        done = self.converse(frames.TASK, typed_json.write((name, declared, self.sink is not None)))
        if self.source.read(1):
            raise frames.Broken("it did not read the file to its end")
        taken: Artefact = replace(
            typed_json.read(done, Artefact), sha256=self.account.file_sha256, size=self.account.taken
        )
        return taken

    def _serve(self, mark: bytes, data: bytes) -> None:
        if mark in (frames.KEEP, frames.SAME) and self.sink:
            self._keep(mark, data)
        elif mark == frames.AGAIN and self.again and self.before is None:
            self.before = self.again()
            self.account.begin_again()
        elif mark == frames.WANT:
            self.account.hand(self._read(mark, data, self.source))
            if self.taken > MAX_BYTES + 2 * frames.CHUNK:
                raise frames.Broken("it reads on beyond the largest file")
        elif mark == frames.BACK:
            self._read(mark, data, self.before)
        else:
            super()._serve(mark, data)

    def _keep(self, mark: bytes, data: bytes) -> None:
        start, stop = frames.RANGE.unpack(data) if mark == frames.SAME and len(data) == frames.RANGE.size else (0, 0)
        size = len(data) if mark == frames.KEEP else stop - start
        # Marks are longer than what they stand for, but not without end.
        if self.account.kept + size > 16 * MIB + 8 * self.taken:
            raise frames.Broken("more comes out than goes in")
        if mark == frames.KEEP:
            self.account.keep(data)
            return
        try:
            self.account.keep_same(start, stop)
        except LookupError as error:
            raise frames.Broken(str(error)) from error


def _nowhere(data: bytes | memoryview) -> None:
    """For whoever wants the facts only."""


class Together(Task):
    """Files that came in together on their way through one child. current: the one that it reads, None after all."""

    def __init__(self, line: socket.socket, limits: Limits, files: Sequence[File], tray: Tray) -> None:
        super().__init__(line, limits)
        self.files, self.tray = files, tray
        self.current: int | None = None
        self.sheets = self.said = 0
        self.parts: list[Artefact] = []

    def run(self) -> tuple[Outcome, ...]:
        task = tuple((file.name, file.declared) for file in self.files)
        outlines = typed_json.read(self.converse(frames.BATCH, typed_json.write(task)), tuple)
        if len(outlines) != len(self.files) or not all(isinstance(one, Outcome) for one in outlines):
            raise typed_json.NotTyped("no outcome of every file")
        parts = iter(self.parts)
        found = tuple(replace(one, artefacts=tuple(islice(parts, len(one.sheets)))) for one in outlines)
        fits = all(len(one.artefacts) == len(one.sheets) for one in found) and next(parts, None) is None
        if not fits or not {sheet for one in found for sheet in one.sheets} <= {None, *range(self.sheets)}:
            raise typed_json.NotTyped("outcomes without their artefacts")
        return found

    def _serve(self, mark: bytes, data: bytes) -> None:
        if mark == frames.KEEP:
            self.kept += len(data)
            if self.kept > 16 * MIB + 8 * min(TOTAL * len(self.files), FREE + RATIO * self.taken):
                raise frames.Broken("more comes out than may be unpacked")
            self.tray.write(data)
        elif mark == frames.WANT and self.current is not None:
            self._read(mark, data, self.files[self.current].source)
            if self.taken > len(self.files) * (MAX_BYTES + 2 * frames.CHUNK):
                raise frames.Broken("it reads on beyond the largest files")
        elif mark == frames.BACK:
            self._read(mark, data, self.before)
        elif mark == frames.OPEN:
            self.current = self._number(data, len(self.files))
        elif mark == frames.PART:
            self._part(data)
        else:
            self._turn(mark, data)

    def _turn(self, mark: bytes, data: bytes) -> None:
        """A page of the tray."""
        if mark == frames.BEGIN:
            self.tray.begin()
        elif mark == frames.AGAIN:
            self.before = self.tray.again()
        elif mark == frames.SHELVE:
            self.sheets += 1
            if self.sheets > ENTRIES * len(self.files) or self.tray.keep() != self.sheets - 1:
                raise frames.Broken("more sheets than members")
        elif mark == frames.LEAF:
            self.before, self.current = self.tray.open(self._number(data, self.sheets)), None
        elif mark == frames.RETURN:
            self.tray.put_back(self._number(data, self.sheets))
        else:
            super()._serve(mark, data)

    def _part(self, data: bytes) -> None:
        self.said += len(data)
        if self.said > SAID_BYTES:
            raise frames.Broken("more facts than may be said at once")
        self.parts.append(typed_json.read(data, Artefact))

    def _number(self, data: bytes, end: int) -> int:
        number = frames.NUMBER.unpack(data)[0] if len(data) == frames.NUMBER.size else end
        if number >= end:
            raise frames.Broken("a number that there is not")
        return int(number)

    @property
    def _size(self) -> int:
        return self.taken + self.kept


class ReaderFailed(Refused):
    """The reader of a file did not deliver: nothing is known about the file, and it was not taken in.

    file: the number of the file that it read then, where several came in together and that is known.
    """

    file: int | None = None


def _failed(said: str, limits: Limits) -> ReaderFailed:
    if said.startswith("MemoryError"):
        return _too_much_memory(limits)
    logger.warning("the reader of evidence failed: %s", said)
    return ReaderFailed(f"our reader of this file failed ({said})", "tell the administrator; it was logged")


def _too_much_memory(limits: Limits) -> ReaderFailed:
    return ReaderFailed(f"reading this file took more than {limits.memory // MIB} MiB of memory", REMEDY, status=413)


def _refused(data: bytes) -> Refused:
    said = typed_json.read(data, tuple)
    if not typed_json.fits(said, tuple[str, str, int | None, int]):
        raise typed_json.NotTyped("no refusal")
    return Refused(*said)


def ended(code: int, limits: Limits) -> ReaderFailed:
    """code: as `subprocess` gives it."""
    if code == -signal.SIGXCPU:
        reason = f"reading this file took more than {limits.seconds} s of processor time"
        return ReaderFailed(reason, REMEDY, status=413)
    how = f"signal {-code}" if code < 0 else f"exit {code}"
    return ReaderFailed(f"the reader of this file broke off ({how})", f"{REMEDY}, and tell the administrator")
