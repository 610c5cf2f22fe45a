"""The members of a tar stream: POSIX ustar and pax, and GNU's long names.

Only files and folders are taken; a link, a device or a sparse file refuses the archive. SOURCE: POSIX.1-2017, pax,
"ustar Interchange Format" and "pax Extended Header"; GNU tar manual, "Basic Tar Format".
"""

from __future__ import annotations

from collections.abc import Iterator

from evidence.core.unpacking.member import FOLDER, HIDDEN, STEP, Member, Readable, hidden, member_name, told
from evidence.core.unpacking.unfit import Broken, Unfit

BLOCK = 512
# Longer than any name; a header that claims more is no name.
HEADER_BYTES = 64 * 1024
PACK = "pack the files again with `tar -czf FILE.tar.gz --hard-dereference --dereference FOLDER`"
REFUSED = {b"1": "a hard link", b"2": "a symbolic link", b"3": "a device", b"4": "a device", b"6": "a named pipe",
           b"S": "a sparse file"}  # fmt: skip


class _Part:
    """The bytes of one member; refuses a stream that ends before it."""

    def __init__(self, source: Readable, size: int) -> None:
        self._source, self._left = source, size

    def read(self, size: int, /) -> bytes:
        wanted = min(size, self._left)
        data = self._source.read(wanted)
        if len(data) < wanted:
            raise _broken()
        self._left -= wanted
        return data


def members(archive: str, source: Readable) -> Iterator[Member]:
    """Every file and folder, in order. Raises Refused for what makes the archive unfit or incomplete."""
    longer: dict[str, str] = {}
    while True:
        header = source.read(BLOCK)
        if len(header) < BLOCK:
            raise _broken()
        if header == bytes(BLOCK):
            _only_zeros(source)
            return
        size, kind = _size(header), header[156:157]
        if kind in (b"x", b"g", b"L", b"K"):
            longer |= _extended(kind, _header_text(source, size))
            continue
        size = int(longer.pop("size", size))
        name = longer.pop("path", "") or _name(header)
        longer = {}
        if kind == b"5":
            _skip(source, size)
            if any(part not in ("", ".") for part in name.split("/")):
                yield Member(member_name(archive, name), _Part(source, 0), error=FOLDER)
            continue
        if kind not in (b"0", b"\x00", b"7"):
            what = REFUSED.get(kind, "of a kind that is never read")
            raise Unfit(f"the member {told(name)} is {what}", PACK)
        whole = member_name(archive, name)
        error = HIDDEN if hidden(whole) else ""
        yield Member(whole, _Part(source, size), error=error)
        _skip(source, -size % BLOCK)


def _broken() -> Broken:
    return Broken("the archive breaks off", "pack it again, and hand in the complete file")


def _size(header: bytes) -> int:
    """The member's length; the header's checksum is checked first."""
    total = sum(header) - sum(header[148:156]) + 8 * 32
    if total != _number(header[148:156]):
        raise Broken("the archive is damaged: a header's checksum is wrong", "pack it again")
    return _number(header[124:136])


def _number(field: bytes) -> int:
    """Octal digits, or GNU's base 256 for what they cannot hold."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    try:
        return int(field.split(b"\x00")[0].strip() or b"0", 8)
    except ValueError:
        raise Broken("the archive is damaged: a header holds no number", "pack it again") from None


def _name(header: bytes) -> str:
    name, prefix = header[:100].split(b"\x00")[0], header[345:500].split(b"\x00")[0]
    whole = prefix + b"/" + name if prefix and header[257:263] == b"ustar\x00" else name
    return _text(whole)


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Unfit(f"the name of the member {told(raw)} is not UTF-8", "rename the file and pack it again") from None


def _header_text(source: Readable, size: int) -> bytes:
    if size > HEADER_BYTES:
        raise Unfit(f"a header of the archive is larger than {HEADER_BYTES // 1024} KiB", "pack the files again")
    data = source.read(size)
    _skip(source, -size % BLOCK)
    if len(data) < size:
        raise _broken()
    return data


def _extended(kind: bytes, data: bytes) -> dict[str, str]:
    """What a pax header or GNU's long name says about the next member; a global header may not name one."""
    if kind == b"L":
        return {"path": _text(data.rstrip(b"\x00"))}
    if kind == b"K":
        return {}
    found: dict[str, str] = {}
    while data:
        count, _, _ = data.partition(b" ")
        length = int(count) if count.isdigit() and len(count) < 7 else 0
        if not len(count) + 1 < length <= len(data):
            raise Broken("the archive is damaged: a pax header cannot be read", "pack it again")
        key, _, value = data[len(count) + 1 : length - 1].partition(b"=")
        if key.startswith(b"GNU.sparse"):
            raise Unfit("the archive holds a sparse file", PACK)
        if kind == b"x" and (key == b"path" or (key == b"size" and value.isdigit() and len(value) < 20)):
            found[key.decode()] = _text(value)
        data = data[length:]
    return found


def _skip(source: Readable, size: int) -> None:
    while size:
        taken = len(source.read(min(size, STEP)))
        if not taken:
            raise _broken()
        size -= taken


def _only_zeros(source: Readable) -> None:
    """After the end only padding may follow: a second archive behind it would be one that nobody sees."""
    while data := source.read(STEP):
        if data.strip(b"\x00"):
            raise Unfit("other bytes follow the end of the archive", "pack all files into one archive")
