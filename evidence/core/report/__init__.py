"""The report as one HTML document: pure functions, every value escaped, nothing linked from outside."""

from __future__ import annotations

from html import escape
from pathlib import Path

from evidence.core.manifest import moment
from evidence.core.report import coverage, decided, frameworks, house, judged, losses, people, room
from evidence.core.report.model import Report, Signature, cited
from seal_advisor.core.record import replace

__all__ = ["Report", "Signature", "html"]

# The style sheet is the report's own data, read once, like the ruleset's tables.
STYLE = Path(__file__).with_name("report.css").read_text(encoding="utf-8")


def html(report: Report) -> str:
    """The whole document. Raises KeyError when the decision lacks a part that the contract promises."""
    report = replace(report, sources=cited(report))
    wanted = room.Measuring({})
    _body(replace(report, room=wanted))
    body = _body(replace(report, room=room.shared(wanted.lines)))
    created = moment(report.created_at)
    title = escape(report.title[:160])
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="author" content="Seal Advisor"><meta name="generator" content="{escape(report.generator)}">
<meta name="description" content="{_about(report)}">
<meta name="dcterms.created" content="{created}"><meta name="dcterms.modified" content="{created}">
<style>{STYLE}</style></head><body><p class="running">{title}{_running(report)}</p>{body}</body></html>"""


def _body(report: Report) -> str:
    head, proof = decided.heading, report.judged
    return "".join(
        (
            decided.title_page(report),
            decided.boundary(report),
            decided.why(report),
            decided.why_not(report),
            losses.chapter(report, head("losses")),
            decided.obligations(report),
            judged.controls(report) if proof else "",
            judged.findings(report) if proof else "",
            judged.exceptions(report) if proof else "",
            people.sign_offs(report, head("sign-offs")),
            judged.answers(report),
            coverage.chapter(report, head("coverage")) if proof else "",
            judged.evidence(report) if proof else "",
            frameworks.chapter(report, head("frameworks")) if proof else "",
            people.changes(report, head("changes")),
            judged.verify(report),
            judged.sources(report),
        )
    )


def _running(report: Report) -> str:
    """What must not be forgotten on any page."""
    return f"{'' if report.judged else ' · No evidence was judged'}{house.running(report)}"


def _about(report: Report) -> str:
    return "Seal decision, evidence and control results" if report.judged else "Seal decision, before any evidence"
