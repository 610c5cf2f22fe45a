"""The side that receives: a pool of warm children, one task each at a time, and a `Refused` for whatever goes wrong.

    readers.intake(name, source, sink, declared=..., again=...) -> Artefact, or Refused
    readers.together(files, tray) -> one Outcome for each file, or ReaderFailed

as `evidence.core.stream.intake_stream` and `evidence.core.batch.read_all` would, but for `Artefact.content`, which is
empty: the sink or the tray has it. An archive is opened over there too; nothing here looks beyond its first bytes.
"""

from __future__ import annotations

import logging
import os
import resource
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, TypeVar

from evidence.core import typed_json
from evidence.core.batch import File, Outcome, Tray
from evidence.core.facts import Artefact, Declared
from evidence.core.refusal import Refused
from evidence.core.stream import Again
from evidence.reading import frames
from evidence.reading.tasks import REMEDY, Gone, Limits, One, ReaderFailed, Sink, Task, Together, ended

__all__ = ["Limits", "Pool", "ReaderFailed", "readers"]

logger = logging.getLogger(__name__)
ENDS_WITHIN = 5.0  # seconds
ROOT = Path(__file__).resolve().parent.parent.parent


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

    def end(self, patience: float = 0.2) -> int:
        """Ends it, whatever it does, after so many seconds; returns how: negative = the number of a signal."""
        self.line.close()
        try:
            return self.process.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


T = TypeVar("T", bound=Task)
R = TypeVar("R")


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
        hashed: Callable[[str], object] = lambda sha256: None,
    ) -> Artefact:
        """See the head of this module. sink: None = only the facts are wanted, and no text comes back.

        hashed: is told the SHA-256 of what the sink took, which need not be added up again.
        What went to the sink before a refusal must be thrown away by the caller.
        """
        about = declared or Declared()

        def work(task: One) -> Artefact:
            artefact = task.run(name, about)
            hashed(task.account.text_sha256)
            return artefact

        return self._run(lambda child: One(child.line, child.limits, source, sink, again), work)

    def together(self, files: Sequence[File], tray: Tray) -> tuple[Outcome, ...]:
        """Files that came in together, archives among them. ReaderFailed.file says which one ended the reader.

        What lies on the tray then must be thrown away by the caller.
        """
        tasks: list[Together] = []

        def begun(child: _Child) -> Together:
            tasks.append(Together(child.line, child.limits, files, tray))
            return tasks[-1]

        try:
            return self._run(begun, lambda task: task.run())
        except ReaderFailed as failed:
            failed.file = tasks[-1].current
            raise

    def _run(self, begun: Callable[[_Child], T], work: Callable[[T], R]) -> R:
        """The task in a child of its own. Raises Refused: the child's, or ReaderFailed for whatever it did."""
        while True:
            child, warm = self._take()
            task = begun(child)
            healthy = False
            try:
                done = work(task)
                healthy = True
                return done
            except Refused as refused:
                # A refusal of another class comes from here or from the source, and the child waits in its middle.
                healthy = type(refused) is Refused
                raise
            except Gone:
                if not warm:
                    raise ended(child.end(), child.limits) from None
            except TimeoutError:
                raise ReaderFailed(f"reading this file took more than {task.allowed} s", REMEDY, status=413) from None
            except (frames.Broken, typed_json.NotTyped) as error:
                logger.warning("the reader of evidence broke off: %s", error)
                # One that closed its line ends by itself; how it does is worth a moment.
                code = child.end(ENDS_WITHIN) if isinstance(error, frames.Ended) else child.end()
                raise ended(code, child.limits) from None
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


readers = Pool()
