"""The manifest: what is in a package, with each member's digest, history and place in the ledger.

Canonical form: UTF-8 JSON, keys sorted, no white space, no numbers but integers, so that the same content has the
same bytes. The manifest lists every member but itself, `report.pdf`, `ledger/` and `certs/`; it travels inside the
PDF, so that the PDF's signature covers every member.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from evidence.core import custody, growth
from evidence.core.custody import Frontier
from evidence.core.facts import Redaction
from seal_advisor.core.record import Record, field

FORMAT = "seal-advisor/manifest"
VERSION = 1
NAME = "manifest.json"
REPORT = "report.pdf"
UNLISTED = (REPORT, NAME, "ledger/", "certs/")


class ManifestError(ValueError):
    """A document that is no manifest of ours; the message says what is wrong and where."""


def canonical(value: object) -> bytes:
    """The one way in which a JSON value is written where its bytes are hashed or signed."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def moment(at: datetime | None) -> str | None:
    """ISO 8601 in UTC to the second, `2026-11-24T09:30:00Z`. A naive time is an error of the caller."""
    if at is None:
        return None
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone")
    return at.astimezone(UTC).isoformat(timespec="seconds").removesuffix("+00:00") + "Z"


class Original(Record):
    """The file as it was handed in, before redaction. name: base name as given; "ARCHIVE!member" out of an archive.

    within: (name, SHA-256) of each archive around it, outermost first.
    """

    name: str
    sha256: str
    size: int
    within: tuple[tuple[str, str], ...] = ()


class Member(Record, unshown=("data",)):
    """One file of the package. path: inside the archive, `/` between folders. kind: "decision", "vault_config", ...

    claims: what the issuer of a CI job vouches for (repository, commit, run); empty where nobody did.
    """

    path: str
    data: bytes
    kind: str
    received_at: datetime | None = None
    observed_from: datetime | None = None
    observed_to: datetime | None = None
    uploader: str = ""
    node: str | None = None
    source: str = ""
    redactions: tuple[Redaction, ...] = ()
    original: Original | None = None
    claims: Mapping[str, str] = field(default_factory=dict)


class Ledger(Record):
    """The ledger after this package's entries.

    rows: the tree's levels, as far as they are known. first: index of the package's first entry. frontier: for the
    next package.
    """

    rows: Sequence[Sequence[bytes]]
    first: int
    frontier: Frontier

    @property
    def size(self) -> int:
        return len(self.rows[0])

    @property
    def root(self) -> bytes:
        return self.frontier.root


def entry(member: Member) -> dict[str, Any]:
    """What the ledger says about a member; its canonical bytes are the leaf."""
    original = member.original
    return {
        "path": member.path,
        "sha256": sha256(member.data).hexdigest(),
        "size": len(member.data),
        "kind": member.kind,
        "received_at": moment(member.received_at),
        "observed_from": moment(member.observed_from),
        "observed_to": moment(member.observed_to),
        "uploader": member.uploader,
        "node": member.node,
        "source": member.source,
        "redactions": [{"line": redaction.line, "what": redaction.what} for redaction in member.redactions],
        "original": _original(original) if original else None,
        **({"claims": dict(member.claims)} if member.claims else {}),
    }


def _original(original: Original) -> dict[str, Any]:
    around = [{"name": name, "sha256": sha} for name, sha in original.within]
    return {
        "name": original.name,
        "sha256": original.sha256,
        "size": original.size,
        **({"within": around} if around else {}),
    }


def extend(earlier: Frontier, entries: Sequence[Mapping[str, Any]], between: Sequence[bytes] = ()) -> Ledger:
    """The ledger with these entries added to whatever it held before.

    between: hashes of leaves after `earlier` that are not this package's; a proof of growth since `earlier` needs them.
    """
    leaves = [*between, *(custody.leaf_hash(canonical(one)) for one in entries)]
    first = earlier.size + len(between)
    return Ledger(growth.rows_after(earlier, leaves), first, growth.frontier_after(earlier, leaves))


def build(
    entries: Sequence[Mapping[str, Any]],
    ledger: Ledger,
    *,
    title: str,
    created_at: datetime,
    generator: str,
    refused: Sequence[Mapping[str, Any]] = (),
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The manifest as a JSON value; `canonical` gives its bytes. refused: artefacts whose content was not kept.

    more: "signature", how it is signed (`levels.Sealing`), and "judgement", what was judged by (`again.judgement`).
    """
    listed = [
        {
            **one,
            "ledger": {
                "leaf": ledger.first + offset,
                "proof": [value.hex() for value in custody.path(ledger.rows, ledger.first + offset)],
            },
        }
        for offset, one in enumerate(entries)
    ]
    return {
        "format": FORMAT,
        "version": VERSION,
        "title": title,
        "created_at": moment(created_at),
        "generator": generator,
        "ledger": {"size": ledger.size, "root": ledger.root.hex()},
        "members": listed,
        "refused": list(refused),
        **(more or {}),
    }


def parse(data: bytes) -> dict[str, Any]:
    """The manifest's value. Raises ManifestError unless it is canonical, of a known version and complete."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ManifestError(f"{NAME} is no JSON: {error}") from error
    if not isinstance(value, dict) or value.get("format") != FORMAT or value.get("version") != VERSION:
        raise ManifestError(f"{NAME} is no {FORMAT} of version {VERSION}")
    if canonical(value) != data:
        raise ManifestError(f"{NAME} is not in its canonical form")
    ledger, members = value.get("ledger"), value.get("members")
    shaped = isinstance(ledger, dict) and isinstance(members, list) and all(map(_is_record, members))
    if not shaped:
        raise ManifestError(f"{NAME} has no complete list of members")
    return value


def _is_record(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    place = value.get("ledger")
    return (
        all(isinstance(value.get(name), str) for name in ("path", "sha256", "kind", "uploader"))
        and isinstance(value.get("size"), int)
        and isinstance(place, dict)
        and isinstance(place.get("leaf"), int)
        and isinstance(place.get("proof"), list)
        and all(isinstance(one, str) for one in place["proof"])
    )


def proved(record: Mapping[str, Any], ledger: Mapping[str, Any]) -> bool:
    """Whether a record's proof leads from its entry to the ledger's root."""
    body = {key: value for key, value in record.items() if key != "ledger"}
    place = record["ledger"]
    try:
        proof = [bytes.fromhex(value) for value in place["proof"]]
        root, size = bytes.fromhex(str(ledger["root"])), int(ledger["size"])
    except (ValueError, KeyError):
        return False
    return custody.included(custody.leaf_hash(canonical(body)), place["leaf"], size, proof, root)


def is_listed(path: str) -> bool:
    """Whether the manifest is the one that must answer for this member."""
    return not any(path == name or (name.endswith("/") and path.startswith(name)) for name in UNLISTED)
