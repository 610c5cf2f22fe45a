"""C-KB-08: nobody can delete or disable the KMS key unnoticed; its loss is the loss of all data, backups included.

Terraform code can show a weak key (a short wait before deletion, a policy for everybody, no purge protection); that the
key in use is protected is shown by the key service only.
"""

from __future__ import annotations

from evidence.core.declared_keys import key_findings
from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence, TerraformFacts
from evidence.core.judgement import absent, lacking, not_applicable, settle
from evidence.core.results import Result
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import AWS_KMS_DELETION, SP_800_57, VAULT_SEAL_CONCEPT

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
    AWS_KMS_DELETION,
)

WHY = "if the seal key is lost, all data are lost, backups included"

SEALS = frozenset({"cloud_kms"})


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    findings = key_findings(evidence)
    if not findings:
        return absent(ID, TITLE, NEEDS, SP_800_57, WHY)
    used = [artefact for artefact, _ in evidence.of(TerraformFacts)]
    return settle(ID, TITLE, [*findings, lacking(NEEDS, SP_800_57, WHY)], proof="", used=used, missing=NEEDS)
