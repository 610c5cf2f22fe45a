"""`vault audit list -detailed -format=json` and the answer of `sys/audit`. No device at all is a fact, not an error.

SOURCE: OpenBao 2.7.2 (captures); https://developer.hashicorp.com/vault/api-docs/system/audit
"""

from __future__ import annotations

from evidence.core import json_text
from evidence.core.facts import AuditDevice, AuditDevicesFacts, Declared
from evidence.core.sniff import is_json, top_keys
from seal_advisor.core.regex import regex

KIND = AuditDevicesFacts.KIND
TITLE = "audit devices"
FORM = "json"

_DEVICE = regex(r'"options"\s{0,8}:\s{0,8}(?:\{|null)')
_PATH = regex(r'"path"\s{0,8}:\s{0,8}"[^"]{1,200}/"')
_TYPE = regex(r'"type"\s{0,8}:\s{0,8}"(?:file|syslog|socket|http)"')
_NONE = regex(r"\A\s*(?:No audit devices are enabled\.?|\{\s*\})\s*\Z")


def matches(head: str) -> bool:
    """Devices by path, the API's answer that holds them, or the CLI's words for none."""
    if _NONE.match(head):
        return True
    if not is_json(head) or not (_DEVICE.search(head) and _PATH.search(head) and _TYPE.search(head)):
        return False
    keys = top_keys(head)
    return any(key.endswith("/") for key in keys) or ("data" in keys and '"local"' in head)


def parse(text: str, declared: Declared) -> AuditDevicesFacts:
    if not is_json(text):
        return AuditDevicesFacts(())
    document = json_text.load(text)
    if isinstance(document, dict) and isinstance(document.get("data"), dict):
        document = document["data"]
    if not isinstance(document, dict):
        return AuditDevicesFacts((), inconclusive="the listing is no object")
    devices = [_device(path, entry) for path, entry in sorted(document.items()) if isinstance(entry, dict)]
    return AuditDevicesFacts(tuple(devices))


def _device(path: str, entry: dict[str, object]) -> AuditDevice:
    options = entry.get("options")
    options = options if isinstance(options, dict) else {}
    accessor = options.get("hmac_accessor")
    return AuditDevice(
        path=path,
        type=str(entry.get("type", "")),
        raw=str(options.get("log_raw", "false")).lower() in ("true", "1"),
        hmac_accessor=None if accessor is None else str(accessor).lower() in ("true", "1"),
    )
