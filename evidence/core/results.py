"""What a control says: a verdict, and findings that a reader can act on.

The words of `Verdict` are the same in code, addresses, templates, the PDF and the API.
"""

from __future__ import annotations

from enum import StrEnum

from seal_advisor.core.record import Record


class Verdict(StrEnum):
    """One word for one control. Only `PASS` is proof; everything else says what is missing or wrong."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    WARN = "warn"
    NOT_PROVEN = "not_proven"
    STALE = "stale"
    ATTESTED = "attested"
    NOT_APPLICABLE = "not_applicable"
    CANNOT_DECIDE = "cannot_decide"
    WAIVED = "waived"


class Finding(Record):
    """One thing a reader can act on: what, where, what to do, and who says so.

    path: base name of the artefact, "" where no artefact is at fault (something is missing).
    line: 1-based, None where the artefact has no lines or the whole file is meant.
    remedy: the literal replacement where there is one (a config line, a command).
    source: title and address of the primary source.
    severity: the verdict that this finding alone would earn.
    """

    message: str
    path: str = ""
    line: int | None = None
    remedy: str = ""
    source: str = ""
    severity: Verdict = Verdict.FAIL


class Result(Record):
    """The verdict of one control over all evidence.

    reason: one sentence that says why the verdict is what it is; always set, also for a pass.
    missing: kinds of artefact that would settle a `not_proven`.
    artefacts: sha256 of the artefacts that the verdict rests on.
    """

    control: str
    title: str
    verdict: Verdict
    reason: str
    findings: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()
    artefacts: tuple[str, ...] = ()
