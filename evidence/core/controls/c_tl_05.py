"""C-TL-05: nodes find and join each other over authenticated TLS.

Cluster traffic itself is always mutual TLS. What can be wrong in the file: an `http://` address to join, no CA that
vouches for the leader, or an API address that sends clients and standbys to plain HTTP.
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, ConfigFacts, Evidence, Stanza
from evidence.core.judgement import absent, at, settle
from evidence.core.results import Finding, Result, Verdict
from evidence.core.seal_facts import word
from evidence.core.sources import VAULT_CONFIG, VAULT_RAFT
from seal_advisor.core.words import plural

ID = "C-TL-05"
TITLE = "Cluster and raft join traffic is authenticated"
NEEDS = ("vault_config",)
SOURCES = (VAULT_RAFT, VAULT_CONFIG)

CA_SETTINGS = ("leader_ca_cert_file", "leader_ca_cert")
JOIN = 'leader_api_addr = "https://..." with leader_ca_cert_file = "/etc/vault.d/ca.pem"'


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    configs = evidence.of(ConfigFacts)
    if not configs:
        return absent(ID, TITLE, NEEDS, VAULT_RAFT, "it shows how a node joins and which address it gives out")
    findings: list[Finding] = []
    for artefact, config in configs:
        _api_address(artefact, config, findings)
        for storage in config.blocks("storage"):
            for join in storage.within("retry_join"):
                _join(artefact, join, findings)
    proof = f"{plural(len(configs), 'configuration')}: API addresses and every retry_join use https with a named CA"
    return settle(ID, TITLE, findings, proof=proof, used=[artefact for artefact, _ in configs])


def _api_address(artefact: Artefact, config: ConfigFacts, findings: list[Finding]) -> None:
    address = word(artefact, config.root, "api_addr", findings, VAULT_CONFIG)
    if address is None:
        if config.blocks("storage") and "api_addr" not in config.root.settings:
            message = "no api_addr: the address that this node gives to others comes from elsewhere or is guessed"
            fix = 'api_addr = "https://vault-1.example.com:8200"'
            findings.append(at(artefact, None, message, fix, VAULT_CONFIG, Verdict.WARN))
    elif address.startswith("http://"):
        message = "api_addr sends clients and standby nodes to plain HTTP"
        fix = f'api_addr = "https://{address.removeprefix("http://")}"'
        findings.append(at(artefact, config.root.line_of("api_addr"), message, fix, VAULT_CONFIG))


def _join(artefact: Artefact, join: Stanza, findings: list[Finding]) -> None:
    leader = word(artefact, join, "leader_api_addr", findings, VAULT_RAFT)
    scheme = word(artefact, join, "auto_join_scheme", findings, VAULT_RAFT)
    if leader and leader.startswith("http://"):
        message = "this node joins its leader over plain HTTP"
        findings.append(at(artefact, join.line_of("leader_api_addr"), message, JOIN, VAULT_RAFT))
    elif scheme == "http":
        message = "auto_join_scheme = http: this node joins its leader over plain HTTP"
        findings.append(
            at(artefact, join.line_of("auto_join_scheme"), message, 'auto_join_scheme = "https"', VAULT_RAFT)
        )
    elif (leader or "auto_join" in join.settings) and not any(name in join.settings for name in CA_SETTINGS):
        message = "retry_join names no CA: the leader is checked against the system's trust store only"
        findings.append(at(artefact, join.line, message, JOIN, VAULT_RAFT, Verdict.WARN))
