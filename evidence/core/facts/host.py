"""What a node says about itself: files with their owners, hashes of libraries, swap, the clock."""

from __future__ import annotations

from seal_advisor.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar


class FileEntry(Record):
    """One file in a listing. mode: four octal digits such as "0400"; size: bytes, None where it is not listed."""

    path: str
    mode: str
    owner: str
    group: str | None
    size: int | None
    line: int


class FileListingFacts(Record):
    """`stat` or `ls -l` of the configuration, the PIN file, the library. bad_lines: (line, byte offset)."""

    KIND: ClassVar[str] = "file_listing"
    files: tuple[FileEntry, ...]
    bad_lines: tuple[tuple[int, int], ...] = ()


class HashedFile(Record):
    """One file of `sha256sum`. sha256: lower-case hex."""

    path: str
    sha256: str
    line: int


class LibraryListingFacts(Record):
    """`sha256sum` of the PKCS#11 library and its client configuration on one node."""

    KIND: ClassVar[str] = "library_listing"
    files: tuple[HashedFile, ...]


class SwapFacts(Record):
    """`swapon --show` or `/proc/swaps`. devices: (name, line); none is a fact too."""

    KIND: ClassVar[str] = "swap_listing"
    devices: tuple[tuple[str, int], ...]


class ClockFacts(Record):
    """`chronyc tracking` or `timedatectl`. offset_seconds: of the system clock, without sign; None where not said."""

    KIND: ClassVar[str] = "time_sync"
    tool: str
    synchronised: bool | None
    offset_seconds: float | None
    reference: str | None = None
    inconclusive: str = ""
