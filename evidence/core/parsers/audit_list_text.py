"""`vault audit list` as text, with or without -detailed. Without it the options are not shown, so nothing is known of
log_raw.

SOURCE: OpenBao 2.7.2 (captures); https://developer.hashicorp.com/vault/docs/commands/audit/list
"""

from __future__ import annotations

from evidence.core.facts import AuditDevice, AuditDevicesFacts, Declared
from evidence.core.text_table import rows
from seal_advisor.core.regex import regex

KIND = AuditDevicesFacts.KIND
TITLE = "audit devices as text"
FORM = "text"

_TABLE = regex(r"\A\s{0,64}Path {2,}Type {2,}Description(?: {2,}Replication {2,}Options)?[ \t]*\n-{2,} {2,}-")
_SHORT = "the listing shows no options: add -detailed"


def matches(head: str) -> bool:
    return bool(_TABLE.match(head))


def parse(text: str, declared: Declared) -> AuditDevicesFacts:
    found = [row for row, _ in rows(text.lstrip(), "Path")]
    detailed = all("Options" in row for row in found)
    devices = tuple(_device(row) for row in found)
    return AuditDevicesFacts(devices, inconclusive="" if detailed or not devices else _SHORT)


def _device(row: dict[str, str]) -> AuditDevice:
    options = dict(word.partition("=")[::2] for word in row.get("Options", "").split())
    accessor = options.get("hmac_accessor")
    return AuditDevice(
        path=row.get("Path", ""),
        type=row.get("Type", ""),
        raw=options.get("log_raw", "").lower() in ("true", "1"),
        hmac_accessor=None if accessor is None else accessor.lower() in ("true", "1"),
    )
