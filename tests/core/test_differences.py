"""What differs between two decisions, and which rule did it."""

from __future__ import annotations

from typing import Any

from seal_advisor.core.differences import Cause, StateChange, difference


def reason(rule: str) -> dict[str, Any]:
    return {"rule": rule, "why": f"Because of {rule}."}


def concern(rule: str, severity: int) -> dict[str, Any]:
    return {"rule": rule, "criterion": "cost", "severity": severity, "why": f"Weighs {severity}."}


def option(name: str, state: str, *reasons: str, concerns: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {
        "id": name,
        "title": name.upper(),
        "state": state,
        "reasons": [reason(one) for one in reasons],
        "concerns": list(concerns),
    }


def decision(*options: dict[str, Any]) -> dict[str, Any]:
    best = [one["id"] for one in options if one["state"] == "recommended"]
    return {"status": "recommended" if best else "none", "recommended": best, "options": list(options)}


def test_the_same_decision_has_no_difference() -> None:
    same = decision(option("a", "recommended"), option("b", "excluded", "R1"))
    found = difference(same, same)
    assert (found.changed, found.states, found.causes) == (False, (), ())


def test_another_reason_for_the_same_result_is_no_change() -> None:
    found = difference(
        decision(option("a", "recommended"), option("b", "excluded", "R1")),
        decision(option("a", "recommended"), option("b", "excluded", "R2")),
    )
    assert (found.changed, found.causes) == (False, ())


def test_a_changed_result_names_the_rules_that_did_it_and_no_other() -> None:
    found = difference(
        decision(option("a", "recommended"), option("b", "excluded", "R1"), option("c", "excluded", "R5")),
        decision(option("a", "excluded", "R9"), option("b", "recommended"), option("c", "excluded", "R6")),
    )
    assert found.changed
    assert found.states == (
        StateChange("a", "A", "recommended", "excluded"),
        StateChange("b", "B", "excluded", "recommended"),
    )
    assert found.causes == (
        Cause("R9", "now excludes", "a", "A", "Because of R9."),
        Cause("R1", "no longer excludes", "b", "B", "Because of R1."),
    )


def test_a_concern_that_weighs_more_is_a_cause_when_it_turns_the_ranking() -> None:
    found = difference(
        decision(option("a", "recommended", concerns=(concern("R1", 1),)), option("b", "possible")),
        decision(option("a", "possible", concerns=(concern("R1", 3),)), option("b", "recommended")),
    )
    assert [(one.rule, one.effect, one.why) for one in found.causes] == [
        ("R1", "now weighs against", "Weighs 3."),
        ("R1", "no longer weighs against", "Weighs 1."),
    ]


def test_an_option_that_one_side_does_not_have_is_a_difference() -> None:
    found = difference(
        decision(option("a", "recommended")), decision(option("a", "recommended"), option("b", "excluded", "R1"))
    )
    assert found.states == (StateChange("b", "B", None, "excluded"),)
