"""C-CM-02: the HSM runs in the mode that its certificate covers.

No reader takes a vendor's policy dump, so the document is to be attested: Luna HSM policy 12 and partition policy
43 off, CloudHSM cluster mode FIPS, nShield security world in its FIPS 140-3 level 3 mode.
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent, not_applicable
from evidence.core.results import Result
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import CMVP, FIPS_140_3

ID = "C-CM-02"
TITLE = "The HSM runs in its approved mode"
NEEDS = ("hsm_policy",)
SOURCES = (
    FIPS_140_3,
    CMVP,
)

SEALS = frozenset({"pkcs11"})


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    return absent(ID, TITLE, NEEDS, FIPS_140_3, "a validated module is validated in its approved mode only")
