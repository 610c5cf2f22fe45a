"""The side that receives: a pool of warm children, one task each at a time, and a `Refused` for whatever goes wrong.

    readers.intake(name, source, sink, declared=..., again=...) -> Artefact, or Refused

as `evidence.core.stream.intake_stream` would, but for `Artefact.content`, which is empty: the sink has it.
"""

from __future__ import annotations

import logging
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from evidence.core import typed_json
from evidence.core.facts import Artefact, Declared
from evidence.core.refusal import Refused
from evidence.core.stream import MAX_BYTES, Again
from evidence.reading import frames
from seal_advisor.core.record import Record

logger = logging.getLogger(__name__)
ROOT = Path(__file__).resolve().parent.parent.parent
MIB = 1024 * 1024
REMEDY = "hand in the period or the part that matters"


Sink = Callable[[bytes], object]


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


class _Gone(Exception):
    """The child was gone before it took the task; another one may do it."""


class _Child:
    """One process and the line to it."""

    def __init__(self, command: Sequence[str], limits: Limits) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            words = [*command, str(theirs.fileno()), str(limits.memory), str(limits.seconds)]
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                words, cwd=ROOT, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )  # fmt: skip
        self.line, self.limits = ours, limits
        self.tasks = 0

    def size(self) -> int:
        """Bytes of memory that are mapped in it; none where the system does not say."""
        try:
            pages = int(Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()[0])
        except OSError:
            return 0
        return pages * resource.getpagesize()

    def end(self) -> int:
        """Ends it at once, whatever it does; returns how it ended: negative = the number of a signal."""
        self.line.close()
        try:
            return self.process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


class _Task:
    """One file on its way through one child."""

    def __init__(self, child: _Child, source: BinaryIO, sink: Sink | None, again: Again | None) -> None:
        self.child, self.source, self.sink, self.again = child, source, sink, again
        self.before: BinaryIO | None = None
        self.taken = self.kept = 0
        self.waited = 0.0

    def run(self, name: str, declared: Declared) -> Artefact:
        try:
            self._send(frames.TASK, typed_json.write((name, declared, self.sink is not None)))
            mark, data = self._receive()
        except frames.Broken:
            raise _Gone from None
        while mark not in (frames.DONE, frames.REFUSED, frames.FAILED):
            self._serve(mark, data)
            mark, data = self._receive()
        if mark == frames.FAILED:
            raise _failed(data.decode("ascii", "replace")[:200], self.child.limits)
        if mark == frames.REFUSED:
            raise _refused(data)
        return typed_json.read(data, Artefact)

    def _serve(self, mark: bytes, data: bytes) -> None:
        if mark == frames.KEEP and self.sink:
            self.kept += len(data)
            # Marks are longer than what they stand for, but not without end.
            if self.kept > 16 * MIB + 8 * self.taken:
                raise frames.Broken("more comes out than goes in")
            self.sink(data)
        elif mark == frames.AGAIN and self.again and self.before is None:
            self.before, self.kept = self.again(), 0
        elif mark in (frames.WANT, frames.BACK) and len(data) == frames.SIZE.size:
            file = self.source if mark == frames.WANT else self.before
            size = min(frames.SIZE.unpack(data)[0], frames.CHUNK)
            part = file.read(size) if file else b""
            if mark == frames.WANT:
                self.taken += len(part)
                if self.taken > MAX_BYTES + 2 * frames.CHUNK:
                    raise frames.Broken("it reads on beyond the largest file")
            self._send(frames.DATA, part)
        else:
            raise frames.Broken("no word of the protocol")

    def _send(self, mark: bytes, data: bytes) -> None:
        self._timed(lambda: frames.send(self.child.line, mark, data))

    def _receive(self) -> tuple[bytes, bytes]:
        found: list[tuple[bytes, bytes]] = []
        self._timed(lambda: found.append(frames.receive(self.child.line)))
        return found[0]

    @property
    def allowed(self) -> int:
        """Seconds by the clock."""
        return self.child.limits.patience * (self.child.limits.seconds + self.taken // MIB)

    def _timed(self, step: Callable[[], object]) -> None:
        """Counts only the time for which the child lets us wait, not a slow upload's."""
        started = time.monotonic()
        self.child.line.settimeout(max(self.allowed - self.waited, 0.001))
        try:
            step()
        finally:
            self.waited += time.monotonic() - started


class Pool:
    """Warm children of this process, one task at a time each. command: what is started, for tests."""

    def __init__(
        self,
        limits: Limits | None = None,
        command: Sequence[str] = (sys.executable, "-m", "evidence.reading.child"),
    ) -> None:
        self._limits, self._command = limits or Limits(), command
        self._lock = threading.Lock()
        self._idle: list[_Child] = []
        self._owner = os.getpid()

    def intake(
        self,
        name: str,
        source: BinaryIO,
        sink: Sink | None,
        *,
        declared: Declared | None = None,
        again: Again | None = None,
    ) -> Artefact:
        """See the head of this module. sink: None = only the facts are wanted, and no text comes back.

        What went to the sink before a refusal must be thrown away by the caller.
        """
        while True:
            child, warm = self._take()
            task = _Task(child, source, sink, again)
            healthy = False
            try:
                artefact = task.run(name, declared or Declared())
                healthy = True
                return artefact
            except Refused as refused:
                # A refusal of another class comes from here or from the source, and the child waits in its middle.
                healthy = type(refused) is Refused
                raise
            except _Gone:
                if not warm:
                    raise _ended(child.end(), child.limits) from None
            except TimeoutError:
                raise ReaderFailed(f"reading this file took more than {task.allowed} s", REMEDY, status=413) from None
            except (frames.Broken, typed_json.NotTyped) as error:
                logger.warning("the reader of evidence broke off: %s", error)
                raise _ended(child.end(), child.limits) from None
            finally:
                self._give_back(child, healthy=healthy)

    def _take(self) -> tuple[_Child, bool]:
        """(a child, whether it has worked before)."""
        with self._lock:
            if self._owner != os.getpid():  # after a fork these are our parent's
                self._idle, self._owner = [], os.getpid()
            while self._idle:
                child = self._idle.pop()
                if child.process.poll() is None:
                    return child, True
                child.end()
        return _Child(self._command, self._limits), False

    def _give_back(self, child: _Child, *, healthy: bool) -> None:
        child.tasks += 1
        if healthy and child.tasks < child.limits.tasks and child.size() <= child.limits.kept:
            with self._lock:
                if len(self._idle) < child.limits.idle:
                    self._idle.append(child)
                    return
        child.end()

    def close(self) -> None:
        """Ends the warm children; a later task starts new ones."""
        with self._lock:
            idle, self._idle = self._idle, []
        for child in idle:
            child.end()


class ReaderFailed(Refused):
    """The reader of a file did not deliver: nothing is known about the file, and it was not taken in."""


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


def _ended(code: int, limits: Limits) -> ReaderFailed:
    """code: as `subprocess` gives it."""
    if code == -signal.SIGXCPU:
        reason = f"reading this file took more than {limits.seconds} s of processor time"
        return ReaderFailed(reason, REMEDY, status=413)
    how = f"signal {-code}" if code < 0 else f"exit {code}"
    return ReaderFailed(f"the reader of this file broke off ({how})", f"{REMEDY}, and tell the administrator")


readers = Pool()
