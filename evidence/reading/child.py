"""`python -m evidence.reading.child FD MEMORY SECONDS`: reads one task after the other for the process that started it.

It ends when that process does, because its line ends then; a loop without an end meets the limit of processor time.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, cast

from evidence.confinement import allow, confine, used
from evidence.core import typed_json
from evidence.core.batch import File, read_all
from evidence.core.facts import Declared
from evidence.core.refusal import Refused
from evidence.core.stream import intake_stream
from evidence.reading import frames
from evidence.reading.account import HELD
from seal_advisor.core.record import replace

HERE = Path(__file__).resolve().parent.parent
# A second more for each of these that the file has.
BYTES_A_SECOND = 1024 * 1024


class _Meter:
    """Processor time for one task: so many seconds from now, and more as it reads and unpacks."""

    def __init__(self, seconds: int) -> None:
        self._limit, self._bytes = int(used()) + 1 + seconds, 0
        allow(self._limit)

    def more(self, count: int) -> None:
        self._bytes += count
        allow(self._limit + self._bytes // BYTES_A_SECOND)


class _Source:
    """A file, or what was written of it, as it is asked for over the line. begun: says first which one."""

    def __init__(
        self, line: socket.socket, mark: bytes, meter: _Meter, begun: Callable[[], None] | None = None
    ) -> None:
        self._line, self._mark, self._meter, self._begun = line, mark, meter, begun
        self.taken = 0

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes, or all that is left."""
        if self._begun:
            self._begun()
            self._begun = None
        parts: list[bytes] = []
        while size:
            frames.send(self._line, self._mark, frames.SIZE.pack(min(size, frames.CHUNK)))
            _, part = frames.receive(self._line)
            if not part:
                break
            parts.append(part)
            size -= len(part)
            self.taken += len(part)
            self._meter.more(len(part))
        return parts[0] if len(parts) == 1 else b"".join(parts)


class _Tray:
    """What is written lies with the process that asked; see `batch.Tray`."""

    def __init__(self, line: socket.socket, meter: _Meter) -> None:
        self._line, self._meter, self._kept = line, meter, 0

    def begin(self) -> None:
        frames.send(self._line, frames.BEGIN)

    def write(self, data: bytes) -> None:
        for start in range(0, len(data), frames.CHUNK):
            frames.send(self._line, frames.KEEP, data[start : start + frames.CHUNK])

    def again(self) -> BinaryIO:
        frames.send(self._line, frames.AGAIN)
        return self._back()

    def keep(self) -> int:
        frames.send(self._line, frames.SHELVE)
        self._kept += 1
        return self._kept - 1

    def open(self, number: int) -> BinaryIO:
        frames.send(self._line, frames.LEAF, frames.NUMBER.pack(number))
        return self._back()

    def put_back(self, number: int) -> None:
        frames.send(self._line, frames.RETURN, frames.NUMBER.pack(number))

    def _back(self) -> BinaryIO:
        return cast(BinaryIO, _Source(self._line, frames.BACK, self._meter))


def _answer(line: socket.socket, mark: bytes, task: bytes, seconds: int) -> None:
    try:
        (_together if mark == frames.BATCH else _one)(line, task, _Meter(seconds))
    except Refused as refused:
        said = (refused.reason, refused.remedy, refused.line, refused.status)
        frames.send(line, frames.REFUSED, typed_json.write(said))
    except frames.Broken:
        raise
    except Exception as error:  # whatever it is, the other side must hear of it
        frames.send(line, frames.FAILED, _place(error).encode())
        if isinstance(error, MemoryError):
            raise SystemExit(1) from None


def _one(line: socket.socket, task: bytes, meter: _Meter) -> None:
    name, declared, wanted = typed_json.read(task, tuple)
    tray, source = _Tray(line, meter), _Source(line, frames.WANT, meter)

    def same(start: int, stop: int) -> bool:
        if wanted and source.taken - start > HELD:
            return False
        if wanted:
            frames.send(line, frames.SAME, frames.RANGE.pack(start, stop))
        return True

    taken = intake_stream(
        name,
        cast(BinaryIO, source),
        tray.write if wanted else lambda _: None,
        declared=cast(Declared, declared),
        again=tray.again if wanted else None,
        same=same,
    )
    frames.send(line, frames.DONE, typed_json.write(replace(taken, content=b"")))


def _together(line: socket.socket, task: bytes, meter: _Meter) -> None:
    """The artefacts one by one, because many of them are more than a frame may hold, then what holds them together."""

    def opening(number: int) -> Callable[[], None]:
        return lambda: frames.send(line, frames.OPEN, frames.NUMBER.pack(number))

    files = [
        File(name, _Source(line, frames.WANT, meter, opening(number)), declared)
        for number, (name, declared) in enumerate(typed_json.read(task, tuple))
    ]
    outcomes = read_all(files, _Tray(line, meter), unpacked=meter.more)
    for artefact in (one for outcome in outcomes for one in outcome.artefacts):
        frames.send(line, frames.PART, typed_json.write(artefact))
    outlines = tuple(replace(outcome, artefacts=()) for outcome in outcomes)
    frames.send(line, frames.DONE, typed_json.write(outlines))


def _place(error: BaseException) -> str:
    """The kind of error and where our code was; never its text, which may quote the file."""
    place, trace = "", error.__traceback__
    while trace:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.is_relative_to(HERE):
            place = f" in {file.relative_to(HERE)}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__}{place}"


def main(arguments: Sequence[str]) -> None:
    descriptor, memory, seconds = map(int, arguments)
    confine(memory=memory, seconds=seconds, file_bytes=0)
    with socket.socket(fileno=descriptor) as line:
        while True:
            try:
                mark, task = frames.receive(line)
                _answer(line, mark, task, seconds)
            except frames.Broken:
                return


if __name__ == "__main__":
    main(sys.argv[1:])
