"""When an artefact speaks of: the range that its records cover, or the moment at which it was taken."""

from __future__ import annotations

from datetime import datetime

from evidence.core.facts import (
    Artefact,
    AuditLogFacts,
    DiagnoseFacts,
    KeyStoreLogFacts,
    ServerLogFacts,
    StatusFacts,
    TlsScanFacts,
)


def range_of(artefact: Artefact) -> tuple[datetime | None, datetime | None]:
    """First and last record of a log; (None, None) for everything else."""
    match artefact.facts:
        case ServerLogFacts() | AuditLogFacts() | KeyStoreLogFacts() as log:
            return log.first, log.last
        case _:
            first, last = getattr(artefact.facts, "first", None), getattr(artefact.facts, "last", None)
            if isinstance(first, datetime) and isinstance(last, datetime):
                return first, last
            return None, None


def moment_in(artefact: Artefact) -> datetime | None:
    """The date that a capture carries in itself; None where it carries none or is a log."""
    match artefact.facts:
        case TlsScanFacts(started=moment) | StatusFacts(at=moment) | DiagnoseFacts(at=moment):
            return moment
        case _:
            at = getattr(artefact.facts, "at", None)
            return at if isinstance(at, datetime) else None
