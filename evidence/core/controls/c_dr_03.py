"""C-DR-03: snapshots run by themselves, are encrypted, leave the site, and are never further apart than the RPO."""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent
from evidence.core.results import Result
from evidence.core.sources import VAULT_RAFT, VAULT_SNAPSHOT

ID = "C-DR-03"
TITLE = "Snapshots are automatic, encrypted, off site, and often enough"
NEEDS = ("snapshot_log",)
SOURCES = (
    VAULT_SNAPSHOT,
    VAULT_RAFT,
)


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    return absent(
        ID,
        TITLE,
        NEEDS,
        VAULT_SNAPSHOT,
        "the longest gap between two snapshots must not exceed the recovery point objective",
    )
