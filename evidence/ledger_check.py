"""Is everything as it was written? Every leaf, their order, the rows that leaves speak of, blobs, and packages' heads.

Whoever has the database's password can change rows behind the triggers' back. Each leaf carries the root of the tree up
to it, so the first place that does not fit is named; what a row says is held against what its leaves said; and a ledger
that was written anew from its beginning no longer fits the heads that were signed into packages.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

from evidence.core import custody
from evidence.core.custody import Frontier
from evidence.core.verify import HEAD
from evidence.models import Artefact, Erasure, LedgerEntry, LedgerHead, Package
from evidence.receipts import PARSED, RECEIVED, REDACTED, said_now
from evidence.register.models import Entry, SharedCertificate
from evidence.register.services import KINDS, stated
from evidence.storage import BlobChanged, get_blob

OF_ARTEFACTS = (RECEIVED, REDACTED, PARSED)
# Kinds whose leaves say it in `what` too: the column is not hashed, so it is held against them.
SAYS_ITS_KIND = frozenset({*OF_ARTEFACTS, "judged"})


class _Reading:
    """One pass over the leaves: faults, roots by size, and what was said about artefacts and statements."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.roots: dict[int, str] = {0: custody.EMPTY_ROOT.hex()}
        self.artefacts: dict[str, dict[str, Any]] = {}
        self.statements: dict[str, dict[str, Any]] = {}
        self.frontier = Frontier()
        self.lost_order = False

    def read(self, row: LedgerEntry) -> None:
        if row.index != self.frontier.size and not self.lost_order:
            self.faults.append(f"entry {row.index}: entry {self.frontier.size} is missing before it")
        if custody.leaf_hash(row.entry.encode()).hex() != row.leaf_hash:
            self.faults.append(f"entry {row.index}: its text was changed (hash {row.leaf_hash[:16]} is not its own)")
        self.frontier = self.frontier.append(bytes.fromhex(row.leaf_hash))
        root = self.frontier.root.hex()
        self.roots[self.frontier.size] = root
        if row.root != root and not self.lost_order:
            self.lost_order = True  # every root after the first wrong one is wrong for the same reason
            self.faults.append(
                f"entry {row.index}: the ledger up to it is not what it was when it was written: this entry or one"
                " before it was changed, moved or removed"
            )
        self._remember(row)

    def _remember(self, row: LedgerEntry) -> None:
        try:
            entry = json.loads(row.entry)
        except ValueError:
            self.faults.append(f"entry {row.index}: its text is no JSON")
            return
        if row.kind in SAYS_ITS_KIND and entry.get("what") != row.kind:
            self.faults.append(f"entry {row.index}: its kind was changed to {row.kind}; it says {entry.get('what')}")
        if entry.get("design") and str(row.design_id) != entry["design"]:
            self.faults.append(f"entry {row.index}: it was moved to another design than the one that it names")
        if "artefact" in entry and row.kind in OF_ARTEFACTS:
            self.artefacts.setdefault(entry["artefact"], {}).update(entry)
        if "statement" in entry:
            self.statements[entry["statement"]] = entry["stated"]


def faults(*, blobs: bool = True) -> list[str]:
    """Everything that is not as it was written, each with its name; empty when all is. blobs: read the files too."""
    reading = _Reading()
    for row in LedgerEntry.objects.order_by("index").iterator():
        reading.read(row)
    head = LedgerHead.objects.filter(pk=1).first() or LedgerHead()
    if (head.size, head.peaks) != (reading.frontier.size, [peak.hex() for peak in reading.frontier.peaks]):
        reading.faults.append(
            f"the head says {head.size} entries, its root is not that of the {reading.frontier.size} that are there"
        )
    found = [*reading.faults, *_artefacts(reading), *_statements(reading)]
    if blobs:
        found += [*_blobs(), *_heads(reading)]
    return found


def _artefacts(reading: _Reading) -> Iterator[str]:
    """Rows against their leaves; leaves without a row are accounted for by a tombstone."""
    there: set[str] = set()
    for row in Artefact.objects.order_by("received_at", "pk").iterator():
        there.add(str(row.pk))
        said = reading.artefacts.get(str(row.pk))
        if said is None:
            yield f"artefact {row.pk} ({row.name}): no entry says that it was received"
            continue
        now = said_now(row)
        for name in (name for name in said if name in now and said[name] != now[name]):
            yield f"artefact {row.pk} ({row.name}): {name} was changed; the ledger says {_short(said[name])}"
    erased = {str(pk) for pk in Erasure.objects.values_list("pk", flat=True)}
    for artefact, said in reading.artefacts.items():
        if artefact not in there and artefact not in erased:
            yield f"artefact {artefact} ({said.get('name')}): its row is gone, and no tombstone says why"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:80]}..."


def _statements(reading: _Reading) -> Iterator[str]:
    for model in (*KINDS.values(), SharedCertificate):
        rows: Any = model.objects  # type: ignore[attr-defined]
        for row in rows.order_by("entered_at", "pk").iterator():
            yield from _statement(row, reading.statements.get(str(row.pk)))


def _statement(row: Entry, said: dict[str, Any] | None) -> Iterator[str]:
    name = f"{type(row).__name__.lower()} {row.pk}"
    if said is None:
        yield f"{name}: no entry says that it was stated"
        return
    now = json.loads(json.dumps(stated(row)))
    for field in (field for field in said if said[field] != now.get(field)):
        yield f"{name}: {field} was changed; the ledger says {_short(said[field])}"


def _blobs() -> Iterator[str]:
    for row in Artefact.objects.order_by("received_at", "pk").iterator():
        yield from _blob(lambda row=row: get_blob(row.blob, row.blob_sha256), f"artefact {row.pk} ({row.name})")


def _blob(read: Callable[[], object], name: str) -> Iterator[str]:
    try:
        read()
    except BlobChanged as error:
        yield f"{name}: {error}"


def _heads(reading: _Reading) -> Iterator[str]:
    """The head that was signed into each package, against the root of the ledger at that size today."""
    for package in Package.objects.exclude(archive_blob="").order_by("created_at", "pk").iterator():
        name = f"package {package.pk} ({package.title})"
        try:
            data = get_blob(package.archive_blob, package.archive_sha256)
        except BlobChanged as error:
            yield f"{name}: {error}"
            continue
        with zipfile.ZipFile(BytesIO(data)) as archive:
            head = json.loads(archive.read(HEAD))
        if reading.roots.get(head["size"]) != head["root"]:
            yield f"{name}: the head signed into it, of {head['size']} entries, is not that of the ledger any more"
