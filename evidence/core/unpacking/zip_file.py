"""The members of a zip stream, read from the front, and its directory held against them at the end.

A zip says everything twice: before each member, and in the directory at its end. Readers that trust one or the other
see different files, so both must say the same. Methods: stored and deflate. SOURCE: PKWARE APPNOTE.TXT 6.3.10,
sections 4.3 (layout), 4.4 (fields), 4.5.3 (zip64).
"""

from __future__ import annotations

import stat
import zlib
from collections.abc import Iterator
from struct import Struct

from evidence.core.unpacking.budget import Budget
from evidence.core.unpacking.gzip_file import RAW, Inflated
from evidence.core.unpacking.member import FOLDER, HIDDEN, Member, Readable, hidden, member_name, told
from evidence.core.unpacking.outer import Outer
from evidence.core.unpacking.unfit import Broken, Unfit
from seal_advisor.core.record import Record

LOCAL, ENTRY, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
END64, LOCATOR64, DESCRIPTOR = b"PK\x06\x06", b"PK\x06\x07", b"PK\x07\x08"
STORED, DEFLATED, AES = 0, 8, 99
ENCRYPTED, FOLLOWS, STRONG, MASKED, UTF8 = 1, 1 << 3, 1 << 6, 1 << 13, 1 << 11
BIG = 0xFFFFFFFF
UNIX_HOSTS = (3, 19)
AGAIN = "pack the files again"
_LOCAL, _ENTRY, _END = Struct("<5H3L2H"), Struct("<6H3L5H2L"), Struct("<4H2LH")


class _Said(Record):
    """What one of the two places says about a member."""

    name: bytes
    method: int
    crc: int
    packed: int
    size: int
    offset: int


class _Head(Record):
    """A member as its own header describes it. follows: length and checksum stand behind the data."""

    raw: bytes
    name: str
    method: int
    flags: int
    crc: int
    packed: int
    size: int
    wide: bool

    @property
    def follows(self) -> bool:
        return bool(self.flags & FOLLOWS)


class _Content:
    """The bytes of one member; at their end length and checksum are held against what was said."""

    def __init__(self, head: _Head, outer: Outer, budget: Budget) -> None:
        self._head, self._outer = head, outer
        self._start = outer.position
        self._source: Readable = (
            Inflated(outer, budget, RAW) if head.method == DEFLATED else _Stored(head, outer, budget)
        )
        self._crc = self._size = 0
        self._checked = False
        self.said: tuple[int, int, int] | None = None

    def read(self, size: int, /) -> bytes:
        data = self._source.read(size)
        self._crc = zlib.crc32(data, self._crc)
        self._size += len(data)
        if len(data) < size and not self._checked:
            self._checked = True
            self._check()
        return data

    def _check(self) -> None:
        head, packed = self._head, self._outer.position - self._start
        crc, length, size = (
            _descriptor(self._outer, wide=head.wide) if head.follows else (head.crc, head.packed, head.size)
        )
        if (crc, length, size) != (self._crc, packed, self._size):
            raise Broken(f"the member {told(head.name)} is damaged: length or checksum is wrong", AGAIN)
        self.said = (crc, length, size)


class _Stored:
    """A member that is not compressed."""

    def __init__(self, head: _Head, outer: Outer, budget: Budget) -> None:
        self._left, self._outer, self._budget = head.packed, outer, budget

    def read(self, size: int, /) -> bytes:
        data = self._outer.read(min(size, self._left))
        if len(data) < min(size, self._left):
            raise _broken()
        self._left -= len(data)
        self._budget.spend(len(data))
        return data


def members(archive: str, outer: Outer, budget: Budget) -> Iterator[Member]:
    """Every file and folder, in order. Raises Refused for what makes the archive unfit or incomplete."""
    seen: list[_Said] = []
    while True:
        offset, mark = outer.position, outer.read(4)
        if mark != LOCAL:
            _directory(mark, outer, seen)
            return
        head = _local(outer)
        content = _Content(head, outer, budget)
        name = member_name(archive, head.name)
        error = FOLDER if head.name.endswith("/") else HIDDEN if hidden(name) else ""
        member = Member(name, content, error=error)
        yield member
        member.finish()
        crc, packed, size = content.said or (0, 0, 0)
        seen.append(_Said(head.raw, head.method, crc, packed, size, offset))


def _broken() -> Broken:
    return Broken("the archive breaks off", "pack it again, and hand in the complete file")


def _exactly(outer: Outer, size: int) -> bytes:
    data = outer.read(size)
    if len(data) < size:
        raise _broken()
    return data


def _local(outer: Outer) -> _Head:
    _, flags, method, _, _, crc, packed, size, name_length, extra_length = _LOCAL.unpack(_exactly(outer, _LOCAL.size))
    raw, extra = _exactly(outer, name_length), _exactly(outer, extra_length)
    name = _name(raw, flags)
    if not name:
        raise Broken("the archive is damaged: a member has no name", AGAIN)
    _fit(name, flags, method)
    wide = _extra(extra, 1)
    if wide is not None:
        size, packed, _ = _wide(wide, size, packed, 0)
    if flags & FOLLOWS and method == STORED and not name.endswith("/"):
        reason = f"the member {told(name)} is stored without its length"
        raise Unfit(reason, "pack the files again into a file, not into a pipe")
    return _Head(raw, name, method, flags, crc, packed, size, wide is not None)


def _name(raw: bytes, flags: int) -> str:
    try:
        return raw.decode("utf-8" if flags & UTF8 else "cp437")
    except UnicodeDecodeError:
        raise Unfit(f"the name of the member {told(raw)} is not UTF-8", "rename the file and pack it again") from None


def _fit(name: str, flags: int, method: int) -> None:
    shown = f"the member {told(name)}"
    if flags & (ENCRYPTED | STRONG | MASKED) or method == AES:
        raise Unfit(f"{shown} is encrypted", "unpack it with its password, and hand in what it holds without one")
    if method not in (STORED, DEFLATED):
        raise Unfit(f"{shown} is packed with method {method}, which is not read", "pack it with deflate", None, 415)
    if name in ("[Content_Types].xml", "mimetype"):
        raise Unfit("this is an office document, which is not read", "hand it in as PDF or text", None, 415)


def _extra(extra: bytes, wanted: int) -> bytes | None:
    """The extra field of this id; None when there is none."""
    while len(extra) >= 4:
        number, length = int.from_bytes(extra[:2], "little"), int.from_bytes(extra[2:4], "little")
        if number == wanted:
            return extra[4 : 4 + length]
        extra = extra[4 + length :]
    return None


def _wide(field: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """The 64-bit values of those that their own fields cannot hold, in the order of the format."""
    values = []
    for value in (size, packed, offset):
        if value == BIG:
            if len(field) < 8:
                raise Broken("the archive is damaged: a zip64 field is too short", AGAIN)
            value, field = int.from_bytes(field[:8], "little"), field[8:]  # noqa: PLW2901 - it stands for the first
        values.append(value)
    return values[0], values[1], values[2]


def _descriptor(outer: Outer, *, wide: bool) -> tuple[int, int, int]:
    """(checksum, packed length, length) behind a member whose header did not know them."""
    first = _exactly(outer, 4)
    if first == DESCRIPTOR:
        first = _exactly(outer, 4)
    length = 8 if wide else 4
    rest = _exactly(outer, 2 * length)
    packed, size = int.from_bytes(rest[:length], "little"), int.from_bytes(rest[length:], "little")
    return int.from_bytes(first, "little"), packed, size


def _directory(mark: bytes, outer: Outer, seen: list[_Said]) -> None:
    """The rest of the file: one entry for every member, the end, and nothing after it."""
    known = {each.offset: each for each in seen}
    while mark == ENTRY:
        said = _entry(outer)
        if known.pop(said.offset, None) != said:
            raise _differs()
        mark = outer.read(4)
    if mark == END64:
        _exactly(outer, int.from_bytes(_exactly(outer, 8), "little") & 0xFFFF)
        mark = outer.read(4)
    if mark == LOCATOR64:
        _exactly(outer, 16)
        mark = outer.read(4)
    if mark != END:
        raise _broken() if len(mark) < 4 else _differs()
    *_, comment = _END.unpack(_exactly(outer, _END.size))
    _exactly(outer, comment)
    if known or outer.read(1):
        raise _differs()


def _entry(outer: Outer) -> _Said:
    fields = _ENTRY.unpack(_exactly(outer, _ENTRY.size))
    made, _, flags, method, _, _, crc, packed, size, name_length, extra_length, comment_length, *_ = fields
    mode, offset = fields[-2] >> 16, fields[-1]
    raw, extra = _exactly(outer, name_length), _exactly(outer, extra_length)
    _exactly(outer, comment_length)
    wide = _extra(extra, 1)
    if wide is not None:
        size, packed, offset = _wide(wide, size, packed, offset)
    kind = stat.S_IFMT(mode)
    if made >> 8 in UNIX_HOSTS and kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        what = "a symbolic link" if kind == stat.S_IFLNK else "a device or pipe"
        raise Unfit(f"the member {told(_name(raw, flags))} is {what}", "pack the file itself, not a link to it")
    return _Said(raw, method, crc, packed, size, offset)


def _differs() -> Broken:
    return Broken("the zip's directory does not say what its members are", AGAIN)
