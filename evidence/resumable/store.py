"""The pieces of an upload on disk, as ciphertext only: they may hold secrets until the whole is redacted.

A frame is nonce (12 bytes), length of the ciphertext (4, big-endian), ciphertext (AES-256-GCM). What binds a frame to
its place is the upload's id and the offset of its first byte. The key comes from the upload's URL; whoever has the disk
and the database, but not the URL, has nothing.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

FRAME_BYTES = 1 << 20
NONCE_BYTES, LENGTH_BYTES = 12, 4


class Busy(Exception):
    """Another request is writing to this upload."""


class Damaged(Exception):
    """The pieces are not those that were stored, or the key is not theirs."""


def folder() -> Path:
    return Path(settings.DATA) / "uploads"


@contextmanager
def exclusively(upload: UUID) -> Iterator[IO[bytes]]:
    """The upload's file, for one request at a time. Raises Busy."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder() / str(upload), os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy(str(upload)) from error
        yield file


def remove(upload: UUID) -> None:
    (folder() / str(upload)).unlink(missing_ok=True)


class Writer:
    """Appends behind the `stored` bytes that count; whatever a broken request left behind them is cut off."""

    def __init__(self, file: IO[bytes], upload: UUID, secret: str, *, stored: int, offset: int) -> None:
        self._file, self._upload, self._cipher = file, upload, AESGCM(_key(secret))
        self.stored, self.offset = stored, offset
        file.truncate(stored)
        file.seek(stored)

    def write(self, data: bytes) -> None:
        for start in range(0, len(data), FRAME_BYTES):
            piece = data[start : start + FRAME_BYTES]
            nonce = os.urandom(NONCE_BYTES)
            sealed = self._cipher.encrypt(nonce, piece, _place(self._upload, self.offset))
            self._file.write(nonce + len(sealed).to_bytes(LENGTH_BYTES, "big") + sealed)
            self.stored += NONCE_BYTES + LENGTH_BYTES + len(sealed)
            self.offset += len(piece)

    def settle(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())


class Reader:
    """The whole upload as a stream of its own bytes. Raises Damaged."""

    def __init__(self, file: IO[bytes], upload: UUID, secret: str, *, length: int) -> None:
        self._file, self._upload, self._cipher = file, upload, AESGCM(_key(secret))
        self._offset, self._length, self._ready = 0, length, b""
        file.seek(0)

    def read(self, size: int) -> bytes:
        parts, wanted = [], size
        while wanted:
            if not self._ready and not self._open_next():
                break
            part, self._ready = self._ready[:wanted], self._ready[wanted:]
            parts.append(part)
            wanted -= len(part)
        return b"".join(parts)

    def _open_next(self) -> bool:
        if self._offset == self._length:
            return False
        head = self._file.read(NONCE_BYTES + LENGTH_BYTES)
        sealed = self._file.read(int.from_bytes(head[NONCE_BYTES:], "big"))
        try:
            self._ready = self._cipher.decrypt(head[:NONCE_BYTES], sealed, _place(self._upload, self._offset))
        except (InvalidTag, ValueError) as error:
            raise Damaged(f"upload {self._upload}: the piece at byte {self._offset} cannot be opened") from error
        self._offset += len(self._ready)
        return True


def _key(secret: str) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"seal-advisor upload 1").derive(secret.encode())


def _place(upload: UUID, offset: int) -> bytes:
    return upload.bytes + offset.to_bytes(8, "big")
