"""`oci kms management key get`: a key of Oracle Cloud's vault, in the CLI's spelling or the REST answer's.

SOURCE: https://docs.oracle.com/iaas/api/#/en/key/release/Key/ (lifecycleState, protectionMode, timeOfDeletion)
"""

from __future__ import annotations

from evidence.core import json_text
from evidence.core.facts import Declared
from evidence.core.facts.kms import KmsKeyFacts
from evidence.core.key_log import inner, text
from evidence.core.refusal import Refused
from evidence.core.scan import iso
from evidence.core.sniff import is_json

KIND = KmsKeyFacts.KIND
TITLE = "Oracle Cloud key"
FORM = "json"

_STATES = {"ENABLED": "enabled", "DISABLED": "disabled", "PENDING_DELETION": "pending_deletion",
           "SCHEDULING_DELETION": "pending_deletion", "DELETED": "destroyed"}  # fmt: skip
_PROTECTION = {"HSM": "hsm", "SOFTWARE": "software", "EXTERNAL": "external"}


def matches(head: str) -> bool:
    return is_json(head) and '"ocid1.key.' in head and ('"protection-mode"' in head or '"protectionMode"' in head)


def parse(text_: str, declared: Declared) -> KmsKeyFacts:
    document = json_text.load(text_)
    about = inner(document, "data") if isinstance(inner(document, "data"), dict) else document
    if not isinstance(about, dict):
        raise Refused("a key's description is one JSON object", "hand in the output of `oci kms management key get`", 1)
    said = {name.replace("-", "").lower(): value for name, value in about.items()}
    state, mode = text(said, "lifecyclestate"), text(said, "protectionmode")
    rotates = said.get("isautorotationenabled")
    return KmsKeyFacts(
        provider="oci",
        key=text(said, "id") or "",
        customer_managed=True,
        state=_STATES.get(state, state) if state else None,
        protection=_PROTECTION.get(mode or ""),
        algorithm=text(said, "keyshape", "algorithm"),
        created=iso(said.get("timecreated")),
        deletion_at=iso(said.get("timeofdeletion")),
        rotates=rotates if isinstance(rotates, bool) else None,
        inconclusive="" if state else "the description has no lifecycle state",
    )
