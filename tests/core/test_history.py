"""A decision is evaluated again to the same bytes; a draft comes over without losing an answer silently."""

from __future__ import annotations

import json

import pytest

from seal_advisor.core import history, rules
from seal_advisor.core import ruleset as texts
from seal_advisor.core.answers import parse
from tests.core import random_rulesets as again

RULESET = rules.load(texts.current())
GIVEN = {"platform": "openbao_2_7", "boundary": "shared_hsm", "rto": "PT15M", "hsm": None}


def kept() -> dict[str, object]:
    document = {"answers": GIVEN, "unsure": ["boundary"], "notes": {"rto": "as in the contract, § 4"}}
    return history.stored(RULESET, parse(document, RULESET))


def test_a_stored_decision_is_evaluated_again_to_the_same_bytes() -> None:
    through_json = json.loads(json.dumps(kept()))
    assert history.reevaluate(through_json) == history.canonical(kept()["decision"])


def test_the_released_copy_of_the_present_version_decides_the_same() -> None:
    frozen = rules.load(texts.released(RULESET.version))
    assert frozen.sha256 == RULESET.sha256


def test_a_changed_ruleset_text_is_noticed() -> None:
    document = json.loads(json.dumps(kept()).replace("dedicated_hsm", "dedicated_hsn", 1))
    with pytest.raises(history.HistoryError, match="does not have its sha256"):
        history.reevaluate(document)


@pytest.mark.parametrize("part", ["engine", "ruleset", "answers"])
def test_a_missing_part_is_named(part: str) -> None:
    document = kept()
    del document[part]
    with pytest.raises(history.HistoryError, match=part):
        history.reevaluate(document)


def test_another_engine_is_refused() -> None:
    with pytest.raises(history.HistoryError, match="engine"):
        history.reevaluate({**kept(), "engine": "0"})


MIGRATIONS = """
[[migrate]]
from_version = "0"
question = "hue"
to_question = "colour"
values = { crimson = "red" }
[[migrate]]
from_version = "0"
question = "size"
values = { tiny = "small" }
"""


def test_a_draft_is_renamed_and_what_cannot_come_over_is_listed() -> None:
    ruleset = rules.load({"a.toml": again.HEAD, "migrate.toml": MIGRATIONS})
    draft = {
        "ruleset": "0",
        "answers": {
            "hue": "crimson",
            "size": "tiny",
            "depth": "abyss",
            "weight": "heavy",
            "rto": "PT1H",
            "maker": None,
        },
        "unsure": ["hue", "weight"],
        "notes": {"hue": "as painted", "weight": "gone"},
    }
    moved = history.migrate(draft, ruleset)
    assert moved.answers.as_json() == {
        "ruleset": "1",
        "answers": {"colour": "red", "size": "small", "maker": None, "rto": "PT1H"},
        "unsure": ["colour"],
        "notes": {"colour": "as painted"},
    }
    assert moved.unmapped == {"depth": "abyss", "weight": "heavy"}


def test_a_migration_to_an_unknown_word_does_not_load() -> None:
    wrong = MIGRATIONS.replace('"red"', '"redd"')
    with pytest.raises(rules.RulesetError, match="no value 'redd'; did you mean 'red'"):
        rules.load({"a.toml": again.HEAD, "migrate.toml": wrong})
