"""Azure Key Vault and Managed HSM: AuditEvent records, in one document of records or one a line.

SOURCE: https://learn.microsoft.com/azure/key-vault/general/logging
"""

from __future__ import annotations

from evidence.core import json_text
from evidence.core.facts import Declared, KeyEvent, KeyStoreLogFacts
from evidence.core.key_log import Json, KeyLog, inner, text
from evidence.core.scan import iso
from evidence.core.sniff import is_json
from seal_advisor.core.regex import regex

KIND = KeyStoreLogFacts.KIND
TITLE = "Azure Key Vault or Managed HSM audit events"
FORM = "json"

_RECORD = regex(r'"category"\s{0,8}:\s{0,8}"AuditEvent"')
_ACTIONS = {
    "KeyEncrypt": "encrypt", "KeyDecrypt": "decrypt", "KeyWrap": "wrap", "KeyUnwrap": "unwrap", "KeyCreate": "generate",
    "KeyImport": "import", "KeyDelete": "schedule_deletion", "KeyPurge": "destroy", "KeyRecover": "cancel_deletion",
    "KeyBackup": "export", "KeyRestore": "import", "KeyRelease": "export", "KeyUpdate": "admin", "VaultPut": "admin",
    "VaultPatch": "admin", "VaultDelete": "schedule_deletion", "VaultPurge": "destroy",
    "VaultRecover": "cancel_deletion",
}  # fmt: skip
_PRINCIPAL = ("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn", "upn", "appid", "oid")


def matches(head: str) -> bool:
    return is_json(head) and bool(_RECORD.search(head)) and '"operationName"' in head


def parse(text_: str, declared: Declared) -> KeyStoreLogFacts:
    log = KeyLog("azure_key_vault", "diagnostic logs are neither signed nor numbered")
    for line, document in json_text.documents(text_):
        if document is None:
            log.bad.append((line, json_text.offset_of(text_, line)))
            continue
        records = inner(document, "records") if isinstance(document, dict) else document
        for record in records if isinstance(records, list) else [document]:
            if isinstance(record, dict) and text(record, "category") == "AuditEvent":
                log.note(_event(record, line))
    return log.facts()


def _event(record: Json, line: int) -> KeyEvent:
    name = text(record, "operationName") or ""
    result = text(record, "resultType") or text(record, "resultSignature") or ""
    claims = inner(record, "identity", "claim")
    status = inner(record, "properties", "httpStatusCode")
    ok = status < 400 if isinstance(status, int) else result.lower() in ("success", "ok")
    return KeyEvent(
        action=_ACTIONS.get(name, "other"),
        at=iso(inner(record, "time")),
        line=line,
        ok=ok,
        principal=next((found for key in _PRINCIPAL if (found := text(claims, key))), None),
        key=text(record, "properties", "id") or text(record, "resourceId"),
        detail=name if ok else f"{name}: {result}",
    )
