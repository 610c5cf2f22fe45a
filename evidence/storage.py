"""Where bytes live: uploads in memory until they are redacted, redacted blobs under their own SHA-256 after that."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from io import BytesIO
from pathlib import Path
from typing import IO, BinaryIO, Protocol, cast

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload

from evidence.spooling import Sheet
from evidence.unnamed import Unnamed


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class BlobChanged(Exception):
    """The stored bytes are not the ones that were stored. Nothing is built from them."""


class StillLocked(Exception):
    """The store refuses to delete a blob before its lock ends; the message names both."""


class BlobFiles(FileSystemStorage):
    """Files that appear whole or not at all: a process killed while writing leaves no half blob under a good name."""

    def _save(self, name: str, content: File) -> str:  # type: ignore[type-arg]
        target = Path(self.path(name))
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = target.with_name(f".{target.name}.{os.getpid()}.{id(content):x}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        try:
            with os.fdopen(descriptor, "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(target)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
        return name

    def room(self) -> Path:
        """The folder in which a file may be written that `adopt` takes."""
        folder = Path(self.path(""))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def adopt(self, name: str, file: Unnamed) -> bool:
        """A file that lies here without a name gets this one; False where the system cannot do that."""
        target = Path(self.path(name))
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return file.take_name(target)


def blobs() -> Storage:
    """Files by default, an S3-compatible store by settings."""
    return storages["blobs"]


def put_blob(content: bytes) -> tuple[str, str]:
    """Store the bytes under their own hash; returns (key, sha256). Known bytes are not written again."""
    digest = hashlib.sha256(content).hexdigest()
    key = f"{digest[:2]}/{digest}"
    store = blobs()
    if not store.exists(key):
        store.save(key, ContentFile(content, name=key))
    return key, digest


def delete_blob(key: str) -> None:
    """Delete the bytes, in a versioned store every version of them. None there: nothing to do. Raises StillLocked."""
    blobs().delete(key)


def get_blob(key: str, sha256: str) -> bytes:
    """The bytes, hashed again on every read. Raises BlobChanged when they are gone or not the same."""
    try:
        with blobs().open(key, "rb") as file:
            content: bytes = file.read()
    except FileNotFoundError as error:
        raise BlobChanged(f"blob {sha256[:16]} is gone from the store") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise BlobChanged(f"blob {sha256[:16]} is not what was stored: its SHA-256 differs")
    return content


def map_blob(key: str, sha256: str) -> bytes:
    """A large blob's bytes, hashed again and mapped from a file of its own: they take no memory for good.

    Raises BlobChanged as `get_blob` does.
    """
    sheet = Sheet(settings.DATA)
    with HashedBlob(key, sha256) as blob:
        while part := blob.read(1 << 20):
            sheet.write(part)
    return sheet.content()


def head_of_blob(key: str, size: int) -> bytes:
    """The first bytes, for a preview: nothing is built from them, so they are not hashed. Raises BlobChanged."""
    try:
        with blobs().open(key, "rb") as file:
            head: bytes = file.read(size)
    except FileNotFoundError as error:
        raise BlobChanged(f"blob {key[-64:][:16]} is gone from the store") from error
    return head


class HashedBlob:
    """A blob as a stream, hashed while it is read. Leaving it raises BlobChanged when it is not what was stored."""

    def __init__(self, key: str, sha256: str) -> None:
        self._sha256, self._digest = sha256, hashlib.sha256()
        try:
            self._file: IO[bytes] = blobs().open(key, "rb")
        except FileNotFoundError as error:
            raise BlobChanged(f"blob {sha256[:16]} is gone from the store") from error

    def read(self, size: int) -> bytes:
        part = self._file.read(size)
        self._digest.update(part)
        return part

    def __enter__(self) -> HashedBlob:
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        with self._file:
            if kind is None:
                while self.read(1 << 20):
                    pass
                if self._digest.hexdigest() != self._sha256:
                    raise BlobChanged(f"blob {self._sha256[:16]} is not what was stored: its SHA-256 differs")


class TooLarge(Exception):
    """The upload exceeds the limit. limit: bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the upload is larger than {limit // 1024 // 1024} MiB")
        self.limit = limit


class LimitedUploadHandler(FileUploadHandler):
    """Keeps an upload in memory, never in a temporary file: it may hold secrets until it is redacted.

    Over the limit it stops and leaves `request.upload_too_large`; Django by itself would answer a misleading 400.
    """

    received = 0  # bytes of all files of the form so far

    def new_file(self, *args: object, **kwargs: object) -> None:
        super().new_file(*args, **kwargs)  # type: ignore[arg-type]
        self.buffer = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        limit = min(settings.UPLOAD_LIMIT, settings.FORM_LIMIT)
        if self.received > limit:
            if self.request is not None:
                self.request.upload_too_large = TooLarge(limit)  # type: ignore[attr-defined]
            raise StopUpload(connection_reset=True)
        self.buffer.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self.buffer.seek(0)
        return InMemoryUploadedFile(
            self.buffer, self.field_name, self.file_name, self.content_type, file_size, self.charset
        )


class LimitedStream:
    """A body that is read as it comes; raises TooLarge as soon as it exceeds the limit, whatever its header said."""

    def __init__(self, stream: Readable, limit: int) -> None:
        self._stream, self._left, self._limit = stream, limit, limit

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes, or all that is left."""
        parts, wanted = [], size
        while wanted and (part := self._stream.read(min(1 << 20, wanted))):
            parts.append(part)
            wanted -= len(part)
            self._left -= len(part)
            if self._left < 0:
                raise TooLarge(self._limit)
        return b"".join(parts)


class Stored(Protocol):
    """Redacted bytes that can be put into the store."""

    size: int

    def store(self) -> tuple[str, str]: ...


class Spool:
    """Redacted bytes on their way into the store, in a file without a name: a killed process leaves none behind.

    Where the store keeps files, this is the one that is kept: nothing is written twice.
    """

    def __init__(self) -> None:
        store = blobs()
        self._folder = store.room() if isinstance(store, BlobFiles) else settings.DATA
        self._file = Unnamed(self._folder)
        self._digest, self.size = hashlib.sha256(), 0
        self.sha256 = ""

    def write(self, data: bytes) -> None:
        self.take(data)
        self._digest.update(data)

    def take(self, data: bytes | memoryview) -> None:
        """The same for whoever adds up the hash himself, and sets `sha256` before it is stored."""
        self._file.write(data)
        self.size += len(data)

    def is_known_as(self, sha256: str) -> None:
        self.sha256 = sha256

    def again(self) -> IO[bytes]:
        """What was written so far, from its beginning; what is written from now on stands in its place."""
        before, self._file = self._file, Unnamed(self._folder)
        self._digest, self.size = hashlib.sha256(), 0
        return before.read_back()

    def store(self) -> tuple[str, str]:
        """Into the store under its own hash; returns (key, sha256). Known bytes are not written again."""
        digest = self.sha256 or self._digest.hexdigest()
        key = f"{digest[:2]}/{digest}"
        store = blobs()
        if not store.exists(key) and not (isinstance(store, BlobFiles) and store.adopt(key, self._file)):
            store.save(key, File(self._file.read_back(), name=key))
        return key, digest

    def __enter__(self) -> Spool:
        return self

    def close(self) -> None:
        self._file.close()

    def __exit__(self, *error: object) -> None:
        self.close()


class Shelf:
    """The redacted texts of files that came in together, in one file without a name, until all are known to be good.

    A tray for `evidence.core.batch`: one sheet is written at a time, what is kept gets the next number.
    """

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile(dir=settings.DATA)  # noqa: SIM115 - it lives as long as the shelf
        self._sheet = Spool()
        self._slots: list[Slot] = []

    def begin(self) -> None:
        self._sheet.close()
        self._sheet = Spool()

    def write(self, data: bytes) -> None:
        self._sheet.write(data)

    def again(self) -> BinaryIO:
        return cast(BinaryIO, self._sheet.again())

    def keep(self) -> int:
        self._slots.append(self._put())
        return len(self._slots) - 1

    def open(self, number: int) -> BinaryIO:
        return cast(BinaryIO, self._slots[number].stream())

    def put_back(self, number: int) -> None:
        self._slots[number] = self._put()

    def slot(self, number: int) -> Slot:
        return self._slots[number]

    def add(self, data: bytes) -> Slot:
        """Bytes of our own, as the list of an archive's members."""
        self.begin()
        self.write(data)
        return self._put()

    def _put(self) -> Slot:
        start = self._file.seek(0, os.SEEK_END)
        with self._sheet.again() as written:
            shutil.copyfileobj(written, self._file, 1 << 20)
        return Slot(self._file, start, self._file.tell() - start)

    def __enter__(self) -> Shelf:
        return self

    def __exit__(self, *error: object) -> None:
        self._sheet.close()
        self._file.close()


class Slot:
    """One text on the shelf. size: bytes."""

    def __init__(self, file: IO[bytes], start: int, size: int) -> None:
        self._file, self._start, self.size = file, start, size

    def stream(self) -> Part:
        return Part(self._file, self._start, self.size)

    def store(self) -> tuple[str, str]:
        """Into the store under its own hash, by the way that every redacted file takes."""
        with Spool() as spool:
            shutil.copyfileobj(self.stream(), spool, 1 << 20)
            return spool.store()


class Part:
    """So many bytes of a file from a place on; others may read and write the file between two steps."""

    def __init__(self, file: IO[bytes], start: int, size: int) -> None:
        self._file, self._place, self._left = file, start, size

    def read(self, size: int) -> bytes:
        """Exactly `size` bytes, or all that is left."""
        self._file.seek(self._place)
        data = self._file.read(min(size, self._left))
        self._place += len(data)
        self._left -= len(data)
        return data


def open_blob(key: str) -> IO[bytes]:
    """For downloads, which stream; what is built into something else is read by `get_blob`, which hashes."""
    stream: IO[bytes] = blobs().open(key, "rb")
    return stream
