"""`gcloud kms keys describe --format=json`: a key of Google Cloud KMS with its primary version.

SOURCE: https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys
"""

from __future__ import annotations

from evidence.core import json_text
from evidence.core.facts import Declared
from evidence.core.facts.kms import KmsKeyFacts
from evidence.core.key_log import inner, text
from evidence.core.refusal import Refused
from evidence.core.scan import iso
from evidence.core.sniff import is_json, top_keys
from seal_advisor.core.regex import regex

KIND = KmsKeyFacts.KIND
TITLE = "Google Cloud KMS key"
FORM = "json"

_NAME = regex(r'"name"\s{0,8}:\s{0,8}"projects/[^"\s]{1,400}/cryptoKeys/')
_STATES = {
    "ENABLED": "enabled", "DISABLED": "disabled", "DESTROY_SCHEDULED": "pending_deletion", "DESTROYED": "destroyed",
    "PENDING_IMPORT": "pending_import",
}  # fmt: skip
_PROTECTION = {"HSM": "hsm", "HSM_SINGLE_TENANT": "hsm", "SOFTWARE": "software", "EXTERNAL": "external",
               "EXTERNAL_VPC": "external"}  # fmt: skip
_SECONDS = regex(r"(\d{1,12})(?:\.\d{1,9})?s\Z")
DAY = 86_400


def matches(head: str) -> bool:
    return is_json(head) and {"name", "purpose"} <= top_keys(head) and bool(_NAME.search(head))


def parse(text_: str, declared: Declared) -> KmsKeyFacts:
    document = json_text.load(text_)
    if not isinstance(document, dict):
        raise Refused("a key's description is one JSON object", "name one key: `gcloud kms keys describe KEY`", 1)
    state, level = text(document, "primary", "state"), text(document, "primary", "protectionLevel")
    level = level or text(document, "versionTemplate", "protectionLevel")
    rotation = _days(inner(document, "rotationPeriod"))
    imported = inner(document, "importOnly") is True or bool(text(document, "primary", "importJob"))
    return KmsKeyFacts(
        provider="gcp",
        key=text(document, "name") or "",
        customer_managed=True,
        state=_STATES.get(state, state) if state else None,
        protection=_PROTECTION.get(level or ""),
        origin="imported" if imported else "generated" if text(document, "primary", "generateTime") else None,
        algorithm=text(document, "primary", "algorithm") or text(document, "versionTemplate", "algorithm"),
        created=iso(inner(document, "createTime")),
        deletion_at=iso(inner(document, "primary", "destroyTime")),
        deletes_after_days=_days(inner(document, "destroyScheduledDuration")),
        rotates=rotation is not None if text(document, "purpose") == "ENCRYPT_DECRYPT" else None,
        rotation_days=rotation,
        next_rotation=iso(inner(document, "nextRotationTime")),
        inconclusive="" if state else "the description has no primary version, so no state",
    )


def _days(value: object) -> int | None:
    """Days of a duration such as "2592000s"."""
    match = _SECONDS.match(value) if isinstance(value, str) else None
    return int(match.group(1)) // DAY if match else None
