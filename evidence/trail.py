"""The audit trail in the ledger: every write of either package is a leaf, next to the evidence that it is about.

Some writes are leaves of their own kind: a file that came in, a vote, a hold, a statement. Read, they are all alike.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from django.utils import timezone

from evidence import ledger
from evidence.core.manifest import moment
from evidence.models import LedgerEntry
from seal_advisor.core.record import Record
from seal_advisor.trail import Change

KIND = "written"
Entry = Mapping[str, Any]


class Write(Record):
    """One write. leaf: its index in the ledger. what: thing and verb. about: which one, by its id.

    at: ISO 8601, UTC. organisation, design: ids, None where it is about none. before, after: JSON values.
    """

    leaf: int
    what: str
    about: str
    by: str
    at: str
    organisation: str | None
    design: str | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


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


def said(row: LedgerEntry) -> Write:
    """What the leaf says. Raises KeyError for a leaf that stands for no write."""
    entry = json.loads(row.entry)
    what, about, before, after = _READ[row.kind](entry)
    return Write(
        leaf=row.index,
        what=what,
        about=about,
        by=str(entry.get("by") or entry.get("uploader") or entry.get("rule_by") or ""),
        at=moment(row.at) or "",
        organisation=str(row.organisation_id) if row.organisation_id else None,
        design=str(row.design_id) if row.design_id else None,
        before=before,
        after=after,
    )


Read = tuple[str, str, "Entry | None", "Entry | None"]
# What says whose and when; of the rest one reads what was done.
_FRAME = frozenset({"what", "design", "by", "at", "uploader", "received_at", "rule_by", "deleted_at", "erased_at"})


def _written(entry: Entry) -> Read:
    return entry["what"], entry["about"], entry["before"], entry["after"]


def _received(entry: Entry) -> Read:
    return "evidence.received", entry["artefact"], None, _rest(entry, "artefact")


def _review(entry: Entry) -> Read:
    what = f"review.{entry['what'].removeprefix('review ').replace(' ', '_').replace('-', '_')}"
    return what, f"review {entry['review']}", None, _rest(entry, "review")


def _held(entry: Entry) -> Read:
    what = f"hold.{entry['what'].removeprefix('legal hold ')}"
    released = what == "hold.released"
    return what, entry["hold"], {"held": True} if released else None, _rest(entry, "hold") | {"held": not released}


def _stated(entry: Entry) -> Read:
    thing, _, verb = entry["what"].partition(" ")
    stated = {**entry["stated"]}
    if verb == "ended":
        return f"{thing}.{verb}", entry["statement"], stated, {"why": entry["why"]}
    before = {"approver": None} if verb == "approved" else None
    return f"{thing}.{verb}", entry["statement"], before, stated


def _deleted(entry: Entry) -> Read:
    """A file that was erased, each package that held it, and a package whose retention was over."""
    if "artefact" in entry:
        return "evidence.erased", entry["artefact"], _rest(entry, "artefact", "why"), {"why": entry["why"]}
    after = {"rule_days": entry["rule_days"]} if "rule_days" in entry else None
    what = "package.deleted" if after else "package.erased"
    return what, entry["package"], _rest(entry, "package", "rule_days"), after


def _rest(entry: Entry, *known: str) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in _FRAME and name not in known}


# Kind of leaf -> how it is read.
_READ: Mapping[str, Callable[[Entry], Read]] = {
    KIND: _written,
    "received": _received,
    "review": _review,
    "held": _held,
    "waived": _stated,
    "attested": _stated,
    "deleted": _deleted,
}
KINDS = tuple(_READ)
