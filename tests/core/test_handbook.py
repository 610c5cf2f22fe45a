"""The page of rules says what the rules say."""

from __future__ import annotations

import os
from pathlib import Path

from seal_advisor.core import handbook, loader
from seal_advisor.core import ruleset as texts

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"
RULESET = loader.load(texts.current())
RULES = {rule.id: rule for rule in RULESET.rules}


def test_the_page_in_the_docs_is_the_one_the_ruleset_makes() -> None:
    """After a change of the rules: `UPDATE_DOCS=1 .venv/bin/pytest tests/core/test_handbook.py` writes it anew."""
    made = handbook.page(RULESET)
    if os.environ.get("UPDATE_DOCS"):
        PAGE.write_text(made, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == made


def test_conditions_read_like_an_answers_file() -> None:
    assert handbook.condition(RULESET, RULES["R001"]) == "`platform`: `vault_community`"
    assert handbook.condition(RULESET, RULES["R045"]) == "`hsm`: `single`; `rto`: below `PT4H`"
    assert handbook.condition(RULESET, RULES["R066"]) == "`boundary`: `shared_hsm` or `dedicated_hsm`"
    assert handbook.condition(RULESET, RULES["R047"]) == "always"
    assert handbook.condition(RULESET, RULES["R100"]) == "the outcome is none"


def test_every_rule_question_setting_and_source_is_mentioned() -> None:
    made = handbook.page(RULESET)
    for id_ in (*RULES, *RULESET.by_id, *RULESET.settings):
        assert id_ in made
    assert all(source.address in made for source in RULESET.sources.values())


def test_an_effect_names_its_options_controls_and_weight() -> None:
    made = handbook.page(RULESET)
    assert "speaks against `pkcs11` (recovery, 2 of 3)" in made
    assert "obliges, with `pkcs11`; checked by C-DR-02" in made
    assert "; as R006 does already" in made
