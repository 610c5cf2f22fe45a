"""C-SD-01: nobody administers the HSM, operates Vault and audits both."""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent
from evidence.core.results import Result
from evidence.core.sources import SP_800_53

ID = "C-SD-01"
TITLE = "HSM administrators, Vault operators and auditors are different people"
NEEDS = ("role_list",)
SOURCES = (SP_800_53,)


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    return absent(ID, TITLE, NEEDS, SP_800_53, "three lists without a common name")
