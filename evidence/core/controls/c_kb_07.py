"""C-KB-07: the KMS key is the customer's own, enabled, and kept at the demanded protection level."""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent, not_applicable
from evidence.core.results import Result
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import FIPS_140_3, SP_800_57

ID = "C-KB-07"
TITLE = "The KMS key is customer-managed, at the right protection level"
NEEDS = ("kms_key",)
SOURCES = (
    SP_800_57,
    FIPS_140_3,
)

SEALS = frozenset({"cloud_kms"})


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    return absent(
        ID, TITLE, NEEDS, SP_800_57, "key manager, origin, state and protection level stand in the key's description"
    )
