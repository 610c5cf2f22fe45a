"""JUnit XML, as CI servers show it: a control is a test case, a fail a failure, what is not proven is skipped."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from evidence.core.formats import Judged, one_line, telling
from evidence.core.formats.text import place
from evidence.core.results import Result, Verdict

SKIPPED = frozenset(
    {Verdict.NOT_PROVEN, Verdict.STALE, Verdict.CANNOT_DECIDE, Verdict.NOT_APPLICABLE, Verdict.WAIVED, Verdict.ATTESTED}
)


def render(judged: Judged) -> str:
    refused = [artefact for artefact in judged.artefacts if artefact.error]
    skipped = sum(result.verdict in SKIPPED for result in judged.results)
    counts = (
        f'tests="{len(judged.results) + len(refused)}" failures="{judged.summary["fail"]}" '
        f'errors="{len(refused)}" skipped="{skipped}"'
    )
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="seal-advisor" {counts}>',
        f'<testsuite name="seal-advisor check" {counts} time="0">',
    ]
    for artefact in refused:
        lines.append(f'<testcase classname="artefact" name={_attribute(artefact.name)} time="0">')
        lines.append(f"<error message={_attribute(artefact.error)}/></testcase>")
    lines += [_case(result) for result in judged.results]
    return "\n".join([*lines, "</testsuite>", "</testsuites>"])


def _case(result: Result) -> str:
    name = _attribute(f"{result.control} {result.title}")
    opening = f'<testcase classname="{result.control}" name={name} time="0">'
    details = escape("\n".join(_lines(result)))
    if result.verdict is Verdict.FAIL:
        inner = f'<failure type="fail" message={_attribute(result.reason)}>{details}</failure>'
    elif result.verdict in SKIPPED:
        inner = f"<skipped message={_attribute(f'{result.verdict.value}: {result.reason}')}/>"
    else:
        inner = f"<system-out>{details or escape(one_line(result.reason))}</system-out>"
    return f"{opening}{inner}</testcase>"


def _lines(result: Result) -> list[str]:
    lines = []
    for finding in telling(result):
        where = place(finding)
        lines.append(one_line(f"{finding.severity.value}: {where + ': ' if where else ''}{finding.message}"))
        if finding.remedy:
            lines.append(one_line(f"  fix: {finding.remedy}"))
    return lines


def _attribute(text: str) -> str:
    return quoteattr(one_line(text))
