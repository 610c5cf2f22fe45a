"""C-DR-01: the seal key survives the loss of one HSM: two members or more, in sync, on different sites."""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent, not_applicable
from evidence.core.results import Result
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import SP_800_53, VAULT_PKCS11

ID = "C-DR-01"
TITLE = "The HSM cluster has two members or more, in sync, on different sites"
NEEDS = ("hsm_members",)
SOURCES = (
    VAULT_PKCS11,
    SP_800_53,
)

SEALS = frozenset({"pkcs11"})


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    return absent(ID, TITLE, NEEDS, VAULT_PKCS11, "members, their sites, and that each holds the key")
