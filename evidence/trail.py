"""The audit trail in the ledger: every write of either package is a leaf, next to the evidence that it is about."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from evidence import ledger
from evidence.core.manifest import moment
from seal_advisor.trail import Change

KIND = "written"


def enter(change: Change, **_: Any) -> None:
    """In the transaction of the change itself; the ledger's lock is taken last."""
    now = timezone.now()
    entry = {
        "what": change.what,
        "about": change.about,
        "by": change.by,
        "at": moment(now),
        "organisation": str(change.organisation.pk) if change.organisation else None,
        "design": str(change.design.pk) if change.design else None,
        "before": change.before,
        "after": change.after,
    }
    ledger.append(KIND, change.design, [entry], at=now, organisation=change.organisation)
