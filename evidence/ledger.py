"""The ledger in the database: entries are added under one lock; heads and proofs are computed by `core.custody`."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from evidence.core import custody, signing
from evidence.core.custody import Frontier
from evidence.core.manifest import canonical, moment
from evidence.keys import signing_key
from evidence.models import LedgerEntry, LedgerHead
from seal_advisor.models import Design, Organisation


def append(
    kind: str,
    design: Design | None,
    entries: Iterable[Mapping[str, Any]],
    *,
    at: datetime,
    organisation: Organisation | None = None,
) -> int:
    """Add leaves in the caller's transaction, next to each other; returns the index of the first.

    kind: received, packaged, written ... An entry's canonical JSON is what is hashed and kept. organisation: only
    for what is about no design.
    """
    owner = organisation.pk if organisation else design.organisation_id if design else None
    with transaction.atomic():
        LedgerHead.objects.get_or_create(pk=1)
        head = LedgerHead.objects.select_for_update().get(pk=1)
        first = head.size
        frontier = Frontier(head.size, tuple(bytes.fromhex(peak) for peak in head.peaks))
        rows = []
        for entry in entries:
            text = canonical(entry)
            leaf = custody.leaf_hash(text)
            rows.append(
                LedgerEntry(
                    index=frontier.size,
                    kind=kind,
                    design=design,
                    organisation_id=owner,
                    entry=text.decode(),
                    leaf_hash=leaf.hex(),
                    at=at,
                )
            )
            frontier = frontier.append(leaf)
        LedgerEntry.objects.bulk_create(rows)
        LedgerHead.objects.filter(pk=1).update(size=frontier.size, peaks=[peak.hex() for peak in frontier.peaks])
    return first


def leaves(size: int | None = None) -> list[bytes]:
    """All leaf hashes in order, or those of the first `size`."""
    hashes = LedgerEntry.objects.order_by("index").values_list("leaf_hash", flat=True)
    return [bytes.fromhex(leaf) for leaf in hashes[:size]]


def signed_head() -> dict[str, Any]:
    """The tree head now; signature: base64, over the canonical JSON of size, root and timestamp."""
    head = LedgerHead.objects.filter(pk=1).first() or LedgerHead()
    root = Frontier(head.size, tuple(bytes.fromhex(peak) for peak in head.peaks)).root
    statement = {"size": head.size, "root": root.hex(), "timestamp": moment(timezone.now())}
    with signing_key() as key:
        return {
            **statement,
            "signature": base64.b64encode(signing.sign_bytes(canonical(statement), key)).decode(),
            "certificate": signing.to_pem(key.certificate).decode(),
        }


def proof(entry: LedgerEntry) -> dict[str, Any]:
    """Inclusion of the entry in the ledger as it is now."""
    known = leaves()
    rows = custody.levels(known)
    return {
        "index": entry.index,
        "leaf": entry.leaf_hash,
        "entry": entry.entry,
        "size": len(known),
        "root": rows[-1][0].hex(),
        "inclusion": [sibling.hex() for sibling in custody.path(rows, entry.index)],
    }


def faults() -> list[str]:
    """What is wrong with the ledger: an entry that does not hash to its leaf, a gap, a head that is not the leaves'."""
    found, frontier = [], Frontier()
    for row in LedgerEntry.objects.order_by("index").iterator():
        if row.index != frontier.size:
            found.append(f"entry {row.index}: entry {frontier.size} is missing before it")
        if custody.leaf_hash(row.entry.encode()).hex() != row.leaf_hash:
            found.append(f"entry {row.index}: its text was changed (hash {row.leaf_hash[:16]} is not its own)")
        frontier = frontier.append(bytes.fromhex(row.leaf_hash))
    head = LedgerHead.objects.filter(pk=1).first() or LedgerHead()
    if (head.size, head.peaks) != (frontier.size, [peak.hex() for peak in frontier.peaks]):
        found.append(f"the head says {head.size} entries, its root is not that of the {frontier.size} that are there")
    return found
