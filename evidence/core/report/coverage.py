"""The chapter with the calendar: which days of the period each control's evidence covers."""

from __future__ import annotations

from evidence.core import coverage
from evidence.core.report.model import Report
from evidence.core.report.words import figure
from seal_advisor.core import diagrams
from seal_advisor.core.record import replace
from seal_advisor.core.words import plural

BARS_A_FIGURE = 14  # a third of a page: a taller drawing would leave a page before it empty


def chapter(report: Report, heading: str) -> str:
    """heading: the chapter's own. Only controls with evidence have a bar; the others are counted."""
    calendar = report.calendar
    if calendar is None:
        return ""
    seen = tuple(row for row in calendar.rows if row.spans)
    without = len(calendar.rows) - len(seen)
    parts = []
    for start in range(0, len(seen), BARS_A_FIGURE):
        part = replace(calendar, rows=seen[start : start + BARS_A_FIGURE])
        caption = f"From {calendar.begin} to {calendar.end}, {plural(len(part.rows), 'control')}."
        parts.append(figure(diagrams.plain(coverage.svg(part)), caption))
    whole = sum(not row.gaps for row in seen)
    said = (
        f"{whole} of {plural(len(calendar.rows), 'control')} are covered on every one of the "
        f"{plural(calendar.days, 'day')} from {calendar.begin} to {calendar.end}."
    )
    rest = f" For {without} there is no evidence of any day." if without else ""
    key = (
        "A green bar is a record of those days, a blue one a capture that still counts, a dashed outline a person's "
        "word; a thin dashed line is a gap."
    )
    return f'<section class="chapter">{heading}<p>{said}{rest} {key}</p>{"".join(parts)}</section>'
