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
    """Add leaves of one kind in the caller's transaction, next to each other; returns the index of the first.

    kind: received, packaged, written ... organisation: only for what is about no design.
    """
    return append_each([(kind, entry) for entry in entries], design, at=at, organisation=organisation)


def append_each(
    entries: Iterable[tuple[str, Mapping[str, Any]]],
    design: Design | None,
    *,
    at: datetime,
    organisation: Organisation | None = None,
) -> int:
    """The same for leaves of several kinds. An entry's canonical JSON is what is hashed and kept.

    Beside each leaf stands the root of the tree up to it, so that what was changed later shows at its own place.
    """
    owner = organisation.pk if organisation else design.organisation_id if design else None
    with transaction.atomic():
        LedgerHead.objects.get_or_create(pk=1)
        # Whoever holds a design waits here, and entries refer to their design: if a lock (of whatever row) did not
        # spare the key, an edit and an upload would wait for each other, which PostgreSQL ends with an error.
        head = LedgerHead.objects.select_for_update(no_key=True).get(pk=1)
        first = head.size
        frontier = Frontier(head.size, tuple(bytes.fromhex(peak) for peak in head.peaks))
        rows = []
        for kind, entry in entries:
            text = canonical(entry)
            leaf = custody.leaf_hash(text)
            frontier = frontier.append(leaf)
            rows.append(
                LedgerEntry(
                    index=frontier.size - 1,
                    kind=kind,
                    design=design,
                    organisation_id=owner,
                    entry=text.decode(),
                    leaf_hash=leaf.hex(),
                    root=frontier.root.hex(),
                    at=at,
                )
            )
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


def growth(first: int) -> dict[str, Any]:
    """Proof that the ledger of `first` entries is the beginning of this one. Raises custody.ProofError."""
    known = leaves()
    return {
        "first": first,
        "first_root": custody.root(known[:first]).hex(),
        "size": len(known),
        "root": custody.root(known).hex(),
        "consistency": [value.hex() for value in custody.consistency(known, first)],
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
