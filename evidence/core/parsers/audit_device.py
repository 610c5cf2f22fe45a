"""A Vault or OpenBao audit device's file: one JSON object a line, values as keyed hashes.

The file has no sequence number and no chain: it cannot show that a line was deleted. Requests and responses pair by id.
Seal, unseal, init and health calls are not audited. SOURCE: https://developer.hashicorp.com/vault/docs/audit
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from evidence.core.facts import AuditLogFacts, Declared
from evidence.core.scan import iso

KIND = AuditLogFacts.KIND
TITLE = "Vault or OpenBao audit device"
FORM = "audit"

LISTED = 200
SILENCE = timedelta(hours=1)
_LINE = re.compile(
    r'(?m)^[^{\n]{0,64}\{(?=.{0,400}"time"\s{0,2}:)(?=.{0,400}"type"\s{0,2}:\s{0,2}"(?:request|response|kmip-)).{0,200}'
)
_REMOVED = "[redacted:"
_SEAL = re.compile(r"sys/(?:rotate|rekey|seal\b|step-down|generate-root|audit/|raw/|config/auditing|storage/raft)")


class _Request(msgspec.Struct):
    id: str = ""
    operation: str = ""
    path: str = ""
    client_token: str = ""


class _Auth(msgspec.Struct):
    client_token: str = ""
    policies: list[str] | None = None


class _Entry(msgspec.Struct):
    """One line, as far as facts need it; everything else is skipped while decoding."""

    type: str
    time: str = ""
    auth: _Auth | None = None
    request: _Request | None = None
    error: str = ""


@dataclass(slots=True)
class _Reading:
    records: int = 0
    first: datetime | None = None
    last: datetime | None = None
    raw: bool = False
    open: set[str] = field(default_factory=set)
    operations: Counter[str] = field(default_factory=Counter)
    roots: list[int] = field(default_factory=list)
    seals: list[tuple[str, int, datetime | None]] = field(default_factory=list)
    gaps: list[tuple[int, int]] = field(default_factory=list)
    bad: list[tuple[int, int]] = field(default_factory=list)


def matches(head: str) -> bool:
    return bool(_LINE.search(head))


def parse(text: str, declared: Declared) -> AuditLogFacts:
    reading = _Reading()
    decoder = msgspec.json.Decoder(_Entry)
    offset = 0
    for number, line in enumerate(text.split("\n"), start=1):
        data = line.encode()
        if line.strip():
            try:
                entry = decoder.decode(data[data.find(b"{") :] if line[:1] != "{" else data)
            except (msgspec.DecodeError, RecursionError):
                reading.bad.append((number, offset))
            else:
                _read(entry, number, reading)
        offset += len(data) + 1
    return AuditLogFacts(
        records=reading.records,
        first=reading.first,
        last=reading.last,
        raw=reading.raw,
        unpaired=len(reading.open),
        operations=dict(sorted(reading.operations.items())),
        root_uses=tuple(reading.roots[:LISTED]),
        seal_operations=tuple(reading.seals[:LISTED]),
        gaps=tuple(reading.gaps[:LISTED]),
        bad_lines=tuple(reading.bad),
        inconclusive="" if reading.records else "no record could be read",
    )


def _read(entry: _Entry, number: int, reading: _Reading) -> None:
    reading.records += 1
    at = iso(entry.time)
    if at:
        if reading.last and at - reading.last > SILENCE:
            reading.gaps.append((number, int((at - reading.last).total_seconds())))
        reading.first = min(reading.first or at, at)
        reading.last = max(reading.last or at, at)
    request = entry.request or _Request()
    if request.client_token.startswith(_REMOVED) or (entry.auth and entry.auth.client_token.startswith(_REMOVED)):
        reading.raw = True
    if entry.type == "response":
        reading.open.discard(request.id)
        return
    # The test entry that a new device writes about itself is never answered.
    if request.path != "sys/audit/test":
        reading.open.add(request.id)
    reading.operations[f"{request.operation} {request.path.split('/')[0]}"] += 1
    if entry.auth and "root" in (entry.auth.policies or ()):
        reading.roots.append(number)
    if _SEAL.match(request.path):
        reading.seals.append((f"{request.operation} {request.path}", number, at))
