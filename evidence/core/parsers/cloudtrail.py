"""AWS CloudTrail: the events of AWS KMS, in one document of Records, as one event, or one event a line.

Event files carry no signature; CloudTrail's digest files do, and are recognised as what they are. SOURCE:
https://docs.aws.amazon.com/kms/latest/developerguide/logging-using-cloudtrail.html
"""

from __future__ import annotations

from collections.abc import Iterator

from evidence.core import json_text
from evidence.core.facts import Declared, KeyEvent, KeyStoreLogFacts
from evidence.core.key_log import Json, KeyLog, inner, text
from evidence.core.scan import iso, line_of
from evidence.core.sniff import is_json, top_keys
from seal_advisor.core.regex import regex

KIND = KeyStoreLogFacts.KIND
TITLE = "AWS CloudTrail, KMS events"
FORM = "json"

_KMS = regex(r'"eventSource"\s{0,8}:\s{0,8}"kms\.amazonaws\.com"')
_ACTIONS = {
    "Encrypt": "encrypt", "ReEncrypt": "encrypt", "GenerateDataKey": "encrypt", "GenerateDataKeyPair": "encrypt",
    "GenerateDataKeyWithoutPlaintext": "encrypt", "GenerateDataKeyPairWithoutPlaintext": "encrypt",
    "Decrypt": "decrypt", "CreateKey": "generate", "RotateKey": "generate", "RotateKeyOnDemand": "generate",
    "ReplicateKey": "export", "ImportKeyMaterial": "import", "DeleteImportedKeyMaterial": "destroy",
    "DeleteKey": "destroy", "DisableKey": "disable", "ScheduleKeyDeletion": "schedule_deletion",
    "CancelKeyDeletion": "cancel_deletion", "EnableKey": "admin", "PutKeyPolicy": "admin", "CreateGrant": "admin",
    "RevokeGrant": "admin", "RetireGrant": "admin", "CreateAlias": "admin", "DeleteAlias": "admin",
    "UpdateAlias": "admin", "EnableKeyRotation": "admin", "DisableKeyRotation": "admin", "UpdatePrimaryRegion": "admin",
    "UpdateKeyDescription": "admin", "TagResource": "admin", "UntagResource": "admin",
}  # fmt: skip
_DIGEST = frozenset({"digestStartTime", "digestEndTime", "logFiles"})


def matches(head: str) -> bool:
    if not is_json(head):
        return False
    return bool(_KMS.search(head) and '"eventVersion"' in head) or top_keys(head) >= _DIGEST


def parse(text_: str, declared: Declared) -> KeyStoreLogFacts:
    log = KeyLog("cloudtrail_kms", "event files are not signed; the signed digest files of the period would show gaps")
    seen: set[str] = set()
    for line, document in json_text.documents(text_):
        if document is None:
            log.bad.append((line, json_text.offset_of(text_, line)))
            continue
        if isinstance(document, dict) and document.keys() >= _DIGEST:
            return _digest(document)
        for event in _events(document):
            identity = text(event, "eventID") or ""
            if text(event, "eventSource") == "kms.amazonaws.com" and (not identity or identity not in seen):
                seen.add(identity)
                place = line_of(text_, identity) if line == 1 and identity and len(seen) < 2000 else line
                log.note(_event(event, place or line))
    return log.facts()


def _digest(document: Json) -> KeyStoreLogFacts:
    """What the digest covers. Its signature lies beside it, in the object's metadata, so nothing is checked here."""
    listed = inner(document, "logFiles")
    count = len(listed) if isinstance(listed, list) else 0
    return KeyStoreLogFacts(
        format="cloudtrail_digest",
        records=0,
        first=iso(inner(document, "digestStartTime")),
        last=iso(inner(document, "digestEndTime")),
        counts={"log files": count},
        gaps=(),
        numbered=False,
        integrity="not_checkable",
        integrity_reason="its signature is metadata of the S3 object: check it with `aws cloudtrail validate-logs`",
        inconclusive=f"a digest names {count} log file(s) and holds no event itself",
    )


def _events(document: object) -> Iterator[Json]:
    records = inner(document, "Records") if isinstance(document, dict) else document
    if isinstance(records, list):
        yield from (each for each in records if isinstance(each, dict))
    elif isinstance(document, dict):
        yield document


def _event(event: Json, line: int) -> KeyEvent:
    name = text(event, "eventName") or ""
    resources = inner(event, "resources")
    first = resources[0] if isinstance(resources, list) and resources else {}
    error = text(event, "errorCode")
    principal = text(event, "userIdentity", "arn") or text(event, "userIdentity", "invokedBy")
    return KeyEvent(
        action=_ACTIONS.get(name, "other"),
        at=iso(inner(event, "eventTime")),
        line=line,
        ok=error is None,
        principal=principal or text(event, "userIdentity", "type"),
        key=text(first, "ARN") or text(event, "requestParameters", "keyId"),
        detail=f"{name}: {error}" if error else name,
    )
