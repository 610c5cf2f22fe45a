"""C-HD-03: on the network, only the Vault nodes reach the HSM."""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent, not_applicable
from evidence.core.results import Result
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import SP_800_53, VAULT_HARDENING

ID = "C-HD-03"
TITLE = "Only Vault nodes reach the HSM"
NEEDS = ("firewall_rules",)
SOURCES = (
    SP_800_53,
    VAULT_HARDENING,
)

SEALS = frozenset({"pkcs11"})


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    return absent(
        ID, TITLE, NEEDS, SP_800_53, "sources allowed to the HSM's port, or the HSM's list of registered clients"
    )
