"""`python -m evidence.reading.child FD MEMORY SECONDS`: reads one file after the other for the process that started it.

It ends when that process does, because its line ends then; a loop without an end meets the limit of processor time.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, cast

from evidence.confinement import allow, confine, used
from evidence.core import typed_json
from evidence.core.facts import Artefact, Declared
from evidence.core.refusal import Refused
from evidence.core.stream import intake_stream
from evidence.reading import frames
from seal_advisor.core.record import replace

HERE = Path(__file__).resolve().parent.parent
# A second more for each of these that the file has.
BYTES_A_SECOND = 1024 * 1024


class _Source:
    """The file, or what was written of it, as it is asked for over the line."""

    def __init__(self, line: socket.socket, mark: bytes, seconds: int) -> None:
        self._line, self._mark, self._seconds = line, mark, seconds
        self._read = 0

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes, or all that is left."""
        parts: list[bytes] = []
        while size:
            frames.send(self._line, self._mark, frames.SIZE.pack(min(size, frames.CHUNK)))
            _, part = frames.receive(self._line)
            if not part:
                break
            parts.append(part)
            size -= len(part)
            self._read += len(part)
            allow(self._seconds + self._read // BYTES_A_SECOND)
        return parts[0] if len(parts) == 1 else b"".join(parts)


def _answer(line: socket.socket, task: bytes, seconds: int) -> None:
    name, declared, wanted = typed_json.read(task, tuple)
    limit = int(used()) + 1 + seconds
    allow(limit)

    def keep(data: bytes) -> None:
        if not wanted:
            return
        for start in range(0, len(data), frames.CHUNK):
            frames.send(line, frames.KEEP, data[start : start + frames.CHUNK])

    def again() -> BinaryIO:
        frames.send(line, frames.AGAIN)
        return cast(BinaryIO, _Source(line, frames.BACK, limit))

    source = cast(BinaryIO, _Source(line, frames.WANT, limit))
    try:
        taken = intake_stream(name, source, keep, declared=cast(Declared, declared), again=again if wanted else None)
        done: Artefact = replace(taken, content=b"")
        frames.send(line, frames.DONE, typed_json.write(done))
    except Refused as refused:
        said = (refused.reason, refused.remedy, refused.line, refused.status)
        frames.send(line, frames.REFUSED, typed_json.write(said))
    except frames.Broken:
        raise
    except Exception as error:  # whatever it is, the other side must hear of it
        frames.send(line, frames.FAILED, _place(error).encode())
        if isinstance(error, MemoryError):
            raise SystemExit(1) from None


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
                _, task = frames.receive(line)
                _answer(line, task, seconds)
            except frames.Broken:
                return


if __name__ == "__main__":
    main(sys.argv[1:])
