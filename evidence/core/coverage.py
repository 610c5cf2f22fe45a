"""Which days of the period under review each control's evidence covers, and where the gaps are.

    calendar(results, evidence, settings) -> Calendar;  svg(calendar) -> the same as a drawing

A log covers the days from its first to its last record, a declared period the days that its collector declared. A
capture of one moment covers the day on which it was taken, and counts from then on for as long as captures count
(`Settings.scan_max_age`, `runtime_max_age`). An attestation covers its days too, but as a word, not as proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from evidence.core.demands import Settings
from evidence.core.facts import Artefact, CertificateFacts, Evidence, TlsScanFacts
from evidence.core.moments import moment_in, range_of
from evidence.core.results import Result, Verdict
from evidence.core.waivers import Attestation
from seal_advisor.core import drawing
from seal_advisor.core.record import Record

DAY = timedelta(days=1)
LOG, COUNTS, WORD = "log", "counts", "word"  # how a span covers its days
SAID = {LOG: "recorded", COUNTS: "captured once, still counts", WORD: "attested"}

LEFT, RIGHT, TOP, ROW = 84.0, 566.0, 44.0, 20.0
FILLS = {
    LOG: ("var(--diagram-good-line, #2b9a66)", ""),
    COUNTS: ("var(--diagram-key-line, #3e63dd)", ""),
    WORD: ("none", ' stroke="var(--diagram-care-line, #ab6400)" stroke-width="1.5" stroke-dasharray="4 3"'),
}


class Span(Record):
    """Days that one artefact or attestation covers, both ends included. how: LOG, COUNTS or WORD."""

    source: str
    begin: date
    end: date
    how: str


class Row(Record):
    """One control. gaps: first and last day of each stretch that nothing covers; covered: days, of the period's."""

    control: str
    title: str
    verdict: Verdict
    spans: tuple[Span, ...]
    gaps: tuple[tuple[date, date], ...]
    covered: int


class Age(Record):
    """How old one artefact is. days: since its last record or its capture; limit: how many days such a thing counts."""

    source: str
    kind: str
    taken: datetime
    days: int
    limit: int

    @property
    def stale(self) -> bool:
        return self.days > self.limit


class Calendar(Record):
    """All controls that apply over one period, both ends included."""

    begin: date
    end: date
    rows: tuple[Row, ...]

    @property
    def days(self) -> int:
        return (self.end - self.begin).days + 1

    @property
    def whole(self) -> int:
        """How many controls are covered on every day."""
        return sum(not row.gaps for row in self.rows)


def calendar(
    results: Iterable[Result], evidence: Evidence, settings: Settings, *, attestations: Sequence[Attestation] = ()
) -> Calendar:
    """The calendar of the settings' period, or of the last `runtime_max_age` days where none was declared."""
    end = (settings.observed_to or settings.now).date()
    begin = settings.observed_from.date() if settings.observed_from else end - settings.runtime_max_age + DAY
    by_hash = {artefact.sha256: artefact for artefact in evidence.artefacts}
    rows = []
    for result in results:
        if result.verdict is Verdict.NOT_APPLICABLE:
            continue
        given = [by_hash[sha256] for sha256 in result.artefacts if sha256 in by_hash]
        spans = [span for artefact in given for span in _spans(artefact, settings)]
        spans += [
            Span(f"attestation by {one.by}", one.on, one.expires, WORD)
            for one in attestations
            if one.control == result.control
        ]
        inside = tuple(kept for span in spans if (kept := _inside(span, begin, end)))
        gaps = tuple(_gaps(inside, begin, end))
        missing = sum((last - first).days + 1 for first, last in gaps)
        covered = (end - begin).days + 1 - missing
        rows.append(Row(result.control, result.title, result.verdict, inside, gaps, covered))
    return Calendar(begin, end, tuple(rows))


def _spans(artefact: Artefact, settings: Settings) -> Iterator[Span]:
    first, last = range_of(artefact)
    if first and last:
        yield Span(artefact.name, first.date(), last.date(), LOG)
        return
    if artefact.observed_from and artefact.observed_to:
        yield Span(artefact.name, artefact.observed_from.date(), artefact.observed_to.date(), LOG)
        return
    taken = moment_in(artefact) or artefact.observed_to or artefact.observed_from or artefact.received_at
    if taken is not None:
        yield Span(artefact.name, taken.date(), (taken + _limit(artefact, settings)).date(), COUNTS)


def _limit(artefact: Artefact, settings: Settings) -> timedelta:
    """How long a capture counts."""
    if isinstance(artefact.facts, CertificateFacts):
        return settings.certificate_max_age
    return settings.scan_max_age if isinstance(artefact.facts, TlsScanFacts) else settings.runtime_max_age


def _inside(span: Span, begin: date, end: date) -> Span | None:
    """The part of the span that lies in the period."""
    first, last = max(span.begin, begin), min(span.end, end)
    return Span(span.source, first, last, span.how) if first <= last else None


def _gaps(spans: Sequence[Span], begin: date, end: date) -> Iterator[tuple[date, date]]:
    free = begin
    for span in sorted(spans, key=lambda one: (one.begin, one.end)):
        if span.begin > free:
            yield free, span.begin - DAY
        free = max(free, span.end + DAY)
    if free <= end:
        yield free, end


def ages(evidence: Evidence, settings: Settings) -> tuple[Age, ...]:
    """How old each dated artefact is at the period's end, the oldest first; what has no date at all is left out."""
    end = settings.observed_to or settings.now
    found = []
    for artefact in evidence.artefacts:
        taken = range_of(artefact)[1] or moment_in(artefact) or artefact.observed_to or artefact.received_at
        if taken is not None:
            limit = _limit(artefact, settings)
            found.append(Age(artefact.name, artefact.kind, taken, max(0, (end - taken).days), limit.days))
    return tuple(sorted(found, key=lambda one: (-one.days, one.source)))


def start_of(day: date) -> datetime:
    """Midnight UTC of a day."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def last_day(row: Row) -> date | None:
    """The last day of the period that something covers; None when nothing does."""
    return max((span.end for span in row.spans), default=None)


def days(first: date, last: date) -> str:
    """ "2026-07-01" or "2026-07-01 to 2026-07-09"."""
    return f"{first}" if first == last else f"{first} to {last}"


def sentence(row: Row, number: int) -> str:
    """A row in words: what covers it and where the gaps are. number: days of the period."""
    if not row.spans:
        return f"{row.control}: nothing covers any of the {number} days."
    by = "; ".join(f"{span.source} {days(span.begin, span.end)} ({SAID[span.how]})" for span in row.spans)
    if not row.gaps:
        return f"{row.control}: every day, by {by}."
    return f"{row.control}: {row.covered} of {number} days, by {by}. Gaps: {gaps_said(row)}."


def gaps_said(row: Row) -> str:
    return ", ".join(days(first, last) for first, last in row.gaps)


def svg(calendar: Calendar) -> str:
    """One bar per control over the period; the words of every bar stand in the drawing's description."""
    number = calendar.days
    parts = [_axis(calendar)]
    for index, row in enumerate(calendar.rows):
        parts.append(_bar(row, TOP + index * ROW, calendar))
    words = [f"{calendar.whole} of {len(calendar.rows)} controls are covered on each of the {number} days."]
    words += [sentence(row, number) for row in calendar.rows]
    high = TOP + len(calendar.rows) * ROW + 12
    title = f"Days covered from {calendar.begin} to {calendar.end}"
    return drawing.picture(title, " ".join(words), high, parts)


def _x(day: date, calendar: Calendar) -> float:
    """Where a day begins."""
    return LEFT + (RIGHT - LEFT) * (day - calendar.begin).days / calendar.days


def _axis(calendar: Calendar) -> str:
    """Up to seven days by name, each with a line through all rows."""
    step = max(1, calendar.days // 6)
    line = "var(--diagram-region-line, #b9bbc6)"
    floor = TOP + len(calendar.rows) * ROW
    parts = []
    for number in range(0, calendar.days, step):
        day = calendar.begin + number * DAY
        at = round(_x(day, calendar), 1)
        parts.append(f'<path d="M{at:g} {TOP - 8:g}V{floor:g}" stroke="{line}" stroke-width="1" fill="none"/>')
        if RIGHT - at > 30:
            parts.append(drawing.words(at, TOP - 14, [f"{day:%m-%d}"]))
    return "".join(parts)


def _bar(row: Row, y: float, calendar: Calendar) -> str:
    tone = "var(--diagram-bad-line, #ce2c31)"
    parts = [drawing.words(LEFT - 8, y + 14, [row.control], anchor="end")]
    for first, last in row.gaps:
        left, right = _x(first, calendar), _x(last + DAY, calendar)
        parts.append(
            f'<rect class="gap" x="{left:.1f}" y="{y + 8:g}" width="{right - left:.1f}" height="4" fill="none" '
            f'stroke="{tone}" stroke-width="1" stroke-dasharray="2 2"/>'
        )
    for span in row.spans:
        left, right = _x(span.begin, calendar), _x(span.end + DAY, calendar)
        fill, line = FILLS[span.how]
        parts.append(
            f'<rect class="{span.how}" x="{left:.1f}" y="{y + 4:g}" width="{right - left:.1f}" height="12" rx="2" '
            f'fill="{fill}"{line}/>'
        )
    parts.append(drawing.words(RIGHT + 8, y + 14, [f"{row.covered}/{calendar.days}"]))
    return "".join(parts)


def since(row: Row, begun: datetime, end: date) -> date:
    """Since when the row's proof has been missing: the day after the last covered one.

    Since the work began where nothing ever covered it, and where what covers it to the period's end proves nothing.
    """
    covered = last_day(row)
    return covered + DAY if covered and covered < end else begun.date()
