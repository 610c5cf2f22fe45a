"""`vault status` and `bao status` as text: the table that the command prints for people.

SOURCE: OpenBao 2.7.2 (captures); https://developer.hashicorp.com/vault/docs/commands/status
"""

from __future__ import annotations

from evidence.core.facts import Declared, Problem, StatusFacts
from evidence.core.text_table import pairs
from seal_advisor.core.regex import regex

KIND = StatusFacts.KIND
TITLE = "Vault or OpenBao status as text"
FORM = "text"

_TABLE = regex(r"(?m)\A\s{0,64}Key {2,}Value\s*\n-+ +-+\s*\n(?=Seal Type {2,}|Recovery Seal Type {2,})")
_FLAGS = {"true": True, "false": False}


def matches(head: str) -> bool:
    return bool(_TABLE.match(head))


def parse(text: str, declared: Declared) -> StatusFacts:
    said = pairs(text)
    flags = {name: _FLAGS.get(said[name][0]) for name in ("Initialized", "Sealed", "HA Enabled") if name in said}
    problems = tuple(
        Problem("unreadable_value", f"{name} is not true or false", said[name][1], "ignored")
        for name, flag in flags.items()
        if flag is None
    )
    recovery = "Total Recovery Shares" in said or "Recovery Seal Type" in said
    mode = said.get("HA Mode", ("", 0))[0]
    state = flags.get("Initialized") is not None or flags.get("Sealed") is not None
    return StatusFacts(
        origin="status",
        seal_type=_word(said, "Seal Type"),
        initialized=flags.get("Initialized"),
        sealed=flags.get("Sealed"),
        threshold=_number(said, "Threshold"),
        shares=_number(said, "Total Recovery Shares") if recovery else _number(said, "Total Shares"),
        version=_word(said, "Version"),
        # The table shows recovery shares instead of shares, where the seal unseals by itself.
        recovery_seal=recovery if "Total Shares" in said or recovery else None,
        recovery_seal_type=_word(said, "Recovery Seal Type"),
        storage_type=_word(said, "Storage Type"),
        ha_enabled=flags.get("HA Enabled"),
        standby=mode.startswith(("standby", "performance standby")) if mode else None,
        cluster_name=_word(said, "Cluster Name"),
        cluster_id=_word(said, "Cluster ID"),
        inconclusive="" if state else "the status holds no readable state",
        problems=problems,
    )


def _word(said: dict[str, tuple[str, int]], name: str) -> str | None:
    value = said.get(name, ("", 0))[0]
    return value if value and value != "n/a" else None


def _number(said: dict[str, tuple[str, int]], name: str) -> int | None:
    value = said.get(name, ("", 0))[0]
    return int(value) if value.isdigit() and len(value) < 10 else None
