"""`operator raft list-peers -format=json` and the autopilot state (CLI and API spelling).

SOURCE: OpenBao 2.7.2 (captures); https://developer.hashicorp.com/vault/api-docs/system/storage/raftautopilot
"""

from __future__ import annotations

from evidence.core import json_text
from evidence.core.facts import Declared, RaftPeersFacts
from evidence.core.sniff import is_json, top_keys

KIND = RaftPeersFacts.KIND
TITLE = "raft peers or autopilot state"
FORM = "json"


def matches(head: str) -> bool:
    """The peers' answer, or an autopilot state in either spelling."""
    if not is_json(head):
        return False
    keys = top_keys(head)
    if {"FailureTolerance", "Servers"} <= keys or {"failure_tolerance", "servers"} <= keys:
        return True
    return "data" in keys and ('"servers"' in head) and ('"node_id"' in head or '"failure_tolerance"' in head)


def parse(text: str, declared: Declared) -> RaftPeersFacts:
    document = json_text.load(text)
    if isinstance(document, dict) and isinstance(document.get("data"), dict):
        document = document["data"]
    if not isinstance(document, dict):
        return RaftPeersFacts((), (), None, inconclusive="the answer is no object")
    config = document.get("config")
    if isinstance(config, dict):
        return _peers(config.get("servers"))
    return _autopilot({_key(name): value for name, value in document.items()})


def _key(name: str) -> str:
    return name.replace("_", "").lower()


def _peers(servers: object) -> RaftPeersFacts:
    if not isinstance(servers, list) or not servers:
        return RaftPeersFacts((), (), None, inconclusive="no server is listed")
    named = [server for server in servers if isinstance(server, dict)]
    voters = tuple(sorted(str(server.get("node_id", "")) for server in named if server.get("voter") is True))
    others = tuple(sorted(str(server.get("node_id", "")) for server in named if server.get("voter") is not True))
    leader = next((str(server.get("node_id", "")) for server in named if server.get("leader") is True), None)
    return RaftPeersFacts(voters, others, leader)


def _autopilot(state: dict[str, object]) -> RaftPeersFacts:
    servers = state.get("servers")
    voters = state.get("voters")
    if not isinstance(servers, dict) or not isinstance(voters, list):
        return RaftPeersFacts((), (), None, inconclusive="the autopilot state lists no servers and voters")
    zones: dict[str, str] = {}
    for node, server in servers.items():
        if isinstance(server, dict):
            zone = {_key(name): value for name, value in server.items()}.get("redundancyzone")
            if isinstance(zone, str) and zone:
                zones[str(node)] = zone
    voting = tuple(sorted(str(node) for node in voters))
    tolerance, healthy, leader = state.get("failuretolerance"), state.get("healthy"), state.get("leader")
    return RaftPeersFacts(
        voters=voting,
        non_voters=tuple(sorted(str(node) for node in servers if str(node) not in voting)),
        leader=str(leader) if leader else None,
        healthy=healthy if isinstance(healthy, bool) else None,
        failure_tolerance=tolerance if isinstance(tolerance, int) and not isinstance(tolerance, bool) else None,
        zones=dict(sorted(zones.items())),
    )
