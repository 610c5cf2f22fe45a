"""What is lost with a part of the seal, and that recovery keys do not replace it: in the record and in the report."""

from __future__ import annotations

from typing import Any

import pytest

from evidence.core import archive
from evidence.core.facts import Evidence
from seal_advisor.core import blast_radius, explain, loss_record, rules, ruleset
from seal_advisor.core.answers import parse
from tests import factories
from tests.evidence import packages

KEYS = "Recovery keys never replace the seal key"


def html(**changes: Any) -> str:
    return archive.draft(packages.package(**changes), packages.key()).html


def record(answers: dict[str, str]) -> str:
    loaded = rules.load(ruleset.current())
    return explain.markdown(loaded, parse({"answers": answers}, loaded))


@pytest.mark.parametrize("option", blast_radius.OPTIONS)
def test_every_option_has_a_headline_and_the_losses_for_ever_come_first(option: str) -> None:
    assert loss_record.headline(option, None).endswith(".")
    worst = [line.worst for line in loss_record.lines(option, None)]
    assert worst == sorted(worst, reverse=True)
    assert len(worst) == len(blast_radius.losses(option, platform=None))


def test_the_headline_names_what_takes_data_and_what_prevents_a_restart() -> None:
    said = loss_record.headline("cloud_kms", "vault_community")
    assert "Data lost for ever with: The KMS key is deleted" in said
    assert "No restart without: The KMS key is disabled" in said
    assert loss_record.headline("unknown", None) == ""


def test_the_record_says_what_is_lost_with_the_recommended_seal_and_what_recovery_keys_cannot_do() -> None:
    text = record(factories.ANSWERS)
    chapter = text[text.index("### If a part of the seal is lost") : text.index("### Confirmation")]
    assert "| The whole HSM cluster | serve in part | not possible |" in chapter
    assert f"- {KEYS}." in chapter
    assert "- If the seal key is lost for ever, the data are lost for ever" in chapter
    assert "Source: Vault documentation, Seal/Unseal, https://developer.hashicorp.com" in chapter
    assert "The KMS key" not in chapter


def test_a_record_without_a_recommendation_speaks_of_no_loss() -> None:
    assert "If a part of the seal is lost" not in record({})


@pytest.mark.parametrize(
    "alone", [{}, {"judged": False, "results": (), "evidence": Evidence(())}], ids=["with evidence", "decision alone"]
)
def test_the_report_has_the_chapter_also_before_any_evidence(alone: dict[str, Any]) -> None:
    page = html(**alone)
    chapter = page[page.index('<h2 id="losses">') :]
    assert KEYS in chapter
    assert "open a snapshot whose seal key is gone" in chapter
    assert '<a href="#losses">If a part of the seal is lost</a>' in page


def test_the_report_of_no_recommendation_promises_no_such_chapter() -> None:
    page = html(decision={**packages.DECISION, "status": "none", "recommended": []})
    assert "#losses" not in page
    assert KEYS not in page
