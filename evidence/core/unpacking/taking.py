"""Every member of an archive as an artefact, and the archive as one that lists them.

The chain of custody holds both hashes: each member names what was around it, the archive's own artefact lists the
members, also those that were refused, with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from evidence.core.facts import Artefact, Declared
from evidence.core.facts.packed import PackedFacts, PackedMember
from evidence.core.redaction import safe_name
from evidence.core.refusal import Refused
from evidence.core.unpacking import Packed, plain_name
from evidence.core.unpacking.member import Member, Readable
from evidence.core.unpacking.unfit import Unfit
from evidence.core.upload import refused_artefact
from seal_advisor.core.record import replace

FORMAT, VERSION = "seal-advisor/archive", 1

Reader = Callable[[str, Readable], Artefact]


def take(packed: Packed, declared: Declared, reader: Reader) -> tuple[Artefact, ...]:
    """The artefacts of all members, in order, once the archive is known to be whole.

    reader: (plain name, stream) -> artefact; what it raises as Refused refuses this member only, or the archive where
    that is one compressed file. Raises Unfit for the archive as a whole.
    """
    found: list[tuple[Artefact, Member]] = []
    for member in packed:
        found.append((_one(packed, member, declared, reader), member))
    outer = (packed.name, packed.sha256)
    return tuple(
        replace(artefact, within=tuple((safe_name(name), sha256) for name, sha256 in (outer, *member.around)))
        for artefact, member in found
    )


def _one(packed: Packed, member: Member, declared: Declared, reader: Reader) -> Artefact:
    name = f"{safe_name(packed.name)}!{safe_name(member.name.removeprefix(f'{packed.name}!'))}"
    try:
        if member.error:
            reason, _, remedy = member.error.partition("; ")
            raise Refused(reason, remedy or "hand it in by itself", status=415)
        return replace(reader(plain_name(member.name), member.source), name=name)
    except Unfit:
        raise
    except Refused as refused:
        if packed.single:
            raise
        # Its bytes were not all seen, so it has no hash.
        return replace(refused_artefact(plain_name(member.name), b"", str(refused), declared), sha256="", name=name)


def outer_of(packed: Packed, members: Sequence[Artefact], declared: Declared) -> Artefact:
    """The archive's own artefact. Its content is the list of its members; nothing else of it is kept."""
    facts = PackedFacts(
        packed.kind,
        tuple(PackedMember(each.name, each.sha256, each.size, each.kind, each.error) for each in members),
    )
    return Artefact(
        name=safe_name(packed.name),
        sha256=packed.sha256,
        size=packed.size,
        kind=PackedFacts.KIND,
        content=written(facts),
        facts=facts,
        node=declared.node,
        observed_from=declared.observed_from,
        observed_to=declared.observed_to,
        source=declared.source,
    )


def written(facts: PackedFacts) -> bytes:
    """The list as JSON; `evidence.core.parsers.archive_listing` reads it back to the same facts."""
    members = [
        {"name": each.name, "sha256": each.sha256, "size": each.size, "kind": each.kind, "error": each.error}
        for each in facts.members
    ]
    document = {"format": FORMAT, "version": VERSION, "layout": facts.layout, "members": members}
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()
