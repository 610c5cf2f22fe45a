"""When snapshots were written: `stat -c '%y %s %n'` of the files in a folder, or `aws s3 ls` of a bucket.

SOURCE: GNU coreutils 9.1, `stat`: %y is the time of the last change with its zone; AWS CLI, `s3 ls`: "the time is of
your own zone", so the recipe sets TZ=UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime

from evidence.core.facts import Declared
from evidence.core.facts.records import Snapshot, SnapshotsFacts
from evidence.core.refusal import Refused
from seal_advisor.core.regex import regex

KIND = SnapshotsFacts.KIND
TITLE = "Snapshot files with their times"
FORM = "text"

_STAT = regex(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d{1,9})? ([+-]\d{4}) (\d{1,18}) (/\S.{0,1000})\Z")
_BUCKET = regex(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) {1,20}(\d{1,18}) (\S.{0,1000})\Z")


def matches(head: str) -> bool:
    lines = [line for line in head.splitlines() if line.strip()]
    return bool(lines) and (all(map(_STAT.match, lines[:50])) or all(map(_BUCKET.match, lines[:50])))


def parse(text: str, declared: Declared) -> SnapshotsFacts:
    """Every file, oldest first. Raises Refused for a line of another form."""
    where = "folder" if _STAT.match(next(line for line in text.splitlines() if line.strip())) else "bucket"
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            found.append(_snapshot(line, number, where))
    return SnapshotsFacts(where, tuple(sorted(found, key=lambda one: (one.at, one.line))))


def _snapshot(line: str, number: int, where: str) -> Snapshot:
    match = (_STAT if where == "folder" else _BUCKET).match(line)
    if match is None:
        raise Refused("this line is no file with its time", "hand in the output of the command alone", number)
    try:
        if where == "folder":
            at = datetime.strptime(f"{match.group(1)} {match.group(2)}", "%Y-%m-%d %H:%M:%S %z").astimezone(UTC)
            return Snapshot(match.group(4), at, int(match.group(3)), number)
        at = datetime.fromisoformat(match.group(1)).replace(tzinfo=UTC)
    except ValueError as error:
        raise Refused(f"this line has no time: {error}", "hand in the output of the command alone", number) from None
    return Snapshot(match.group(3), at, int(match.group(2)), number)
