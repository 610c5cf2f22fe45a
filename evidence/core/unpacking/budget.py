"""What one archive may cost: members, bytes unpacked, and how many times its own size that is."""

from __future__ import annotations

from typing import Protocol

from evidence.core.unpacking.member import below
from evidence.core.unpacking.unfit import Unfit

ENTRIES = 2_000
TOTAL = 4 * 1024**3
RATIO = 100
# Small files of zeros are no bomb: the ratio counts only beyond this many bytes.
FREE = 8 * 1024 * 1024
LESS = "hand in the files that matter, one by one"


class _Counted(Protocol):
    size: int


class Budget:
    """Shared by every layer of one archive, so that nesting multiplies nothing."""

    def __init__(self, outer: _Counted) -> None:
        self._outer = outer
        self._unpacked = 0
        self._entries = 0

    def enter(self, name: str) -> None:
        """One more member, folders and links counted too."""
        self._entries += 1
        if self._entries > ENTRIES:
            raise Unfit(f"the archive has more than {ENTRIES} members ({below(name)} is one too many)", LESS, None, 413)

    def spend(self, count: int) -> None:
        """Bytes that a layer unpacked."""
        self._unpacked += count
        if self._unpacked > TOTAL:
            raise Unfit(f"the archive unpacks to more than {TOTAL // 2**30} GiB", LESS, None, 413)
        if self._unpacked > FREE and self._unpacked > RATIO * self._outer.size:
            raise Unfit(f"the archive unpacks to more than {RATIO} times its size", LESS, None, 413)
