"""`vault read -format=json sys/rotate/config`: when the barrier key rotates by itself.

SOURCE: OpenBao 2.7.2 (captures); https://developer.hashicorp.com/vault/api-docs/system/rotate-config
"""

from __future__ import annotations

from evidence.core import json_text
from evidence.core.facts import Declared, RotationFacts
from evidence.core.sniff import is_json, top_keys
from seal_advisor.core.regex import regex

KIND = RotationFacts.KIND
TITLE = "rotation policy of the barrier key"
FORM = "json"

_DURATION = regex(r"(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?\Z")


def matches(head: str) -> bool:
    if not is_json(head):
        return False
    keys = top_keys(head)
    return "max_operations" in keys or ("data" in keys and '"max_operations"' in head)


def parse(text: str, declared: Declared) -> RotationFacts:
    document = json_text.load(text)
    data = document.get("data", document) if isinstance(document, dict) else None
    if not isinstance(data, dict):
        return RotationFacts(None, None, None, "the answer is no object")
    enabled, count = data.get("enabled"), data.get("max_operations")
    return RotationFacts(
        enabled=enabled if isinstance(enabled, bool) else None,
        max_operations=count if isinstance(count, int) and not isinstance(count, bool) else None,
        interval_seconds=_seconds(data.get("interval")),
        inconclusive="" if isinstance(enabled, bool) else "enabled is neither true nor false",
    )


def _seconds(value: object) -> int | None:
    """A number of seconds, or Go's spelling of a duration such as 8760h0m0s; None when it is neither."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    match = _DURATION.match(value) if isinstance(value, str) and value else None
    if match is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds
