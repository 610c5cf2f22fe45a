"""C-AU-05: the clocks of the nodes and of the HSM agree, so that their logs can be compared.

Shown by each node's report on its clock, and against it by whatever the logs give away: a clock that ran backwards, a
sender that says it follows no reference, a node whose clock the active one sees off.
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, AuditLogFacts, Evidence, KeyStoreLogFacts, ServerLogFacts
from evidence.core.facts.cluster import HaStatusFacts
from evidence.core.facts.host import ClockFacts
from evidence.core.facts.opaque_log import OpaqueLogFacts
from evidence.core.judgement import absent, at, fresh, inconclusive, lacking, settle
from evidence.core.nodes import members
from evidence.core.results import Finding, Result, Verdict
from evidence.core.sources import CHRONY, SP_800_53, VAULT_HA_STATUS, VAULT_HARDENING
from seal_advisor.core.words import plural

ID = "C-AU-05"
TITLE = "Clocks are synchronised"
NEEDS = ("time_sync",)
SOURCES = (VAULT_HARDENING, SP_800_53, CHRONY, VAULT_HA_STATUS)

WHY = "events of Vault and HSM can be compared only if their clocks agree"
MOST_SECONDS = 5.0  # ours: the tolerance within which an event of one log is looked for in the other
FIX = "let chrony or systemd-timesyncd follow one reference on every node"
LISTED = 20


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    given = evidence.of(ClockFacts)
    clocks, findings = fresh(given, lambda clock: None, settings, settings.runtime_max_age)
    findings += _steps(evidence) + _skews(evidence)
    if not given and not findings:
        return absent(ID, TITLE, NEEDS, VAULT_HARDENING, WHY)
    for artefact, clock in clocks:
        findings += _clock(artefact, clock)
    lost = members(evidence) - {artefact.node or "" for artefact, _ in clocks}
    if not given:
        findings.append(lacking(NEEDS, VAULT_HARDENING, WHY))
    elif lost and not any(finding.severity is Verdict.STALE for finding in findings):
        why = f"no report of {', '.join(sorted(lost))}; name a report's node with --node NAME=PATH"
        findings.append(lacking(NEEDS, VAULT_HARDENING, why))
    proof = f"{plural(len(clocks), 'clock')} following a reference, and no log shows one that was set back"
    return settle(ID, TITLE, findings, proof=proof, used=[artefact for artefact, _ in clocks], missing=NEEDS)


def _clock(artefact: Artefact, clock: ClockFacts) -> list[Finding]:
    if clock.synchronised is False:
        return [at(artefact, None, "the clock of this node follows no reference", FIX, CHRONY)]
    if clock.inconclusive:
        return [inconclusive(artefact, clock.inconclusive, "chronyc tracking", CHRONY)]
    if clock.offset_seconds is not None and clock.offset_seconds > MOST_SECONDS:
        message = f"the clock of this node is {clock.offset_seconds:.1f} s off; at most {MOST_SECONDS:.0f} s count"
        return [at(artefact, None, message, FIX, CHRONY)]
    return []


def _steps(evidence: Evidence) -> list[Finding]:
    """A warning for every log of which the clock was set back, and for senders that follow no reference."""
    findings = []
    for artefact in evidence.artefacts:
        log = artefact.facts
        if isinstance(log, (ServerLogFacts, AuditLogFacts, KeyStoreLogFacts, OpaqueLogFacts)):
            for line, seconds in log.steps_back[:LISTED]:
                message = f"the clock of this log runs {seconds} s backwards"
                findings.append(at(artefact, line, message, FIX, SP_800_53, Verdict.WARN))
        if isinstance(log, OpaqueLogFacts) and log.unsynchronised:
            message = f"{plural(log.unsynchronised, 'record')} of a sender whose clock follows no reference"
            findings.append(at(artefact, None, message, FIX, SP_800_53, Verdict.WARN))
    return findings


def _skews(evidence: Evidence) -> list[Finding]:
    findings = []
    for artefact, status in evidence.of(HaStatusFacts):
        for node in status.nodes:
            if node.clock_skew_ms is not None and abs(node.clock_skew_ms) > MOST_SECONDS * 1000:
                message = f"the clock of {node.hostname} is {node.clock_skew_ms} ms from the active node's"
                findings.append(at(artefact, None, message, FIX, VAULT_HA_STATUS))
    return findings
