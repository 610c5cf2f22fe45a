"""A meeting as values: what comes first, who outvotes whom, what makes a sign-off lapse, and minutes that are text."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from evidence.core.facts import Artefact, ConfigFacts, Declared, Evidence
from evidence.core.meeting import agenda, lapse, minutes, votes
from evidence.core.meeting.votes import Condition, Vote
from evidence.core.parsers.vault_config import parse as parse_config
from evidence.core.results import Result, Verdict
from seal_advisor.core import ruleset
from seal_advisor.core.answers import parse
from seal_advisor.core.explain import explain
from seal_advisor.core.rules import load

RULES = load(ruleset.current())
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def result(control: str, verdict: Verdict) -> Result:
    return Result(control, f"Title of {control}", verdict, "because")


def items(answers: dict[str, str], **more: object) -> list[str]:
    said = parse({"answers": answers, "unsure": ["boundary"] if "boundary" in answers else []}, RULES)
    return [f"{one.kind} {one.subject}" for one in agenda.agenda(explain(RULES, said), RULES, **more)]  # type: ignore[arg-type]


def test_what_stops_the_decision_comes_first() -> None:
    found = items(
        {"boundary": "dedicated_hsm", "platform": "vault_community"},
        results=[result("C-TL-01", Verdict.PASS), result("C-DR-01", Verdict.STALE), result("C-TL-02", Verdict.FAIL),
                 result("C-HD-02", Verdict.WAIVED)],
        remarks=[agenda.OpenRemark("r1", "answer:hsm", "Which one?", "rita")],
        received_since=2,
    )  # fmt: skip
    kinds = [line.split()[0] for line in found]
    assert kinds == sorted(kinds, key=agenda.KINDS.index)
    assert kinds[0] == "conflict"
    assert "red_control control:C-TL-02" in found
    assert "stale control:C-DR-01" in found
    assert "waiver control:C-HD-02" in found
    assert "unsure answer:boundary" in found
    assert "remark remark:r1" in found
    assert found[-1] == "new_evidence evidence"
    assert not any("C-TL-01" in line for line in found)


def test_a_decision_that_nothing_stops_has_an_empty_agenda() -> None:
    settled = {one.id: one.values[0].id for one in RULES.questions if one.core and one.values}
    kinds = {line.split()[0] for line in items({**settled, "rto": "PT4H", "rpo": "PT4H"})}
    assert "open_question" not in kinds


def vote(who: str, choice: str, reason: str = "") -> Vote:
    return Vote(who, choice, reason, NOW)


@pytest.mark.parametrize(
    ("cast", "quorum", "approved"),
    [
        ([], 1, False),
        ([vote("a", "approve")], 1, True),
        ([vote("a", "approve")], 2, False),
        ([vote("a", "approve"), vote("b", "abstain")], 2, True),
        ([vote("a", "approve"), vote("b", "reject", "no")], 2, False),
        ([vote("a", "approve"), vote("b", "conditions"), vote("c", "reject", "no")], 3, True),
        ([vote("a", "abstain"), vote("b", "abstain")], 2, False),
        ([vote("a", "approve"), vote("a", "reject", "no")], 1, False),
    ],
)
def test_approved_needs_the_quorum_and_more_for_than_against(cast: list[Vote], quorum: int, approved: bool) -> None:
    assert votes.tally(cast, quorum).approved is approved


def test_dissent_is_whose_last_vote_is_against() -> None:
    cast = [vote("a", "reject", "no"), vote("b", "reject", "never"), vote("a", "approve")]
    assert [one.reason for one in votes.dissent(cast)] == ["never"]


def config(minimum: str) -> ConfigFacts:
    text = f'seal "pkcs11" {{\n  lib = "/l.so"\n}}\nlistener "tcp" {{\n  tls_min_version = "{minimum}"\n}}\n'
    return parse_config(text, Declared(product="vault"))


def basis(verdict: Verdict, minimum: str = "tls12") -> lapse.Basis:
    artefact = Artefact("vault.hcl", "0" * 64, 1, "vault_config", facts=config(minimum), node="a")
    return lapse.basis("sha", [result("C-CM-01", verdict)], Evidence((artefact,)))


@pytest.mark.parametrize(
    ("then", "now", "falls"),
    [
        (Verdict.PASS, Verdict.PASS, False),
        (Verdict.PASS, Verdict.FAIL, True),
        (Verdict.ATTESTED, Verdict.STALE, True),
        (Verdict.WAIVED, Verdict.FAIL, True),
        (Verdict.FAIL, Verdict.FAIL, False),
        (Verdict.NOT_PROVEN, Verdict.FAIL, False),
        (Verdict.PASS, Verdict.WARN, False),
    ],
)
def test_a_control_that_held_and_falls_makes_it_lapse(then: Verdict, now: Verdict, falls: bool) -> None:
    assert bool(lapse.lapses(basis(then), basis(now))) is falls


def test_drift_and_another_decision_are_named() -> None:
    found = lapse.lapses(basis(Verdict.PASS), basis(Verdict.PASS, "tls10"), otherwise="No option satisfies.")
    assert found[0] == "The ruleset has changed and decides otherwise: No option satisfies."
    assert "a: listener.tcp.tls_min_version was tls12 and is tls10" in found[1]


def test_many_reasons_are_counted_not_poured_out() -> None:
    held = lapse.Basis("s", {f"C-{n}": (f"T{n}", "pass", "") for n in range(9)}, {})
    fallen = lapse.Basis("s", {f"C-{n}": (f"T{n}", "fail", "x") for n in range(9)}, {})
    found = lapse.lapses(held, fallen)
    assert (len(found), found[-1]) == (6, "and 4 more controls")


CONDITION = Condition("a | b", "alice", date(2026, 12, 1))


def meeting(**changes: object) -> minutes.Meeting:
    given = {
        "design": "Payments <b>|</b>", "number": 1, "revision": 3, "sentence": "Keep it.", "decision_sha256": "d" * 64,
        "ruleset": "2026.11.0", "ruleset_sha256": "e" * 64, "authors": ("alice",), "opened_by": "alice",
        "opened_at": NOW, "quorum": 1, "agenda": (), "threads": (), "evidence": (), "closed_by": "rita",
        "closed_at": NOW, "votes": (Vote("rita", "conditions", "", NOW, (CONDITION,)),),
    }  # fmt: skip
    return minutes.Meeting(**{**given, **changes})  # type: ignore[arg-type]


def test_minutes_are_text_whatever_people_wrote() -> None:
    text = minutes.minutes(meeting())
    assert "# Minutes: review 1 of Payments \\<b\\>\\|\\</b\\>" in text
    assert "| a \\| b | alice | 2026-12-01 |" in text
    assert "Approved with conditions (1 for, 0 against, 0 abstained; quorum 1)." in text
    assert "No evidence: the answers and the decision alone were reviewed." in text


def test_the_record_says_what_the_minutes_say() -> None:
    record = minutes.document(meeting())
    assert record["approved"] is True
    assert record["votes"][0]["conditions"] == [{"text": "a | b", "owner": "alice", "due": "2026-12-01"}]
    assert minutes.document(meeting(quorum=2))["approved"] is False
