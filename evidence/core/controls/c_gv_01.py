"""C-GV-01: the organisation keeps a cryptographic inventory and a key lifecycle procedure, and reviews both."""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent
from evidence.core.results import Result
from evidence.core.sources import SP_800_57

ID = "C-GV-01"
TITLE = "A cryptographic inventory and a key lifecycle procedure exist and are reviewed"
NEEDS = ("procedure",)
SOURCES = (SP_800_57,)


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    return absent(ID, TITLE, NEEDS, SP_800_57, "inventory, procedure, and the date of the last review")
