"""AWS CloudHSM, certificate storage: the log stream named for the cluster, one JSON event a line or a list of them.

Events of certificates kept through PKCS#11, told by a handle; no sequence number. SOURCE:
https://docs.aws.amazon.com/cloudhsm/latest/userguide/pkcs11-certificate-storage-audit-logs.html
"""

from __future__ import annotations

from evidence.core import json_text
from evidence.core.facts import Declared, KeyEvent, KeyStoreLogFacts
from evidence.core.key_log import Json, KeyLog, inner, text
from evidence.core.scan import epoch
from evidence.core.sniff import is_json, top_keys

KIND = KeyStoreLogFacts.KIND
TITLE = "AWS CloudHSM certificate storage log"
FORM = "json"

_FIELDS = frozenset({"object_handle", "op_code", "timestamp"})
_ACTIONS = (("DELETE", "destroy"), ("DESTROY", "destroy"), ("CREATE", "import"), ("UPDATE", "admin"))


def matches(head: str) -> bool:
    return is_json(head) and top_keys(head) >= _FIELDS


def parse(text_: str, declared: Declared) -> KeyStoreLogFacts:
    log = KeyLog("aws_cloudhsm_certificates", "CloudHSM signs nothing and numbers no event of certificate storage")
    for line, document in json_text.documents(text_):
        if document is None:
            log.bad.append((line, json_text.offset_of(text_, line)))
            continue
        for event in document if isinstance(document, list) else [document]:
            if isinstance(event, dict) and event.keys() >= _FIELDS:
                log.note(_event(event, line))
    return log.facts()


def _event(event: Json, line: int) -> KeyEvent:
    name, response = text(event, "op_code") or "", inner(event, "response")
    stamp, handle = inner(event, "timestamp"), inner(event, "object_handle")
    ok = None if response is None else str(response).upper().lstrip("0:").startswith(("SUCCESS", "OK"))
    action = next((action for word, action in _ACTIONS if word in name.upper()), "other")
    return KeyEvent(
        action=action,
        at=epoch(stamp / 1000) if isinstance(stamp, (int, float)) else None,
        line=line,
        ok=ok,
        key=None if handle is None else str(handle),
        detail=name if ok is not False else f"{name}: {str(response)[:120]}",
    )
