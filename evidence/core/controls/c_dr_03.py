"""C-DR-03: snapshots run by themselves, are encrypted, leave the site, and are never further apart than the RPO.

The times of the files show how often: the longest stretch without one, up to the judgement or the period's end, is held
against the recovery point objective of the answers. That they are encrypted and leave the site is in no time: it is to
be attested. A snapshot of no bytes is none.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, Evidence
from evidence.core.facts.records import Snapshot, SnapshotsFacts
from evidence.core.judgement import absent, at, lacking, settle
from evidence.core.results import Finding, Result, Verdict
from evidence.core.sources import OURS, VAULT_RAFT, VAULT_SNAPSHOT
from seal_advisor.core.scales import duration

ID = "C-DR-03"
TITLE = "Snapshots are automatic, encrypted, off site, and often enough"
NEEDS = ("snapshot_log",)
SOURCES = (
    VAULT_SNAPSHOT,
    VAULT_RAFT,
)

WHY = "the longest gap between two snapshots must not exceed the recovery point objective"
LEAST = 2
OFTEN = "run `vault operator raft snapshot save FILE` at least that often, from a timer, and watch that it runs"


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    given = evidence.of(SnapshotsFacts)
    if not given:
        return absent(ID, TITLE, NEEDS, VAULT_SNAPSHOT, WHY)
    findings: list[Finding] = []
    objective = demands.answers.get("rpo")
    limit = timedelta(microseconds=duration(objective)) if objective else None
    for artefact, listing in given:
        whole = [one for one in listing.snapshots if one.size]
        empty = [one for one in listing.snapshots if not one.size]
        findings += [
            at(artefact, one.line, f"{one.name} has no bytes: it restores nothing", OFTEN, VAULT_SNAPSHOT)
            for one in empty
        ]
        if len(whole) < LEAST:
            why = "fewer than two snapshots are listed, so how often they run does not show"
            findings.append(at(artefact, None, why, OFTEN, VAULT_SNAPSHOT, Verdict.NOT_PROVEN))
        elif limit is not None:
            findings += _gaps(artefact, whole, limit, settings)
    if limit is None:
        findings.append(lacking(NEEDS, OURS, "no answer gives a recovery point objective to hold the times against"))
    words = "that they are encrypted and leave the site is not shown by their times"
    findings.append(lacking(("backup_record",), VAULT_SNAPSHOT, f"{words}; attest it"))
    used = [artefact for artefact, _ in given]
    return settle(ID, TITLE, findings, proof="", used=used, missing=("backup_record",))


def _gaps(artefact: Artefact, snapshots: list[Snapshot], limit: timedelta, settings: Settings) -> list[Finding]:
    """Each stretch that is longer than the objective, the one up to the judgement too."""
    end = settings.observed_to or settings.now
    moments: list[tuple[datetime, int | None]] = [(one.at, one.line) for one in snapshots]
    if end > moments[-1][0]:
        moments.append((end, None))
    findings = []
    for (before, line), (after, _) in pairwise(moments):
        if after - before > limit:
            until = "the judgement" if after == end else f"{after:%Y-%m-%d %H:%M}"
            message = f"no snapshot from {before:%Y-%m-%d %H:%M} to {until}: {_said(after - before)},"
            message += f" the objective is {_said(limit)}"
            findings.append(at(artefact, line, message, OFTEN, VAULT_SNAPSHOT))
    return findings


def _said(span: timedelta) -> str:
    """A length of time in hours and minutes."""
    minutes = round(span.total_seconds() / 60)
    return f"{minutes // 60} h {minutes % 60:02d} min"
