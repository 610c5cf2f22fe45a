"""C-RO-01: the barrier keyring is rotated by policy, before AES-GCM's limit of uses."""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent
from evidence.core.results import Result
from evidence.core.sources import SP_800_57, VAULT_ROTATE

ID = "C-RO-01"
TITLE = "The barrier key is rotated within its policy"
NEEDS = (
    "rotation_config",
    "key_status",
)
SOURCES = (
    VAULT_ROTATE,
    SP_800_57,
)


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    return absent(ID, TITLE, NEEDS, VAULT_ROTATE, "policy and age stand there")
