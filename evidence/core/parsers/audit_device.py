"""A Vault or OpenBao audit device's file: one JSON object a line, values as keyed hashes.

The file has no sequence number and no chain: it cannot show that a line was deleted. Requests and responses pair by id.
Seal, unseal, init and health calls are not audited. SOURCE: https://developer.hashicorp.com/vault/docs/audit
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from evidence.core.facts import AuditLogFacts, Declared
from evidence.core.lines import CLOCK_STEP, each_line, read_lines
from evidence.core.scan import iso
from seal_advisor.core.regex import regex

KIND = AuditLogFacts.KIND
TITLE = "Vault or OpenBao audit device"
FORM = "audit"

LISTED = 200
OPEN_AT_ONCE = 200_000
SILENCE = timedelta(hours=1)
_LINE = regex(
    r'(?m)^[^{\n]{0,64}\{(?=.{0,400}"time"\s{0,2}:)(?=.{0,400}"type"\s{0,2}:\s{0,2}"(?:request|response|kmip-)).{0,200}'
)
_REMOVED = "[redacted:"
_SEAL = regex(r"sys/(?:rotate|rekey|seal\b|step-down|generate-root|audit/|raw/|config/auditing|storage/raft)")


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
class Lines:
    """Reads one line after the other; what it keeps does not grow with the file, but for requests without an answer."""

    records: int = 0
    first: datetime | None = None
    last: datetime | None = None
    raw: bool = False
    open: set[str] = field(default_factory=set)
    operations: Counter[str] = field(default_factory=Counter)
    roots: list[int] = field(default_factory=list)
    seals: list[tuple[str, int, datetime | None]] = field(default_factory=list)
    gaps: list[tuple[int, int]] = field(default_factory=list)
    before: datetime | None = None
    back: list[tuple[int, int]] = field(default_factory=list)
    bad: list[tuple[int, int]] = field(default_factory=list)

    def read(self, text: str, number: int, offset: int) -> None:
        """A block of redacted lines; one that is no entry is listed with its number and offset."""
        entries = _at_once(text)
        if entries is not None:
            for place, entry in enumerate(entries, start=number):
                self._note(entry, place)
            return
        for line, at, start in each_line(text, number, offset):
            try:
                entry = _DECODER.decode(line[max(line.find("{"), 0) :])
            except (msgspec.DecodeError, RecursionError):
                self.bad.append((at, start))
            else:
                self._note(entry, at)

    def _note(self, entry: _Entry, number: int) -> None:
        self.records += 1
        at = iso(entry.time)
        if at:
            if self.last and at - self.last > SILENCE and len(self.gaps) < LISTED:
                self.gaps.append((number, int((at - self.last).total_seconds())))
            if self.before and at < self.before and self.before - at > CLOCK_STEP and len(self.back) < LISTED:
                self.back.append((number, int((self.before - at).total_seconds())))
            self.before = at
            self.first = min(self.first or at, at)
            self.last = max(self.last or at, at)
        self._judge(entry, number, at)

    def _judge(self, entry: _Entry, number: int, at: datetime | None) -> None:
        request = entry.request or _Request()
        if request.client_token.startswith(_REMOVED) or (entry.auth and entry.auth.client_token.startswith(_REMOVED)):
            self.raw = True
        if entry.type == "response":
            self.open.discard(request.id)
            return
        # The test entry that a new device writes about itself is never answered.
        if request.path != "sys/audit/test" and len(self.open) < OPEN_AT_ONCE:
            self.open.add(request.id)
        self.operations[f"{request.operation} {request.path.split('/')[0]}"] += 1
        if entry.auth and "root" in (entry.auth.policies or ()) and len(self.roots) < LISTED:
            self.roots.append(number)
        if _SEAL.match(request.path) and len(self.seals) < LISTED:
            self.seals.append((f"{request.operation} {request.path}", number, at))

    def facts(self) -> AuditLogFacts:
        return AuditLogFacts(
            records=self.records,
            first=self.first,
            last=self.last,
            raw=self.raw,
            unpaired=len(self.open),
            operations=dict(sorted(self.operations.items())),
            root_uses=tuple(self.roots),
            seal_operations=tuple(self.seals),
            gaps=tuple(self.gaps),
            bad_lines=tuple(self.bad[:LISTED]),
            inconclusive="" if self.records else "no record could be read",
            steps_back=tuple(self.back),
        )


_DECODER = msgspec.json.Decoder(_Entry)


def _at_once(text: str) -> list[_Entry] | None:
    """The entries of a block in which every line is one; None when it must be read with more care."""
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    try:
        return list(map(_DECODER.decode, lines))
    except (msgspec.DecodeError, RecursionError):
        return None


def matches(head: str) -> bool:
    return bool(_LINE.search(head))


def parse(text: str, declared: Declared) -> AuditLogFacts:
    lines = Lines()
    read_lines(lines, text)
    return lines.facts()
