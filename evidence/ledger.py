"""The ledger in the database: entries are added under one lock, heads and proofs are computed by `core.custody`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from evidence.core import custody
from evidence.models import LedgerEntry, LedgerHead
from seal_advisor.models import Design
from seal_advisor.services import canonical


def append(kind: str, design: Design, subject: Mapping[str, Any], *, by: str) -> LedgerEntry:
    """Add a leaf in the caller's transaction. kind: received, packaged ...; subject: what it says, JSON values only."""
    at = timezone.now()
    with transaction.atomic():
        LedgerHead.objects.get_or_create(pk=1)
        head = LedgerHead.objects.select_for_update().get(pk=1)
        entry = canonical(
            {**subject, "kind": kind, "design": str(design.pk), "by": by, "at": at.isoformat(), "index": head.size}
        )
        row = LedgerEntry.objects.create(
            index=head.size,
            kind=kind,
            design=design,
            entry=entry,
            leaf_hash=custody.leaf_hash(entry.encode()).hex(),
            at=at,
        )
        head.size += 1
        head.save()
    return row
