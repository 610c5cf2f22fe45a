"""C-CM-04: every node runs the same version and edition.

Whether a release is still supported changes with the day, so no list of releases is built in.
"""

from __future__ import annotations

from datetime import datetime

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, Evidence, StatusFacts, VersionFacts
from evidence.core.judgement import absent, at, fresh, lacking, not_applicable, note, settle
from evidence.core.nodes import members, single_node
from evidence.core.results import Finding, Result, Verdict
from evidence.core.sources import VAULT_FIPS, VAULT_HARDENING

ID = "C-CM-04"
TITLE = "Every node runs the same version and edition"
NEEDS = ("version", "status")
SOURCES = (VAULT_HARDENING, VAULT_FIPS)

# Per artefact: the version without build suffix, and the edition where it is said.
Seen = tuple[Artefact, str, str | None]


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    shown: list[Seen] = [(a, v.version, v.edition) for a, v in evidence.of(VersionFacts)]
    statuses, findings = fresh(evidence.of(StatusFacts), _moment, settings, settings.runtime_max_age)
    for artefact, status in statuses:
        if status.version and not status.inconclusive:
            number, _, edition = status.version.partition("+")
            shown.append((artefact, number, edition or None))
    if not shown and not findings:
        return absent(ID, TITLE, NEEDS, VAULT_HARDENING, "from every node")
    alone = single_node(evidence)
    if alone:
        return not_applicable(ID, TITLE, alone, [artefact for artefact, _, _ in shown])
    findings += _unlike(shown)
    nodes = {artefact.node or "" for artefact, _, _ in shown} - {""}
    lost = members(evidence) - nodes
    if shown and len(nodes) < 2:
        why = "versions of at least two nodes are needed; name a capture's node with --node NAME=PATH"
        findings.append(lacking(("version",), VAULT_HARDENING, why))
    elif shown and lost:
        findings.append(lacking(("version",), VAULT_HARDENING, f"no version of {', '.join(sorted(lost))}"))
    if not findings:
        findings.append(note("whether the release is still supported is to be read on its vendor's page"))
    proof = f"{', '.join(sorted(nodes))} run {shown[0][1] if shown else '?'}"
    return settle(ID, TITLE, findings, proof=proof, used=[seen[0] for seen in shown], missing=("version",))


def _moment(status: StatusFacts) -> datetime | None:
    return status.at


def _unlike(shown: list[Seen]) -> list[Finding]:
    findings = []
    for artefact, version, _ in shown[1:]:
        first, expected, _ = shown[0]
        if version != expected:
            message = f"version {version} here, but {expected} in {first.name}"
            findings.append(at(artefact, None, message, "bring all nodes to one version", VAULT_HARDENING))
    editions = [(artefact, edition) for artefact, _, edition in shown if edition is not None]
    for artefact, edition in editions[1:]:
        first, expected_edition = editions[0]
        if edition != expected_edition:
            words = f"edition {edition or 'community'} here, but {expected_edition or 'community'} in {first.name}"
            findings.append(at(artefact, None, words, "bring all nodes to one edition", VAULT_FIPS, Verdict.FAIL))
    return findings
