"""What people state, weighed: exclusion, attestation and waiver do one thing each, and nothing after their time."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from evidence.core.results import Finding, Result, Verdict
from evidence.core.waivers import Attestation, Exclusion, Statements, Waiver, apply

TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)


def result(verdict: Verdict) -> Result:
    missing = ("procedure",) if verdict is Verdict.NOT_PROVEN else ()
    return Result("C-GV-01", "t", verdict, "r", (Finding("m", severity=verdict),), missing)


def excluded(on: date = TODAY, control: str = "C-GV-01") -> Statements:
    return Statements(exclusions=(Exclusion(control, "no such key here", "Carl", on),))


@pytest.mark.parametrize("verdict", [Verdict.NOT_PROVEN, Verdict.STALE, Verdict.CANNOT_DECIDE])
def test_an_exclusion_takes_what_is_not_settled_out_and_says_who_and_why(verdict: Verdict) -> None:
    found = apply(result(verdict), excluded(), TODAY)
    assert (found.verdict, found.missing) == (Verdict.NOT_APPLICABLE, ())
    assert found.reason == "Carl says since 2026-11-24 that this does not apply: no such key here"


@pytest.mark.parametrize("verdict", [Verdict.FAIL, Verdict.WARN, Verdict.PASS])
def test_evidence_that_speaks_outranks_an_exclusion(verdict: Verdict) -> None:
    found = apply(result(verdict), excluded(), TODAY)
    assert found.verdict is verdict
    assert ("only a waiver accepts that" in str(found.findings)) == (verdict is Verdict.FAIL)


def test_an_exclusion_of_another_control_or_from_tomorrow_on_changes_nothing() -> None:
    assert apply(result(Verdict.NOT_PROVEN), excluded(control="C-GV-02"), TODAY) == result(Verdict.NOT_PROVEN)
    later = apply(result(Verdict.NOT_PROVEN), excluded(TODAY + DAY), TODAY)
    assert later.verdict is Verdict.NOT_PROVEN
    assert "from 2026-11-25 on only" in later.findings[-1].message


@pytest.mark.parametrize(
    ("verdict", "last", "wanted"),
    [
        (Verdict.FAIL, TODAY, Verdict.WAIVED),
        (Verdict.FAIL, TODAY - DAY, Verdict.FAIL),
        (Verdict.NOT_PROVEN, TODAY, Verdict.ATTESTED),
        (Verdict.NOT_PROVEN, TODAY - DAY, Verdict.NOT_PROVEN),
        (Verdict.STALE, TODAY, Verdict.STALE),
        (Verdict.PASS, TODAY, Verdict.PASS),
    ],
)
def test_a_waiver_and_an_attestation_hold_to_their_last_day_and_no_longer(
    verdict: Verdict, last: date, wanted: Verdict
) -> None:
    stated = Statements(
        (Waiver("C-GV-01", "r", "o", "a", last),), (Attestation("C-GV-01", "s", "b", date(2026, 1, 1), last),)
    )
    found = apply(result(verdict), stated, TODAY)
    assert found.verdict is wanted
    assert ("does nothing any more" in str(found.findings)) == (last < TODAY)
