"""A Vault or OpenBao audit device's file: one JSON object a line, values as keyed hashes.

The file has no sequence number and no chain: it cannot show that a line was deleted. Requests and responses pair by id.
Seal, unseal, init and health calls are not audited. SOURCE: https://developer.hashicorp.com/vault/docs/audit
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from operator import sub
from typing import Literal

import msgspec

from evidence.core.facts import AuditLogFacts, Declared
from evidence.core.lines import CLOCK_STEP, PlainReader, each_line, read_lines
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


class _Answered(msgspec.Struct, gc=False):
    id: str = ""


class _Request(msgspec.Struct, gc=False):
    id: str = ""
    operation: str = ""
    path: str = ""


class _Auth(msgspec.Struct, gc=False):
    policies: list[str] | None = None


class _Response(msgspec.Struct, gc=False):
    """One line with a response, of which facts need nothing but which request it answers; the rest is skipped."""

    type: Literal["response"]
    time: str = ""
    request: _Answered | None = None


class _Entry(msgspec.Struct, gc=False):
    """One line of any other type."""

    type: str
    time: str = ""
    auth: _Auth | None = None
    request: _Request | None = None


class _TimedResponse(msgspec.Struct, gc=False, tag_field="type", tag="response"):
    """The same as `_Response` where the time is one, which is read three times as fast."""

    time: datetime
    request: _Answered


class _TimedRequest(msgspec.Struct, gc=False, tag_field="type", tag="request"):
    time: datetime
    request: _Request
    auth: _Auth | None = None


_Asked = _Entry | _TimedRequest
_TimedLine = _TimedRequest | _TimedResponse
_Line = _Entry | _Response | _TimedLine
_RESPONSES = (_Response, _TimedResponse)


class _Holder(msgspec.Struct):
    client_token: str = ""


class _Holders(msgspec.Struct):
    auth: _Holder | None = None
    request: _Holder | None = None


class Lines(PlainReader):
    """Reads one line after the other; what it keeps does not grow with the file, but for requests without an answer."""

    def __init__(self) -> None:
        self.records = 0
        self.raw = False
        self.first: datetime | None = None
        self.last: datetime | None = None
        self.before: datetime | None = None
        self.open: set[str] = set()
        self.operations: Counter[str] = Counter()
        self.roots: list[int] = []
        self.seals: list[tuple[str, int, datetime | None]] = []
        self.gaps: list[tuple[int, int]] = []
        self.back: list[tuple[int, int]] = []
        self.bad: list[tuple[int, int]] = []

    def read(self, text: str, number: int, offset: int) -> None:
        """A block of redacted lines; one that is no entry is listed with its number and offset."""
        for line, at, start in each_line(text, number, offset):
            body = line[max(line.find("{"), 0) :]
            entry = _entry(body)
            if entry is None:
                self.bad.append((at, start))
                continue
            self.records += 1
            self.raw = self.raw or (_REMOVED in body and _shows_token(body))
            moment = moment_of(entry.time)
            if moment:
                self._pass(moment, at)
            self._note([entry], at, [moment])

    def read_plain(self, block: bytes, number: int) -> int:
        """The same for lines that are one object each and of which nothing was redacted, all at once.

        Returns how many lines these are; 0 = one of them must be read with more care.
        """
        try:
            entries = _TIMED.decode_lines(block)
            moments = [entry.time for entry in entries]
            self._pass_all(moments, number)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, TypeError):
            return 0
        self.records += len(entries)
        if len(self.open) + len(entries) < OPEN_AT_ONCE:
            self._note_all(entries, number, moments)
        else:
            self._note(entries, number, moments)
        return len(entries)

    def _pass_all(self, moments: list[datetime], number: int) -> None:
        """TypeError where a moment has no zone, before anything is noted."""
        ordered = sorted(moments)
        if not ordered or ordered[0].tzinfo is None:
            raise TypeError("no moment")
        early, late = ordered[0], ordered[-1]
        back = [self.before - moments[0]] if self.before else [timedelta()]
        if ordered != moments:
            back += map(sub, moments, islice(moments, 1, None))
        if late - min(early, self.last or early) <= SILENCE and max(back) <= CLOCK_STEP:
            self.first = min(self.first or early, early)
            self.last = max(self.last or late, late)
            self.before = moments[-1]
        else:
            for place, moment in enumerate(moments, start=number):
                self._pass(moment, place)

    def _pass(self, at: datetime, number: int) -> None:
        """One moment: a long silence before it, or a clock that was set back."""
        if self.last and at - self.last > SILENCE and len(self.gaps) < LISTED:
            self.gaps.append((number, int((at - self.last).total_seconds())))
        if self.before and self.before - at > CLOCK_STEP and len(self.back) < LISTED:
            self.back.append((number, int((self.before - at).total_seconds())))
        self.before = at
        self.first = min(self.first or at, at)
        self.last = max(self.last or at, at)

    def _note(self, entries: Sequence[_Line], number: int, moments: Sequence[datetime | None]) -> None:
        """Pairs, operations and what stands out, line by line; each kind of request is looked at once."""
        kinds = Counter[tuple[str, str]]()
        for place, entry in enumerate(entries, start=number):
            request = entry.request or _NOTHING
            if isinstance(entry, _RESPONSES) or not isinstance(request, _Request):
                self.open.discard(request.id)
                continue
            if len(self.open) < OPEN_AT_ONCE:
                self.open.add(request.id)
            kinds[request.operation, request.path] += 1
            self._note_root(entry, place)
        self._note_kinds(kinds, entries, number, moments)

    def _note_all(self, entries: Sequence[_TimedLine], number: int, moments: Sequence[datetime]) -> None:
        """What `_note` notes, column by column, while there is room for every request of the block."""
        asked = [entry for entry in entries if type(entry) is _TimedRequest]
        # The last line about a request decides whether it is open: a response may stand before its request.
        last = dict(zip([entry.request.id for entry in entries], entries, strict=True))
        self.open.difference_update(last)
        self.open.update([name for name, entry in last.items() if type(entry) is _TimedRequest])
        if any(entry.auth and entry.auth.policies and "root" in entry.auth.policies for entry in asked):
            for place, entry in enumerate(entries, start=number):
                if isinstance(entry, _TimedRequest):
                    self._note_root(entry, place)
        kinds = Counter([(entry.request.operation, entry.request.path) for entry in asked])
        self._note_kinds(kinds, entries, number, moments)

    def _note_root(self, entry: _Asked, place: int) -> None:
        auth = entry.auth
        if auth and auth.policies and "root" in auth.policies and len(self.roots) < LISTED:
            self.roots.append(place)

    def _note_kinds(
        self,
        kinds: Counter[tuple[str, str]],
        entries: Sequence[_Line],
        number: int,
        moments: Sequence[datetime | None],
    ) -> None:
        stands_out = False
        for kind, count in kinds.items():
            name, special = _kind(*kind)
            self.operations[name] += count
            stands_out |= special
        if stands_out:
            self._note_seals(entries, number, moments)

    def _note_seals(self, entries: Sequence[_Line], number: int, moments: Sequence[datetime | None]) -> None:
        for place, (entry, moment) in enumerate(zip(entries, moments, strict=True), start=number):
            request = entry.request or _NOTHING
            if isinstance(entry, _RESPONSES) or not isinstance(request, _Request):
                continue
            if request.path == _TEST:  # which a new device writes about itself; it is never answered
                self.open.discard(request.id)
            if _SEAL.match(request.path) and len(self.seals) < LISTED:
                at = moment.astimezone(UTC) if moment else None
                self.seals.append((f"{request.operation} {request.path}", place, at))

    def facts(self) -> AuditLogFacts:
        return AuditLogFacts(
            records=self.records,
            first=self.first and self.first.astimezone(UTC),
            last=self.last and self.last.astimezone(UTC),
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


_NOTHING = _Request()
_TEST = "sys/audit/test"
_RESPONSE = msgspec.json.Decoder(_Response)
_DECODER = msgspec.json.Decoder(_Entry)
_TIMED = msgspec.json.Decoder(_TimedLine)
_HOLDERS = msgspec.json.Decoder(_Holders)


@lru_cache(maxsize=4096)
def _kind(operation: str, path: str) -> tuple[str, bool]:
    """What requests to a path are counted as, and whether they are listed or are the test of a new device."""
    return f"{operation} {path.split('/')[0]}", path == _TEST or bool(_SEAL.match(path))


def _entry(body: str) -> _Response | _Entry | None:
    """None for a line that is no entry. Of a response, no more must be readable than facts need of it."""
    try:
        entry = _DECODER.decode(body)
    except (msgspec.DecodeError, RecursionError):
        try:
            return _RESPONSE.decode(body)
        except (msgspec.DecodeError, RecursionError):
            return None
    if entry.type == "response":
        answered = _Answered(entry.request.id) if entry.request else None
        return _Response("response", entry.time, answered)
    return entry


def moment_of(time: str) -> datetime | None:
    """The moment as `_Timed` reads it; what it cannot read, as every other parser here does."""
    try:
        found = msgspec.convert(time, datetime)
    except msgspec.ValidationError:
        return iso(time)
    return found.astimezone(UTC) if found.tzinfo else iso(time)


def _shows_token(body: str) -> bool:
    """Whether a token stood here in clear, which an audit device writes with log_raw only."""
    try:
        holders = _HOLDERS.decode(body)
    except (msgspec.DecodeError, RecursionError):
        return False
    return any(holder.client_token.startswith(_REMOVED) for holder in (holders.auth, holders.request) if holder)


def matches(head: str) -> bool:
    return bool(_LINE.search(head))


def parse(text: str, declared: Declared) -> AuditLogFacts:
    lines = Lines()
    read_lines(lines, text)
    return lines.facts()
