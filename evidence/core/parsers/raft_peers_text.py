"""`operator raft list-peers` as text.

SOURCE: OpenBao 2.7.2 (captures); https://developer.hashicorp.com/vault/docs/commands/operator/raft
"""

from __future__ import annotations

from evidence.core.facts import Declared, RaftPeersFacts
from evidence.core.text_table import rows
from seal_advisor.core.regex import regex

KIND = RaftPeersFacts.KIND
TITLE = "raft peers as text"
FORM = "text"

_TABLE = regex(r"\A\s{0,64}Node {2,}Address {2,}State {2,}Voter[ \t]*\n-{2,} {2,}-")


def matches(head: str) -> bool:
    return bool(_TABLE.match(head))


def parse(text: str, declared: Declared) -> RaftPeersFacts:
    found = [row for row, _ in rows(text.lstrip(), "Node")]
    voters = tuple(sorted(row["Node"] for row in found if row["Voter"] == "true"))
    others = tuple(sorted(row["Node"] for row in found if row["Voter"] != "true"))
    leader = next((row["Node"] for row in found if row["State"] == "leader"), None)
    return RaftPeersFacts(voters, others, leader, inconclusive="" if found else "no server is listed")
