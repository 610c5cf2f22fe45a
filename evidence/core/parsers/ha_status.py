"""`sys/ha-status` and `operator members -format=json`: the nodes, their versions and, from Vault 1.17 on, clock skew.

SOURCE: OpenBao 2.7.2 (captures); https://developer.hashicorp.com/vault/api-docs/system/ha-status
"""

from __future__ import annotations

from evidence.core import json_text
from evidence.core.facts import Declared
from evidence.core.facts.cluster import ClusterNode, HaStatusFacts
from evidence.core.key_log import Json, inner, text
from evidence.core.scan import iso
from evidence.core.sniff import is_json, top_keys

KIND = HaStatusFacts.KIND
TITLE = "cluster members"
FORM = "json"


def matches(head: str) -> bool:
    return is_json(head) and '"active_node"' in head and bool(top_keys(head) & {"nodes", "Nodes", "data"})


def parse(text_: str, declared: Declared) -> HaStatusFacts:
    document = json_text.load(text_)
    about = inner(document, "data") if isinstance(inner(document, "data"), dict) else document
    listed = inner(about, "nodes") or inner(about, "Nodes")
    nodes = tuple(_node(each) for each in listed if isinstance(each, dict)) if isinstance(listed, list) else ()
    return HaStatusFacts(nodes, "" if nodes else "no node is listed")


def _node(node: Json) -> ClusterNode:
    skew = inner(node, "clock_skew_ms")
    return ClusterNode(
        hostname=text(node, "hostname") or "",
        active=inner(node, "active_node") is True,
        version=text(node, "version"),
        clock_skew_ms=skew if isinstance(skew, int) and not isinstance(skew, bool) else None,
        last_echo=iso(inner(node, "last_echo")),
        zone=text(node, "redundancy_zone"),
    )
