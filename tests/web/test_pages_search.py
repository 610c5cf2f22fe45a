"""Search finds what the reader may see, in a constant number of queries; help needs no account and names sources."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evidence import services as evidence_services
from evidence.meetings import services as meetings
from evidence.register.models import Attestation
from seal_advisor.access import Actor
from seal_advisor.models import Design, Organisation, User
from seal_advisor.services import freeze_revision
from tests import factories
from tests.web.pages import text, tree


def fill(design: Design, author: User) -> None:
    """An artefact and a remark."""
    evidence_services.receive_evidence(design, actor=Actor(author), name="vault.hcl", data=factories.VAULT_HCL)
    review = meetings.open_review(design, freeze_revision(design, actor=Actor(author)), actor=Actor(author))
    meetings.remark(review, actor=Actor(author), subject="answer:hsm", text="The ceremony of May has no witness.")


def hits(client: Client, asked: str) -> dict[str, list[str]]:
    """Kind -> titles."""
    page = tree(client.get("/search/", {"q": asked}))
    return {
        group.xpath("string(h2)"): [" ".join(hit.text_content().split()) for hit in group.xpath(".//li/a")]
        for group in page.xpath("//main//section")
    }


@pytest.mark.parametrize(
    ("asked", "kind", "title"),
    [
        ("payments", "Designs", "Payments"),
        ("witness", "Remarks", "The ceremony of May has no witness."),
        ("vault.hcl", "Artefacts", "vault.hcl"),
        ("C-TL-01", "Controls", "TLS"),
        ("plain text", "Questions", "Where may the seal key exist in plain text?"),
    ],
)
def test_each_kind_is_found_by_its_words(
    web: Client, design: Design, alice: User, asked: str, kind: str, title: str
) -> None:
    fill(design, alice)
    assert any(title in one for one in hits(web, asked)[kind])


def test_nothing_of_another_organisation_is_found(
    design: Design, alice: User, signed_in: Callable[[User], Client]
) -> None:
    fill(design, alice)
    mallory = signed_in(factories.member("mallory", "administrator", Organisation.objects.create(name="Elsewhere")))
    for asked in ("payments", "witness", "vault.hcl", "Bank", "alice"):
        assert set(hits(mallory, asked)) <= {"Controls", "Questions"}, asked


def test_a_stranger_is_asked_to_sign_in() -> None:
    assert Client().get("/search/?q=payments").status_code == 302


@pytest.mark.parametrize("asked", ["", "x", "\0\0\0", "%", "'; DROP TABLE", "a" * 5000])
def test_nothing_sensible_asked_finds_nothing_and_breaks_nothing(web: Client, asked: str) -> None:
    page = web.get("/search/", {"q": asked})
    assert page.status_code == 200
    assert hits(web, asked) == {}


def test_a_search_asks_as_often_for_many_designs_as_for_one(web: Client, design: Design, alice: User) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            web.get("/search/", {"q": "payments"})
        return len(queries)

    few = asked()
    for _ in range(10):
        factories.design(alice)
    assert asked() == few


@pytest.mark.parametrize("path", ["/help/", "/help/questions/", "/help/options/", "/help/controls/"])
def test_help_needs_no_account(db: None, path: str) -> None:
    assert Client().get(path).status_code == 200


def test_every_question_option_and_control_has_help_with_a_source(db: None) -> None:
    for path, number in (("/help/questions/", 26), ("/help/options/", 7), ("/help/controls/", 50)):
        items = tree(Client().get(path)).xpath("//article[contains(@class,'help-item')]")
        assert len(items) >= number
        without = [item.get("id") for item in items if not item.xpath(".//a[starts-with(@href,'http')]")]
        assert without == [], path


def test_the_home_page_says_what_runs_out_next(web: Client, design: Design, alice: User) -> None:
    assert "Nothing runs out" in text(web.get("/"))
    today = date.today()  # noqa: DTZ011
    for days in (40, -2):
        Attestation.objects.create(
            design=design, entered_by=alice, entered_by_label="alice", control="C-DR-01", statement="Restored.",
            by="Olga", on=today - timedelta(days=90), expires=today + timedelta(days=days),
        )  # fmt: skip
    said = tree(web.get("/")).xpath("//dd[@data-tone='fail' and contains(., 'Next end')]")[0].text_content()
    assert " ".join(said.split()) == f"Next end {today - timedelta(days=2)}: attestation of C-DR-01"
