"""C-DR-05: nobody can reach both a snapshot and the backup of the seal key that opens it."""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent
from evidence.core.results import Result
from evidence.core.sources import SP_800_57

ID = "C-DR-05"
TITLE = "Snapshots and the seal key's backup are kept apart"
NEEDS = ("backup_record",)
SOURCES = (SP_800_57,)


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    return absent(ID, TITLE, NEEDS, SP_800_57, "who holds both holds everything")
