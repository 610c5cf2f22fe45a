"""AWS CloudHSM, audit log of one or several HSMs as text, with line breaks or flattened onto one line.

CloudHSM logs management commands only (logins, users, keys created, wrapped, deleted), never encrypt or decrypt. A
stream starts at sequence 0x0 and has no gap; the number is unique within one stream, told apart by its reboot counter.
Masked objects (CN_EXTRACT_/CN_INSERT_MASKED_OBJECT_USER) are the cluster's own synchronisation, not an export.
SOURCE: https://docs.aws.amazon.com/cloudhsm/latest/userguide/interpreting-audit-logs.html and
https://docs.aws.amazon.com/cloudhsm/latest/userguide/cloudhsm-audit-log-reference.html
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from operator import attrgetter
from typing import NamedTuple

from evidence.core.facts import Declared, KeyEvent, KeyStoreLogFacts, SequenceGap
from evidence.core.lines import CLOCK_STEP
from seal_advisor.core.record import Record
from seal_advisor.core.regex import regex

KIND = KeyStoreLogFacts.KIND
TITLE = "AWS CloudHSM audit log"
FORM = "text"

_TIME = regex(r"\bTime\s?:\s{0,4}\d{2}/\d{2}/\d{2} \d{2}:\d{2}:\d{2}\.\d{1,9}")
_FIELDS = regex(
    r"\b(Time|usecs|Sequence No|Reboot counter|Command Type\(hex\)|Opcode|Session Handle|Response|Log type|User Name"
    r"|User Type|Priv/Secret Key Handle|Public Key Handle)\s?:\s{0,4}"
)
# The usual beginning of an event, up to its reboot counter.
_HEAD = regex(
    r"Time\s?:\s{0,4}(\d\d)/(\d\d)/([0-6]\d) (\d\d:\d\d:\d\d\.\d{6}), usecs\s?:\s{0,4}\d{1,20}\s{1,4}"
    r"Sequence No\s?:\s{0,4}0x([0-9a-fA-F]{1,16})\s{1,4}(?=Reboot counter\s?:)",
    re.ASCII,
)
_NUMBER = regex(r"0x([0-9a-fA-F]{1,16})\Z")
_ACTIONS = {
    "CN_LOGIN": "login", "CN_LOGOUT": "logout", "CN_APP_FINALIZE": "logout", "CN_CLOSE_SESSION": "logout",
    "CN_SESSION_CLOSE": "logout", "CN_GENERATE_KEY": "generate", "CN_GENERATE_KEY_PAIR": "generate",
    "CN_CREATE_OBJECT": "import", "CN_UNWRAP_KEY": "unwrap", "CN_WRAP_KEY": "wrap", "CN_TOMBSTONE_OBJECT": "destroy",
    "CN_DESTROY_OBJECT": "destroy",
    "CN_DERIVE_KEY": "generate", "CN_NIST_AES_WRAP": "wrap", "CN_CREATE_USER": "admin", "CN_CREATE_CO": "admin",
    "CN_CREATE_APPLIANCE_USER": "admin", "CN_DELETE_USER": "admin", "CN_CHANGE_PSWD": "admin",
    "CN_SET_M_VALUE": "admin",
    "CN_APPROVE_TOKEN": "admin", "CN_DELETE_TOKEN": "admin", "CN_GET_TOKEN": "admin", "CN_MODIFY_OBJECT": "admin",
    "CN_SHARE_OBJECT": "admin", "CN_INIT_TOKEN": "admin", "CN_INIT_DONE": "admin", "CN_ZEROIZE": "destroy",
    "CN_BACKUP_BEGIN": "admin", "CN_BACKUP_END": "admin", "CN_RESTORE_BEGIN": "admin", "CN_RESTORE_END": "admin",
}  # fmt: skip


class _Said(Record):
    """What follows the sequence number of an event, which many share. complete: nothing that counts is missing."""

    counter: str
    complete: bool
    action: str = "other"
    ok: bool = False
    principal: str | None = None
    key: str | None = None
    detail: str = ""


class _Record(NamedTuple):
    """One event as written; number and moment are None when they cannot be read."""

    line: int
    offset: int
    said: _Said
    at: datetime | None
    number: int | None

    @property
    def counter(self) -> str:
        return self.said.counter


def matches(head: str) -> bool:
    return bool(_TIME.search(head)) and "Sequence No" in head and "Reboot counter" in head and "Opcode" in head


def parse(text: str, declared: Declared) -> KeyStoreLogFacts:
    """All events with their gaps, per stream; a stream without its start has a gap before its first event."""
    records = list(_records(text))
    good = [record for record in records if record.number is not None and record.at is not None]
    bad = tuple((record.line, record.offset) for record in records if record.number is None or record.at is None)
    events = tuple(_event(record) for record in good)
    gaps, repeated = _gaps(good)
    moments = [record.at for record in good if record.at]
    reason = "CloudHSM signs nothing; its sequence numbers show gaps, which is all that can be checked here"
    return KeyStoreLogFacts(
        format="aws_cloudhsm",
        records=len(good),
        first=min(moments, default=None),
        last=max(moments, default=None),
        counts=dict(sorted(Counter(event.action for event in events).items())),
        gaps=gaps,
        numbered=True,
        integrity="not_checkable",
        integrity_reason=reason,
        events=events,
        principals=tuple(sorted({event.principal for event in events if event.principal})),
        software=False,
        bad_lines=bad,
        steps_back=_steps(good),
        inconclusive=_inconclusive(good, repeated),
    )


def _inconclusive(good: list[_Record], repeated: int) -> str:
    if not good:
        return "no event could be read"
    if repeated:
        return f"{repeated} sequence numbers occur twice: two streams with one reboot counter in one file; hand in each"
    return ""


def _starts(text: str) -> Iterator[int]:
    """Where an event begins. Looking for the plain word first is ten times as fast as looking for the pattern."""
    start = text.find("Time")
    while start >= 0:
        if _TIME.match(text, start):
            yield start
        start = text.find("Time", start + 4)


def _records(text: str) -> Iterator[_Record]:
    line, position = 1, 0
    for start, end in pairwise([*_starts(text), len(text)]):
        line += text.count("\n", position, start)
        position = start
        number: int | None
        usual = _HEAD.match(text, start, end)
        if usual:
            said = _said(text[usual.end() : end])
            at, number = _usual_moment(*usual.group(1, 2, 3, 4)), int(usual.group(5), 16)
        else:
            fields = _fields(text[start:end])
            said, at = _said_by(fields), _moment(fields.get("Time", ""))
            digits = _NUMBER.match(fields.get("Sequence No", ""))
            number = int(digits.group(1), 16) if digits else None
        yield _Record(line, start, said, at, number if said.complete else None)


@lru_cache(maxsize=4096)
def _said(rest: str) -> _Said:
    return _said_by(_fields(rest))


def _said_by(fields: dict[str, str]) -> _Said:
    counter = fields.get("Reboot counter", "")
    if not counter or "Opcode" not in fields or "Response" not in fields:
        return _Said(counter, complete=False)
    opcode = fields["Opcode"].split(" ")[0]
    response = fields["Response"]
    ok = "SUCCESS" in response
    action = _ACTIONS.get(opcode, "other")
    if action == "login" and not ok:
        action = "login_failed"
    detail = opcode if ok else f"{opcode}: {response[:120]}"
    kind = fields.get("User Type", "").split(" ")[0]
    if kind:
        detail = f"{detail} ({kind})"
    handle = fields.get("Priv/Secret Key Handle")
    return _Said(counter, True, action, ok, fields.get("User Name") or None, handle or None, detail)


def _fields(chunk: str) -> dict[str, str]:
    """Name -> value; a value ends where the next known name starts."""
    marks = list(_FIELDS.finditer(chunk))
    found: dict[str, str] = {}
    for index, mark in enumerate(marks):
        end = marks[index + 1].start() if index + 1 < len(marks) else len(chunk)
        value = chunk[mark.end() : end].strip().rstrip(",")
        found.setdefault(mark.group(1), value.split("\n")[0].strip() if index + 1 == len(marks) else value)
    return found


_MOMENT = regex(r"(\d\d)/(\d\d)/([0-6]\d) (\d\d:\d\d:\d\d\.\d{6})\Z", re.ASCII)


def _moment(text: str) -> datetime | None:
    usual = _MOMENT.match(text)
    if usual:  # a third of the time that strptime takes
        return _usual_moment(*usual.group(1, 2, 3, 4))
    try:
        return datetime.strptime(text, "%m/%d/%y %H:%M:%S.%f").replace(tzinfo=UTC)
    except ValueError:
        return None


def _usual_moment(month: str, day: str, year: str, time: str) -> datetime | None:
    try:
        return datetime.fromisoformat(f"20{year}-{month}-{day}T{time}+00:00")
    except ValueError:
        return None


def _event(record: _Record) -> KeyEvent:
    said = record.said
    return KeyEvent(said.action, record.at, record.line, said.ok, said.principal, said.key, said.detail)


def _steps(records: list[_Record]) -> tuple[tuple[int, int], ...]:
    """(line, seconds) where a later number of one stream has an earlier moment: the HSM's clock was set back."""
    found: list[tuple[int, int]] = []
    latest: dict[str, datetime] = {}
    for record in sorted(records, key=attrgetter("said.counter", "number")):
        before = latest.get(record.counter)
        if record.at is None:
            continue
        if before and before - record.at > CLOCK_STEP:
            found.append((record.line, int((before - record.at).total_seconds())))
        latest[record.counter] = record.at
    return tuple(found)


def _gaps(records: list[_Record]) -> tuple[tuple[SequenceGap, ...], int]:
    """(gaps, numbers that stand twice), per reboot counter. A gap that starts before the first event has after = -1."""
    streams: dict[str, list[_Record]] = {}
    for record in records:
        streams.setdefault(record.counter, []).append(record)
    gaps: list[SequenceGap] = []
    repeated = 0
    for counter in sorted(streams):
        expected = -1
        for record in sorted(streams[counter], key=attrgetter("number", "line")):
            number = record.number or 0
            if number > expected + 1:
                gaps.append(SequenceGap(f"reboot counter {counter}", expected, number, record.line))
            repeated += number == expected
            expected = number
    return tuple(gaps), repeated
