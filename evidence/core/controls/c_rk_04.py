"""C-RK-04: the root token of init is revoked, and no root token was used since."""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent
from evidence.core.results import Result
from evidence.core.sources import VAULT_HARDENING, VAULT_INIT

ID = "C-RK-04"
TITLE = "The initial root token is revoked"
NEEDS = (
    "token_lookup",
    "audit_log",
)
SOURCES = (
    VAULT_HARDENING,
    VAULT_INIT,
)


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    return absent(
        ID, TITLE, NEEDS, VAULT_HARDENING, "no token with the root policy remains, and none was used since init"
    )
