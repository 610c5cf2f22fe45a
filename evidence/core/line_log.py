"""Logs of one record a line of which the frame is read: moments, senders, counts, lines that are none of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

from evidence.core.facts import KeyStoreLogFacts
from evidence.core.facts.opaque_log import OpaqueLogFacts
from evidence.core.lines import CLOCK_STEP, each_line
from evidence.core.scan import epoch, iso
from seal_advisor.core.record import Record

LISTED = 200
NAMES = 500
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:[.,]\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})")


class Frame(Record):
    """What one line shows. name: "sender: event"; at: None where year or zone is missing."""

    format: str
    name: str
    at: datetime | None
    unsynchronised: bool = False


class LineLog:
    """Takes line after line; what it keeps does not grow with the log. frame: None for a line that is no record."""

    def __init__(self, frame: Callable[[str], Frame | None]) -> None:
        self._frame = frame
        self.format = ""
        self.records = self.undated = self.unsynchronised = 0
        self.first: datetime | None = None
        self.last: datetime | None = None
        self._before: datetime | None = None
        self.counts: Counter[str] = Counter()
        self.back: list[tuple[int, int]] = []
        self.bad: list[tuple[int, int]] = []

    def read(self, text: str, number: int, offset: int) -> None:
        """Whole lines, as `evidence.core.lines.LineReader` takes them."""
        for line, at, start in each_line(text, number, offset):
            frame = self._frame(line)
            if frame is None:
                if len(self.bad) < LISTED:
                    self.bad.append((at, start))
            else:
                self._note(frame, at)

    def _note(self, frame: Frame, line: int) -> None:
        self.format = self.format or frame.format
        self.records += 1
        self.unsynchronised += frame.unsynchronised
        self.counts[frame.name if frame.name in self.counts or len(self.counts) < NAMES else "other"] += 1
        at = frame.at
        if at is None:
            self.undated += 1
            return
        if self._before and self._before - at > CLOCK_STEP and len(self.back) < LISTED:
            self.back.append((line, int((self._before - at).total_seconds())))
        self._before = at
        self.first = min(self.first or at, at)
        self.last = max(self.last or at, at)

    def opaque(self) -> OpaqueLogFacts:
        """The facts of a log that nobody here understands."""
        return OpaqueLogFacts(
            format=self.format,
            records=self.records,
            first=self.first,
            last=self.last,
            counts=dict(sorted(self.counts.items())),
            undated=self.undated,
            unsynchronised=self.unsynchronised,
            steps_back=tuple(self.back),
            bad_lines=tuple(self.bad),
            inconclusive="" if self.records else "no record could be read",
        )

    def key_store(self, form: str, integrity: str, inconclusive: str = "") -> KeyStoreLogFacts:
        """The facts of an HSM's log of which the events are not mapped: their names stand in `counts` as they are.

        integrity: who can check it, and how.
        """
        return KeyStoreLogFacts(
            format=form,
            records=self.records,
            first=self.first,
            last=self.last,
            counts=dict(sorted(self.counts.items())),
            gaps=(),
            numbered=False,
            integrity="not_checkable",
            integrity_reason=integrity,
            software=False,
            bad_lines=tuple(self.bad),
            steps_back=tuple(self.back),
            inconclusive=inconclusive if self.records else "no record could be read",
        )


def moment_in(line: str) -> datetime | None:
    """The first moment with date, time and zone in a line; None where there is none."""
    match = _ISO.search(line)
    return iso(match.group().replace(",", ".")) if match else None


def milliseconds(text: str) -> datetime | None:
    """Milliseconds since 1970, as CEF and LEEF write moments."""
    return epoch(int(text) / 1000) if text.isdigit() and 12 <= len(text) <= 14 else None


def spelled(text: str) -> datetime | None:
    """ "Nov 24 2026 10:05:26 UTC": CEF's and LEEF's other spelling; None without a year or with another zone."""
    for form in ("%b %d %Y %H:%M:%S UTC", "%b %d %Y %H:%M:%S.%f UTC", "%b %d %Y %H:%M:%S GMT"):
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
