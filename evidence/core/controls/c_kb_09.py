"""C-KB-09: the principals that may use the KMS key, and those that did, are the Vault workload's role only."""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent, not_applicable
from evidence.core.results import Result
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import SP_800_53, SP_800_57

ID = "C-KB-09"
TITLE = "Only Vault may use the seal key in the KMS"
NEEDS = (
    "kms_policy",
    "key_store_log",
)
SOURCES = (
    SP_800_57,
    SP_800_53,
)

SEALS = frozenset({"cloud_kms"})


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    return absent(
        ID, TITLE, NEEDS, SP_800_57, "principals in the policy and in the log must be the workload's role only"
    )
