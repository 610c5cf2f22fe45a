"""Controls whose proof is a record of people: attested while the word holds, not proven before and after, never passed.

No file that is read here shows a drill, a custodian's signature or a role list as a machine could judge it. What can
speak against such a control (a root token in use, drift from the design) outranks the word.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from evidence.core.controls import CONTROLS
from evidence.core.facts import Artefact
from evidence.core.facts.runtime import AuditLogFacts
from evidence.core.results import Verdict
from evidence.core.waivers import Attestation, Statements, apply
from tests.evidence.judging import NOW, judge, sample

RECORDS = (
    "C-PN-03", "C-AU-04", "C-ST-02", "C-ST-03", "C-RK-02", "C-RK-03", "C-RK-04", "C-RO-03", "C-DR-02", "C-DR-03",
    "C-DR-04", "C-DR-05", "C-CA-03", "C-HD-03", "C-SD-01", "C-SD-02", "C-GV-01", "C-GV-02",
)  # fmt: skip
FILES = ("tls/strict.testssl-flat.json",)
TODAY = NOW.date()
NEEDS = {control.ID: set(control.NEEDS) for control in CONTROLS}
ROOT = AuditLogFacts(2, NOW - timedelta(days=1), NOW, raw=False, unpaired=0, operations={"read sys": 2}, root_uses=(7,))


def said(control: str, last: date) -> Statements:
    return Statements(attestations=(Attestation(control, "done", "Vera", TODAY - timedelta(days=30), last),))


@pytest.mark.parametrize("control", RECORDS)
def test_without_its_record_it_is_not_proven_and_says_what_is_missing(control: str) -> None:
    for artefacts in ((), tuple(sample(name) for name in FILES)):
        found = judge(control, *artefacts)
        assert found.verdict is Verdict.NOT_PROVEN
        assert found.missing
        assert set(found.missing) <= NEEDS[control]


@pytest.mark.parametrize("control", RECORDS)
def test_a_word_that_holds_attests_it_and_one_that_has_run_out_does_nothing(control: str) -> None:
    alone = judge(control)
    holds, over = (apply(alone, said(control, last), TODAY) for last in (TODAY, TODAY - timedelta(days=1)))
    assert (holds.verdict, over.verdict) == (Verdict.ATTESTED, Verdict.NOT_PROVEN)
    assert "Vera" in holds.reason
    assert "does nothing any more" in over.findings[-1].message
    other = "C-GV-01" if control != "C-GV-01" else "C-GV-02"
    assert apply(alone, said(other, TODAY), TODAY) == alone


def test_a_root_token_in_use_outranks_the_word_that_it_is_revoked() -> None:
    used = judge("C-RK-04", Artefact("audit.log", "2" * 64, 1, "audit_log", facts=ROOT, observed_to=NOW))
    assert used.verdict is Verdict.FAIL
    assert used.findings[0].line == 7
    assert apply(used, said("C-RK-04", TODAY), TODAY).verdict is Verdict.FAIL
