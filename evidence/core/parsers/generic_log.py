"""Syslog (RFC 5424, RFC 3164), CEF and LEEF of any sender: time range and counts, nothing of what they mean.

Asked last, when no other format is found. RFC 3164 has neither year nor zone, so its lines stand at no moment. SOURCE:
RFC 5424 section 6 and 7.1 (timeQuality), RFC 3164 section 4.1; ArcSight Common Event Format, version 25; IBM QRadar
LEEF 1.0 and 2.0.
"""

from __future__ import annotations

import re
from datetime import datetime

from evidence.core.facts import Declared
from evidence.core.facts.opaque_log import OpaqueLogFacts
from evidence.core.line_log import Frame, LineLog, milliseconds, moment_in, spelled
from evidence.core.lines import read_lines
from evidence.core.scan import iso

KIND = OpaqueLogFacts.KIND
TITLE = "syslog, CEF or LEEF of an unknown sender"
FORM = "text"

_PIPED = re.compile(r"(?:\A|\s)(CEF:[01]|LEEF:[12]\.0)((?:\|(?:[^|\\\n]|\\.){0,512}+){3,7})")
_CEF_TIME = re.compile(r"(?:\A|[\s|^])(?:rt|end|start|devTime)=([^=|^]{1,64}?)(?=\s[\w.]{1,64}=|[\t|^]|\Z)")
_RFC5424 = re.compile(
    r"<\d{1,3}>1 (-|\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})) "
    r"(\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32})(?: (.*))?\Z"
)
_RFC3164 = re.compile(
    r"(?:<\d{1,3}>)?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ \d]\d \d{2}:\d{2}:\d{2} "
    r"(\S{1,255}) ([\w./\-]{1,64})(?:\[\d{1,10}\])?: "
)
_UNSYNCHRONISED = re.compile(r'\[timeQuality [^\]]{0,200}isSynced="0"')


class Lines(LineLog):
    """Reads one line after the other."""

    def __init__(self) -> None:
        super().__init__(frame)

    def facts(self) -> OpaqueLogFacts:
        return self.opaque()


def frame(line: str) -> Frame | None:
    """What the line's frame says, innermost format first: a CEF record may stand in a line of syslog."""
    piped = _PIPED.search(line)
    if piped:
        return _piped(line, piped)
    full = _RFC5424.match(line)
    if full:
        away = bool(_UNSYNCHRONISED.search(line[:1000]))
        event = "" if full.group(5) == "-" else f" {full.group(5)}"
        return Frame("rfc5424", f"{full.group(2)}: {full.group(3)}{event}", iso(full.group(1)), away)
    short = _RFC3164.match(line)
    return Frame("rfc3164", f"{short.group(1)}: {short.group(2)}", None) if short else None


def _piped(line: str, match: re.Match[str]) -> Frame | None:
    kind = match.group(1).partition(":")[0].lower()
    fields = [field.replace("\\|", "|") for field in re.split(r"(?<!\\)\|", match.group(2))[1:]]
    wanted = 5 if kind == "cef" else 4
    if len(fields) < wanted:
        return None
    event = fields[4] if kind == "cef" else fields[3]
    return Frame(kind, f"{fields[0]} {fields[1]}: {event}"[:200], _piped_moment(line, match))


def _piped_moment(line: str, match: re.Match[str]) -> datetime | None:
    told = _CEF_TIME.search(line, match.end(1))
    if told:
        word = told.group(1).strip()
        return milliseconds(word) or spelled(word) or moment_in(word)
    return moment_in(line[: match.start()])


def matches(head: str) -> bool:
    """The first line is a record, and so are most of the first twenty."""
    lines = [line for line in head.splitlines()[:60] if line.strip()][:20]
    if not lines or frame(lines[0]) is None:
        return False
    return sum(frame(line) is not None for line in lines) * 2 > len(lines)


def parse(text: str, declared: Declared) -> OpaqueLogFacts:
    lines = Lines()
    read_lines(lines, text)
    return lines.facts()
