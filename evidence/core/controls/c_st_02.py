"""C-ST-02: a drill showed what happens while the seal's key service is away, and that recovery met the objective."""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent, not_applicable
from evidence.core.results import Result
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import VAULT_SEAL_CONCEPT, VAULT_SEAL_HA

ID = "C-ST-02"
TITLE = "The loss of the seal's key service was tested"
NEEDS = (
    "drill_record",
    "server_log",
)
SOURCES = (
    VAULT_SEAL_CONCEPT,
    VAULT_SEAL_HA,
)

SEALS = frozenset({"pkcs11", "cloud_kms", "transit", "kmip", "static"})


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    return absent(
        ID,
        TITLE,
        NEEDS,
        VAULT_SEAL_CONCEPT,
        "what happens while the HSM or KMS cannot be reached, and how long recovery took",
    )
