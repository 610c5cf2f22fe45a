"""C-SD-02: one person alone cannot change or destroy the seal key: administration needs M of N."""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent, not_applicable
from evidence.core.results import Result
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import SP_800_53, SP_800_57

ID = "C-SD-02"
TITLE = "Administration of the HSM or KMS needs a quorum"
NEEDS = ("hsm_admin_policy",)
SOURCES = (
    SP_800_57,
    SP_800_53,
)

SEALS = frozenset({"pkcs11", "cloud_kms", "kmip"})


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    return absent(ID, TITLE, NEEDS, SP_800_57, "M of N on administrative commands")
