"""The archive's one lawful layout, written and demanded.

Members follow each other without a gap, each with a local header whose every field is fixed or computed; deflate
where it helps, else stored; the year 1980 as the date of all; no extra fields. The archive's comment is the SHA-256
of every byte before it, so that a changed bit is seen even where no member's digest looks (in padding bits of a
deflate stream, in a header). It guards against accidents and sloppy tampering; what guards against forgers is the
signature.
SOURCE: APPNOTE.TXT 6.3.10 (the ZIP format), sections 4.3.7, 4.3.12 and 4.3.16.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import chain

from isal import isal_zlib
from isal.igzip_lib import IsalError

from seal_advisor.core.record import Record

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
NEEDED, UTF8, DATE, TIME = 20, 0x800, 0x21, 0  # version 2.0, names in UTF-8, 1980-01-01 00:00
STORED, DEFLATED = 0, 8
HEAD_BYTES = 30  # of a local header, before its name
COMMENT = 64  # hex digits of a SHA-256
MAX_BYTES = 0xFFFFFFFF
# Members from which on deflate works in parts, so that memory does not grow with a log.
LARGE, PART = 16 * 1024 * 1024, 1024 * 1024
MAX_MEMBER = 4 * 1024**3
MAX_MEMBERS = 10_000


class ArchiveTooLarge(ValueError):
    """More than an archive without zip64 can hold: 4 GiB."""


class NotAnArchive(ValueError):
    """The bytes are no zip archive at all."""


class TooMuchInside(ValueError):
    """The archive says that it unpacks to more than the reader takes."""

    def __init__(self, inside: int, at_most: int) -> None:
        mib = 1024 * 1024
        super().__init__(f"it unpacks to {inside // mib} MiB, more than the {at_most // mib} MiB that are read here")


class Contents(Record):
    """What an archive holds: name -> bytes in the archive's order, and every departure from the lawful layout."""

    members: Mapping[str, bytes]
    faults: tuple[str, ...]


def _local(name: bytes, method: int, crc: int, packed: int, size: int) -> bytes:
    fields = (LOCAL, NEEDED, UTF8, method, TIME, DATE, crc, packed, size, len(name), 0)
    return struct.pack("<4s5H3I2H", *fields) + name


def _central(name: bytes, method: int, crc: int, packed: int, size: int, offset: int) -> bytes:
    head = (CENTRAL, NEEDED, NEEDED, UTF8, method, TIME, DATE, crc, packed, size, len(name), 0, 0, 0, 0, 0, offset)
    return struct.pack("<4s6H3I5H2I", *head) + name


def _end(count: int, length: int, offset: int) -> bytes:
    return struct.pack("<4s4H2IH", END, 0, 0, count, count, length, offset, COMMENT)


def _deflate(data: bytes) -> tuple[int, bytes]:
    engine = isal_zlib.compressobj(1, isal_zlib.DEFLATED, -15)
    packed = engine.compress(data) + engine.flush()
    return (DEFLATED, packed) if len(packed) < len(data) else (STORED, data)


def _parts(data: bytes) -> Iterator[bytes]:
    """A large member's deflate stream, which is made twice rather than held: for its size, then for the file."""
    engine, view = isal_zlib.compressobj(1, isal_zlib.DEFLATED, -15), memoryview(data)
    for start in range(0, len(data), PART):
        part = engine.compress(view[start : start + PART])
        if part:
            yield part
    yield engine.flush()


def _large(data: bytes) -> tuple[int, int, Iterator[bytes]]:
    """(method, packed size, packed bytes)."""
    packed = sum(map(len, _parts(data)))
    if packed < len(data):
        return DEFLATED, packed, _parts(data)
    return STORED, len(data), (bytes(data[start : start + PART]) for start in range(0, len(data), PART))


def _small(data: bytes) -> tuple[int, int, Iterator[bytes]]:
    method, packed = _deflate(data)
    return method, len(packed), iter((packed,))


def chunks(members: Sequence[tuple[str, bytes]]) -> Iterator[bytes]:
    """The archive's bytes in order, none held that is larger than LARGE. Raises ArchiveTooLarge before the first byte
    that would not fit."""
    digest, offset, directory = sha256(), 0, []
    for name, data in members:
        method, size, packed = _large(data) if len(data) > LARGE else _small(data)
        encoded, crc = name.encode(), zlib.crc32(data)
        head = _local(encoded, method, crc, size, len(data))
        if offset + len(head) + size > MAX_BYTES or len(data) > MAX_BYTES:
            raise ArchiveTooLarge(f"{name}: the archive would pass 4 GiB; leave out the largest logs")
        directory.append(_central(encoded, method, crc, size, len(data), offset))
        offset += len(head) + size
        for part in chain((head,), packed):
            digest.update(part)
            yield part
    tail = b"".join(directory)
    tail += _end(len(members), len(tail), offset)
    digest.update(tail)
    yield tail
    yield digest.hexdigest().encode()


def read(data: bytes, *, at_most: int | None = None) -> Contents:
    """The members, as far as they can be read, and the faults. at_most: bytes in all, unpacked; None: any.

    Raises NotAnArchive for bytes that never were one, TooMuchInside before anything is unpacked.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError) as error:
        if data.startswith(LOCAL):
            return Contents({}, (f"the archive's directory is damaged: {error}",))
        raise NotAnArchive("no zip archive") from error
    members: dict[str, bytes] = {}
    faults: list[str] = []
    with archive:
        entries = archive.infolist()
        if len(entries) > MAX_MEMBERS:
            return Contents({}, (f"{len(entries)} members, more than {MAX_MEMBERS}",))
        inside = sum(one.file_size for one in entries)
        if at_most is not None and inside > at_most:
            raise TooMuchInside(inside, at_most)
        for one in entries:
            if one.filename in members:
                faults.append(f"{one.filename}: stands twice in the archive")
                continue
            try:
                members[one.filename] = _member(data, one)
            except (IsalError, ValueError) as error:  # type: ignore[misc]
                members[one.filename] = b""
                faults.append(f"{one.filename}: cannot be read: {str(error) or type(error).__name__}")
        faults += _departures(data, entries, members)
    return Contents(members, tuple(faults))


def _member(data: bytes, one: zipfile.ZipInfo) -> bytes:
    """Unpacks no more than the directory promises, so that a bomb costs its declared size at most, and demands that
    the member's place holds its content and nothing beside it: what no reader unpacks nobody would look at.
    """
    if one.file_size > MAX_MEMBER:
        raise ValueError("larger than 4 GiB")
    head = data[one.header_offset : one.header_offset + HEAD_BYTES]
    if len(head) < HEAD_BYTES or not head.startswith(LOCAL):
        raise ValueError("its header is not where the directory says")
    start = one.header_offset + HEAD_BYTES + sum(struct.unpack("<2H", head[-4:]))
    packed = memoryview(data)[start : start + one.compress_size]
    if one.compress_type == STORED:
        content = bytes(packed)
    elif one.compress_type == DEFLATED:
        engine = isal_zlib.decompressobj(-15)
        content = engine.decompress(packed, one.file_size + 1)
        if not engine.eof or engine.unused_data:
            raise ValueError("its packed bytes are not its content alone")
    else:
        raise ValueError(f"packed by method {one.compress_type}")
    if len(content) != one.file_size:
        raise ValueError("its size is not the one in the directory")
    if zlib.crc32(content) != one.CRC:
        raise ValueError("its checksum in the directory is another")
    return content


def _departures(data: bytes, entries: Sequence[zipfile.ZipInfo], members: Mapping[str, bytes]) -> Iterator[str]:
    """Compares every byte outside the members' content with what this module would have written."""
    offset, directory = 0, []
    for one in entries:
        name = one.filename.encode()
        numbers = (one.compress_type, one.CRC, one.compress_size, one.file_size)
        head = _local(name, *numbers)
        if one.compress_type not in (STORED, DEFLATED) or data[offset : offset + len(head)] != head:
            yield f"{one.filename}: its header in the archive is not as it was written"
            return
        directory.append(_central(name, *numbers, offset))
        offset += len(head) + one.compress_size
    tail = b"".join(directory)
    tail += _end(len(entries), len(tail), offset)
    if data[offset : offset + len(tail)] != tail:
        yield "the archive's directory is not as it was written"
    elif data[offset + len(tail) :] != sha256(memoryview(data)[: offset + len(tail)]).hexdigest().encode():
        yield "the archive's own checksum differs: some byte of it was changed"
