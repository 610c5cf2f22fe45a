"""What goes between the process that receives evidence and the one that reads it: a mark, a length, bytes.

The child leads, one step at a time, so that neither waits for the other for ever:

    parent  TASK (name, declared, whether to KEEP)        then answers:
    child   WANT size      -> parent  DATA bytes          of the file; empty at its end
    child   BACK size      -> parent  DATA bytes          of what it wrote, from the beginning
    child   KEEP bytes                                    redacted, for the sink
    child   SAME start stop                               of the file, handed over not long ago: kept as it is
    child   AGAIN                                         from now on what it writes stands in place of what it wrote
    child   DONE artefact | REFUSED refusal | FAILED text which ends the task

Files that came in together are one task, and the child says which of them, or of what it wrote, it means:

    parent  BATCH (name, declared) of each
    child   OPEN number                                   WANT is about this file now
    child   BEGIN                                         a new sheet, on which KEEP writes
    child   SHELVE                                        the sheet is kept under the next number, from 0
    child   RETURN number                                 it takes the place of a kept one
    child   LEAF number                                   BACK is about this kept sheet now, from its beginning
    child   PART artefact                                 of the outcome, in order
    child   DONE outline of every file
"""

from __future__ import annotations

import socket
import struct

TASK, WANT, BACK, DATA, KEEP, AGAIN, DONE, REFUSED, FAILED = b"T", b"W", b"B", b"D", b"K", b"A", b"F", b"R", b"X"
SAME, BATCH, OPEN, BEGIN, SHELVE, RETURN, LEAF, PART = b"=", b"M", b"O", b"N", b"S", b"P", b"L", b"E"
CHUNK = 1024 * 1024
LARGEST = 64 * 1024 * 1024
_HEAD = struct.Struct("!cI")
SIZE = struct.Struct("!I")
NUMBER = SIZE
RANGE = struct.Struct("!QQ")


class Broken(Exception):
    """The other side is gone, or does not keep to the protocol."""


class Ended(Broken):
    """The other side closed the line: it has ended, or is about to."""


def send(line: socket.socket, mark: bytes, data: bytes = b"") -> None:
    """Raises Broken when nobody listens, TimeoutError after the line's timeout."""
    try:
        if len(data) < 4096:
            line.sendall(_HEAD.pack(mark, len(data)) + data)
        else:
            line.sendall(_HEAD.pack(mark, len(data)))
            line.sendall(data)
    except TimeoutError:
        raise
    except OSError as error:
        raise Broken(str(error)) from error


def receive(line: socket.socket) -> tuple[bytes, bytes]:
    """(mark, data). Raises Broken at the end of the line, TimeoutError after its timeout."""
    mark, size = _HEAD.unpack(_exactly(line, _HEAD.size))
    if size > LARGEST:
        raise Broken(f"a frame of {size} bytes")
    return mark, _exactly(line, size)


def _exactly(line: socket.socket, size: int) -> bytes:
    parts: list[bytes] = []
    while size:
        try:
            part = line.recv(min(size, CHUNK), socket.MSG_WAITALL)
        except TimeoutError:
            raise
        except OSError as error:
            raise Broken(str(error)) from error
        if not part:
            raise Ended("the line ended")
        parts.append(part)
        size -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)
