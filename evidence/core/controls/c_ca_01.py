"""C-CA-01: every node has the same PKCS#11 library, version and client configuration."""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent, not_applicable
from evidence.core.results import Result
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import VAULT_PKCS11

ID = "C-CA-01"
TITLE = "The PKCS#11 client is the same on all nodes"
NEEDS = ("library_listing",)
SOURCES = (VAULT_PKCS11,)

SEALS = frozenset({"pkcs11"})


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    return absent(ID, TITLE, NEEDS, VAULT_PKCS11, "hash of library and configuration from every node")
