"""C-PN-02: the PIN file has mode 0400 or 0600, belongs to the server's user, and ends without a newline.

The listing shows owner, mode and size, never the content.
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent, not_applicable
from evidence.core.results import Result
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import VAULT_HARDENING, VAULT_PKCS11

ID = "C-PN-02"
TITLE = "The PIN file is readable by the server only and has no newline"
NEEDS = ("file_listing",)
SOURCES = (
    VAULT_PKCS11,
    VAULT_HARDENING,
)

SEALS = frozenset({"pkcs11"})


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    return absent(
        ID,
        TITLE,
        NEEDS,
        VAULT_PKCS11,
        "mode 0400 or 0600, owned by the server, as long as the PIN: a trailing newline becomes part of it",
    )
