"""The archive's own bytes as they are read: counted and hashed."""

from __future__ import annotations

import hashlib

from evidence.core.unpacking.member import Readable

STEP = 256 * 1024


class Outer:
    """What is read is hashed and counted once, also where a reader gives back what it took too much."""

    def __init__(self, source: Readable) -> None:
        self._source = source
        self._digest = hashlib.sha256()
        self._back = b""
        self.size = 0

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes, or all that is left."""
        taken, self._back = self._back[:size], self._back[size:]
        if len(taken) == size:
            return taken
        fresh = self._source.read(size - len(taken))
        self._digest.update(fresh)
        self.size += len(fresh)
        return taken + fresh if taken else fresh

    def give_back(self, data: bytes) -> None:
        """Bytes that the last reads took beyond their own end; the next read begins with them."""
        self._back = data + self._back

    @property
    def position(self) -> int:
        """Offset of the next byte."""
        return self.size - len(self._back)

    def finish(self) -> None:
        """Reads to the end, so that the hash is that of the whole file."""
        while self.read(STEP):
            pass

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()
