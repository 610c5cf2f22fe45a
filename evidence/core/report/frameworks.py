"""The appendix by framework: what the verdicts say about each requirement, by which controls and which evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest

from evidence.core import frameworks
from evidence.core.frameworks import WORST_FIRST, Framework, Row
from evidence.core.report.model import Report
from evidence.core.report.room import lines
from evidence.core.report.words import linked, numbers, table, text, verdict_chip
from evidence.core.results import Verdict
from seal_advisor.core.words import plural

HEADS = (("w-id", "Id"), ("w-rest", "What it is about"), ("w-verdict", "Verdict"), ("w-controls", "Controls, evidence"))
CONTROLS_SHOWN = 6
HEAD_LINES = 8
ABOUT, CONTROLS = 34, 26  # characters of a line in these columns
SILENT = {Verdict.NOT_APPLICABLE: "Not applicable", None: "Nothing judged"}


def chapter(report: Report, heading: str) -> str:
    """heading: the chapter's own. The worst requirements of each framework first; where the room ends, each framework
    has had as many as the others. What does not apply is named in a sentence.
    """
    known = frameworks.current()
    chosen = [one for one in known if one.id in report.frameworks] or list(known)
    judged = {framework.id: frameworks.rows(framework, report.results) for framework in chosen}
    queues = [[(framework.id, row) for row in _ordered(judged[framework.id])] for framework in chosen]
    every = [pair for turn in zip_longest(*queues) for pair in turn if pair is not None]
    shown = every[: report.room.fitting("frameworks", _costs(every))]
    parts = [
        _table(framework, judged[framework.id], [row for of, row in shown if of == framework.id], report)
        for framework in chosen
    ]
    left = len(every) - len(shown)
    more = f'<p class="more">{plural(left, "further requirement")} in facts/frameworks.csv.</p>' if left else ""
    return (
        f'<section class="chapter">{heading}<p>The mapping is our judgement; the texts are the publishers\'. '
        "The worst of a requirement's controls speaks for it. A requirement that is met here is met for the seal, "
        f"not for the whole organisation.</p>{''.join(parts)}{more}</section>"
    )


def _ordered(rows: Sequence[Row]) -> list[Row]:
    """Those that say something, worst first."""
    saying = [row for row in rows if row.verdict not in SILENT]
    return sorted(saying, key=lambda row: WORST_FIRST.index(row.verdict) if row.verdict else 0)


def _costs(every: Sequence[tuple[str, Row]]) -> list[int]:
    """The first row of a framework pays for its head."""
    seen: set[str] = set()
    costs = []
    for framework, row in every:
        head = 0 if framework in seen else HEAD_LINES
        seen.add(framework)
        controls = " ".join(row.controls[:CONTROLS_SHOWN]) + "\nE10, E20, E30, E40, E50, E60"
        costs.append(head + max(lines(_about(row), ABOUT), lines(controls, CONTROLS)) + 1)
    return costs


def _table(framework: Framework, every: Sequence[Row], rows: Sequence[Row], report: Report) -> str:
    """every: all requirements of the framework; rows: those that are shown."""
    evidence = _evidence_of(report)
    cells = [
        (
            f'<span class="nowrap">{text(row.requirement.id, 20)}</span>',
            text(row.requirement.about, 160) + _conditions(row),
            verdict_chip(row.verdict) if row.verdict else "",
            _controls(row) + _seen(row, evidence),
        )
        for row in rows
    ]
    note = f" {text(framework.note[:1].upper() + framework.note[1:], 200)}." if framework.note else ""
    met = sum(row.verdict is Verdict.PASS for row in every)
    said = f"{met} of {plural(len(every), 'requirement')} met.{note}"
    source = f'<p class="tight">{said} <span class="source">{linked(framework.source, 200)}</span></p>'
    shown = table(HEADS, cells, name="frameworks") if cells else ""
    return f"<h3>{text(framework.title, 160)}</h3>{source}{shown}{_silent(every)}"


def _silent(every: Sequence[Row]) -> str:
    """What does not apply, and what no judged control speaks to: by id only."""
    parts = []
    for verdict, words in SILENT.items():
        ids = ", ".join(row.requirement.id for row in every if row.verdict is verdict)
        if ids:
            parts.append(f"{words}: {text(ids, 400)}.")
    return f'<p class="source">{" ".join(parts)}</p>' if parts else ""


def _about(row: Row) -> str:
    return " ".join([row.requirement.about, *(f"Where {one}" for one in row.conditions)])


def _where(conditions: Sequence[str]) -> str:
    """The conditions as a sentence; each says "where ..." itself or begins in the middle of one."""
    said = "; ".join(conditions)
    return said[:1].upper() + said[1:] if said.lower().startswith("where") else f"Where {said}"


def _conditions(row: Row) -> str:
    return f'<br><span class="source">{text(_where(row.conditions), 240)}.</span>' if row.conditions else ""


def _controls(row: Row) -> str:
    shown = " ".join(f'<span class="nowrap">{text(one, 20)}</span>' for one in row.controls[:CONTROLS_SHOWN])
    more = len(row.controls) - CONTROLS_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _evidence_of(report: Report) -> Mapping[str, list[str]]:
    known = report.evidence_numbers
    return {one.control: [known[sha256] for sha256 in one.artefacts if sha256 in known] for one in report.results}


def _seen(row: Row, evidence: Mapping[str, list[str]]) -> str:
    found = {number for control in row.controls for number in evidence.get(control, [])}
    return f'<br><span class="source">{numbers(sorted(found))}</span>' if found else ""
