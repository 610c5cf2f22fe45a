"""The released rules: each is complete, has a source and a case, and no change to one goes unnoticed.

A case (`tests/data/rules/Rnnn.toml`) says what a rule does, the answers at which it must speak, and answers, each
changed in one place only, at which it must be silent. The cases are judged twice: by the engine, and by the second
opinion beside this file. The mutants of a rule are judged by the latter.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest

from seal_advisor.core import answers as answers_door
from seal_advisor.core import explain, rules
from seal_advisor.core import ruleset as texts
from tests.core.second_opinion import (
    ALL,
    QUESTIONS,
    RULES,
    SETTINGS,
    TABLES,
    agrees,
    holds,
    mutants,
    number,
    same,
)

DATA = Path(__file__).parents[1] / "data"
CASES = {path.stem: tomllib.loads(path.read_text()) for path in sorted((DATA / "rules").glob("*.toml"))}
EXPECTED = tomllib.loads((DATA / "archetypes" / "expected.toml").read_text())

RULESET = rules.load(texts.current())

AUTOMATIC = [option for option in ALL if option != "shamir"]

CORE = {
    "platform": [
        "vault_community",
        "vault_enterprise",
        "vault_enterprise_hsm",
        "openbao_2_6",
        "openbao_2_7",
        "hcp_vault",
    ],
    "fips_level": ["none", "l1", "l2", "l3", "l4"],
    "fips_standard": ["none", "fips_140_2_legacy", "fips_140_3"],
    "fips_scope": ["key_only", "whole_product"],
    "boundary": ["anywhere", "validated_module", "shared_hsm", "dedicated_hsm"],
    "custody": ["provider_held", "customer_managed", "hold_your_own", "own_premises"],
    "operator_keys": ["forbidden", "allowed", "required"],
    "unattended_start": ["required", "preferred", "not_needed"],
    "hosting": ["aws", "azure", "gcp", "oci", "alibaba", "on_premises", "multi_cloud"],
    "connectivity": ["online", "restricted", "air_gapped"],
    "kms": ["none", "software_keys", "hsm_keys", "external_keys"],
    "kms_deletion_guard": ["yes", "no"],
    "hsm": ["none", "budgeted", "single", "clustered"],
    "hsm_skill": ["none", "some", "team"],
    "ops_load": ["minimal", "moderate", "high"],
    "rto": [],
    "rpo": [],
    "dr": ["none", "snapshots", "replication", "multi_region"],
    "key_holders": ["office_hours", "on_call", "around_the_clock"],
    "restarts": ["rare", "monthly", "weekly", "orchestrated"],
    "seal_wrap": ["needed", "not_needed"],
    "dual_control": ["required", "not_required"],
    "clusters": ["one", "few", "many"],
    "budget": ["tens", "hundreds", "thousands", "unlimited"],
    "migrating_from": ["nothing", "shamir", "cloud_kms", "pkcs11", "transit"],
    "pqc_horizon": ["none", "five_years", "ten_years"],
}
ORDERED = [
    *("fips_level", "boundary", "custody", "kms", "hsm", "hsm_skill", "ops_load"),
    *("dr", "key_holders", "restarts", "clusters", "budget", "pqc_horizon"),
]
NEVER_EXCLUDE = {"seal_wrap", "dual_control", "clusters", "pqc_horizon", "migrating_from", "kms_deletion_guard"}


# --- Complete ---------------------------------------------------------------------------------------------------------


def test_the_core_questions_and_values_are_those_of_the_contract() -> None:
    core = {
        id_: [value["id"] for value in question.get("values", [])]
        for id_, question in QUESTIONS.items()
        if question["core"]
    }
    assert core == CORE
    assert [id_ for id_ in CORE if QUESTIONS[id_]["ordered"] and QUESTIONS[id_]["kind"] == "choice"] == ORDERED
    assert {id_ for id_ in CORE if QUESTIONS[id_]["kind"] == "duration"} == {"rto", "rpo"}


def test_questions_with_values_have_words_for_the_page() -> None:
    for id_, question in QUESTIONS.items():
        assert question["text"].endswith("?"), id_
        assert len(question["text"]) <= 80, id_
        assert 60 <= len(question["help"]) <= 420, id_
        labels = [value["label"] for value in question.get("values", [])]
        assert len(set(labels)) == len(labels), id_


def test_seven_options_of_which_three_lead() -> None:
    assert list(TABLES["option"]) == ALL
    assert [id_ for id_, option in TABLES["option"].items() if option["headline"]] == ["pkcs11", "cloud_kms", "shamir"]


def test_all_102_rules_of_the_reference_exist() -> None:
    assert [id_ for id_ in (f"R{number:03d}" for number in range(1, 103)) if id_ not in RULES] == []


def test_every_rule_has_a_case_and_every_case_a_rule() -> None:
    assert sorted(CASES) == sorted(RULES)


@pytest.mark.parametrize("id_", RULES)
def test_a_rule_has_a_reason_in_plain_words(id_: str) -> None:
    why = RULES[id_]["why"]
    assert 30 <= len(why) <= 330
    assert why[0].isupper()
    assert why.endswith(".")
    assert "UNVERIFIED" not in why


def test_every_source_is_complete_and_used_and_every_rule_has_one() -> None:
    assert {rule["source"] for rule in RULES.values()} == set(TABLES["source"])
    for id_, source in TABLES["source"].items():
        assert source["address"].startswith("https://"), id_
        assert source["title"], id_
        assert isinstance(source["read"], date), id_
    addresses = [source["address"] for source in TABLES["source"].values()]
    assert len(set(addresses)) == len(addresses)


def test_every_setting_is_used_and_says_whose_it_is() -> None:
    text = "".join(texts.current().values())
    assert [id_ for id_ in SETTINGS if f'"${id_}"' not in text] == []
    assert all(setting["why"].startswith("Ours: ") for setting in SETTINGS.values())


def test_every_refinement_is_used_by_a_rule() -> None:
    used = {question for rule in RULES.values() for question in rule.get("when", {})}
    assert sorted(set(QUESTIONS) - used) == []


# --- What the options mean (the contract) -----------------------------------------------------------------------------


def _exclusions() -> Iterator[tuple[str, dict[str, Any]]]:
    return ((id_, rule) for id_, rule in RULES.items() if rule["effect"] == "exclude")


@pytest.mark.parametrize("question", sorted(NEVER_EXCLUDE))
def test_these_answers_never_exclude_a_headline_option(question: str) -> None:
    headline = {"pkcs11", "cloud_kms", "shamir"}
    assert [id_ for id_, rule in _exclusions() if question in rule["when"] and headline & set(rule["options"])] == []


def test_several_seals_are_excluded_wherever_the_cloud_key_among_them_is() -> None:
    assert [
        id_ for id_, rule in _exclusions() if "cloud_kms" in rule["options"] and "multi_seal" not in rule["options"]
    ] == []


@pytest.mark.parametrize("id_", ["R006", "R010", "R032"])
def test_a_rule_that_excludes_a_build_excludes_every_option_on_it(id_: str) -> None:
    assert RULES[id_]["options"] == ALL


def _excluded(**given: str) -> dict[str, str]:
    decision = rules.decide(RULESET, answers_door.parse({"answers": given}, RULESET))
    return {option.id: option.state for option in decision.options}


def _states(state: str, **given: str) -> list[str]:
    return [id_ for id_, found in _excluded(**given).items() if found == state]


@pytest.mark.parametrize(
    ("given", "excluded"),
    [
        ({"operator_keys": "forbidden"}, {"shamir"}),
        ({"operator_keys": "required"}, set(AUTOMATIC)),
        ({"hsm": "none"}, {"pkcs11"}),
        ({"hsm": "budgeted"}, set()),
        ({"kms": "none"}, {"cloud_kms", "multi_seal"}),
        ({"platform": "hcp_vault"}, set(ALL)),
        ({"platform": "vault_community"}, {"pkcs11", "multi_seal", "static"}),
        ({"platform": "vault_enterprise"}, {"pkcs11", "static"}),
        ({"platform": "vault_enterprise_hsm"}, {"static"}),
        ({"platform": "openbao_2_6"}, {"multi_seal"}),
        ({"platform": "openbao_2_7"}, {"multi_seal"}),
        ({"boundary": "validated_module"}, {"static"}),
        ({"boundary": "shared_hsm"}, {"static", "shamir", "transit"}),
        ({"boundary": "dedicated_hsm"}, {"static", "shamir", "transit", "cloud_kms", "multi_seal"}),
        (
            {"boundary": "dedicated_hsm", "kms": "external_keys"},
            {"static", "shamir", "transit", "cloud_kms", "multi_seal"},
        ),
        ({"fips_level": "l1"}, {"static"}),
        ({"fips_level": "l2"}, {"static"}),
        ({"fips_level": "l3"}, {"static", "shamir", "transit"}),
        ({"fips_level": "l4"}, {"static", "shamir", "transit", "cloud_kms", "multi_seal"}),
        ({"custody": "own_premises"}, {"cloud_kms", "multi_seal"}),
        ({"custody": "hold_your_own", "kms": "hsm_keys"}, {"cloud_kms", "multi_seal"}),
        ({"custody": "hold_your_own", "kms": "external_keys"}, set()),
        ({"connectivity": "air_gapped"}, {"cloud_kms", "multi_seal"}),
        ({"unattended_start": "required"}, {"shamir"}),
        ({"fips_level": "l1", "fips_scope": "whole_product", "platform": "openbao_2_7"}, set(ALL)),
    ],
)
def test_one_or_two_answers_exclude_exactly_this(given: dict[str, str], excluded: set[str]) -> None:
    assert set(_states("excluded", **given)) - {"kmip"} == excluded - {"kmip"}


def test_kmip_needs_openbao_and_an_answer_that_says_there_is_a_server() -> None:
    assert "kmip" in _states("excluded", platform="openbao_2_7")
    assert "kmip" in _states("excluded", platform="vault_enterprise_hsm", kmip_server="hsm_backed")
    assert "kmip" not in _states("excluded", platform="openbao_2_7", kmip_server="hsm_backed")


# --- Cases ------------------------------------------------------------------------------------------------------------


def _spoken(given: Mapping[str, str]) -> set[str]:
    """The rules that speak for certain, wherever they stand in the decision."""
    decision = rules.decide(RULESET, answers_door.parse({"answers": dict(given)}, RULESET))
    everywhere = (decision, *decision.options)
    return {
        *(reason.rule for option in decision.options if option.state == "excluded" for reason in option.reasons),
        *(concern.rule for option in decision.options for concern in option.concerns),
        *(saying.id for place in everywhere for saying in (*place.obligations, *place.warnings)),
        *(saying.id for saying in (*decision.contradictions, *decision.notes)),
    }


@pytest.mark.parametrize("id_", RULES)
def test_a_rule_does_what_its_case_says(id_: str) -> None:
    case = CASES[id_]
    assert agrees(RULES[id_], case)
    assert [given for given in case.get("fires", []) if id_ not in _spoken(given)] == []
    assert [given for given in case.get("silent", []) if id_ in _spoken(given)] == []


@pytest.mark.parametrize("id_", RULES)
def test_no_change_to_a_rule_goes_unnoticed_by_its_case(id_: str) -> None:
    unnoticed = [m for m in mutants(RULES[id_]) if agrees(m, CASES[id_]) and not same(RULES[id_], m)]
    assert unnoticed == []


@pytest.mark.parametrize("id_", SETTINGS)
@pytest.mark.parametrize("factor", [0.999, 1.1])
def test_no_change_to_a_threshold_goes_unnoticed(id_: str, factor: float) -> None:
    changed = deepcopy(SETTINGS)
    seconds = number("duration", SETTINGS[id_]["value"]) * factor
    changed[id_]["value"] = f"PT{seconds:.6f}S"
    using = [rule for rule, table in RULES.items() if f"${id_}" in str(table.get("when"))]
    assert using
    assert all(not agrees(RULES[rule], CASES[rule], changed) for rule in using)


def test_the_engine_notices_a_rule_that_is_gone() -> None:
    files = texts.current()
    start = files["rules_key.toml"].index("[rule.R026]")
    end = files["rules_key.toml"].index("[rule.R027]")
    files["rules_key.toml"] = files["rules_key.toml"][:start] + files["rules_key.toml"][end:]
    without = rules.load(files)
    decision = rules.decide(without, answers_door.parse({"answers": CASES["R026"]["fires"][0]}, without))
    assert "R026" not in {reason.rule for option in decision.options for reason in option.reasons}
    assert "excluded" not in {option.state for option in decision.options if option.id == "cloud_kms"}


# --- The whole --------------------------------------------------------------------------------------------------------


def _complete(chance: Random) -> dict[str, str]:
    """Answers to all core questions, drawn at random."""
    durations = ("PT5M", "PT45M", "PT2H", "PT12H", "PT20H", "P2D")
    return {id_: chance.choice(values) if values else chance.choice(durations) for id_, values in CORE.items()}


def test_answers_to_the_core_questions_always_suffice() -> None:
    """And what the engine excludes is exactly what the second opinion excludes: an exclusion speaks for itself."""
    chance = Random(20261124)
    for _ in range(400):
        given = _complete(chance)
        decision = rules.decide(RULESET, answers_door.parse({"answers": given}, RULESET))
        counted = {**given, "kmip_server": "none"}
        excluded = {option for _, rule in _exclusions() if holds(rule, counted) for option in rule["options"]}
        assert {option.id for option in decision.options if option.state == "excluded"} == excluded
        assert decision.status in ("recommended", "tie", "none")
        assert "open" not in {option.state for option in decision.options}


def test_every_headline_option_and_every_single_variant_wins_somewhere() -> None:
    """Several seals at once cannot: excluded wherever the cloud key is, they never stand without a headline option."""
    winners = {option for expected in EXPECTED.values() for option in expected["recommended"]}
    assert winners == set(ALL) - {"multi_seal"}


# --- Archetypes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXPECTED)
def test_an_archetype_gets_its_decision(name: str) -> None:
    expected = EXPECTED[name]
    document = json.loads((DATA / "archetypes" / f"{name}.json").read_text())
    outcome = explain.document(RULESET, answers_door.parse(document, RULESET))
    options = {option["id"]: option for option in outcome["options"]}
    assert (outcome["status"], outcome["recommended"]) == (expected["status"], expected["recommended"])
    for id_, wanted in expected.get("excluded", {}).items():
        assert options[id_]["state"] == "excluded"
        assert set(wanted) <= {reason["rule"] for reason in options[id_]["reasons"]}
    assert [id_ for id_ in expected.get("possible", []) if options[id_]["state"] != "possible"] == []
    assert set(expected.get("obligations", [])) <= {obligation["id"] for obligation in outcome["obligations"]}
    assert all(sorted(conflict) in map(sorted, outcome["conflicts"]) for conflict in expected.get("conflicts", []))


def test_the_exam_question_says_that_the_boundary_rules_the_cloud_key_out() -> None:
    document = json.loads((DATA / "archetypes" / "exam_question.json").read_text())
    outcome = explain.document(RULESET, answers_door.parse(document, RULESET))
    cloud = next(option for option in outcome["options"] if option["id"] == "cloud_kms")
    assert any(reason["answers"] == {"boundary": "dedicated_hsm"} for reason in cloud["reasons"])


def test_the_ordinary_enterprise_build_names_the_hsm_build_as_the_change() -> None:
    document = json.loads((DATA / "archetypes" / "exam_question.json").read_text())
    document["answers"]["platform"] = "vault_enterprise"
    outcome = explain.document(RULESET, answers_door.parse(document, RULESET))
    hsm = next(option for option in outcome["options"] if option["id"] == "pkcs11")
    assert hsm["state"] == "excluded"
    assert any("vault_enterprise_hsm" in change.get("platform", []) for change in hsm["changes"])


# --- Time -------------------------------------------------------------------------------------------------------------


def test_the_present_ruleset_is_frozen_under_its_version() -> None:
    version = TABLES["ruleset"]["version"]
    assert version in texts.releases()
    assert texts.released(version) == texts.current()


def test_an_unknown_release_is_refused_with_the_known_ones() -> None:
    with pytest.raises(LookupError, match=r"no released ruleset '1999\.1\.0'; there are: .*2026\.11\.0"):
        texts.released("1999.1.0")
