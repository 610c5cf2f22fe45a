"""C-DR-02: the seal key has a backup outside the HSM cluster, and a restore of it was tested within a year."""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent, not_applicable
from evidence.core.results import Result
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import SP_800_57, VAULT_SEAL_CONCEPT

ID = "C-DR-02"
TITLE = "A backup of the seal key exists and was restored in a test"
NEEDS = (
    "restore_record",
    "key_store_log",
)
SOURCES = (
    SP_800_57,
    VAULT_SEAL_CONCEPT,
)

SEALS = frozenset({"pkcs11"})


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    return absent(
        ID,
        TITLE,
        NEEDS,
        SP_800_57,
        "recovery keys cannot replace the seal key: if it is lost, all data are lost, backups included",
    )
