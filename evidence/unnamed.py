"""A file that has no name while it is written: it is given one whole, or a killed process leaves nothing behind.

Blocks go to the disk directly where the system can: evidence of gigabytes takes no page that a database could use, and
costs no copy. SOURCE: open(2), O_TMPFILE and O_DIRECT; linkat(2).
"""

from __future__ import annotations

import errno
import fcntl
import mmap
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

BLOCK = 1024 * 1024
_DIRECT = getattr(os, "O_DIRECT", 0)
_NAMELESS = getattr(os, "O_TMPFILE", 0)
# What a file system answers that can do without a name or past the page cache as little as an old kernel.
_CANNOT = frozenset({errno.EINVAL, errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT})


class Unnamed:
    """Written from its beginning to its end, then read or named. size: bytes."""

    def __init__(self, folder: Path) -> None:
        """folder: on the disk on which it may be named later. Raises OSError."""
        self.size = 0
        self._file, self._direct = _opened(folder)
        self._block = mmap.mmap(-1, BLOCK)  # memory that begins with a page, as direct writes demand
        self._filled = 0

    def write(self, data: bytes | memoryview) -> None:
        """Raises OSError, as for a full disk."""
        self.size += len(data)
        rest = memoryview(data)
        while rest:
            part = rest[: BLOCK - self._filled]
            self._block[self._filled : self._filled + len(part)] = part
            self._filled += len(part)
            rest = rest[len(part) :]
            if self._filled == BLOCK:
                self._flush()

    def read_back(self) -> IO[bytes]:
        """What was written, from its beginning; it may be read only from now on. Closing it closes this."""
        self._end()
        self._file.seek(0)
        return self._file

    def take_name(self, target: Path) -> bool:
        """On the disk for good, under this name in an existing folder; a file of the name that is there stays.

        Returns False where the system can name no file after the fact: then nothing happened.
        """
        self._end()
        os.fsync(self._file.fileno())
        folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            # With a folder's descriptor Python calls linkat(2), which follows the link that stands for the file.
            with suppress(FileExistsError):
                os.link(f"/proc/self/fd/{self._file.fileno()}", target.name, dst_dir_fd=folder)
            os.fsync(folder)
        except OSError as error:
            if error.errno in _CANNOT | {errno.EXDEV}:
                return False
            raise
        finally:
            os.close(folder)
        return True

    def close(self) -> None:
        self._file.close()

    def _end(self) -> None:
        """Writes what is left, which is no whole block."""
        if self._direct:
            descriptor = self._file.fileno()
            fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) & ~_DIRECT)
            self._direct = False
        self._flush()

    def _flush(self) -> None:
        with memoryview(self._block) as whole, whole[: self._filled] as rest:
            done = 0
            while done < self._filled:
                done += os.write(self._file.fileno(), rest[done:])
        self._filled = 0


def _opened(folder: Path) -> tuple[IO[bytes], bool]:
    """(the file, whether its writes are direct)."""
    for direct in (_DIRECT, 0) if _NAMELESS else ():
        try:
            descriptor = os.open(folder, _NAMELESS | os.O_RDWR | os.O_CLOEXEC | direct, 0o400)
        except OSError as error:
            if error.errno not in _CANNOT:
                raise
        else:
            return os.fdopen(descriptor, "w+b"), bool(direct)
    return tempfile.TemporaryFile(dir=folder), False
