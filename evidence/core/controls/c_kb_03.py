"""C-KB-03: no label exists twice on the token, and clusters do not share a key."""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent, not_applicable
from evidence.core.results import Result
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import PKCS11, VAULT_PKCS11

ID = "C-KB-03"
TITLE = "Key labels are unique on the token"
NEEDS = ("hsm_objects",)
SOURCES = (
    PKCS11,
    VAULT_PKCS11,
)

SEALS = frozenset({"pkcs11"})


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    return absent(
        ID, TITLE, NEEDS, PKCS11, "PKCS#11 does not enforce unique labels, so only a listing shows a double one"
    )
