"""Is this DER? A structure whose bytes are not all covered by a digest may be written in one way only.

Looks at the encoding and at nothing else: what the values mean is the caller's business.
SOURCE: ITU-T X.690 (02/2021), sections 8 (basic rules), 10 and 11 (distinguished rules).
"""

from __future__ import annotations

MAX_DEPTH = 40
CONSTRUCTED, CLASS, NUMBER = 0x20, 0xC0, 0x1F
BOOLEAN, INTEGER, BIT_STRING, NULL, OID, SEQUENCE, SET = 1, 2, 3, 5, 6, 16, 17


class NotDer(ValueError):
    """The bytes are no single value in DER; the message says what is wrong and where (bytes from the start)."""


def value(data: bytes, start: int, stop: int) -> tuple[int, int]:
    """(where the content starts, where the value ends) of the value at `start`. Raises NotDer."""
    if stop - start < 2:
        raise NotDer(f"cut off at byte {start}")
    if data[start] & NUMBER == NUMBER:
        raise NotDer(f"a tag that nobody uses here at byte {start}")
    first = data[start + 1]
    if first < 0x80:
        begin, length = start + 2, first
    else:
        count = first & 0x7F
        begin = start + 2 + count
        length = int.from_bytes(data[start + 2 : begin], "big")
        if not 1 <= count <= 4 or begin > stop or length < 0x80 or data[start + 2] == 0:
            raise NotDer(f"a length that is not the shortest at byte {start + 1}")
    if begin + length > stop:
        raise NotDer(f"longer than what holds it at byte {start}")
    return begin, begin + length


def demand(data: bytes) -> None:
    """Raises NotDer unless the bytes are one value in DER, to the last of them."""
    if _walked(data, 0, len(data), 0) != len(data):
        raise NotDer("more than one value")


def _walked(data: bytes, start: int, stop: int, depth: int) -> int:
    """Where the value at `start` ends, once it and all inside it were looked at."""
    if depth > MAX_DEPTH:
        raise NotDer("nested too deeply")
    begin, end = value(data, start, stop)
    tag = data[start]
    universal = tag & NUMBER if tag & CLASS == 0 else None
    if universal is not None and bool(tag & CONSTRUCTED) != (universal in (SEQUENCE, SET)):
        raise NotDer(f"a form that its type has not at byte {start}")
    if not tag & CONSTRUCTED:
        _plain(universal, data[begin:end], start)
        return end
    inner, parts = begin, []
    while inner < end:
        after = _walked(data, inner, end, depth + 1)
        parts.append(data[inner:after])
        inner = after
    if universal == SET and parts != sorted(parts):
        raise NotDer(f"a set out of order at byte {start}")
    return end


def _plain(universal: int | None, content: bytes, start: int) -> None:
    """The one form that each of these types has."""
    lawful = True
    if universal == BOOLEAN:
        lawful = content in (b"\x00", b"\xff")
    elif universal == INTEGER:
        short = len(content) < 2 or not (
            (content[0] == 0 and content[1] < 0x80) or (content[0] == 0xFF and content[1] > 0x7F)
        )
        lawful = bool(content) and short
    elif universal == NULL:
        lawful = not content
    elif universal == BIT_STRING:
        spare = content[0] if content else 8
        lawful = spare < 8 and (spare == 0 or (len(content) > 1 and content[-1] & ((1 << spare) - 1) == 0))
    elif universal == OID:
        starts = [0, *(place + 1 for place, byte in enumerate(content[:-1]) if byte < 0x80)]
        lawful = bool(content) and content[-1] < 0x80 and all(content[place] != 0x80 for place in starts)
    if not lawful:
        raise NotDer(f"a value in another form than the shortest at byte {start}")
