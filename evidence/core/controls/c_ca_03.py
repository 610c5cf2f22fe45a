"""C-CA-03: the seal's configuration changes only through an approved, recorded change.

What the server refuses in a file is no change control: those findings stand under the control that owns the setting
(see `seal_facts.owner_of`).
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent
from evidence.core.results import Result
from evidence.core.sources import SP_800_53

ID = "C-CA-03"
TITLE = "Changes of the seal go through an approved change"
NEEDS = ("change_record",)
SOURCES = (SP_800_53,)


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    return absent(ID, TITLE, NEEDS, SP_800_53, "ticket or commit with an approver other than the author")
