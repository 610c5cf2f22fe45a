"""One file inside an archive, the streams that it is read from, and which names it may have."""

from __future__ import annotations

import unicodedata
from collections import deque
from typing import Protocol

from evidence.core.redaction import safe_name
from evidence.core.unpacking.unfit import Unfit

NAME_LENGTH = 255
STEP = 256 * 1024
# Why a member is not taken in; a folder is none.
FOLDER, HIDDEN = "folder", "hidden, left out"
RENAME = "pack the files again, from inside their folder"
_CONTROL = ("Cc", "Cf", "Cs", "Zl", "Zp")


class Readable(Protocol):
    """Reads exactly `size` bytes, or all that is left."""

    def read(self, size: int, /) -> bytes: ...


class _Hashed(Readable, Protocol):
    @property
    def sha256(self) -> str: ...

    def finish(self) -> None: ...


class Rejoined:
    """A stream whose beginning was looked at already; of one in many blocks each is let go once it was read."""

    def __init__(self, head: bytes | deque[bytes], rest: Readable) -> None:
        self._blocks = deque((head,)) if isinstance(head, bytes) else head
        self._at = 0  # how much of the first block was read
        self._rest = rest

    def read(self, size: int, /) -> bytes:
        taken: list[bytes] = []
        while self._blocks and size:
            block = self._blocks[0]
            part = block[self._at : self._at + size] if self._at or size < len(block) else block
            self._at += len(part)
            size -= len(part)
            taken.append(part)
            if self._at == len(block):
                self._blocks.popleft()
                self._at = 0
        if size:
            taken.append(self._rest.read(size))
        return taken[0] if len(taken) == 1 else b"".join(taken)


class Member:
    """A file of an archive. name: "ARCHIVE!folder/file"; source: its bytes, until the next member is asked for.

    error: why this member is not taken in while the others are; "" else. gzip: (name, stream) of the compressed file
    around it, inside the archive.
    """

    __slots__ = ("_gzip", "error", "name", "source")

    def __init__(
        self, name: str, source: Readable, *, error: str = "", gzip: tuple[str, _Hashed] | None = None
    ) -> None:
        self.name = name
        self.source = source
        self.error = error
        self._gzip = gzip

    def finish(self) -> None:
        """Reads what the reader left, so that its length and checksum are known to be right."""
        while self.source.read(STEP):
            pass
        if self._gzip:
            self._gzip[1].finish()

    @property
    def around(self) -> tuple[tuple[str, str], ...]:
        """(name, SHA-256) of the compressed file around it, once it was read to its end; () where there is none."""
        return ((self._gzip[0], self._gzip[1].sha256),) if self._gzip else ()


def told(raw: str | bytes) -> str:
    """A member's name for a message: short, in ASCII, without a secret."""
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    return ascii(safe_name(text)[:80])


def below(name: str) -> str:
    """The member's name inside the archive, for a message."""
    return told(name.partition("!")[2])


def member_name(archive: str, raw: str) -> str:
    """ "ARCHIVE!folder/file". Raises Refused for a name that leads out of the archive or shows other than it is."""
    shown = told(raw)
    if raw.startswith("/") or raw[1:3] in (":/", ":\\") or raw[1:2] == ":":
        raise Unfit(f"the member {shown} has an absolute name", RENAME)
    parts = [part for part in raw.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise Unfit(f"the member {shown} leads out of the archive", RENAME)
    if "\\" in raw or not parts or any(unicodedata.category(each) in _CONTROL for each in raw):
        raise Unfit(f"the member {shown} has no plain file name", "rename the file and pack it again")
    name = f"{archive}!{'/'.join(parts)}"
    if len(name) > NAME_LENGTH:
        raise Unfit(f"the name of the member {shown} is too long", "shorten the names of its folders")
    return name


def hidden(name: str) -> bool:
    """Whether a member is one that no listing shows: `.DS_Store`, `__MACOSX/`, a version control's folder."""
    parts = name.partition("!")[2].split("/")
    return parts[0] == "__MACOSX" or any(part.startswith(".") for part in parts)
