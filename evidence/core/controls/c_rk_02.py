"""C-RK-02: each share was encrypted to its holder's PGP key when it was made, so that no screen ever showed it."""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent
from evidence.core.results import Result
from evidence.core.sources import SP_800_57, VAULT_INIT

ID = "C-RK-02"
TITLE = "Shares were encrypted to their holders at init"
NEEDS = ("ceremony_record",)
SOURCES = (
    VAULT_INIT,
    SP_800_57,
)


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    return absent(
        ID, TITLE, NEEDS, VAULT_INIT, "the flags -pgp-keys or -recovery-pgp-keys and the fingerprints; never a share"
    )
