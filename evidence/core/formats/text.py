"""For people at a terminal: the sum in one sentence, then the red rows, each with place, fix and source."""

from __future__ import annotations

from evidence.core.formats import Judged, one_line, telling
from evidence.core.results import Finding, Result, Verdict
from seal_advisor.core.words import plural

# Shape and word, so that nothing hangs on colour.
MARKS = {
    Verdict.FAIL: "x FAIL",
    Verdict.CANNOT_DECIDE: "? CANNOT DECIDE",
    Verdict.STALE: "~ STALE",
    Verdict.WARN: "! WARN",
    Verdict.NOT_PROVEN: "o NOT PROVEN",
    Verdict.WAIVED: "- WAIVED",
    Verdict.ATTESTED: "= ATTESTED",
    Verdict.PASS: "+ PASS",
    Verdict.NOT_APPLICABLE: "  NOT APPLICABLE",
}
BRIEF = (Verdict.NOT_PROVEN, Verdict.PASS, Verdict.NOT_APPLICABLE)


def render(judged: Judged) -> str:
    lines = [headline(judged), ""]
    for artefact in judged.artefacts:
        state = f"{artefact.kind}: {artefact.error}" if artefact.error else artefact.kind
        removed = f", {plural(len(artefact.redactions), 'secret')} removed" if artefact.redactions else ""
        lines.append(f"  {one_line(artefact.name)}  ({one_line(state)}{removed})")
    ordered = judged.in_reading_order()
    for result in (result for result in ordered if result.verdict not in BRIEF):
        lines += ["", f"{MARKS[result.verdict]}  {result.control}  {result.title}{_known(judged, result)}"]
        shown = telling(result)
        for finding, following in zip(shown, (*shown[1:], None), strict=True):
            lines += _finding(finding, following)
        if result.verdict in (Verdict.WAIVED, Verdict.ATTESTED):
            lines.append(f"    {one_line(result.reason)}")
    lines += _brief(ordered)
    return "\n".join(lines)


def headline(judged: Judged) -> str:
    """The whole outcome in one line."""
    counts = [f"{number} {word.replace('_', ' ')}" for word, number in judged.summary.items() if number]
    profile = "against the decision" if judged.basis == "decision" else "strict profile: FIPS 140-3, SP 800-52r2"
    verdict = "Not compliant" if judged.summary["fail"] else "No control fails"
    return f"{verdict}: {', '.join(counts)} ({profile})"


def place(finding: Finding) -> str:
    """The file and line, "" where no file is at fault."""
    return f"{one_line(finding.path)}:{finding.line}" if finding.line else one_line(finding.path)


def _known(judged: Judged, result: Result) -> str:
    return "  (known from the baseline)" if judged.known and result.control in judged.known else ""


def _finding(finding: Finding, following: Finding | None) -> list[str]:
    """Place and message; fix and source once, after the last of several findings that share them."""
    where = place(finding)
    lines = [f"    {where}: {one_line(finding.message)}" if where else f"    {one_line(finding.message)}"]
    if following and (following.remedy, following.source) == (finding.remedy, finding.source):
        return lines
    if finding.remedy:
        lines.append(f"      fix: {one_line(finding.remedy)}")
    if finding.source:
        lines.append(f"      see: {one_line(finding.source)}")
    return lines


def _brief(ordered: list[Result]) -> list[str]:
    """Rows that need one line each: what is missing, what passed; the rest by id only."""
    lines: list[str] = []
    for verdict in BRIEF:
        rows = [result for result in ordered if result.verdict is verdict]
        if not rows:
            continue
        lines.append("")
        if verdict is Verdict.NOT_APPLICABLE:
            lines.append(f"{MARKS[verdict]}  {', '.join(result.control for result in rows)}")
            continue
        for result in rows:
            lines.append(f"{MARKS[verdict]}  {result.control}  {result.title}")
            lines.append(f"    {one_line(result.reason)}")
            fixes = [finding.remedy for finding in telling(result) if finding.remedy]
            if fixes:
                lines.append(f"      get: {one_line(fixes[0])}")
    return lines
