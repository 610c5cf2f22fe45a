"""C-DR-04: a snapshot was restored on a clean cluster with the same seal key, and the restored cluster unsealed."""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent
from evidence.core.results import Result
from evidence.core.sources import VAULT_SEAL_CONCEPT, VAULT_SNAPSHOT

ID = "C-DR-04"
TITLE = "A restore with the same seal key was tested on a clean cluster"
NEEDS = (
    "restore_record",
    "status",
)
SOURCES = (
    VAULT_SNAPSHOT,
    VAULT_SEAL_CONCEPT,
)


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    return absent(
        ID, TITLE, NEEDS, VAULT_SNAPSHOT, "a snapshot is of no use without the seal key that it was made under"
    )
