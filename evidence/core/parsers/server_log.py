"""A Vault or OpenBao server's own log: text, JSON (hclog), or both in one file, as `log_format = "json"` really writes.

The banner stays plain text whatever the format, so each line is read by itself. Lines that show a known signature
(`evidence.core.signatures`) become events, and what is wrong becomes a problem.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from evidence.core import automaton, json_text
from evidence.core.automaton import Automaton
from evidence.core.facts import Declared, Problem, ServerLogFacts
from evidence.core.lines import CLOCK_STEP, each_line, read_lines
from evidence.core.refusal import Refused
from evidence.core.scan import iso
from evidence.core.signatures import matching, stems
from seal_advisor.core.regex import regex

KIND = ServerLogFacts.KIND
TITLE = "Vault or OpenBao server log"
FORM = "text"

EVENTS_PER_CODE = 200
_TEXT_LINE = regex(
    r"(?m)(?:^|: )(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2}))\s{1,4}"
    r"\[(?:TRACE|DEBUG|INFO|WARN|ERROR)\]"
)
_JSON_LINE = regex(r'(?m)^\s{0,8}\{(?=.{0,2000}"@level":)(?=.{0,4000}"@message":)')
# The same moment, the first of each line, in a whole block.
_MOMENTS = regex(
    r"(?m)^(?:.*?: )??(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:?\d{2}))[^\S\n]{1,4}"
    r"\[(?:TRACE|DEBUG|INFO|WARN|ERROR)\]"
)
_BANNER = regex(r"(?m)^==> (?:Vault|OpenBao) server (?:configuration|started)")
_START_ERROR = regex(
    r"(?m)^(?:Error (?:parsing Seal configuration|configuring seal|creating KMS plugin catalog|"
    r"initializing (?:core|storage|listener))|error loading configuration from )"
)
_DEV = regex(r"dev mode is enabled|Development mode should NOT be used", re.IGNORECASE)
_INIT = regex(r"(?:(?:Unseal|Recovery) Key(?: \d{1,3})?|Root Token): \[redacted:|\[redacted:shape:key_share\]")
_STATES = (
    ("started", regex(r"^==> (?:Vault|OpenBao) server started")),
    ("unsealed", regex(r"\bvault is unsealed\b|unsealed with stored key")),
    ("sealed", regex(r"\bvault is sealed\b")),
    ("fips_build", regex(r"^\s*Fips:\s.{0,40}Enabled", re.IGNORECASE)),
)


@dataclass(slots=True)
class Lines:
    """Reads one line after the other; what it keeps does not grow with the log."""

    first: datetime | None = None
    last: datetime | None = None
    records: int = 0
    events: list[tuple[str, int, datetime | None]] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    problems: dict[str, Problem] = field(default_factory=dict)
    bad: list[tuple[int, int]] = field(default_factory=list)
    dev: bool = False
    before: datetime | None = None
    back: list[tuple[int, int]] = field(default_factory=list)

    def read(self, text: str, number: int, offset: int) -> None:
        """A block of redacted lines."""
        telling, has_json = _telling(text)
        if telling is not None and not has_json and self._at_once(text, telling, number):
            return
        for line, at, start in each_line(text, number, offset):
            self._line(line, at, start, telling is None or at - number in telling)

    def _at_once(self, text: str, telling: set[int], number: int) -> bool:
        """A block of text lines in which few say something: the moments of all, and those few by themselves.

        No line is JSON. False, and nothing noted, where the moments are written differently or go back.
        """
        times = _MOMENTS.findall(text)
        if times and not (self._is_steady(times) and len(telling) < len(times)):
            return False
        if times:
            first, last = iso(times[0]), iso(times[-1])
            if first is None or last is None:
                return False
            self.first = min(self.first or first, first)
            self.last = max(self.last or last, last)
            self.before = last
        self.records += len(times)
        if telling:
            lines = text.split("\n")
            for place in sorted(telling):
                self._say(lines[place], number + place)
        return True

    def _is_steady(self, times: list[str]) -> bool:
        """Whether the moments, all of them in UTC to the millisecond or all to the second, never go back."""
        size = len(times[0])
        if set(map(len, times)) != {size} or {time[-1] for time in times} != {"Z"}:
            return False
        first = iso(times[0])
        going_on = self.before is None or (first is not None and first >= self.before)
        return going_on and times == sorted(times)

    def _say(self, line: str, number: int) -> None:
        """A text line that may be an event."""
        if "[redacted:" in line and _INIT.search(line):
            self._init(number)
        match = _TEXT_LINE.search(line)
        self._judge(line, line, number, iso(match.group(1)) if match else None)

    def _line(self, line: str, number: int, offset: int, telling: bool) -> None:
        said, moment = line, ""
        if "[redacted:" in line and _INIT.search(line):
            self._init(number)
        if line.lstrip().startswith("{"):
            record = _record(line)
            if record is None:
                self.bad.append((number, offset))
                return
            moment = str(record.get("@timestamp", ""))
            said = f"{record.get('@message', '')} {record.get('error', '')}"
            self.records += 1
        else:
            match = _TEXT_LINE.search(line)
            if match:
                moment = match.group(1)
                self.records += 1
        at = iso(moment)
        if at:
            if self.before and at < self.before and self.before - at > CLOCK_STEP and len(self.back) < EVENTS_PER_CODE:
                self.back.append((number, int((self.before - at).total_seconds())))
            self.before = at
            self.first = min(self.first or at, at)
            self.last = max(self.last or at, at)
        if telling:
            self._judge(said, line, number, at)

    def _judge(self, said: str, line: str, number: int, at: datetime | None) -> None:
        for code, pattern in _STATES:
            if pattern.search(said):
                self._note(code, number, at)
        if _DEV.search(line):
            self.dev = True
        for signature in matching(said):
            self._note(signature.id, number, at)
            if signature.effect:
                problem = Problem(signature.id, signature.meaning, number, signature.effect, signature.response)
                self.problems.setdefault(signature.id, problem)

    def _init(self, number: int) -> None:
        message = "unseal keys or a root token stood in this log; they were removed from the stored copy"
        remedy = "rotate them, and find out who could read the log"
        self.problems.setdefault("init_output", Problem("init_output", message, number, "warned", remedy))

    def _note(self, code: str, line: int, at: datetime | None) -> None:
        """Counts an event; only the first of each code are listed, so that memory does not grow with the log."""
        self.seen[code] += 1
        if self.seen[code] <= EVENTS_PER_CODE:
            self.events.append((code, line, at))

    def facts(self) -> ServerLogFacts:
        found = self.records or self.problems or self.events
        return ServerLogFacts(
            first=self.first,
            last=self.last,
            records=self.records,
            events=tuple(self.events),
            dev_mode=self.dev,
            problems=tuple(self.problems[code] for code in sorted(self.problems)),
            bad_lines=tuple(self.bad[:EVENTS_PER_CODE]),
            inconclusive="" if found else "no line of a server log in it",
            steps_back=tuple(self.back),
        )


# Every state and warning holds one of these; one with an escape, an error or a letter beyond ASCII
# is read in full anyway.
_WORDS = (
    "server started", "vault is unsealed", "unsealed with stored key", "vault is sealed", "fips:", "dev mode is",
    "development mode", "[redacted:", "\\", '"error"',
)  # fmt: skip


@cache
def _database() -> tuple[Automaton, int]:
    """The automaton, and the place in it of the beginning of a line that may be JSON."""
    words = [*(re.escape(word) for word in (*_WORDS, *stems())), r"[\x80-\xff]"]
    return Automaton([*words, r"^[\s\x1c-\x1f]*\{"], caseless=True, once=(len(words),)), len(words)


def _telling(text: str) -> tuple[set[int] | None, bool]:
    """(numbers from 0 of the lines that may be an event, None = look at all of them; whether one may be JSON)."""
    if len(text) < automaton.WORTH:
        return None, True
    block = text.encode()
    database, begins = _database()
    hits = database.hits(block)
    found = automaton.lines_of(block, [end for place, end in hits if place != begins])
    # White space that is none in ASCII may stand before the brace too.
    return found, not text.isascii() or any(place == begins for place, _ in hits)


def _record(line: str) -> dict[str, object] | None:
    try:
        record = json_text.load(line)
    except Refused:
        return None
    return record if isinstance(record, dict) and "@message" in record else None


def matches(head: str) -> bool:
    return any(pattern.search(head) for pattern in (_TEXT_LINE, _JSON_LINE, _BANNER, _START_ERROR))


def parse(text: str, declared: Declared) -> ServerLogFacts:
    lines = Lines()
    read_lines(lines, text)
    return lines.facts()
