"""Which node an artefact speaks of, and whether the cluster is known to have only one."""

from __future__ import annotations

from evidence.core.facts import Artefact, ConfigFacts, Evidence, RaftPeersFacts, UnreadableSetting


def node_of_config(artefact: Artefact, config: ConfigFacts) -> str | None:
    """The declared node, else the `node_id` that the raft storage names; None when neither says."""
    if artefact.node:
        return artefact.node
    for storage in config.blocks("storage"):
        try:
            node = storage.text("node_id")
        except UnreadableSetting:
            node = None
        if node:
            return node
    return None


def single_node(evidence: Evidence) -> str:
    """How it is known that the cluster has one node by design, or "" when it is not known.

    Only a storage that can hold no second node says so; one raft voter may be what is left of three.
    """
    storages = [
        (artefact.name, storage.label)
        for artefact, config in evidence.of(ConfigFacts)
        for storage in config.blocks("storage")
    ]
    if storages and all(label in {"file", "inmem"} for _, label in storages):
        return f"storage {storages[0][1]} in {storages[0][0]} holds one node only"
    return ""


def members(evidence: Evidence) -> frozenset[str]:
    """Every raft member that a listing names."""
    named: set[str] = set()
    for _, peers in evidence.of(RaftPeersFacts):
        named.update(peers.voters, peers.non_voters)
    return frozenset(named)
