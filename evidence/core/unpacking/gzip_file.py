"""A gzip or raw deflate stream, inflated as it is read, one block ahead in a second thread.

SOURCE: RFC 1952 (gzip; several members one after the other are one file), RFC 1951 (deflate).
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

from isal import isal_zlib
from isal.igzip_lib import IsalError

from evidence.core.unpacking.budget import Budget
from evidence.core.unpacking.unfit import Broken, Unfit

BLOCK = 1024 * 1024
FEED = 256 * 1024
GZIP, RAW = 31, -15
AGAIN = "pack it again, and hand in the complete file"


class _Source(Protocol):
    def read(self, size: int, /) -> bytes: ...

    def give_back(self, data: bytes) -> None: ...


class Inflated:
    """What a compressed stream unpacks to.

    window: GZIP, or RAW for a member of a zip, which ends where its deflate stream ends. Raises Refused for a broken
    or incomplete stream, for bytes after the end of a gzip file, and beyond the budget.
    """

    def __init__(self, source: _Source, budget: Budget, window: int = GZIP) -> None:
        self._source, self._budget, self._window = source, budget, window
        self._inflate = isal_zlib.decompressobj(window)
        self._pending = b""
        self._ready = b""
        self._ended = False
        self._ahead: Future[bytes] | None = None
        self._thread: ThreadPoolExecutor | None = None

    def read(self, size: int, /) -> bytes:
        """Exactly `size` bytes, or all that is left."""
        parts = [self._ready]
        have = len(self._ready)
        while have < size:
            block = self._next()
            if not block:
                break
            parts.append(block)
            have += len(block)
        whole = b"".join(parts)
        self._ready = whole[size:]
        return whole[:size]

    def _next(self) -> bytes:
        """The next block. Large streams are inflated one block ahead; a small one is not worth a thread."""
        if self._ahead is None:
            if self._ended:
                return b""
            block = self._block()
            if len(block) == BLOCK and self._window == GZIP:
                self._thread = ThreadPoolExecutor(1)
                self._ahead = self._thread.submit(self._block)
            return block
        block = self._ahead.result()
        if block and self._thread:
            self._ahead = self._thread.submit(self._block)
        else:
            self._ahead = None
            self._ended = True
            if self._thread:
                self._thread.shutdown()
        return block

    def _block(self) -> bytes:
        """About a block of inflated bytes; b"" at the end."""
        parts: list[bytes] = []
        room = BLOCK
        while room and not self._ended:
            part = self._inflated(room)
            self._budget.spend(len(part))
            parts.append(part)
            room -= len(part)
        return b"".join(parts)

    def _inflated(self, room: int) -> bytes:
        if self._inflate.eof:
            self._follow()
            return b""
        self._pending = self._pending or self._source.read(FEED)
        try:
            part: bytes = self._inflate.decompress(self._pending, room)
        except IsalError:  # type: ignore[misc]
            raise Broken("the compressed data is damaged", AGAIN) from None
        if not (part or self._pending or self._inflate.eof):
            raise Broken("the compressed data breaks off", AGAIN)
        self._pending = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
        return part

    def _follow(self) -> None:
        """After the end of a member: the next one of a gzip file, or the end."""
        if self._window == RAW:
            self._source.give_back(self._pending)
            self._pending, self._ended = b"", True
            return
        rest = self._pending + self._source.read(max(0, FEED - len(self._pending)))
        self._pending = rest
        if rest.startswith(b"\x1f\x8b"):
            self._inflate = isal_zlib.decompressobj(self._window)
        elif rest:
            raise Unfit("other bytes follow the end of the gzip file", AGAIN)
        else:
            self._ended = True
