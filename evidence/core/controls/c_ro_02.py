"""C-RO-02: the seal key is younger than its cryptoperiod, or was reviewed.

SP 800-57 Part 1 suggests at most two years of originator use for a key-wrapping key; a suggestion, so a setting.
"""

from __future__ import annotations

from evidence.core.declared_keys import rotation_findings
from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence, TerraformFacts
from evidence.core.judgement import absent, lacking, not_applicable, settle
from evidence.core.results import Result
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import SP_800_57

ID = "C-RO-02"
TITLE = "The seal key is within its cryptoperiod"
NEEDS = (
    "hsm_objects",
    "kms_key",
)
SOURCES = (SP_800_57,)

WHY = "creation date and rotation status; two years of use for a key that wraps keys is suggested, not mandatory"
SEALS = frozenset({"pkcs11", "cloud_kms", "kmip", "static", "transit"})


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    findings = rotation_findings(evidence)
    if not findings:
        return absent(ID, TITLE, NEEDS, SP_800_57, WHY)
    used = [artefact for artefact, _ in evidence.of(TerraformFacts)]
    return settle(ID, TITLE, [*findings, lacking(NEEDS, SP_800_57, WHY)], proof="", used=used, missing=NEEDS)
