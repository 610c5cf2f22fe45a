"""A request's body from its connection, without the copies on the way: large uploads cost the server less.

gunicorn puts each block through two buffers. Here what it has read ahead is used up first; then a block is received
whole, by one call, into the place where it stays. Whatever else is asked of a body, gunicorn's own answers.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from typing import Any

from gunicorn.http.body import Body, LengthReader
from gunicorn.http.unreader import SocketUnreader

# Bytes from which on a read is worth it, and the most that one call receives.
WORTH, BLOCK = 64 * 1024, 1024 * 1024


def straight(body: Any) -> Any:
    """The same body, read straight where that can be: of a known length, over a plain connection."""
    reader = getattr(body, "reader", None)
    unreader = getattr(reader, "unreader", None)
    known = type(body) is Body and type(reader) is LengthReader and type(unreader) is SocketUnreader
    return Straight(body) if known and type(unreader.sock) is socket.socket else body


class Straight:
    """What WSGI calls `wsgi.input`. body: gunicorn's, which goes on to know how much is left."""

    def __init__(self, body: Body) -> None:
        self._body = body

    def read(self, size: int | None = None) -> bytes:
        """Exactly `size` bytes, or all that is left. Raises OSError when the line breaks with an error."""
        reader = self._body.reader
        wanted = reader.length if size is None or size < 0 else min(size, reader.length)
        if wanted < WORTH or self._body.buf.tell():
            return bytes(self._body.read(size))
        ahead = min(reader.unreader.buf.seek(0, os.SEEK_END), wanted)
        parts = [reader.read(ahead)] if ahead else []
        wanted -= ahead
        while wanted and (part := self._received(min(wanted, BLOCK))):
            parts.append(part)
            wanted -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _received(self, size: int) -> bytes:
        try:
            part: bytes = self._body.reader.unreader.sock.recv(size, socket.MSG_WAITALL)
        except Exception:
            self._body.failed = True  # where the next request begins is unknown: the connection is not used again
            raise
        self._body.reader.length -= len(part)
        return part

    def readline(self, size: int | None = None) -> bytes:
        return bytes(self._body.readline(size))

    def readlines(self, size: int | None = None) -> list[bytes]:
        return list(self._body.readlines(size))

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)
