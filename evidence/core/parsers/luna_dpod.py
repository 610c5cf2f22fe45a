"""Thales Data Protection on Demand, Luna Cloud HSM: a JSON list of audit records, as its download holds them.

Records have a resolution of one second, and their order within a second is not kept. SOURCE:
https://thalesdocs.com/dpod/services/luna_cloud_hsm/service/audit_logs/index.html
"""

from __future__ import annotations

import re

from evidence.core import json_text
from evidence.core.facts import Declared, KeyEvent, KeyStoreLogFacts
from evidence.core.key_log import Json, KeyLog, inner, text
from evidence.core.scan import epoch, iso
from evidence.core.sniff import is_json

KIND = KeyStoreLogFacts.KIND
TITLE = "Thales DPoD Luna Cloud HSM audit log"
FORM = "json"

_SOURCE = re.compile(r'"source"\s{0,8}:\s{0,8}"thales/cloudhsm/')
_ACTIONS = {
    "LUNA_LOGIN": "login", "LUNA_LOGOUT": "logout", "LUNA_CREATE_OBJECT": "import", "LUNA_GENERATE_KEY": "generate",
    "LUNA_GENERATE_KEY_PAIR": "generate", "LUNA_WRAP_KEY": "wrap", "LUNA_UNWRAP_KEY": "unwrap",
    "LUNA_DESTROY_OBJECT": "destroy", "LUNA_DERIVE_KEY": "generate", "LUNA_ENCRYPT": "encrypt",
    "LUNA_DECRYPT": "decrypt", "LUNA_MODIFY_OBJECT": "admin", "LUNA_CHANGE_PIN": "admin", "LUNA_INIT_PIN": "admin",
}  # fmt: skip
_GOOD = re.compile(r"(?i)(?:^|_|\b)(?:ok|success)\b")
_BAD = re.compile(r"(?i)err|fail|invalid|denied|incorrect|locked|mismatch|not_")


def matches(head: str) -> bool:
    return is_json(head) and bool(_SOURCE.search(head)) and '"action"' in head


def parse(text_: str, declared: Declared) -> KeyStoreLogFacts:
    log = KeyLog("thales_dpod", "the download is not signed; the service keeps the records and their order")
    for line, document in json_text.documents(text_):
        if document is None:
            log.bad.append((line, json_text.offset_of(text_, line)))
            continue
        for record in document if isinstance(document, list) else [document]:
            if isinstance(record, dict) and (text(record, "source") or "").startswith("thales/cloudhsm/"):
                log.note(_event(record, line))
    return log.facts()


def _event(record: Json, line: int) -> KeyEvent:
    name, status = text(record, "action") or "", text(record, "status") or ""
    ok = True if _GOOD.search(status) else False if _BAD.search(status) else None
    action = _ACTIONS.get(name, "other")
    when = inner(record, "time")
    return KeyEvent(
        action="login_failed" if action == "login" and ok is False else action,
        at=epoch(when) if isinstance(when, (int, float)) else iso(when),
        line=line,
        ok=ok,
        principal=text(record, "actorid"),
        key=text(record, "resourceid"),
        detail=f"{name}: {status}" if ok is False else name,
    )
