"""House rules lie over a release; whether they are weaker anywhere is computed, and no option gains unsaid."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from seal_advisor.core import documents, explain, history, house, prove, rules
from seal_advisor.core import ruleset as texts
from seal_advisor.core.answers import parse
from seal_advisor.core.rules import Ruleset, RulesetError
from tests.core import random_rulesets as again

ROOT = Path(__file__).resolve().parents[2]
BANK = {"example-bank.toml": (ROOT / "tests/data/house/example-bank.toml").read_text(encoding="utf-8")}
HEAD = '[house]\nname = "Bank"\nversion = "1"\n'
SOURCE = '[source.policy]\ntitle = "Policy"\naddress = "https://bank.example/"\nread = 2026-11-20\n'
RULE = 'effect = "exclude"\noptions = ["shamir"]\nwhen.clusters = "many"\nwhy = "w"\nsource = "policy"\n'
GIVEN = {"boundary": "anywhere", "clusters": "many", "operator_keys": "allowed"}


def laid(*parts: str) -> Ruleset:
    return rules.load(house.overlay(texts.current(), {"bank.toml": "".join(parts)}))


def said(ruleset: Ruleset) -> tuple[list[str], list[str]]:
    """(stricter, weaker) as lines."""
    assert ruleset.house is not None
    sides = (ruleset.house.stricter, ruleset.house.weaker)
    stricter, weaker = ([f"{one.rule} {one.what}" for one in side] for side in sides)
    return stricter, weaker


LOWER = '[setting.rto_on_call]\nvalue = "PT20M"\nwhy = "w"\n'
LESS = (
    'replaces = ["R027"]\n' + SOURCE + "[rule.R027]\n" + RULE.replace('clusters = "many"', 'boundary = "dedicated_hsm"')
)
COVERED = (
    'removes = ["R027"]\n' + SOURCE + "[rule.H001]\n" + RULE.replace('clusters = "many"', 'boundary = "shared_hsm"')
)
HOLDERS = "key_holders: `office_hours` or `on_call`"
BAND = "rto: at least `PT20M` and below `PT30M`"
FEED = "The HSM's audit log goes to the security operations centre within a day."


def test_the_example_says_what_it_adds_and_is_weaker_nowhere() -> None:
    assert said(rules.load(house.overlay(texts.current(), BANK))) == (
        [
            f"R039 excludes Manual unseal (Shamir) where {HOLDERS}; rto: at least `PT30M` and below `PT45M`",
            "H001 excludes Manual unseal (Shamir) where clusters: `many`",
            f"H002 demands where boundary: `shared_hsm` or `dedicated_hsm`: {FEED}",
        ],
        [],
    )


@pytest.mark.parametrize(
    ("parts", "weaker"),
    [
        ('removes = ["R027"]\n', ["R027 no longer excludes Manual unseal (Shamir) where boundary: `shared_hsm`"]),
        (LOWER, [f"R039 no longer excludes Manual unseal (Shamir) where {HOLDERS}; {BAND}"]),
        (LESS, ["R027 no longer excludes Manual unseal (Shamir) where boundary: `shared_hsm`"]),
        (COVERED, []),
    ],
    ids=["removed", "lower threshold", "replaced by less", "removed, and covered by a rule of the house"],
)  # fmt: skip
def test_weaker_is_what_the_release_excludes_and_the_house_does_not(parts: str, weaker: list[str]) -> None:
    assert [line for line in said(laid(HEAD, parts))[1] if "exclude" in line] == weaker


def test_a_warning_or_duty_that_is_taken_away_or_reworded_is_said() -> None:
    for effect in ("warn", "oblige", "concern"):
        rule = next(one for one in rules.load(texts.current()).rules if one.effect == effect)
        assert [line for line in said(laid(HEAD, f'removes = ["{rule.id}"]\n'))[1] if line.startswith(rule.id)]
    reworded = 'effect = "warn"\nwhy = "All is well."\nsource = "policy"\n'
    warning = next(one for one in rules.load(texts.current()).rules if one.effect == "warn")
    lines = said(laid(HEAD, f'replaces = ["{warning.id}"]\n', SOURCE, f"[rule.{warning.id}]\n", reworded))[1]
    assert any(line.startswith(f"{warning.id} no longer warns") and warning.why in line for line in lines)


@pytest.mark.parametrize(("severity", "weaker"), [(1, True), (2, False), (3, False)])
def test_a_concern_that_is_rewritten_is_weaker_only_when_it_weighs_less(severity: int, weaker: bool) -> None:
    """The released R028 speaks against two options with severity 2."""
    concern = f'effect = "concern"\ncriterion = "regulatory"\nseverity = {severity}\noptions = ["shamir", "transit"]\n'
    rule = f'[rule.R028]\n{concern}when.boundary = "validated_module"\nwhy = "w"\nsource = "policy"\n'
    lines = said(laid(HEAD, 'replaces = ["R028"]\n', SOURCE, rule))[1]
    assert any(line.startswith("R028 no longer speaks against") for line in lines) == weaker


def test_a_rule_that_followed_a_removed_one_stands_for_itself() -> None:
    follower = next(one for one in rules.load(texts.current()).rules if one.follows)
    ruleset = laid(HEAD, f'removes = ["{follower.follows}"]\n')
    assert [one.follows for one in ruleset.rules if one.id == follower.id] == [""]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (SOURCE, "house/bank.toml: [house] with name and version is missing"),
        ('[house]\nname = "Bank"\n', "[house]: 'version' is missing"),
        ('[house]\nname = "a\\nb"\nversion = "1"\n', "[house]: 'name' must be one line"),
        (HEAD + "[rule.R027]\n" + RULE + SOURCE, "rule R027: stands already in rules_key.toml; list it in [house]"),
        (HEAD + "[rule.R999]\n" + RULE + SOURCE, "rule R999: R and digits are the released rulesets' ids"),
        (HEAD + 'removes = ["R9999"]\n', "[house] removes: no rule 'R9999'"),
        (HEAD + 'replaces = ["R027"]\n', "[house] replaces: no [rule.R027] stands in the house's files"),
        (HEAD + "removes = 3\n", "[house] removes must be a list"),
        (HEAD + "[rule.H001]\n" + RULE, "house/bank.toml: rule H001: no source 'policy'"),
        (HEAD + SOURCE + "[rule.H001]\n" + RULE.replace("many", "mani"), "no value 'mani'; did you mean 'many'?"),
        (HEAD + "[question.mine]\n", "house/bank.toml: no table 'question'"),
        (HEAD + SOURCE.replace("policy", "vault_seal_concept"), "source vault_seal_concept stands already in"),
        (HEAD + HEAD, "house/bank.toml: "),
    ],
)  # fmt: skip
def test_what_a_house_may_not_hold_is_refused_by_name(parts: str, message: str) -> None:
    with pytest.raises(RulesetError, match=re.escape(message)):
        laid(parts)


@pytest.mark.parametrize("name", ["../bank.toml", "bank.txt", "my rules.toml", "a/b.toml"])
def test_a_file_name_that_no_package_could_hold_is_refused(name: str) -> None:
    with pytest.raises(RulesetError, match="name the file"):
        house.overlay(texts.current(), {name: HEAD})


def test_without_a_house_the_document_says_null_and_the_ruleset_keeps_its_digest() -> None:
    released = rules.load(texts.current())
    document = explain.document(released, parse({"answers": GIVEN}, released))
    assert document["house"] is None
    assert released.sha256 == rules.digest(texts.current())
    assert "house" not in documents.text(explain.explain(released, parse({"answers": GIVEN}, released))).lower()


def test_a_decision_under_a_house_names_it_and_evaluates_again_to_the_same_bytes() -> None:
    ruleset = rules.load(house.overlay(texts.current(), BANK))
    kept: Any = history.stored(ruleset, parse({"answers": GIVEN}, ruleset))
    assert kept["decision"]["house"]["name"] == "Example Bank"
    assert kept["decision"]["ruleset"]["sha256"] != rules.load(texts.current()).sha256
    assert history.reevaluate(kept) == history.canonical(kept["decision"])
    kept["ruleset"]["files"]["house/example-bank.toml"] += "# changed\n"
    with pytest.raises(history.HistoryError, match="does not have its sha256"):
        history.reevaluate(kept)


def test_every_form_says_that_a_house_is_weaker() -> None:
    ruleset = laid(HEAD, 'removes = ["R027"]\n')
    explanation = explain.explain(ruleset, parse({"answers": GIVEN}, ruleset))
    line = "R027 no longer excludes Manual unseal (Shamir)"
    assert "WEAKER than the released rules" in documents.text(explanation)
    assert line in documents.text(explanation)
    record = explain.markdown(ruleset, explanation.decision.answers)
    assert "WEAKER than the released rules" in record
    assert f"**Weaker:** {line}" in record


def test_lint_holds_the_house_to_its_own_rules_and_only_remarks_on_released_ones() -> None:
    assert [one.kind for one in prove.lint(rules.load(house.overlay(texts.current(), BANK)))] == ["remark"]
    twice = laid(HEAD, SOURCE, "[rule.H001]\n", RULE.replace('clusters = "many"', 'boundary = "shared_hsm"'))
    errors = [one for one in prove.lint(twice) if one.kind == "error"]
    assert [(one.where, one.what) for one in errors] == [
        ("house/bank.toml: rule H001", "redundant: other exclusions cover it for every option")
    ]


def test_the_example_in_the_guide_is_what_the_program_says() -> None:
    guide = (ROOT / "docs/house-rules.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    printed = re.findall(r"```text\n(.*?)```", guide, re.DOTALL)[0]
    ruleset = rules.load(house.overlay(texts.current(), {"bank.toml": example}))
    assert printed.splitlines() == documents.house_lines(ruleset.house)


# Between every two thresholds that a random rule can draw there is one of these, so that no band is left out.
RTO = (*again.DURATIONS, "PT10M", "PT40M", "PT50M", "P1D", "P3D")
SPANS: dict[str, tuple[str | None, ...]] = {**again.VALUES, "rto": RTO, "maker": (*again.VALUES["maker"], None)}
PLAIN = again.plain_rules(("exclude", "exclude", "concern"))


@dataclass(frozen=True)
class Overlaid:
    """base: the released rules; held: those that hold in the house; ruleset: the release with the house over it."""

    base: tuple[again.Plain, ...]
    held: tuple[again.Plain, ...]
    ruleset: Ruleset


@st.composite
def houses(draw: st.DrawFn) -> Overlaid:
    """Released rules; some of them removed, some replaced, some added."""
    base = tuple(draw(st.lists(PLAIN, min_size=1, max_size=5)))
    fates = [draw(st.sampled_from(["kept", "kept", "removed", "replaced"])) for _ in base]
    fresh = [draw(PLAIN) if fate == "replaced" else rule for rule, fate in zip(base, fates, strict=True)]
    added = draw(st.lists(PLAIN, max_size=3))
    names = [f"R{number}" for number in range(len(base))]
    listed = {fate: [name for name, one in zip(names, fates, strict=True) if one == fate] for fate in set(fates)}
    text = f"{HEAD}removes = {listed.get('removed', [])}\nreplaces = {listed.get('replaced', [])}\n"
    for number, block in enumerate(again.toml((*fresh, *added)).split("[rule.R")[1:]):
        if number >= len(base):
            text += f"[rule.H{block}"
        elif fates[number] == "replaced":
            text += f"[rule.R{block}"
    held = tuple(rule for rule, fate in zip(fresh, fates, strict=True) if fate != "removed")
    ruleset = rules.load(house.overlay({"random.toml": again.toml(base)}, {"bank.toml": text}))
    return Overlaid(base, (*held, *added), ruleset)


def every(*sides: tuple[again.Plain, ...]) -> list[dict[str, Any]]:
    """Every combination of answers to the questions that any rule asks."""
    asked = sorted({question for side in sides for rule in side for question in rule.when})
    rest = {question: span[0] for question, span in SPANS.items() if question not in asked}
    return [{**rest, **dict(zip(asked, chosen, strict=True))} for chosen in product(*(SPANS[name] for name in asked))]


@settings(max_examples=40, deadline=None)
@given(houses())
def test_weaker_is_said_exactly_where_an_option_gains(case: Overlaid) -> None:
    gains = lighter = False
    for full in every(case.base, case.held):
        for option in again.OPTIONS:
            before, after = (again.excluded_in(side, option, full) for side in (case.base, case.held))
            gains |= before and not after
            if not after:
                weights = (again.weight(side, option, full) for side in (case.base, case.held))
                lighter |= any(one > other for one, other in zip(*weights, strict=True))
    weaker = said(case.ruleset)[1]
    assert any("no longer excludes" in line for line in weaker) == gains
    assert any("no longer speaks against" in line for line in weaker) == lighter


@settings(max_examples=40, deadline=None)
@given(houses(), st.data())
def test_a_house_that_is_only_stricter_admits_no_option_that_the_release_does_not(
    case: Overlaid, data: st.DataObject
) -> None:
    assume(not said(case.ruleset)[1])
    released = rules.load({"random.toml": again.toml(case.base)})
    values = {name: data.draw(st.sampled_from(span)) for name, span in again.VALUES.items() if data.draw(st.booleans())}
    order = {"excluded": 0, "open": 1, "possible": 2, "recommended": 2}
    answers = again.Case(case.base, released, values).answers
    before, after = rules.decide(released, answers), rules.decide(case.ruleset, answers)
    for one, other in zip(before.options, after.options, strict=True):
        assert order[other.state] <= order[one.state]
