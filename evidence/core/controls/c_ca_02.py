"""C-CA-02: every node has the same seal stanzas.

Compared are the seal blocks of all configurations, setting by setting (`drift.seal_rows`), without what may differ per
node. A secret is compared as "removed": its value is never known here.
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.drift import Row, seal_rows
from evidence.core.facts import Artefact, ConfigFacts, Evidence
from evidence.core.judgement import absent, at, lacking, not_applicable, settle
from evidence.core.nodes import members, node_of_config, single_node
from evidence.core.results import Finding, Result
from evidence.core.sources import VAULT_SEAL, VAULT_SEAL_HA

ID = "C-CA-02"
TITLE = "Seal stanzas are identical on all nodes"
NEEDS = ("vault_config",)
SOURCES = (VAULT_SEAL, VAULT_SEAL_HA)


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    configs = evidence.of(ConfigFacts)
    if not configs:
        return absent(ID, TITLE, NEEDS, VAULT_SEAL, "one from every node")
    alone = single_node(evidence)
    if alone:
        return not_applicable(ID, TITLE, alone, [artefact for artefact, _ in configs])
    findings: list[Finding] = []
    first, reference = configs[0]
    for artefact, other in configs[1:]:
        findings += [_finding(first, artefact, row) for row in seal_rows(reference, other) if row.differs]
    nodes = {node_of_config(artefact, config) or "" for artefact, config in configs} - {""}
    lost = members(evidence) - nodes
    if lost and len(configs) > 1:
        why = f"no configuration of {', '.join(sorted(lost))}; name a file's node with --node NAME=PATH"
        findings.append(lacking(NEEDS, VAULT_SEAL, why))
    elif len(nodes) < 2:
        why = "configurations of at least two nodes are needed; name a file's node with --node NAME=PATH"
        findings.append(lacking(NEEDS, VAULT_SEAL, why))
    proof = f"the seal stanzas of {', '.join(sorted(nodes))} are the same"
    return settle(ID, TITLE, findings, proof=proof, used=[artefact for artefact, _ in configs], missing=NEEDS)


def _finding(first: Artefact, artefact: Artefact, row: Row) -> Finding:
    name, why = row.path, f": {row.consequence}" if row.consequence else ""
    if row.left is None:
        message = f"{name} stands here, but not in {first.name}{why}"
        return at(artefact, row.right_line, message, f"remove it here or add it to {first.name}", VAULT_SEAL)
    if row.right is None:
        message = f"{name} stands in {first.name}, but not in {artefact.name}{why}"
        return at(first, row.left_line, message, f"add it to {artefact.name} or remove it here", VAULT_SEAL)
    message = f"{name} is {row.right} here, but {row.left} in {first.name} (line {row.left_line}){why}"
    return at(artefact, row.right_line, message, f'{name.rsplit(".", 1)[-1]} = "{row.left}"', VAULT_SEAL)
