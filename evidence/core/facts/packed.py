"""An archive that was taken in: what it held, and what became of each member."""

from __future__ import annotations

from seal_advisor.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar


class PackedMember(Record):
    """One file of the archive. sha256, size: of its ORIGINAL bytes ("" where they were not all read); kind as in an
    artefact, "refused" with `error` where it was not taken.
    """

    name: str
    sha256: str
    size: int
    kind: str
    error: str = ""


class PackedFacts(Record):
    """The list of an archive's members, which are artefacts of their own. layout: "zip", "tar" or "tar.gz"."""

    KIND: ClassVar[str] = "archive"
    layout: str
    members: tuple[PackedMember, ...]
