"""What the ledger says about an artefact when it comes in: received, redacted, parsed; three leaves side by side."""

from __future__ import annotations

import hashlib
from typing import Any

from evidence.core.manifest import canonical, moment
from evidence.models import Artefact

RECEIVED, REDACTED, PARSED = "received", "redacted", "parsed"


def entries_of(artefact: Artefact) -> list[tuple[str, dict[str, Any]]]:
    """(kind of leaf, its JSON value) in the order of the work. The original's digest stands in the first only."""
    about = {"design": str(artefact.design_id), "artefact": str(artefact.pk)}
    return [
        (
            RECEIVED,
            {
                "what": RECEIVED,
                **about,
                "received_at": moment(artefact.received_at),
                "uploader": artefact.uploader_label,
                "sha256": artefact.sha256,
                "name": artefact.name,
                "size": artefact.size,
                "node": artefact.node,
                "source": artefact.source,
                "observed_from": moment(artefact.observed_from),
                "observed_to": moment(artefact.observed_to),
                **({"claims": artefact.claims} if artefact.claims else {}),
                **({"within": artefact.within} if artefact.within else {}),
            },
        ),
        (
            REDACTED,
            {
                "what": REDACTED,
                **about,
                "stored_sha256": artefact.blob_sha256,
                "stored_size": artefact.blob_size,
                "redactions": artefact.redactions,
            },
        ),
        (PARSED, {"what": PARSED, **about, "artefact_kind": artefact.kind, "facts_sha256": facts_sha256(artefact)}),
    ]


def facts_sha256(artefact: Artefact) -> str:
    """Digest of the facts as they were stored; of no facts, of `null`. A fraction is written as JSON writes it."""
    return hashlib.sha256(canonical(artefact.facts)).hexdigest()


def said_now(artefact: Artefact) -> dict[str, Any]:
    """Everything that the leaves say about the artefact, as the row says it now."""
    said: dict[str, Any] = {}
    for _, entry in entries_of(artefact):
        said |= entry
    return {name: value for name, value in said.items() if name != "what"}
