"""C-GV-03: each artefact is what was collected: hashed, with its collector, its node, its time and its redactions.

The hash is of the original bytes. Dates that cannot be true fail; a missing node, collector or date is not proven.
That the package is signed is shown by `verify`, not here.
"""

from __future__ import annotations

from datetime import datetime

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, CertificateFacts, ConfigFacts, Evidence, TlsScanFacts
from evidence.core.facts.records import CeremonyFacts
from evidence.core.judgement import CLOCK_TOLERANCE, at, settle
from evidence.core.moments import moment_in, range_of
from evidence.core.nodes import node_of_config
from evidence.core.results import Finding, Result, Verdict
from evidence.core.sources import OURS, SP_800_53
from seal_advisor.core.words import plural

ID = "C-GV-03"
TITLE = "Each artefact is hashed, with collector, node, time and redactions"
NEEDS = ()
SOURCES = (SP_800_53, OURS)

HEX = frozenset("0123456789abcdef")


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    findings: list[Finding] = []
    for artefact in evidence.artefacts:
        findings += _whole(artefact)
        findings += _possible(artefact, settings.now)
        findings += _described(artefact)
    if not evidence.artefacts:
        message = "missing: any evidence at all"
        fix = "seal-advisor check vault.hcl scan.json status.json"
        findings.append(Finding(message, remedy=fix, source=OURS, severity=Verdict.NOT_PROVEN))
    proof = f"{plural(len(evidence.artefacts), 'artefact')}, each with SHA-256, collector, node and time"
    return settle(ID, TITLE, findings, proof=proof, used=evidence.artefacts)


def own_time(artefact: Artefact) -> datetime | None:
    """The date that the artefact itself carries: of its last record, or of the capture."""
    return range_of(artefact)[1] or moment_in(artefact)


def _whole(artefact: Artefact) -> list[Finding]:
    if artefact.kind == "refused":
        message = f"not taken in as evidence: {artefact.error}"
        return [at(artefact, None, message, "give the file that the message asks for", OURS, Verdict.NOT_PROVEN)]
    if len(artefact.sha256) != 64 or not HEX.issuperset(artefact.sha256):
        return [at(artefact, None, "its SHA-256 is missing or malformed", "take it in again", OURS)]
    return []


def _possible(artefact: Artefact, now: datetime) -> list[Finding]:
    findings = []
    latest = artefact.received_at or now
    moment = own_time(artefact)
    if moment and moment > latest + CLOCK_TOLERANCE:
        message = f"it dates itself {moment:%Y-%m-%d %H:%M}Z, after it was received ({latest:%Y-%m-%d %H:%M}Z)"
        findings.append(at(artefact, None, message, "set the clock of its host, then collect it again", OURS))
    begin, end = artefact.observed_from, artefact.observed_to
    if begin and end and begin > end:
        message = f"its period ends ({end:%Y-%m-%d}) before it begins ({begin:%Y-%m-%d})"
        findings.append(at(artefact, None, message, "declare the period again", OURS))
    return findings


def named_by_content(artefact: Artefact) -> bool:
    """Does the artefact itself say which node it is of: a raft node id, a scanned host?"""
    match artefact.facts:
        case ConfigFacts() as config:
            return node_of_config(artefact, config) is not None
        case TlsScanFacts(host=host, ip=ip):
            return bool(host or ip)
        case CertificateFacts() | CeremonyFacts():
            return True  # people's records are of no node
        case _:
            return False


def _described(artefact: Artefact) -> list[Finding]:
    if artefact.kind == "refused":
        return []
    missing = []
    if not (artefact.node or named_by_content(artefact)):
        missing.append("its node (--node NAME=PATH)")
    if not artefact.source:
        missing.append("who or what collected it")
    if not (own_time(artefact) or artefact.observed_to or artefact.received_at):
        missing.append("when it was observed (--observed FROM/TO)")
    if not missing:
        return []
    message = f"not stated: {', '.join(missing)}"
    return [at(artefact, None, message, "state it when handing the file in", OURS, Verdict.NOT_PROVEN)]
