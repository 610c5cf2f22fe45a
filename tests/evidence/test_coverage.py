"""The calendar of coverage: which days which artefact covers, where the gaps are, and the same in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from lxml import etree

from evidence.core import coverage
from evidence.core.demands import Settings
from evidence.core.facts import Artefact, Evidence, ServerLogFacts, StatusFacts
from evidence.core.results import Result, Verdict
from evidence.core.waivers import Attestation

BEGIN, END = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 7, 31, tzinfo=UTC)
SETTINGS = Settings(now=datetime(2026, 8, 15, tzinfo=UTC), observed_from=BEGIN, observed_to=END)


def log(name: str, first: int, last: int) -> Artefact:
    facts = ServerLogFacts(
        first=datetime(2026, 7, first, 8, tzinfo=UTC), last=datetime(2026, 7, last, 9, tzinfo=UTC), records=2, events=()
    )
    return Artefact(name=name, sha256=name, size=1, kind="server_log", facts=facts)


def status(name: str, day: datetime) -> Artefact:
    facts = StatusFacts(
        origin="status", seal_type="pkcs11", initialized=True, sealed=False, threshold=3, shares=5, version=None,
        recovery_seal=True, recovery_seal_type=None, storage_type=None, ha_enabled=None, at=day,
    )  # fmt: skip
    return Artefact(name=name, sha256=name, size=1, kind="status", facts=facts)


def result(control: str, *artefacts: Artefact, verdict: Verdict = Verdict.PASS) -> Result:
    return Result(control, "A control", verdict, "because", artefacts=tuple(one.sha256 for one in artefacts))


def row(*artefacts: Artefact, attestations: tuple[Attestation, ...] = ()) -> coverage.Row:
    made = coverage.calendar([result("C-ST-01", *artefacts)], Evidence(artefacts), SETTINGS, attestations=attestations)
    return made.rows[0]


@pytest.mark.parametrize(
    ("logs", "covered", "gaps"),
    [
        ([(1, 31)], 31, []),
        ([(1, 10), (11, 31)], 31, []),
        ([(1, 10), (5, 31)], 31, []),
        ([(3, 10), (20, 25)], 14, [(1, 2), (11, 19), (26, 31)]),
        ([(20, 25), (3, 10)], 14, [(1, 2), (11, 19), (26, 31)]),
        ([(1, 31), (5, 6)], 31, []),
        ([], 0, [(1, 31)]),
    ],
)
def test_days_without_a_record_are_gaps_whatever_the_order_of_the_logs(
    logs: list[tuple[int, int]], covered: int, gaps: list[tuple[int, int]]
) -> None:
    found = row(*(log(f"{first}-{last}.log", first, last) for first, last in logs))
    assert found.covered == covered
    assert found.gaps == tuple((date(2026, 7, first), date(2026, 7, last)) for first, last in gaps)


def test_a_capture_counts_from_its_day_for_as_long_as_captures_count() -> None:
    inside = row(status("s.json", datetime(2026, 7, 11, tzinfo=UTC)))
    assert (inside.covered, inside.gaps) == (21, ((date(2026, 7, 1), date(2026, 7, 10)),))
    before = row(status("s.json", BEGIN - timedelta(days=80)))
    assert before.gaps == ((date(2026, 7, 12), date(2026, 7, 31)),)
    assert row(status("s.json", BEGIN - timedelta(days=200))).spans == ()
    assert inside.spans[0].how == coverage.COUNTS


def test_a_declared_period_covers_its_days_and_an_attestation_its_own_as_a_word() -> None:
    declared = Artefact(
        name="drill.txt", sha256="d", size=1, kind="opaque",
        observed_from=datetime(2026, 7, 1, tzinfo=UTC), observed_to=datetime(2026, 7, 5, tzinfo=UTC),
    )  # fmt: skip
    word = Attestation("C-ST-01", "it ran", "Vera", date(2026, 7, 6), date(2026, 12, 31))
    other = Attestation("C-ST-02", "else", "Vera", date(2026, 7, 1), date(2026, 12, 31))
    found = row(declared, attestations=(word, other))
    assert found.covered == 31
    assert [span.how for span in found.spans] == [coverage.LOG, coverage.WORD]


def test_without_a_declared_period_the_last_ninety_days_are_shown() -> None:
    made = coverage.calendar([result("C-ST-01")], Evidence(()), Settings(now=datetime(2026, 8, 15, tzinfo=UTC)))
    assert (made.begin, made.end, made.days) == (date(2026, 5, 18), date(2026, 8, 15), 90)


def test_a_control_that_does_not_apply_has_no_row() -> None:
    results = [result("C-ST-01"), result("C-ST-03", verdict=Verdict.NOT_APPLICABLE)]
    assert [one.control for one in coverage.calendar(results, Evidence(()), SETTINGS).rows] == ["C-ST-01"]


def test_proof_is_missing_since_the_day_after_the_last_covered_one_or_since_the_work_began() -> None:
    begun = datetime(2026, 5, 2, tzinfo=UTC)
    end = END.date()
    assert coverage.since(row(log("a.log", 3, 10)), begun, end) == date(2026, 7, 11)
    assert coverage.since(row(), begun, end) == date(2026, 5, 2)
    assert coverage.since(row(log("a.log", 3, 31)), begun, end) == date(2026, 5, 2)


def test_the_drawing_says_in_words_what_its_bars_show() -> None:
    artefacts = (log("a.log", 3, 10), status("s<b>.json", datetime(2026, 7, 1, tzinfo=UTC)))
    results = [result("C-ST-01", artefacts[0]), result("C-ST-04", artefacts[1]), result("C-AU-03")]
    made = coverage.calendar(results, Evidence(artefacts), SETTINGS)
    drawn = etree.fromstring(coverage.svg(made).encode())
    said = drawn.findtext("{*}desc")
    assert "1 of 3 controls are covered on each of the 31 days." in said
    assert "C-ST-01: 8 of 31 days, by a.log 2026-07-03 to 2026-07-10 (recorded). Gaps: 2026-07-01" in said
    assert "C-AU-03: nothing covers any of the 31 days." in said
    assert len(drawn.findall("{*}rect[@class='log']")) == 1
    assert len(drawn.findall("{*}rect[@class='gap']")) == 3
    right = max(float(one.get("x")) + float(one.get("width")) for one in drawn.findall("{*}rect"))
    assert right <= coverage.RIGHT + 0.1
    assert coverage.svg(made) == coverage.svg(made)
    assert "style=" not in coverage.svg(made)


@dataclass(frozen=True)
class _Log:
    first: datetime
    last: datetime


def test_facts_of_a_kind_that_this_module_never_saw_cover_the_range_that_they_state() -> None:
    facts = _Log(datetime(2026, 7, 2, tzinfo=UTC), datetime(2026, 7, 4, tzinfo=UTC))
    assert row(Artefact(name="x", sha256="x", size=1, kind="snapshot_log", facts=facts)).covered == 3


def test_what_is_too_old_to_count_is_told_apart_by_the_window_of_its_kind() -> None:
    old = status("old.json", END - timedelta(days=91))
    young = status("young.json", END - timedelta(days=90))
    undated = Artefact(name="note.txt", sha256="n", size=1, kind="opaque")
    found = coverage.ages(Evidence((young, log("a.log", 3, 10), old, undated)), SETTINGS)
    assert [(one.source, one.days, one.stale) for one in found] == [
        ("old.json", 91, True),
        ("young.json", 90, False),
        ("a.log", 20, False),
    ]
