"""Archives on the command line: every member is a file of its own, named "ARCHIVE!member"."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import BinaryIO, cast

from evidence.core.facts import Artefact, Declared
from evidence.core.unpacking import Packed, Rejoined, opened, plain_name
from evidence.core.unpacking.member import HIDDEN, Readable
from evidence.core.unpacking.taking import outer_of, take
from evidence.core.unpacking.unfit import Unfit
from evidence.core.upload import TEXT_BYTES
from evidence.spooling import facts_of
from evidence.spooling import take as spooled
from seal_advisor.core.record import Record, replace

# The members of one archive that are held until all were seen; a secret in one is taken out of the others.
HELD_BYTES = 256 * 1024 * 1024
BLOCK = 1024 * 1024
PENDING = "pending"


class Unpacked(Record, unshown=("members",)):
    """One archive whose members are known to be whole; those of kind PENDING hold their bytes as they came."""

    packed: Packed
    members: tuple[Artefact, ...]

    @property
    def waiting(self) -> Iterator[tuple[str, bytes]]:
        """(plain name, bytes) of every member that is still to be taken in."""
        return ((plain_name(one.name), one.content) for one in self.members if one.kind == PENDING)

    def artefacts(self, taken: Iterator[Artefact], about: Declared) -> Sequence[Artefact]:
        """The archive's own artefact and its members. taken: what became of those that were waiting, in order.

        Hidden files stand in the archive's list only, as a folder's hidden files are left out.
        """
        whole = [
            replace(next(taken), name=one.name, within=one.within) if one.kind == PENDING else one
            for one in self.members
        ]
        seen = [one for one in whole if not one.error.startswith(HIDDEN)]
        return seen if self.packed.single else [outer_of(self.packed, whole, about), *seen]


def _begin(source: Readable) -> tuple[deque[bytes], int]:
    """(blocks, their size) of what is taken in at once: all of it, or just more than that."""
    blocks, size = deque[bytes](), 0
    while size <= TEXT_BYTES and (block := source.read(BLOCK)):
        blocks.append(block)
        size += len(block)
    return blocks, size


def unpack(path: str, name: str, about: Declared, *, facts_only: bool) -> Unpacked:
    """The archive at this path. facts_only: a large member is read as a stream and only its facts stay.

    Raises Refused for the archive as a whole, OSError where it cannot be read.
    """
    held = 0

    def read(plain: str, source: Readable) -> Artefact:
        nonlocal held
        blocks, size = _begin(source)
        if size > TEXT_BYTES:
            return (facts_of if facts_only else spooled)(plain, cast(BinaryIO, Rejoined(blocks, source)), about)
        data = b"".join(blocks)
        held += size
        if held > HELD_BYTES:
            limit = HELD_BYTES // 2**20
            raise Unfit(f"the archive holds more than {limit} MiB", "hand in the files one by one", None, 413)
        return Artefact(plain, "", len(data), PENDING, content=data)

    with open(path, "rb") as file:
        packed = opened(name, file)
        if not isinstance(packed, Packed):
            raise Unfit("the file changed while it was read", "hand it in again")
        return Unpacked(packed, take(packed, about, read))
