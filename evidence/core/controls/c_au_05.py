"""C-AU-05: the clocks of the nodes and of the HSM agree, so that their logs can be compared."""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent
from evidence.core.results import Result
from evidence.core.sources import SP_800_53, VAULT_HARDENING

ID = "C-AU-05"
TITLE = "Clocks are synchronised"
NEEDS = ("time_sync",)
SOURCES = (
    VAULT_HARDENING,
    SP_800_53,
)


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    return absent(
        ID, TITLE, NEEDS, VAULT_HARDENING, "events of Vault and HSM can be compared only if their clocks agree"
    )
