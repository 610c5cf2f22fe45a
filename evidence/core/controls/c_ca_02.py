"""C-CA-02: every node has the same seal stanzas.

Compared are the seal blocks of all configurations, setting by setting, without what may differ per node. A secret is
compared as "removed": its value is never known here.
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, ConfigFacts, Evidence
from evidence.core.judgement import absent, at, lacking, not_applicable, settle
from evidence.core.nodes import members, node_of_config, single_node
from evidence.core.results import Finding, Result
from evidence.core.sources import VAULT_SEAL, VAULT_SEAL_HA

ID = "C-CA-02"
TITLE = "Seal stanzas are identical on all nodes"
NEEDS = ("vault_config",)
SOURCES = (VAULT_SEAL, VAULT_SEAL_HA)

# A token's slot number is assigned where the client runs; the same token may sit in another slot on another node.
PER_NODE = frozenset({"slot", "tls_client_cert", "tls_client_key", "client_cert", "client_key"})

Flat = dict[str, tuple[str, int]]


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    configs = evidence.of(ConfigFacts)
    if not configs:
        return absent(ID, TITLE, NEEDS, VAULT_SEAL, "one from every node")
    alone = single_node(evidence)
    if alone:
        return not_applicable(ID, TITLE, alone, [artefact for artefact, _ in configs])
    findings: list[Finding] = []
    first, config = configs[0]
    reference = flat(config)
    for artefact, other in configs[1:]:
        findings += _differences(first, reference, artefact, flat(other))
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


def flat(config: ConfigFacts) -> Flat:
    """Every seal setting as "seal.LABEL[.NAME].setting" with its value as text and its line."""
    settings: Flat = {}
    counts: dict[str, int] = {}
    for seal in config.blocks("seal"):
        counts[seal.label] = counts.get(seal.label, 0) + 1
        name = f"seal.{seal.label}" + (f"[{counts[seal.label]}]" if counts[seal.label] > 1 else "")
        settings[name] = ("block", seal.line)
        for key, setting in seal.settings.items():
            if key not in PER_NODE:
                settings[f"{name}.{key}"] = (_plain(setting.value), setting.line)
    return settings


def _plain(value: object) -> str:
    """A value as text, so that `"true"`, `true` and `1 == "1"` do not read as drift."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _differences(first: Artefact, reference: Flat, artefact: Artefact, other: Flat) -> list[Finding]:
    findings = []
    for name in dict.fromkeys((*reference, *other)):
        here, there = reference.get(name), other.get(name)
        if here is None and there is not None:
            message = f"{name} stands here, but not in {first.name}"
            findings.append(at(artefact, there[1], message, f"remove it here or add it to {first.name}", VAULT_SEAL))
        elif here is not None and there is None:
            message = f"{name} stands in {first.name}, but not in {artefact.name}"
            findings.append(at(first, here[1], message, f"add it to {artefact.name} or remove it here", VAULT_SEAL))
        elif here is not None and there is not None and here[0] != there[0]:
            message = f"{name} is {there[0]} here, but {here[0]} in {first.name} (line {here[1]})"
            fix = f'{name.rsplit(".", 1)[-1]} = "{here[0]}"'
            findings.append(at(artefact, there[1], message, fix, VAULT_SEAL))
    return findings
