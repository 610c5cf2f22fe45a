"""C-DR-01: the seal key survives the loss of one HSM: two members or more, in sync, on different sites.

Terraform code can show that a CloudHSM cluster has too few members; that they run and hold the key, it cannot show.
"""

from __future__ import annotations

from evidence.core.declared_keys import member_findings
from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence, TerraformFacts
from evidence.core.judgement import absent, lacking, not_applicable, settle
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
WHY = "members, their sites, and that each holds the key"


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    findings = member_findings(evidence)
    if not findings:
        return absent(ID, TITLE, NEEDS, VAULT_PKCS11, WHY)
    used = [artefact for artefact, _ in evidence.of(TerraformFacts)]
    return settle(ID, TITLE, [*findings, lacking(NEEDS, VAULT_PKCS11, WHY)], proof="", used=used, missing=NEEDS)
