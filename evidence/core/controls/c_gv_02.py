"""C-GV-02: the method to replace a lost, compromised or damaged key is documented (DORA, RTS ICT risk, Art. 7)."""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent
from evidence.core.results import Result
from evidence.core.sources import DORA_RTS, SP_800_57

ID = "C-GV-02"
TITLE = "How a lost or compromised key is replaced is written down"
NEEDS = ("procedure",)
SOURCES = (
    DORA_RTS,
    SP_800_57,
)


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    return absent(
        ID, TITLE, NEEDS, DORA_RTS, "RTS Art. 7 asks for methods to replace keys on loss, compromise or damage"
    )
