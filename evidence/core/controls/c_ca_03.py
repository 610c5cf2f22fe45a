"""C-CA-03: the seal's configuration changes only through an approved, recorded change.

Without a record, a file that differs from the approved design shows a change that nobody approved: each difference is a
warning with the line and what follows from it. What the server refuses in a file is no change control: those findings
stand under the control that owns the setting (see `seal_facts.owner_of`).
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.drift import Difference, differences
from evidence.core.facts import Artefact, ConfigFacts, Evidence
from evidence.core.judgement import absent, at, lacking, settle
from evidence.core.results import Finding, Result, Verdict
from evidence.core.sources import SP_800_53

ID = "C-CA-03"
TITLE = "Changes of the seal go through an approved change"
NEEDS = ("change_record",)
SOURCES = (SP_800_53,)

WHY = "ticket or commit with an approver other than the author"


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    findings: list[Finding] = []
    for artefact, config in evidence.of(ConfigFacts):
        if demands.design is not None:
            findings += [_drifted(artefact, each) for each in differences(demands.design, config)]
    if not findings:
        return absent(ID, TITLE, NEEDS, SP_800_53, WHY)
    used = [artefact for artefact, _ in evidence.of(ConfigFacts)]
    return settle(ID, TITLE, [*findings, lacking(NEEDS, SP_800_53, WHY)], proof="", used=used, missing=NEEDS)


def _drifted(artefact: Artefact, found: Difference) -> Finding:
    design, here = found.left or "not set", found.right or "not set"
    message = f"{found.path} is {here} here; the design says {design}: {found.consequence}"
    fix = f"bring the file back to the design ({found.path}: {design}), or decide again and record the change"
    return at(artefact, found.right_line, message, fix, SP_800_53, Verdict.WARN)
