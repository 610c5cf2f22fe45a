"""An archive that was handed in: its members are read one by one, and stored when all of it is known to be whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO, cast

from evidence.core import facts
from evidence.core.refusal import Refused
from evidence.core.unpacking import Packed
from evidence.core.unpacking.member import Readable
from evidence.core.unpacking.taking import outer_of, take
from evidence.core.upload import Declared
from evidence.models import Artefact
from evidence.reading.parent import readers
from evidence.storage import Shelf, Slot, Spool, Stored

REFUSED = "refused"
Store = Callable[[facts.Artefact, Stored], tuple[Artefact, bool]]


def receive(packed: Packed, declared: Declared, store: Store) -> tuple[Artefact, bool]:
    """(the archive's own artefact, or that of the one file it compresses; whether it is new).

    The archive's own comes last, so that it stands for members that are all there. Raises Refused; then nothing was
    stored: for the archive as a whole, or when not one of its members can be taken.
    """
    with Shelf() as shelf:
        slots: list[Slot] = []

        def read(name: str, source: Readable) -> facts.Artefact:
            with Spool() as spool:
                taken = readers.intake(name, cast(BinaryIO, source), spool.write, declared=declared, again=spool.again)
                slots.append(shelf.put(spool))
                return taken

        members = take(packed, declared, read)
        good = [one for one in members if one.kind != REFUSED]
        if not good:
            first = members[0]
            raise Refused(f"no member can be taken; {first.name}: {first.error}", "hand in the files that matter")
        stored = [store(one, slot) for one, slot in zip(good, slots, strict=True)]
        if packed.single:
            return stored[0]
        outer = outer_of(packed, members, declared)
        return store(outer, shelf.write(outer.content))
