"""Every explanation is exact: each is compared with what enumeration finds on small random rulesets."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations, product

from hypothesis import assume, given, settings

from seal_advisor.core import boxes, changes, explain, rules, scales
from seal_advisor.core import ruleset as texts
from seal_advisor.core.answers import Answers, parse
from tests.core import random_rulesets as again

THOROUGH = settings(max_examples=80, deadline=None, derandomize=True)
EXCLUSIONS = ("exclude",)


def subsets(names: Iterable[str]) -> list[tuple[str, ...]]:
    names = sorted(names)
    return [chosen for count in range(len(names) + 1) for chosen in combinations(names, count)]


def minimal(found: list[tuple[str, ...]]) -> set[tuple[str, ...]]:
    return {one for one in found if not any(set(other) < set(one) for other in found)}


def within(value: str, ranges: list[dict[str, str]]) -> bool:
    number = scales.duration(value)
    tests = {
        "at_least": lambda bound: number >= bound,
        "above": lambda bound: number > bound,
        "at_most": lambda bound: number <= bound,
        "below": lambda bound: number < bound,
    }
    return any(all(tests[word](scales.duration(text)) for word, text in one.items()) for one in ranges)


def allowed(change: changes.Change, question: str) -> list[str]:
    if question in change.ranges:
        return [value for value in again.DURATIONS if within(value, change.ranges[question])]
    return change.answers[question]


def admitting(case: again.Case, option: str) -> dict[tuple[str, ...], set[tuple[str, ...]]]:
    """Minimal set of changed answers -> the combinations of new answers that admit the option."""
    changeable = {*case.values, "server"}
    found: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for chosen in subsets(changeable):
        if any(set(smaller) < set(chosen) for smaller in found):
            continue
        good = {
            values
            for values in product(*(again.VALUES[question] for question in chosen))
            if again.state(case.plain, option, {**case.values, **dict(zip(chosen, values, strict=True))}) != "excluded"
        }
        if good:
            found[chosen] = good
    return found


@settings(THOROUGH, max_examples=40)
@given(again.cases(complete=True, effects=EXCLUSIONS))
def test_changes_are_all_minimal_sets_with_all_their_answers(case: again.Case) -> None:
    explanation = explain.explain(case.ruleset, case.answers)
    for option in again.OPTIONS:
        if again.state(case.plain, option, case.values) != "excluded":
            assert explanation.changes[option] == ()
            continue
        found: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
        for change in explanation.changes[option]:
            chosen = tuple(sorted(change.answers))
            good = found.setdefault(chosen, set())
            good |= set(product(*(allowed(change, question) for question in chosen)))
        assert found == admitting(case, option)


@THOROUGH
@given(again.cases(effects=EXCLUSIONS))
def test_any_combination_of_the_listed_answers_admits_the_option(case: again.Case) -> None:
    for option, found in explain.explain(case.ruleset, case.answers).changes.items():
        for change in found:
            for values in product(*change.answers.values()):
                changed = {**case.values, **dict(zip(change.answers, values, strict=True))}
                assert rules.decide(case.ruleset, Answers("1", changed)).option(option).state != "excluded"


def leaves_none(case: again.Case, kept: tuple[str, ...]) -> bool:
    values = {question: case.values[question] for question in kept}
    freed = tuple(question for question in case.values if question not in kept)
    return all(
        all(again.excluded_in(case.plain, option, full) for option in again.OPTIONS)
        for full in again.completions(values, freed)
    )


@settings(THOROUGH, max_examples=60)
@given(again.cases(complete=True, effects=EXCLUSIONS))
def test_conflicts_are_all_minimal_sets_that_leave_no_option(case: again.Case) -> None:
    explanation = explain.explain(case.ruleset, case.answers)
    if explanation.decision.status != "none":
        assert explanation.conflicts == ()
        return
    found: list[tuple[str, ...]] = []
    for kept in subsets(case.values):
        if not any(set(smaller) <= set(kept) for smaller in found) and leaves_none(case, kept):
            found.append(kept)
    assert set(explanation.conflicts) == set(found)
    assert explanation.because == explanation.conflicts[0]


@THOROUGH
@given(again.cases(complete=True) | again.cases())
def test_because_yields_the_result_whatever_the_other_answers_are(case: again.Case) -> None:
    explanation = explain.explain(case.ruleset, case.answers)
    status, recommended = explanation.decision.status, explanation.decision.recommended
    assume(recommended)
    kept = {question: case.values[question] for question in explanation.because}
    alone = rules.decide(case.ruleset, Answers("1", kept))
    assert (alone.status, alone.recommended) == (status, recommended)
    freed = [question for question in case.values if question not in kept]
    for chosen in product(*([*again.VALUES[question], None] for question in freed)):
        told = {**kept, **dict(zip(freed, chosen, strict=True))}
        decision = rules.decide(case.ruleset, Answers("1", told))
        assert (decision.status, decision.recommended) == (status, recommended)


@THOROUGH
@given(again.cases(complete=True, effects=EXCLUSIONS))
def test_no_answer_in_because_can_be_spared(case: again.Case) -> None:
    explanation = explain.explain(case.ruleset, case.answers)
    wanted = explanation.decision.status, explanation.decision.recommended
    assume(wanted[1])
    for spared in explanation.because:
        kept = {question: case.values[question] for question in explanation.because if question != spared}
        freed = tuple(question for question in case.values if question not in kept)
        assert any(
            again.result(case.plain, {name: value for name, value in full.items() if value is not None})[:2] != wanted
            for full in again.completions(kept, freed)
        )


@THOROUGH
@given(again.cases())
def test_an_irrelevant_question_changes_no_completion(case: again.Case) -> None:
    explanation = explain.explain(case.ruleset, case.answers)
    unanswered = [question for question in again.CORE if question not in case.values]
    assert {*explanation.still_open, *explanation.irrelevant} == set(unanswered)
    for question in explanation.irrelevant:
        results: dict[tuple[tuple[str, str | None], ...], set[object]] = {}
        for full in again.completions(case.values):
            rest = tuple((name, value) for name, value in full.items() if name != question)
            told = {name: value for name, value in full.items() if value is not None}
            decision = rules.decide(case.ruleset, Answers("1", told))
            results.setdefault(rest, set()).add((decision.status, decision.recommended))
        assert all(len(one) == 1 for one in results.values())


@THOROUGH
@given(again.cases())
def test_the_next_question_is_one_that_matters(case: again.Case) -> None:
    explanation = explain.explain(case.ruleset, case.answers)
    if explanation.next_question is None:
        assert explanation.still_open == ()
    else:
        assert explanation.next_question in explanation.still_open


@THOROUGH
@given(again.cases())
def test_robustness_is_every_single_answer_that_changes_the_result(case: again.Case) -> None:
    explanation = explain.explain(case.ruleset, case.answers)
    now = explanation.decision.status, explanation.decision.recommended
    expected: dict[tuple[str, str], set[str]] = {}
    for question, values in again.VALUES.items():
        for value in values:
            status, recommended, _ = again.result(case.plain, {**case.values, question: value})
            if (status, recommended) != now:
                expected.setdefault((question, f"{status} {recommended}"), set()).add(value)
    found = {(flip.question, f"{flip.status} {flip.recommended}"): set(flip.values) for flip in explanation.robustness}
    assert set(found) == set(expected)
    assert all(found[key] == values for key, values in expected.items() if key[0] != "rto")
    assert set(explanation.idle) == set(case.values) - {question for question, _ in expected}


@THOROUGH
@given(again.cases())
def test_what_is_decided_no_completion_moves(case: again.Case) -> None:
    explanation = explain.explain(case.ruleset, case.answers)
    states = {option: again.state(case.plain, option, case.values) for option in again.OPTIONS}
    assert dict(explanation.decided) == {option: state for option, state in states.items() if state != "open"}


def test_hitting_sets_of_an_empty_set_do_not_exist() -> None:
    assert boxes.hitting_sets([]) == [0]
    assert boxes.hitting_sets([0b01, 0]) == []
    assert sorted(boxes.hitting_sets([0b011, 0b101, 0b110])) == [0b011, 0b101, 0b110]


RULESET = rules.load(texts.current())
EXAM = {
    "fips_level": "l3",
    "boundary": "dedicated_hsm",
    "unattended_start": "required",
    "operator_keys": "forbidden",
    "platform": "vault_enterprise_hsm",
    "hsm": "clustered",
}


def told(**values: str) -> explain.Explanation:
    return explain.explain(RULESET, parse({"answers": values}, RULESET))


def test_the_exam_question_yields_the_hsm_and_the_boundary_is_why_not_the_kms() -> None:
    explanation = told(**EXAM)
    assert (explanation.decision.status, explanation.decision.recommended) == ("recommended", ("pkcs11",))
    assert "boundary" in explanation.because
    kms = explanation.decision.option("cloud_kms")
    assert any("boundary" in reason.answers for reason in kms.reasons)
    assert [change.answers for change in explanation.changes["cloud_kms"]] == [
        {"boundary": ["anywhere", "validated_module", "shared_hsm"]}
    ]


def test_the_ordinary_enterprise_build_names_the_hsm_build_as_the_way_to_pkcs11() -> None:
    explanation = told(**{**EXAM, "platform": "vault_enterprise"})
    assert explanation.decision.status == "none"
    assert ("boundary", "platform") in explanation.conflicts
    assert "vault_enterprise_hsm" in explanation.changes["pkcs11"][0].answers["platform"]


def test_every_key_of_the_contract_is_there_for_every_status() -> None:
    statuses = set()
    for values in ({}, EXAM, {"boundary": "dedicated_hsm", "platform": "vault_community"}):
        document = explain.document(RULESET, parse({"answers": values}, RULESET))
        statuses.add(document["status"])
        promised = ("ruleset", "recommended", "options", "because", "conflicts", "obligations", "warnings")
        assert all(key in document for key in (*promised, "next_question"))
        for option in document["options"]:  # type: ignore[attr-defined]
            assert all(key in option for key in ("id", "state", "reasons", "concerns", "changes"))
    assert statuses == {"open", "recommended", "none"}


def test_the_record_quotes_users_text_without_letting_it_become_markup() -> None:
    answers = parse({"answers": EXAM, "notes": {"hsm": "a | b\n# c <script>", "boundary": "`x` | y"}}, RULESET)
    record = explain.markdown(RULESET, answers)
    assert record.startswith("# ")
    assert "a \\| b \\# c \\<script\\>" in record
    assert "\\`x\\` \\| y" in record
    assert "\n# c" not in record
