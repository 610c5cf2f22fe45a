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
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import accumulate, islice, pairwise
from operator import ge, gt

import msgspec

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
# Characters that are read at once, and what stands between two events whose beginning is the usual one.
BLOCK = 512 * 1024
# `_HEAD` as CloudHSM writes it, on lines of its own, with the end of the line before.
_USUAL = regex(
    r"\nTime: (\d\d/\d\d/[0-6]\d) (\d\d:\d\d:\d\d\.\d{6}), usecs:\d{1,20}\nSequence No : 0x([0-9a-fA-F]{1,16})\n"
    r"(?=Reboot counter :)",
    re.ASCII,
)
_MOMENTS = msgspec.json.Decoder(list[datetime])
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


class _Usual(Record):
    """What follows the sequence number of an event as CloudHSM writes it, and how many line breaks are in it."""

    said: _Said
    breaks: int


class _Events:
    """Events in columns, in the order of the file: line of each, what it says, moment, sequence number.

    bad: (line, offset) of those whose number, moment or words cannot be read; they stand in no column.
    """

    __slots__ = ("bad", "lines", "moments", "numbers", "said")

    def __init__(self) -> None:
        self.lines: list[int] = []
        self.said: list[_Said] = []
        self.moments: list[datetime] = []
        self.numbers: list[int] = []
        self.bad: list[tuple[int, int]] = []


def matches(head: str) -> bool:
    return bool(_TIME.search(head)) and "Sequence No" in head and "Reboot counter" in head and "Opcode" in head


def parse(text: str, declared: Declared) -> KeyStoreLogFacts:
    """All events with their gaps, per stream; a stream without its start has a gap before its first event."""
    found = _events(text)
    shapes = {id(said): said for said in found.said}
    counts: Counter[str] = Counter()
    for shape, count in Counter(map(id, found.said)).items():
        counts[shapes[shape].action] += count
    gaps: list[SequenceGap] = []
    back: list[tuple[int, int]] = []
    repeated = 0
    ends: list[datetime] = []
    for stream in _streams(found, {said.counter for said in shapes.values()}):
        some, twice = _gaps(stream)
        gaps += some
        repeated += twice
        moments = stream.moments
        if any(map(gt, moments, islice(moments, 1, None))):
            ends += min(moments), max(moments)
            back += _steps(stream)
        else:
            ends += moments[0], moments[-1]
    reason = "CloudHSM signs nothing; its sequence numbers show gaps, which is all that can be checked here"
    return KeyStoreLogFacts(
        format="aws_cloudhsm",
        records=len(found.lines),
        first=min(ends, default=None),
        last=max(ends, default=None),
        counts=dict(sorted(counts.items())),
        gaps=tuple(gaps),
        numbered=True,
        integrity="not_checkable",
        integrity_reason=reason,
        events=tuple(
            [
                KeyEvent(said.action, at, line, said.ok, said.principal, said.key, said.detail)
                for said, at, line in zip(found.said, found.moments, found.lines, strict=True)
            ]
        ),
        principals=tuple(sorted({said.principal for said in shapes.values() if said.principal})),
        software=False,
        bad_lines=tuple(found.bad),
        steps_back=tuple(back),
        inconclusive=_inconclusive(found, repeated),
    )


def _inconclusive(found: _Events, repeated: int) -> str:
    if not found.lines:
        return "no event could be read"
    if repeated:
        return f"{repeated} sequence numbers occur twice: two streams with one reboot counter in one file; hand in each"
    return ""


def _events(text: str) -> _Events:
    """Every event, block by block: the usual ones of a block all at once, else one after the other."""
    found = _Events()
    line, position = 1, 0
    while position < len(text):
        end = _next_event(text, position + BLOCK)
        breaks = _take_usual(found, text[position:end], line)
        if not breaks:
            _take_each(found, text, position, end, line)
            breaks = text.count("\n", position, end)
        line += breaks
        position = end
    return found


def _next_event(text: str, position: int) -> int:
    """Where the next event begins that stands at the beginning of a line; the end of the text when there is none."""
    cut = text.find("\nTime", position)
    while cut >= 0 and not _TIME.match(text, cut + 1):
        cut = text.find("\nTime", cut + 5)
    return cut + 1 if cut >= 0 else len(text)


def _take_usual(found: _Events, block: str, line: int) -> int:
    """A block of which every event begins as CloudHSM writes it; returns the number of its line breaks.

    Each column is read at once, which is why no event is looked at by itself but for its words. 0: one event begins
    otherwise, lacks something or cannot be read; nothing of the block was noted.
    """
    before, *columns = _USUAL.split("\n" + block)
    if before or not columns:
        return 0
    try:
        moments = _MOMENTS.decode(_as_json(columns[0::4], columns[1::4]))
        usual = list(map(_usual, columns[3::4]))
    except (ValueError, msgspec.MsgspecError):
        return 0
    found.moments += moments
    found.numbers += [int(digits, 16) for digits in columns[2::4]]
    found.said += [each.said for each in usual]
    *starts, end = accumulate([each.breaks for each in usual], initial=line)
    found.lines += starts
    return end - line - 1  # of the first event, the line break before it is none of the block


def _as_json(days: Sequence[str], times: Sequence[str]) -> str:
    """A list of moments. Raises ValueError for a day that is none."""
    if len(set(days)) == 1:
        day = _day(days[0])
        between = f'Z","{day}'
        return f'["{day}{between.join(times)}Z"]'
    moments = 'Z","'.join([_day(day) + time for day, time in zip(days, times, strict=True)])
    return f'["{moments}Z"]'


@lru_cache(maxsize=4096)
def _day(text: str) -> str:
    """ "11/24/26" as the beginning of a moment."""
    month, day, year = text.split("/")
    return f"20{year}-{month}-{day}T"


@lru_cache(maxsize=4096)
def _usual(rest: str) -> _Usual:
    """What follows the first two lines of an event. Raises ValueError where it lacks something or hides an event."""
    said = _said(rest.rstrip())
    if not said.complete or "Time" in rest:
        raise ValueError(rest)
    return _Usual(said, rest.count("\n") + 3)


def _starts(text: str, position: int, stop: int) -> Iterator[int]:
    """Where an event begins. Looking for the plain word first is ten times as fast as looking for the pattern."""
    start = text.find("Time", position, stop)
    while start >= 0:
        if _TIME.match(text, start):
            yield start
        start = text.find("Time", start + 4, stop)


def _take_each(found: _Events, text: str, position: int, stop: int, line: int) -> None:
    """The events between two places of a text, whatever they look like."""
    for start, end in pairwise([*_starts(text, position, stop), stop]):
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
        if at is None or number is None or not said.complete:
            found.bad.append((line, start))
            continue
        found.lines.append(line)
        found.said.append(said)
        found.moments.append(at)
        found.numbers.append(number)


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


class _Stream(Record):
    """The events of one reboot counter in the order of their numbers."""

    counter: str
    numbers: Sequence[int]
    moments: Sequence[datetime]
    lines: Sequence[int]


def _streams(found: _Events, counters: Collection[str]) -> Iterator[_Stream]:
    """counters: those that occur. One whose numbers rise is handed on as it is."""
    if len(counters) == 1 and not any(map(ge, found.numbers, islice(found.numbers, 1, None))):
        yield _Stream(next(iter(counters)), found.numbers, found.moments, found.lines)
        return
    places: dict[str, list[int]] = {}
    for place, said in enumerate(found.said):
        places.setdefault(said.counter, []).append(place)
    for counter in sorted(places):
        order = sorted(places[counter], key=found.numbers.__getitem__)
        numbers = [found.numbers[place] for place in order]
        moments = [found.moments[place] for place in order]
        yield _Stream(counter, numbers, moments, [found.lines[place] for place in order])


def _steps(stream: _Stream) -> Iterator[tuple[int, int]]:
    """(line, seconds) where a later number of one stream has an earlier moment: the HSM's clock was set back."""
    for place, (before, at) in enumerate(pairwise(stream.moments), start=1):
        if before - at > CLOCK_STEP:
            yield stream.lines[place], int((before - at).total_seconds())


def _gaps(stream: _Stream) -> tuple[list[SequenceGap], int]:
    """(gaps, numbers that stand twice). A gap that starts before the first event has after = -1."""
    gaps: list[SequenceGap] = []
    repeated = 0
    if stream.numbers == list(range(len(stream.numbers))):
        return gaps, repeated
    for place, (before, number) in enumerate(pairwise((-1, *stream.numbers))):
        if number > before + 1:
            gaps.append(SequenceGap(f"reboot counter {stream.counter}", before, number, stream.lines[place]))
        repeated += number == before
    return gaps, repeated
