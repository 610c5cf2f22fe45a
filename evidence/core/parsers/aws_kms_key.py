"""`aws kms describe-key` and `aws kms get-key-rotation-status`: a key of AWS KMS, in the CLI's JSON.

Key material of origin AWS_KMS, EXTERNAL (imported) and AWS_CLOUDHSM is used inside HSMs; EXTERNAL_KEY_STORE stays
outside of AWS. SOURCE: https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html and
https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyRotationStatus.html
"""

from __future__ import annotations

from datetime import datetime

from evidence.core import json_text
from evidence.core.facts import Declared
from evidence.core.facts.kms import KmsKeyFacts
from evidence.core.key_log import Json, inner, text
from evidence.core.refusal import Refused
from evidence.core.scan import epoch, iso
from evidence.core.sniff import is_json, top_keys

KIND = KmsKeyFacts.KIND
TITLE = "AWS KMS key"
FORM = "json"

_STATES = {
    "Enabled": "enabled", "Disabled": "disabled", "PendingDeletion": "pending_deletion",
    "PendingReplicaDeletion": "pending_deletion", "PendingImport": "pending_import",
}  # fmt: skip
_PROTECTION = {"AWS_KMS": "hsm", "EXTERNAL": "hsm", "AWS_CLOUDHSM": "hsm", "EXTERNAL_KEY_STORE": "external"}


def matches(head: str) -> bool:
    if not is_json(head):
        return False
    keys = top_keys(head)
    return "KeyRotationEnabled" in keys or ("KeyMetadata" in keys and '"KeyState"' in head)


def parse(text_: str, declared: Declared) -> KmsKeyFacts:
    document = json_text.load(text_)
    if not isinstance(document, dict):
        raise Refused("a key's description is one JSON object", "hand in the output of `aws kms describe-key`", 1)
    about = document.get("KeyMetadata")
    if isinstance(about, dict):
        return _described(about)
    days = document.get("RotationPeriodInDays")
    rotates = document.get("KeyRotationEnabled")
    return KmsKeyFacts(
        provider="aws",
        key=text(document, "KeyId") or "",
        rotates=rotates if isinstance(rotates, bool) else None,
        rotation_days=days if isinstance(days, int) else None,
        next_rotation=_moment(document.get("NextRotationDate")),
        inconclusive="" if text(document, "KeyId") else "the rotation status names no key",
    )


def _described(about: Json) -> KmsKeyFacts:
    state, origin, manager = text(about, "KeyState"), text(about, "Origin"), text(about, "KeyManager")
    waits = inner(about, "PendingDeletionWindowInDays")
    return KmsKeyFacts(
        provider="aws",
        key=text(about, "Arn") or text(about, "KeyId") or "",
        customer_managed=manager == "CUSTOMER" if manager else None,
        state=_STATES.get(state, state) if state else None,
        protection=_PROTECTION.get(origin or ""),
        origin=origin,
        algorithm=text(about, "KeySpec") or text(about, "CustomerMasterKeySpec"),
        created=_moment(about.get("CreationDate")),
        deletion_at=_moment(about.get("DeletionDate")),
        deletes_after_days=waits if isinstance(waits, int) else None,
        inconclusive="" if state else "the description has no KeyState",
    )


def _moment(value: object) -> datetime | None:
    """ISO text of the CLI's second version, seconds since 1970 of its first."""
    return epoch(value) if isinstance(value, (int, float)) else iso(value)
