"""C-ST-03: the holders of the unseal keys were gathered within 90 days, in time for the recovery objective.

The 90 days are ours, not a standard's.
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent, not_applicable
from evidence.core.results import Result
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import VAULT_SEAL_CONCEPT

ID = "C-ST-03"
TITLE = "An unseal drill was held within 90 days"
NEEDS = ("drill_record",)
SOURCES = (VAULT_SEAL_CONCEPT,)

SEALS = frozenset({"shamir"})


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    return absent(
        ID, TITLE, NEEDS, VAULT_SEAL_CONCEPT, "date, holders by role (never a share) and the time until unsealed"
    )
