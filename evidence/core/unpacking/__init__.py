"""Archives, opened as a stream: gzip, tar, tar.gz and zip, member by member, and never a byte of them on a disk.

    opened(name, source) -> Packed, or the same bytes as a Rejoined stream when they are no archive

What an archive may be: at most 2,000 members, 4 GiB unpacked, 100 times its own size unpacked (the first 8 MiB are
free), one level deep: a gzipped file inside a zip or tar is opened, an archive inside an archive is not. A link, a
device, an encrypted member or a name that leaves the folder refuses the archive as a whole. Nothing that a member holds
may be kept before the last one was read: only then is the archive known to be whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import TypeVar

from evidence.core.sniff import archive
from evidence.core.unpacking import tar, zip_file
from evidence.core.unpacking.budget import Budget
from evidence.core.unpacking.gzip_file import Inflated
from evidence.core.unpacking.member import FOLDER, Member, Readable, Rejoined, below
from evidence.core.unpacking.outer import Outer
from evidence.core.unpacking.unfit import Broken, Unfit

__all__ = ["PEEK", "Member", "Packed", "Rejoined", "opened", "plain_name"]

T = TypeVar("T")

PEEK = 512
NESTED = "an archive inside an archive is not opened"
APART = "hand it in by itself"


def opened(name: str, source: Readable) -> Packed | Rejoined:
    """The archive of this name, or the bytes from their beginning where they are none."""
    head = source.read(PEEK)
    kind = archive(head)
    whole = Rejoined(head, source)
    return Packed(name, kind, whole) if kind else whole


def plain_name(name: str) -> str:
    """The base name of a member: what `upload.check_name` takes for a file's own name."""
    return name.rpartition("!")[2].rpartition("/")[2]


class Packed:
    """One archive, to be iterated once; each member must be read before the next one is asked for.

    kind: "gzip" (its one file is the artefact), "tar.gz", "tar" or "zip". After the last member: sha256, size of the
    archive's own bytes. Raises Refused for whatever makes the archive as a whole unfit.
    """

    def __init__(self, name: str, kind: str, source: Readable) -> None:
        self.name = name
        self.kind = kind
        self._outer = Outer(source)
        self._budget = Budget(self._outer)
        self._inside: Inflated | None = None
        if kind == "gzip":
            inside = self._inside = Inflated(self._outer, self._budget)
            self._head = self._begun(lambda: inside.read(PEEK))
            if archive(self._head) == "tar":
                self.kind = "tar.gz"

    @property
    def single(self) -> bool:
        """Whether this is one compressed file and no collection."""
        return self.kind == "gzip"

    @property
    def sha256(self) -> str:
        return self._outer.sha256

    @property
    def size(self) -> int:
        return self._outer.size

    def __iter__(self) -> Iterator[Member]:
        names: set[str] = set()
        members = self._members()
        first = self._begun(lambda: next(members, None))
        for member in chain([first] if first else (), members):
            self._budget.enter(member.name)
            if member.error == FOLDER:
                continue
            if member.name in names:
                raise Unfit(f"two members are named {below(member.name)}", "pack the files again, each once")
            names.add(member.name)
            found = self._unzipped(member)
            yield found
            found.finish()
        self._outer.finish()
        if not names:
            raise Unfit("the archive holds no file", "pack the files again")

    def _begun(self, step: Callable[[], T]) -> T:
        """The first step into the archive; what breaks there is no archive, whatever its first bytes say."""
        try:
            return step()
        except Broken as broken:
            reason = f"this is no {self.kind} archive that can be read: {broken.reason}"
            raise Broken(reason, broken.remedy, status=415) from None

    def _members(self) -> Iterator[Member]:
        if self.kind == "zip":
            return zip_file.members(self.name, self._outer, self._budget)
        if self._inside is None:
            return tar.members(self.name, self._outer)
        whole = Rejoined(self._head, self._inside)
        if self.kind == "tar.gz":
            return tar.members(self.name, whole)
        inner = self.name[:-3] if self.name.lower().endswith(".gz") else self.name
        return iter([Member(f"{self.name}!{inner}", whole)])

    def _unzipped(self, member: Member) -> Member:
        """A gzipped file inside: its content, under both names. An archive inside is marked, not opened."""
        if member.error:
            return member
        head = member.source.read(PEEK)
        kind = archive(head)
        member.source = Rejoined(head, member.source)
        if kind != "gzip" or self.single:
            member.error = f"{NESTED}; {APART}" if kind else ""
            return member
        outer = Outer(member.source)
        inside = Inflated(outer, self._budget)
        begin = inside.read(PEEK)
        base = plain_name(member.name)
        inner = base[:-3] if base.lower().endswith(".gz") else base
        found = Member(f"{member.name}!{inner}", Rejoined(begin, inside), gzip=(base, outer))
        found.error = f"{NESTED}; {APART}" if archive(begin) else ""
        return found
