"""C-RK-03: every custodian has acknowledged the duty in writing, and shares are made anew when one leaves."""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent
from evidence.core.results import Result
from evidence.core.sources import SP_800_57

ID = "C-RK-03"
TITLE = "Custodians have signed, and a leaver triggers a rekey"
NEEDS = ("custodian_forms",)
SOURCES = (SP_800_57,)


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    return absent(ID, TITLE, NEEDS, SP_800_57, "a signed form for each holder, and a rekey after each leaver")
