"""C-KB-02: the seal key was made in the HSM and can never leave it in plain text."""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent, not_applicable
from evidence.core.results import Result
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import PKCS11, SP_800_57

ID = "C-KB-02"
TITLE = "The seal key is in the HSM and cannot leave it"
NEEDS = ("hsm_objects",)
SOURCES = (
    PKCS11,
    SP_800_57,
)

SEALS = frozenset({"pkcs11"})


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    return absent(ID, TITLE, NEEDS, PKCS11, "sensitive, never extractable, local: the attributes show in the listing")
