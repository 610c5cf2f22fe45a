"""C-DR-06: the quorum survives the loss of a node: an odd number of raft voters, three or more, over several zones."""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, ConfigFacts, Evidence, RaftPeersFacts
from evidence.core.judgement import absent, at, inconclusive, note, settle
from evidence.core.results import Finding, Result, Verdict
from evidence.core.sources import VAULT_RAFT
from seal_advisor.core.words import plural

ID = "C-DR-06"
TITLE = "Quorum: an odd number of voters, three or more, over several zones"
NEEDS = ("raft_peers",)
SOURCES = (VAULT_RAFT,)

LEAST_VOTERS = 3
LONELY_STORAGE = ("file", "inmem")


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    peers = evidence.of(RaftPeersFacts)
    findings: list[Finding] = []
    for artefact, members in peers:
        findings += _members(artefact, members)
    for artefact, config in evidence.of(ConfigFacts):
        for storage in config.blocks("storage"):
            if storage.label in LONELY_STORAGE:
                message = f"storage {storage.label} holds one node only: no quorum, no standby"
                findings.append(
                    at(artefact, storage.line, message, 'storage "raft" { ... } on three nodes', VAULT_RAFT)
                )
    if not peers and not findings:
        return absent(ID, TITLE, NEEDS, VAULT_RAFT, "it lists the voters")
    largest = max((len(members.voters) for _, members in peers), default=0)
    proof = f"{largest} voters"
    return settle(ID, TITLE, findings, proof=proof, used=[artefact for artefact, _ in peers], missing=NEEDS)


def _members(artefact: Artefact, members: RaftPeersFacts) -> list[Finding]:
    if members.inconclusive:
        command = "vault operator raft list-peers -format=json"
        return [inconclusive(artefact, members.inconclusive, command, VAULT_RAFT)]
    count = len(members.voters)
    join = "join nodes until there are three or five voters: vault operator raft join LEADER_API_ADDR"
    if count < LEAST_VOTERS:
        message = f"{plural(count, 'voter')}: the cluster survives the loss of no node"
        return [at(artefact, None, message, join, VAULT_RAFT)]
    findings = []
    if count % 2 == 0:
        message = f"{count} voters: an even number tolerates no more failures than {count - 1} would"
        findings.append(at(artefact, None, message, "add or remove one voter", VAULT_RAFT))
    if members.healthy is False:
        message = "autopilot says that the cluster is not healthy"
        findings.append(at(artefact, None, message, "vault operator raft autopilot state", VAULT_RAFT))
    if members.failure_tolerance == 0:
        message = "failure tolerance 0: the next lost node stops the cluster"
        findings.append(at(artefact, None, message, join, VAULT_RAFT))
    zones = {members.zones[node] for node in members.voters if node in members.zones}
    if len(zones) == 1:
        message = f"all voters stand in zone {zones.pop()}"
        findings.append(at(artefact, None, message, "move voters to other zones", VAULT_RAFT, Verdict.WARN))
    elif not zones:
        words = "in which zones the voters stand is not in this capture (only Vault Enterprise shows it); attest it"
        findings.append(note(words, artefact, VAULT_RAFT))
    return findings
