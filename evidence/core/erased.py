"""What is left of evidence that an administrator erased: that it was there, and why it is gone."""

from __future__ import annotations

from datetime import datetime

from seal_advisor.core.record import Record


class Tombstone(Record):
    """One erased artefact. sha256, size: of the original bytes. erased_by: the administrator, as in the ledger."""

    name: str
    sha256: str
    size: int
    kind: str
    received_at: datetime
    uploader: str
    erased_at: datetime
    erased_by: str
    reason: str
