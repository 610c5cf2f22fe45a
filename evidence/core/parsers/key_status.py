"""`operator key-status -format=json` and `sys/key-status`: the barrier key in use.

SOURCE: OpenBao 2.7.2 (captures); https://developer.hashicorp.com/vault/api-docs/system/key-status
"""

from __future__ import annotations

from evidence.core import json_text
from evidence.core.facts import Declared, KeyStatusFacts
from evidence.core.scan import iso
from evidence.core.sniff import is_json, top_keys

KIND = KeyStatusFacts.KIND
TITLE = "barrier key status"
FORM = "json"


def matches(head: str) -> bool:
    return is_json(head) and top_keys(head) >= {"term", "install_time"}


def parse(text: str, declared: Declared) -> KeyStatusFacts:
    document = json_text.load(text)
    if not isinstance(document, dict):
        return KeyStatusFacts(None, None, None, "the answer is no object")
    term, encryptions, installed = document.get("term"), document.get("encryptions"), iso(document.get("install_time"))
    return KeyStatusFacts(
        term=term if isinstance(term, int) else None,
        installed=installed,
        encryptions=encryptions if isinstance(encryptions, int) else None,
        inconclusive="" if installed else "no readable install_time",
    )
