"""C-AU-06: every start of the server is seen by the HSM or KMS, within 60 seconds (ours, a setting)."""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent, not_applicable
from evidence.core.results import Result
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import CLOUDHSM_AUDIT, SP_800_53

ID = "C-AU-06"
TITLE = "Starts of the server correlate with logins at the HSM or KMS"
NEEDS = (
    "server_log",
    "key_store_log",
)
SOURCES = (
    SP_800_53,
    CLOUDHSM_AUDIT,
)

SEALS = frozenset({"pkcs11", "cloud_kms", "kmip", "transit"})


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    return absent(ID, TITLE, NEEDS, SP_800_53, "each start has a login or a decrypt within 60 seconds")
