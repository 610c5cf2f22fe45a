"""One package after another: what the next one's ledger starts from, and whether a package follows an older one.

A package is enough to go on from: the proof of its last entry holds the roots of all perfect subtrees before it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from evidence.core import custody, growth, manifest, zip_layout
from evidence.core.custody import Frontier, ProofError, TreeHead
from evidence.core.manifest import ManifestError, canonical
from evidence.core.zip_layout import NotAnArchive
from seal_advisor.core.record import Record

CONSISTENCY = "ledger/consistency.json"


class NoPackage(ValueError):
    """Nothing that a ledger can go on from; the message says why."""


class Last(Record):
    """Where a package's ledger ends. title: its design's."""

    head: TreeHead
    frontier: Frontier
    title: str


def last_of(archive: bytes) -> Last:
    """The end of this package's ledger. Whether the package is valid, `verify` says. Raises NoPackage."""
    try:
        listed = manifest.parse(zip_layout.read(archive).members[manifest.NAME])
    except (NotAnArchive, KeyError, ManifestError) as error:
        raise NoPackage("no package: it has no manifest that can be read") from error
    size, members = listed["ledger"].get("size"), listed["members"]
    ends = [one for one in members if one["ledger"]["leaf"] == (size or 0) - 1]
    if not ends or not manifest.proved(ends[0], listed["ledger"]):
        raise NoPackage("its last entry is not proved to be in its ledger")
    entry = {key: value for key, value in ends[0].items() if key != "ledger"}
    proof = [bytes.fromhex(value) for value in ends[0]["ledger"]["proof"]]
    frontier = growth.frontier_of_last(custody.leaf_hash(canonical(entry)), int(size), proof)
    if frontier.root.hex() != listed["ledger"]["root"]:
        raise NoPackage("its ledger has another root than its last entry leads to")
    head = TreeHead(frontier.size, frontier.root, str(listed.get("created_at")))
    return Last(head, frontier, str(listed.get("title")))


def difference(files: Mapping[str, bytes], listed: Mapping[str, Any], old: Last) -> str:
    """Why the package of these files does not follow the old one; "" when it does, step by step or at once."""
    ledger = listed["ledger"]
    if ledger["size"] == old.head.size and ledger["root"] == old.head.root.hex():
        return "this is the same package, or one with the same ledger, not a later one"
    if ledger["size"] <= old.head.size:
        return f"this package is the older one: its ledger has {ledger['size']} entries, the other's {old.head.size}"
    if CONSISTENCY not in files:
        return "its ledger begins anew: it does not say which package it follows"
    named = previous_head(files[CONSISTENCY])
    if named is None:
        return f"{CONSISTENCY} cannot be read"
    if (named.size, named.root) != (old.head.size, old.head.root):
        return (
            f"it follows another package: that one's ledger has {named.size} entries, the given one's {old.head.size}"
        )
    return ""


def previous_head(data: bytes) -> TreeHead | None:
    """The head that a consistency proof starts from; None for bytes that are no such proof."""
    try:
        old = json.loads(data)["previous"]
        return TreeHead(int(old["size"]), bytes.fromhex(old["root"]), str(old["timestamp"]))
    except (ValueError, KeyError, TypeError, RecursionError, ProofError):
        return None
