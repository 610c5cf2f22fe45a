"""The controls page: red rows first, each finding with its file, line, remedy and source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evidence.core.results import Finding, Result, Verdict
from evidence.views import words
from seal_advisor.models import Design
from seal_advisor.views import road
from seal_advisor.views.words import Link, Mark, counted, listed, opened, source, translated

# The findings of a row that is neither red nor amber wait behind one line, so that the eye finds the others.
FOLDED = {
    Verdict.NOT_PROVEN: gettext_lazy("How to prove it"),
    Verdict.PASS: gettext_lazy("Details"),
    Verdict.ATTESTED: gettext_lazy("Details"),
    Verdict.WAIVED: gettext_lazy("What is waived"),
    Verdict.NOT_APPLICABLE: gettext_lazy("Details"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence, and where it holds: "vault.hcl, line 12"; no place where something is missing."""

    message: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FindingSeen:
    """Everything that one remedy repairs."""

    said: tuple[Said, ...]
    remedy: str
    source: Link


@dataclass(frozen=True, slots=True)
class ResultRow:
    """folded: the line behind which the findings wait, "" for a row whose findings are to be seen at once."""

    control: str
    title: str
    mark: Mark
    reason: str
    findings: tuple[FindingSeen, ...]
    folded: str
    missing: str


@dataclass(frozen=True, slots=True)
class Count:
    number: int
    mark: Mark


@dataclass(frozen=True, slots=True)
class ControlsPage:
    design: road.DesignHead
    sentence: str
    tally: tuple[Count, ...]
    results: tuple[ResultRow, ...]
    evidence_href: str
    packages_href: str
    may_build: bool


def controls_page(design: Design, results: Sequence[Result], *, may_build: bool) -> ControlsPage:
    order = list(words.VERDICTS)
    counts = Counter(result.verdict for result in results)
    worst_first = sorted(results, key=lambda result: (order.index(result.verdict), result.control))
    return ControlsPage(
        design=road.head(design, current="controls"),
        sentence=sentence(counts),
        tally=tuple(Count(counts[verdict], mark) for verdict, mark in words.VERDICTS.items() if counts[verdict]),
        results=tuple(_row(result) for result in worst_first),
        evidence_href=reverse("evidence", args=[design.pk]),
        packages_href=reverse("packages", args=[design.pk]),
        may_build=may_build,
    )


def sentence(counts: Counter[Verdict]) -> str:
    """What the table says, in one sentence."""
    failed, unproven = (
        counts[Verdict.FAIL],
        counts[Verdict.NOT_PROVEN] + counts[Verdict.CANNOT_DECIDE] + counts[Verdict.STALE],
    )
    if failed:
        rest = _(", and %(unproven)s are not proven") % {"unproven": unproven} if unproven else ""
        return _("%(failed)s%(rest)s.") % {"failed": counted(failed, "control fails", "controls fail"), "rest": rest}
    if unproven:
        return _("Nothing fails, but %(counted)s not proven.") % {
            "counted": counted(unproven, "control is", "controls are")
        }
    return _("Every control that applies holds.")


def _row(result: Result) -> ResultRow:
    findings = _findings(result.findings)
    shown_at_once = result.verdict not in FOLDED
    told = {finding.message for finding in result.findings}
    return ResultRow(
        control=result.control,
        title=translated(result.title),
        mark=words.VERDICTS[result.verdict],
        reason="" if shown_at_once and result.reason in told else opened(result.reason),
        findings=findings,
        folded=FOLDED.get(result.verdict, "") if findings else "",
        missing=listed([words.kind(kind) for kind in result.missing]) if not findings else "",
    )


def _findings(findings: Sequence[Finding]) -> tuple[FindingSeen, ...]:
    """Each remedy once with what it repairs, each sentence once with its places."""
    by_remedy: dict[tuple[str, str], dict[str, list[str]]] = {}
    for finding in findings:
        line = _(", line %(line)s") % {"line": finding.line} if finding.line else ""
        said = by_remedy.setdefault((finding.remedy, finding.source), {})
        said.setdefault(finding.message, []).append(f"{finding.path}{line}")
    return tuple(
        FindingSeen(
            tuple(Said(opened(message), tuple(place for place in places if place)) for message, places in said.items()),
            remedy,
            source(where),
        )
        for (remedy, where), said in by_remedy.items()
    )
