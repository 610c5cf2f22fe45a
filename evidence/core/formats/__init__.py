"""The outputs of `check`, one file each: `render(judged) -> str`. The folder is the list of formats."""

from __future__ import annotations

from evidence.core.facts import Artefact
from evidence.core.results import Finding, Result, Verdict
from seal_advisor.core.record import Record

# How a reader meets the verdicts: what fails first, what needs nobody last.
READING_ORDER = (
    Verdict.FAIL,
    Verdict.CANNOT_DECIDE,
    Verdict.STALE,
    Verdict.WARN,
    Verdict.NOT_PROVEN,
    Verdict.WAIVED,
    Verdict.ATTESTED,
    Verdict.PASS,
    Verdict.NOT_APPLICABLE,
)
# Verdicts in which nothing is wrong and nothing is missing.
QUIET = frozenset({Verdict.PASS, Verdict.NOT_APPLICABLE})


class Judged(Record):
    """One run of `check`.

    basis: "decision" or "strict profile". known: ids of controls whose failure stood in the baseline already; None
    without a baseline. version: of the program.
    """

    artefacts: tuple[Artefact, ...]
    results: tuple[Result, ...]
    summary: dict[str, int]
    basis: str
    version: str
    known: frozenset[str] | None = None

    def in_reading_order(self) -> list[Result]:
        """Red rows first; inside a verdict in catalogue order."""
        return sorted(self.results, key=lambda result: READING_ORDER.index(result.verdict))


def telling(result: Result) -> tuple[Finding, ...]:
    """The findings that explain the verdict: for a quiet one none, else all but the side notes."""
    if result.verdict in QUIET:
        return ()
    return tuple(finding for finding in result.findings if finding.severity is not Verdict.PASS)


def one_line(text: str) -> str:
    """Text without control characters, so that a file's name or value cannot draw on a terminal or break a row."""
    if text.isprintable():
        return text
    return "".join(character if character.isprintable() else " " for character in text)
