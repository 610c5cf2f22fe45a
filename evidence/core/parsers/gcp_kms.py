"""Google Cloud KMS: audit LogEntries, as a list, one entry, or one a line.

Encrypt and Decrypt are Data Access entries, which are off unless switched on: their absence proves nothing. SOURCE:
https://cloud.google.com/kms/docs/audit-logging
"""

from __future__ import annotations

from evidence.core import json_text
from evidence.core.facts import Declared, KeyEvent, KeyStoreLogFacts
from evidence.core.key_log import Json, KeyLog, inner, text
from evidence.core.scan import iso
from evidence.core.sniff import is_json
from seal_advisor.core.regex import regex

KIND = KeyStoreLogFacts.KIND
TITLE = "Google Cloud KMS audit log"
FORM = "json"

_SERVICE = regex(r'"serviceName"\s{0,8}:\s{0,8}"cloudkms\.googleapis\.com"')
_ACTIONS = {
    "Encrypt": "encrypt", "RawEncrypt": "encrypt", "Decrypt": "decrypt", "RawDecrypt": "decrypt",
    "AsymmetricDecrypt": "decrypt", "CreateCryptoKey": "generate", "CreateCryptoKeyVersion": "generate",
    "ImportCryptoKeyVersion": "import", "DestroyCryptoKeyVersion": "schedule_deletion",
    "RestoreCryptoKeyVersion": "cancel_deletion", "UpdateCryptoKeyVersion": "admin", "UpdateCryptoKey": "admin",
    "UpdateCryptoKeyPrimaryVersion": "admin", "SetIamPolicy": "admin", "CreateKeyRing": "admin",
    "CreateImportJob": "admin",
}  # fmt: skip


def matches(head: str) -> bool:
    return is_json(head) and bool(_SERVICE.search(head)) and '"protoPayload"' in head


def parse(text_: str, declared: Declared) -> KeyStoreLogFacts:
    log = KeyLog("gcp_kms", "log entries are neither signed nor numbered")
    for line, document in json_text.documents(text_):
        if document is None:
            log.bad.append((line, json_text.offset_of(text_, line)))
            continue
        for entry in document if isinstance(document, list) else [document]:
            if isinstance(entry, dict) and text(entry, "protoPayload", "serviceName") == "cloudkms.googleapis.com":
                log.note(_event(entry, line))
    return log.facts()


def _event(entry: Json, line: int) -> KeyEvent:
    name = (text(entry, "protoPayload", "methodName") or "").rpartition(".")[2]
    code = inner(entry, "protoPayload", "status", "code")
    ok = not code
    return KeyEvent(
        action=_ACTIONS.get(name, "other"),
        at=iso(inner(entry, "timestamp")),
        line=line,
        ok=ok,
        principal=text(entry, "protoPayload", "authenticationInfo", "principalEmail"),
        key=text(entry, "protoPayload", "resourceName"),
        detail=name if ok else f"{name}: status {code}",
    )
