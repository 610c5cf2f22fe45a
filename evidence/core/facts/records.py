"""What people and jobs record about keys and backups: a ceremony, a series of snapshots."""

from __future__ import annotations

from datetime import datetime

from seal_advisor.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar


class CeremonyFacts(Record):
    """The record of a key ceremony. began, ended: aware. keys: labels of the keys that were made.

    present: role -> name of who was there, as the record names them.
    """

    KIND: ClassVar[str] = "ceremony_record"
    began: datetime
    ended: datetime
    keys: tuple[str, ...]
    present: tuple[tuple[str, str], ...]


class Snapshot(Record):
    """One snapshot file. at: when it was written; size: bytes."""

    name: str
    at: datetime
    size: int
    line: int


class SnapshotsFacts(Record):
    """A listing of snapshot files with their times, oldest first. where: "folder", or "bucket" for an object store."""

    KIND: ClassVar[str] = "snapshot_log"
    where: str
    snapshots: tuple[Snapshot, ...]

    @property
    def first(self) -> datetime | None:
        return self.snapshots[0].at if self.snapshots else None

    @property
    def last(self) -> datetime | None:
        return self.snapshots[-1].at if self.snapshots else None
