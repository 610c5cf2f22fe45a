"""`sys/seal-backend-status` of Vault Enterprise: are the seals healthy, is everything wrapped by all of them.

SOURCE: https://developer.hashicorp.com/vault/api-docs/system/seal-backend-status
"""

from __future__ import annotations

from evidence.core import json_text
from evidence.core.facts import Declared, SealBackendsFacts
from evidence.core.sniff import is_json, top_keys

KIND = SealBackendsFacts.KIND
TITLE = "seal backend status"
FORM = "json"


def matches(head: str) -> bool:
    if not is_json(head):
        return False
    keys = top_keys(head)
    return {"healthy", "backends"} <= keys or ("data" in keys and '"fully_wrapped"' in head and '"backends"' in head)


def parse(text: str, declared: Declared) -> SealBackendsFacts:
    document = json_text.load(text)
    data = document
    if isinstance(document, dict) and "healthy" not in document:
        data = document.get("data")
    if not isinstance(data, dict):
        return SealBackendsFacts(None, None, inconclusive="the answer is no object")
    healthy, wrapped, backends = data.get("healthy"), data.get("fully_wrapped"), data.get("backends")
    return SealBackendsFacts(
        healthy=healthy if isinstance(healthy, bool) else None,
        fully_wrapped=wrapped if isinstance(wrapped, bool) else None,
        backends=tuple(_backend(each) for each in backends if isinstance(each, dict))
        if isinstance(backends, list)
        else (),
        inconclusive="" if isinstance(healthy, bool) else "healthy is neither true nor false",
    )


def _backend(entry: dict[str, object]) -> tuple[str, bool | None]:
    healthy = entry.get("healthy")
    return str(entry.get("name", "")), healthy if isinstance(healthy, bool) else None
