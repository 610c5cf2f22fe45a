"""C-PN-03: the HSM's PIN is changed when somebody who knew it leaves, and at least once a year."""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent, not_applicable
from evidence.core.results import Result
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import SP_800_57, VAULT_PKCS11

ID = "C-PN-03"
TITLE = "The PIN is changed when a holder leaves, and every year"
NEEDS = (
    "key_store_log",
    "ceremony_record",
)
SOURCES = (
    SP_800_57,
    VAULT_PKCS11,
)

SEALS = frozenset({"pkcs11"})


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    return absent(
        ID, TITLE, NEEDS, SP_800_57, "a change of the PIN shows in the HSM's log; why it was made stands in the record"
    )
