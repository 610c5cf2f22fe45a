"""The decision is what enumeration says it is; a ruleset with a wrong word does not load."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from seal_advisor.core import rules
from seal_advisor.core.answers import Answers
from seal_advisor.core.ruleset_types import RulesetError
from tests.core import random_rulesets as again

THOROUGH = settings(max_examples=150, deadline=None, derandomize=True)


@THOROUGH
@given(again.cases())
def test_states_status_and_winners_are_those_of_enumeration(case: again.Case) -> None:
    status, recommended, states = again.result(case.plain, case.values)
    decision = rules.decide(case.ruleset, case.answers)
    assert (decision.status, decision.recommended) == (status, recommended)
    expected = {**states, **dict.fromkeys(recommended, "recommended")}
    assert {option.id: option.state for option in decision.options} == expected


@THOROUGH
@given(again.cases(effects=("exclude",)))
def test_an_excluded_option_has_a_reason_that_quotes_only_given_answers(case: again.Case) -> None:
    for option in rules.decide(case.ruleset, case.answers).options:
        assert bool(option.reasons) == (option.state == "excluded")
        assert bool(option.waiting_for) == (option.state == "open")
        for reason in option.reasons:
            assert reason.answers.items() <= case.values.items()
            assert reason.source.address == "https://example.org/"
        assert not set(option.waiting_for) & set(case.values)


def decided(body: str, **values: str) -> rules.Decision:
    return rules.decide(rules.load({"a.toml": again.HEAD, "b.toml": body}), Answers("1", values))


def rule(name: str, effect: str, more: str, options: str = '["alpha"]') -> str:
    listed = f"options = {options}\n" if options else ""
    return f'[rule.{name}]\neffect = "{effect}"\n{listed}{more}\nwhy = "because"\nsource = "book"\n'


def test_two_exclusions_that_together_leave_no_way_out_exclude() -> None:
    body = rule("A", "exclude", 'when.size = "small"') + rule("B", "exclude", 'when.size = "large"')
    alpha = decided(body).option("alpha")
    assert (alpha.state, [reason.rule for reason in alpha.reasons]) == ("excluded", ["A", "B"])


def test_an_unanswered_refinement_neither_excludes_nor_opens() -> None:
    assert decided(rule("A", "exclude", 'when.maker = "ours"')).option("alpha").state == "recommended"
    assert decided(rule("A", "exclude", 'when.maker = "ours"'), maker="ours").option("alpha").state == "excluded"


def test_an_unanswered_refinement_counts_as_its_absent_value() -> None:
    assert decided(rule("A", "exclude", 'when.server = "none"')).option("alpha").state == "excluded"
    assert decided(rule("A", "exclude", 'when.server = "none"'), server="yes").option("alpha").state == "recommended"


@pytest.mark.parametrize(
    ("bound", "fires"),
    [
        ('below = "PT30M"', {"PT29M59.999999S"}),
        ('at_most = "PT30M"', {"PT29M59.999999S", "PT30M"}),
        ('above = "PT30M"', {"PT30M0.000001S", "P1D"}),
        ('at_least = "PT30M"', {"PT30M", "PT30M0.000001S", "P1D"}),
        ('at_least = "PT30M", below = "P1D"', {"PT30M", "PT30M0.000001S"}),
    ],
)
def test_a_threshold_is_exact_to_the_microsecond(bound: str, fires: set[str]) -> None:
    body = rule("A", "exclude", f"when.rto = {{ {bound} }}")
    tried = ("PT29M59.999999S", "PT30M", "PT30M0.000001S", "P1D")
    assert {value for value in tried if decided(body, rto=value).option("alpha").state == "excluded"} == fires


def test_no_amount_of_lesser_concerns_outweighs_one_in_an_earlier_criterion() -> None:
    body = rule("A", "concern", 'when.size = "small"\ncriterion = "regulatory"\nseverity = 1')
    for number, criterion in enumerate(("recovery", "operations", "cost")):
        body += rule(
            f"B{number}",
            "concern",
            f'when.size = "small"\ncriterion = "{criterion}"\nseverity = 3',
            '["beta", "gamma"]',
        )
    decision = decided(body, size="small")
    assert (decision.status, decision.recommended) == ("tie", ("beta", "gamma"))


def test_a_variant_is_recommended_only_when_every_headline_option_is_excluded() -> None:
    worst = rule("A", "concern", 'criterion = "regulatory"\nseverity = 3', '["alpha", "beta", "gamma"]')
    assert decided(worst).option("delta").state == "possible"
    gone = rule("A", "exclude", 'when.size = "small"', '["alpha", "beta", "gamma"]')
    assert decided(gone, size="small").recommended == ("delta",)
    assert decided(gone).status == "open"


def test_an_option_that_is_still_open_does_not_hold_up_one_that_is_certain() -> None:
    body = rule("A", "exclude", 'when.size = "small"', '["alpha", "beta"]')
    decision = decided(body)
    assert (decision.status, decision.recommended, decision.option("alpha").state) == (
        "recommended",
        ("gamma",),
        "open",
    )


def test_obligations_and_warnings_speak_for_the_chosen_option_only() -> None:
    body = (
        rule("X", "exclude", "", '["beta", "gamma"]')
        + rule("A", "oblige", 'controls = ["C-KB-02"]')
        + rule("B", "oblige", "", '["beta"]')
        + rule("C", "warn", "when.maker = { or_unanswered = true }", "")
        + rule("D", "note", 'outcome = "none"', "")
    )
    decision = decided(body)
    assert [(one.id, one.controls) for one in decision.obligations] == [("A", ("C-KB-02",))]
    assert [one.id for one in decision.option("beta").obligations] == ["B"]
    assert [one.id for one in decision.warnings] == ["C"]
    assert decision.notes == ()
    assert decided(body, maker="ours").warnings == ()


def test_a_pair_of_answers_that_cannot_both_be_true_is_reported() -> None:
    body = rule("A", "inconsistent", 'when.size = "small"\nwhen.depth = "high"', "")
    found = decided(body, size="small", depth="high").contradictions
    assert [(one.id, one.kind, dict(one.answers)) for one in found] == [
        ("A", "contradiction", {"size": "small", "depth": "high"})
    ]
    assert decided(body, size="small").contradictions == ()


WHEN = 'effect = "exclude"\noptions = ["alpha"]\nwhy = "w"\nsource = "book"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (WHEN + 'when.colr = "red"', "rules_key.toml: rule B1: no question 'colr'; did you mean 'colour'?"),
        (WHEN + 'when.colour = "gren"', "rules_key.toml: rule B1: when.colour: no value 'gren'; did you mean 'green'?"),
        (WHEN + "when.colour = { at_leest = 'red' }", "no key 'at_leest'; did you mean 'at_least'?"),
        (WHEN.replace("alpha", "alfa"), "rules_key.toml: rule B1: no option 'alfa'; did you mean 'alpha'?"),
        (WHEN.replace("book", "boook"), "rules_key.toml: rule B1: no source 'boook'; did you mean 'book'?"),
        (WHEN.replace("exclude", "exclud"), "rules_key.toml: rule B1: no effect 'exclud'; did you mean 'exclude'?"),
        (WHEN + "wen.colour = 'red'", "rules_key.toml: rule B1: no key 'wen'; did you mean 'when'?"),
        (WHEN.replace('why = "w"\n', ""), "rules_key.toml: rule B1: 'why' is missing or is no text"),
        (WHEN.replace('source = "book"\n', ""), "rules_key.toml: rule B1: 'source' is missing or is no text"),
        (WHEN.replace('options = ["alpha"]\n', ""), "'options' is missing: which options does it exclude?"),
        (WHEN + "severity = 2", "'severity' belongs to effect concern"),
        (WHEN + "when.rto = '15m'", "when.rto: '15m' is no ISO 8601 duration; did you mean 'PT15M'?"),
        (WHEN + "when.rto = '$rto_hand'", "no setting 'rto_hand'"),
        (WHEN + "when.colour = { above = 'blue' }", "when.colour: no value can meet this condition"),
        (WHEN + "when.colour = []", "an empty list allows nothing"),
        (WHEN + "when.maker = { or_unanswered = true }", "what is unanswered excludes nothing"),
        (WHEN + "when.colour = 3", "when.colour: 3 is no text"),
        (WHEN + "follows = 'B2'", "rules_key.toml: rule B1: follows: no rule 'B2'; did you mean 'B1'?"),
        (WHEN.replace("exclude", "concern") + 'criterion = "cost"', "'severity' must be 1, 2 or 3"),
    ],
)  # fmt: skip
def test_a_wrong_word_in_a_rule_is_refused_with_file_rule_and_nearest_word(text: str, message: str) -> None:
    with pytest.raises(RulesetError) as refused:
        rules.load({"a.toml": again.HEAD, "rules_key.toml": f"[rule.B1]\n{text}\n"})
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.toml": again.HEAD, "b.toml": rule("A", "exclude", ""), "c.toml": rule("A", "exclude", "")},
         "c.toml: rule A stands already in b.toml"),
        ({"a.toml": again.HEAD, "b.toml": "[rules.A]\n"}, "b.toml: no table 'rules'; did you mean 'rule'?"),
        ({"a.toml": again.HEAD, "b.toml": "[rule.A\n"}, "b.toml: Expected ']'"),
        ({"a.toml": again.HEAD, "b.toml": '[ruleset]\nversion = "2"\n'}, "b.toml: [ruleset] stands a second time"),
        ({"a.toml": ""}, "[ruleset] with its version is missing"),
        ({"a.toml": again.HEAD.replace("read = 2026-11-24", 'read = "2026"')}, "source book: 'read' must be the day"),
        ({"a.toml": again.HEAD.replace('absent = "none"', 'absent = "nome"')}, "no value 'nome'; did you mean 'none'?"),
    ],
)  # fmt: skip
def test_a_ruleset_that_is_not_whole_is_refused(files: dict[str, str], message: str) -> None:
    with pytest.raises(RulesetError) as refused:
        rules.load(files)
    assert message in str(refused.value)


def test_the_digest_is_over_names_and_bytes_in_the_order_of_the_names() -> None:
    one, other = {"a.toml": "x", "b.toml": "y"}, {"b.toml": "y", "a.toml": "x"}
    assert rules.digest(one) == rules.digest(other)
    assert (
        len(
            {
                rules.digest(one),
                rules.digest({"a.toml": "xy", "b.toml": ""}),
                rules.digest({"c.toml": "x", "b.toml": "y"}),
            }
        )
        == 3
    )
