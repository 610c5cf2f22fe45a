"""`vault status -format=json`, `sys/seal-status`, `sys/health`: the running server about itself.

With an auto-unseal `t` and `n` count the RECOVERY shares. An `errors` object is an answer that proves nothing.
SOURCE: OpenBao 2.7.2 (captures); https://developer.hashicorp.com/vault/api-docs/system/seal-status
"""

from __future__ import annotations

from evidence.core import json_text
from evidence.core.facts import Declared, Problem, StatusFacts
from evidence.core.refusal import Refused
from evidence.core.scan import epoch
from evidence.core.sniff import is_json, top_keys
from seal_advisor.core.regex import regex

KIND = StatusFacts.KIND
TITLE = "Vault or OpenBao status"
FORM = "json"

_STATUS_KEYS = frozenset({"sealed", "initialized"})
_ERRORS = regex(r'\A\s*\{\s*"errors"\s*:\s*\[')


def matches(head: str) -> bool:
    """An object with sealed and initialized, or an API answer that holds errors and nothing else of interest."""
    if not is_json(head) or head.lstrip()[0] != "{":
        return False
    return top_keys(head) >= _STATUS_KEYS or bool(_ERRORS.match(head))


def parse(text: str, declared: Declared) -> StatusFacts:
    document = json_text.load(text)
    if not isinstance(document, dict):
        raise Refused("a status is one JSON object", "hand in the output of `status -format=json`", 1)
    errors = document.get("errors")
    if isinstance(errors, list):
        said = "; ".join(" ".join(str(error).split()) for error in errors)[:200]
        return _facts(document, "status", f"the server answered with an error: {said}")
    if "server_time_utc" in document:
        return _facts(document, "health", "")
    return _facts(document, "status" if "ha_enabled" in document else "seal-status", "")


def _facts(document: dict[str, object], origin: str, inconclusive: str) -> StatusFacts:
    unreadable = [name for name in ("sealed", "initialized") if not isinstance(document.get(name), bool)]
    problems = tuple(
        Problem("unreadable_value", f"{name} is not true or false", 1, "ignored")
        for name in unreadable
        if not inconclusive
    )
    return StatusFacts(
        origin=origin,
        seal_type=_text(document, "type"),
        initialized=_flag(document, "initialized"),
        sealed=_flag(document, "sealed"),
        threshold=_number(document, "t"),
        shares=_number(document, "n"),
        version=_text(document, "version"),
        recovery_seal=_flag(document, "recovery_seal"),
        recovery_seal_type=_text(document, "recovery_seal_type"),
        storage_type=_text(document, "storage_type"),
        ha_enabled=_flag(document, "ha_enabled"),
        standby=_flag(document, "standby"),
        cluster_name=_text(document, "cluster_name"),
        cluster_id=_text(document, "cluster_id"),
        # active_time says since when this node leads, not when the status was taken.
        at=epoch(document["server_time_utc"]) if "server_time_utc" in document else None,
        inconclusive=inconclusive or ("the status holds no readable state" if len(unreadable) == 2 else ""),
        problems=problems,
    )


def _text(document: dict[str, object], name: str) -> str | None:
    value = document.get(name)
    return value if isinstance(value, str) and value else None


def _flag(document: dict[str, object], name: str) -> bool | None:
    value = document.get(name)
    return value if isinstance(value, bool) else None


def _number(document: dict[str, object], name: str) -> int | None:
    value = document.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
