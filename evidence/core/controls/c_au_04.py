"""C-AU-04: seal failures raise an alarm, and somebody acts on it."""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent
from evidence.core.results import Result
from evidence.core.sources import SP_800_53, VAULT_AUDIT

ID = "C-AU-04"
TITLE = "Seal events are reviewed and raise alarms"
NEEDS = (
    "alert_rules",
    "drill_record",
)
SOURCES = (
    VAULT_AUDIT,
    SP_800_53,
)


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    return absent(ID, TITLE, NEEDS, VAULT_AUDIT, "rules on seal failures, and a record that somebody acted on one")
