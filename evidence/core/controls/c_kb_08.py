"""C-KB-08: nobody can delete or disable the KMS key unnoticed; its loss is the loss of all data, backups included."""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent, not_applicable
from evidence.core.results import Result
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import SP_800_57, VAULT_SEAL_CONCEPT

ID = "C-KB-08"
TITLE = "The KMS key is protected against deletion and disabling"
NEEDS = (
    "kms_key",
    "kms_policy",
    "alert_rules",
)
SOURCES = (
    SP_800_57,
    VAULT_SEAL_CONCEPT,
)

SEALS = frozenset({"cloud_kms"})


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    return absent(ID, TITLE, NEEDS, SP_800_57, "if the seal key is lost, all data are lost, backups included")
