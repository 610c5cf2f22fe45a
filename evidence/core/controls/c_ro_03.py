"""C-RO-03: after a change of the seal key the old one was kept until all was rewrapped, then destroyed on record."""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent, not_applicable
from evidence.core.results import Result
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import SP_800_57, VAULT_SEAL_WRAP

ID = "C-RO-03"
TITLE = "The old seal key was kept until the rewrap ended, then destroyed"
NEEDS = (
    "seal_backend_status",
    "key_store_log",
    "ceremony_record",
)
SOURCES = (
    SP_800_57,
    VAULT_SEAL_WRAP,
)

SEALS = frozenset({"pkcs11", "cloud_kms", "kmip"})


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    return absent(
        ID,
        TITLE,
        NEEDS,
        SP_800_57,
        "needed after a change of the seal key only: fully_wrapped first, destruction after it",
    )
