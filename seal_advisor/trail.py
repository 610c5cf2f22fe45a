"""The audit trail of writes: who changed what, from what, to what, in the same transaction as the change.

This package says it; the evidence package enters it into the ledger (`evidence/trail.py`). What a receiver raises goes
on to the caller: a change that cannot be entered does not happen. Secrets never come here: a token is named, not told.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.dispatch import Signal

from seal_advisor.access import Actor
from seal_advisor.core.record import Record
from seal_advisor.models import Design, Organisation

written = Signal()  # change: Change


class Change(Record):
    """One write. what: thing and verb ("design.created", "token.revoked"). about: which one, by its id.

    by: Actor.label. organisation: None for what belongs to the whole installation. before, after: JSON values; None
    before a creation and after an end.
    """

    what: str
    about: str
    by: str
    organisation: Organisation | None
    design: Design | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def record(
    actor: Actor | str,
    what: str,
    about: object,
    *,
    design: Design | None = None,
    organisation: Organisation | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Enter one write. Call it in the transaction that makes it. actor: a word for what nobody did ("first start")."""
    change = Change(
        what=what,
        about=str(about),
        by=actor if isinstance(actor, str) else actor.label,
        organisation=organisation or (design.organisation if design else None),
        design=design,
        before=before,
        after=after,
    )
    written.send(sender=Change, change=change)
