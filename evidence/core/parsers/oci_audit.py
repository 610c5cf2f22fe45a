"""Oracle Cloud: events of the key management service, from the Audit service and from the vault's service log.

Audit events come in a CloudEvents envelope, the log of cryptographic operations in `logContent`. SOURCE:
https://docs.oracle.com/iaas/Content/Audit/Reference/logeventreference.htm and
https://docs.oracle.com/iaas/Content/Logging/Reference/details_for_kms.htm
"""

from __future__ import annotations

import re
from datetime import datetime

from evidence.core import json_text
from evidence.core.facts import Declared, KeyEvent, KeyStoreLogFacts
from evidence.core.key_log import Json, KeyLog, inner, text
from evidence.core.scan import epoch, iso
from evidence.core.sniff import is_json

KIND = KeyStoreLogFacts.KIND
TITLE = "Oracle Cloud key management events"
FORM = "json"

_TYPE = re.compile(r'"(?:eventType|event-type|type)"\s{0,8}:\s{0,8}"com\.oraclecloud\.key-?management', re.IGNORECASE)
_OURS = re.compile(r"com\.oraclecloud\.key-?management", re.IGNORECASE)
_ACTIONS = {
    "encrypt": "encrypt", "decrypt": "decrypt", "generatedataencryptionkey": "encrypt", "createkey": "generate",
    "createkeyversion": "generate", "importkey": "import", "importkeyversion": "import", "exportkey": "export",
    "backupkey": "export", "backupvault": "export", "restorekeyfromfile": "import",
    "restorekeyfromobjectstore": "import", "disablekey": "disable", "enablekey": "admin", "updatekey": "admin",
    "schedulekeydeletion": "schedule_deletion", "schedulekeyversiondeletion": "schedule_deletion",
    "schedulevaultdeletion": "schedule_deletion", "cancelkeydeletion": "cancel_deletion",
    "cancelkeyversiondeletion": "cancel_deletion", "cancelvaultdeletion": "cancel_deletion",
    "changekeycompartment": "admin", "createvault": "admin", "updatevault": "admin",
}  # fmt: skip
BAD_REQUEST = 400


def matches(head: str) -> bool:
    return is_json(head) and bool(_TYPE.search(head))


def parse(text_: str, declared: Declared) -> KeyStoreLogFacts:
    log = KeyLog("oci_kms", "events are neither signed nor numbered")
    for line, document in json_text.documents(text_):
        if document is None:
            log.bad.append((line, json_text.offset_of(text_, line)))
            continue
        listed = inner(document, "data") if isinstance(inner(document, "data"), list) else document
        for record in listed if isinstance(listed, list) else [document]:
            event = _event(record, line) if isinstance(record, dict) else None
            if event:
                log.note(event)
    return log.facts()


def _event(record: Json, line: int) -> KeyEvent | None:
    """None for an event of another service. The CLI writes names with hyphens, the API in camel case."""
    inside = inner(record, "logContent")
    about: Json = inside if isinstance(inside, dict) else record
    kind = text(about, "eventType") or text(about, "event-type") or text(about, "type") or ""
    if not _OURS.match(kind):
        return None
    data = inner(about, "data")
    name = text(data, "eventName") or text(data, "event-name") or text(data, "requestAction") or kind.rpartition(".")[2]
    status = _status(data)
    ok = None if status is None else status < BAD_REQUEST
    return KeyEvent(
        action=_ACTIONS.get(re.sub(r"[^a-z]", "", name.lower()), "other"),
        at=_moment(about, record),
        line=line,
        ok=ok,
        principal=_principal(data),
        key=text(data, "keyVersionId") or text(data, "resourceId") or text(data, "resource-id"),
        detail=f"{name}: status {status}" if ok is False else name,
    )


def _status(data: object) -> int | None:
    for place in (("response", "status"), ("statusCode",), ("status-code",)):
        found = inner(data, *place)
        if isinstance(found, int) and not isinstance(found, bool):
            return found
        if isinstance(found, str) and found.isdigit() and len(found) == 3:
            return int(found)
    return None


def _principal(data: object) -> str | None:
    for place in (
        ("identity", "principalName"),
        ("identity", "principal-name"),
        ("identity", "principalId"),
        ("principalId",),
    ):
        found = text(data, *place)
        if found:
            return found
    return None


def _moment(about: Json, record: Json) -> datetime | None:
    for name in ("eventTime", "event-time", "time"):
        found = iso(inner(about, name))
        if found:
            return found
    stamp = inner(record, "datetime")
    return epoch(stamp / 1000) if isinstance(stamp, (int, float)) else None
