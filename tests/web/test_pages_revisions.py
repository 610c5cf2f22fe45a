"""Revisions: check your answers, freeze, read again; and what a later ruleset makes of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from seal_advisor import revisions, rulesets, services
from seal_advisor.access import Actor
from seal_advisor.core import rules, ruleset
from seal_advisor.models import Design, Reevaluation, Revision, User
from tests import factories
from tests.web.pages import address, sentence, text

BANNED = """
[rule.R901]
effect = "exclude"
options = ["pkcs11"]
when.boundary = "dedicated_hsm"
why = "The board no longer trusts HSMs."
source = "policy_901"
[source.policy_901]
title = "Board minutes"
address = "https://example.com/minutes"
read = 2026-11-24
"""


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """A later ruleset becomes the current one: more rules, and migrations from the present version."""

    def arrive(more: str = BANNED, version: str = "2999.1.0") -> None:
        present = ruleset.current()
        now = rules.load(present).version
        questions = present["questions.toml"].replace(f'version = "{now}"', f'version = "{version}"', 1)
        loaded = rules.load({**present, "questions.toml": questions, "rules_zz.toml": more})
        for module in (services, rulesets):
            monkeypatch.setattr(module, "current_ruleset", lambda: loaded)

    return arrive


@pytest.fixture
def revision(design: Design, alice: User) -> Revision:
    return services.freeze_revision(design, actor=Actor(alice))


def test_the_last_look_shows_every_answer_and_freezes_nothing(web: Client, design: Design) -> None:
    shown = text(web.get(address(design, "revisions/new/")))
    assert "Only inside an HSM that is ours alone" in shown
    assert "Freeze as revision 1" in shown
    assert Revision.objects.count() == 0


def test_freezing_leads_to_the_revision_which_re_evaluates_to_the_same_bytes(web: Client, design: Design) -> None:
    response = web.post(address(design, "revisions/new/"), follow=True)
    assert response.redirect_chain == [(address(design, "revisions/1/"), 302)]
    assert sentence(response) == "Keep the seal key in an HSM and let Vault unseal over PKCS#11."
    assert "Re-evaluates to the same bytes" in text(response)
    assert "Revision 1" in text(web.get(address(design, "revisions/")))


def test_what_is_frozen_already_is_not_offered_again(web: Client, revision: Revision, alice: User) -> None:
    page = address(revision.design, "revisions/new/")
    assert "Revision 1 has exactly these answers" in text(web.get(page))
    services.record_answer(revision.design, "hosting", actor=Actor(alice), value="aws")
    assert "Freeze as revision 2" in text(web.get(page))


def test_a_revision_whose_decision_was_changed_says_so_loudly(web: Client, revision: Revision) -> None:
    revision.decision = {**revision.decision, "recommended": ["shamir"]}
    found = revisions.check(revision)
    assert (found.intact, "does NOT re-evaluate" in found.said) == (False, True)


def test_a_revision_of_another_engine_cannot_be_evaluated_and_says_why(revision: Revision) -> None:
    revision.engine_version = "0"
    assert revisions.check(revision).said.startswith("This revision cannot be evaluated again: ")


def test_the_downloaded_decision_has_the_stored_sha256(web: Client, revision: Revision) -> None:
    data = web.get(address(revision.design, "revisions/1/decision.json")).content
    assert hashlib.sha256(data).hexdigest() == revision.decision_sha256


def test_a_revision_that_is_not_there_does_not_exist(web: Client, revision: Revision) -> None:
    assert web.get(address(revision.design, "revisions/2/")).status_code == 404


def test_an_auditor_reads_revisions_and_freezes_none(revision: Revision, signed_in: Callable[[User], Client]) -> None:
    adam = signed_in(factories.member("adam", "auditor"))
    assert adam.get(address(revision.design, "revisions/1/")).status_code == 200
    assert "Check your answers" not in text(adam.get(address(revision.design, "revisions/")))
    assert adam.post(address(revision.design, "revisions/new/")).status_code == 403


def test_the_list_takes_the_same_number_of_queries_however_many_there_are(
    web: Client, design: Design, alice: User
) -> None:
    for number in range(2):
        services.record_answer(design, "hosting", actor=Actor(alice), value=("aws", "gcp")[number])
        services.freeze_revision(design, actor=Actor(alice))
    page = address(design, "revisions/")
    few = _queries(web, page)
    for value in ("azure", "oci", "on_premises"):
        services.record_answer(design, "hosting", actor=Actor(alice), value=value)
        services.freeze_revision(design, actor=Actor(alice))
    assert _queries(web, page) == few


def test_a_later_ruleset_flags_the_design_with_the_rule_that_did_it(
    web: Client, revision: Revision, later: Callable[..., None]
) -> None:
    later()
    out = StringIO()
    call_command("reevaluate", stdout=out)
    assert "1 revisions re-evaluated, 1 flagged." in out.getvalue()
    assert "R901" in out.getvalue()
    for page in ("/", address(revision.design, "decision/"), address(revision.design, "revisions/1/")):
        shown = text(web.get(page))
        assert "Ruleset 2999.1.0 decides otherwise" in shown, page
        assert "R901" in shown, page
    call_command("reevaluate", stdout=out)
    assert Reevaluation.objects.count() == 1


def test_a_later_ruleset_that_decides_the_same_flags_nothing(
    web: Client, revision: Revision, later: Callable[..., None]
) -> None:
    later(more="")
    call_command("reevaluate", stdout=StringIO())
    assert Reevaluation.objects.get().outcome == "same"
    assert "decides otherwise" not in text(web.get("/"))
    assert "decides the same" in text(web.get(address(revision.design, "revisions/1/")))


def test_a_revision_that_was_frozen_under_the_later_ruleset_ends_the_flag(
    web: Client, revision: Revision, later: Callable[..., None], alice: User
) -> None:
    later()
    call_command("reevaluate", stdout=StringIO())
    services.freeze_revision(revision.design, actor=Actor(alice))
    assert "decides otherwise" not in text(web.get("/"))


def test_flags_take_two_queries_however_many_designs_are_flagged(
    revision: Revision, later: Callable[..., None], alice: User, django_assert_num_queries: Callable[..., Any]
) -> None:
    later()
    for _ in range(3):
        frozen = services.freeze_revision(factories.design(alice), actor=Actor(alice))
        Reevaluation.objects.create(
            revision=frozen,
            ruleset_version="2999.1.0",
            ruleset_sha256=services.current_ruleset().sha256,
            outcome="changed",
        )
    designs = list(Design.objects.select_related("organisation"))
    with django_assert_num_queries(2):
        assert len(revisions.flags(designs)) == 3


def test_a_start_re_evaluates_without_a_word(
    revision: Revision, later: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    later()
    call_command("reevaluate", verbosity=0)
    assert (Reevaluation.objects.get().outcome, capsys.readouterr().out) == ("changed", "")


def _queries(web: Client, page: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        web.get(page)
    return len(seen)
