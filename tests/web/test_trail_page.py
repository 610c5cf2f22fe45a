"""The trail as a page: every kind of write in words, asked for by person, thing and day, a page at a time."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from evidence import services as evidence_services
from evidence.models import LedgerEntry
from evidence.upkeep import retention
from seal_advisor import services, trail
from seal_advisor.access import Actor
from seal_advisor.models import Design, Organisation, User
from tests import factories
from tests.web.pages import text, tree


@pytest.fixture
def busy(design: Design, alice: User) -> Design:
    """A design on which Alice and Olga wrote, over the page and with a token."""
    actor, olga = Actor(alice), Actor(factories.member("olga", "administrator"))
    services.edit_design(design, actor=actor, title="Cards <b>")
    evidence_services.receive_evidence(design, actor=actor, name="vault.hcl", data=factories.VAULT_HCL)
    hold = retention.place_hold(design, actor=olga, reason="Audit", now=timezone.now())
    retention.release_hold(hold, actor=olga, reason="Over", now=timezone.now())
    token, _ = factories.token(alice)
    services.record_answer(design, "hsm", actor=Actor(alice, token), value="none")
    return design


def shown(browser: Client, query: str = "") -> list[str]:
    """The words of each entry, newest first."""
    rows = tree(browser.get(f"/trail/{query}")).xpath("//main//tbody/tr")
    return [" ".join(row.text_content().split()) for row in rows]


def test_every_kind_of_write_is_said_in_words_with_before_and_after(web: Client, busy: Design) -> None:
    page = " | ".join(shown(web, f"?design={busy.pk}"))
    for said in (
        "Design edited",
        "title: Payments Cards <b>",
        "Evidence received",
        "Legal hold placed",
        "reason: Over",
    ):
        assert said in page, said
    assert "answers.hsm: clustered none" in page
    assert "alice (token test, " in page


def test_one_asks_by_person_thing_and_day(web: Client, busy: Design) -> None:
    by = shown(web, f"?by=olga&design={busy.pk}")
    assert [row.split(" leaf ")[1].split(" ", 1)[1].startswith("Legal hold") for row in by] == [True, True]
    assert any("(token test" in row for row in shown(web, "?by=alice")), "also what her token did"
    assert shown(web, "?by=ali") == []
    assert shown(web, "?by=%22,%22") == []
    assert shown(web, "?by=%25") == []
    assert [("Evidence received" in row) for row in shown(web, "?thing=evidence")] == [True]
    assert len(shown(web, "?thing=packages")) == 2
    today = datetime.now(tz=UTC).date()
    assert len(shown(web, f"?since={today}&until={today}")) == len(shown(web))
    assert shown(web, f"?since={today + timedelta(days=1)}") == []
    assert shown(web, f"?until={today - timedelta(days=1)}") == []


@pytest.mark.parametrize("query", ["?since=yesterday", "?thing=secrets", "?design=x", "?before=-1"])
def test_what_cannot_be_asked_for_is_said(web: Client, busy: Design, query: str) -> None:
    answer = web.get(f"/trail/{query}")
    assert (answer.status_code, "There is a problem" in text(answer)) == (422, True)


def test_a_page_at_a_time_by_the_ledgers_own_index(
    web: Client, alice: User, design: Design, django_assert_max_num_queries: Any
) -> None:
    for number in range(60):
        trail.record(Actor(alice), "design.edited", design.pk, design=design, after={"number": number})
    with django_assert_max_num_queries(6):
        answer = web.get(f"/trail/?design={design.pk}&thing=answers")
    older = re.search(rb'href="(\?[^"]*before=\d+)"', answer.content)
    assert older
    first, second = (
        shown(web, f"?design={design.pk}&thing=answers"),
        shown(web, older[1].decode().replace("&amp;", "&")),
    )
    assert len(first) == 50
    assert len(second) == 12
    assert not set(first) & set(second)


def test_nobody_reads_a_foreign_trail_and_only_administrators_that_of_people(
    web: Client, busy: Design, signed_in: Callable[[User], Client]
) -> None:
    bank = busy.organisation
    trail.record("first start", "organisation.created", bank.pk, organisation=bank, after={"name": "Bank"})
    olga = signed_in(User.objects.get(username="olga"))
    assert any("Organisation made" in row for row in shown(olga, "?thing=people"))
    assert shown(web, "?thing=people") == []
    mallory = signed_in(factories.member("mallory", "administrator", Organisation.objects.create(name="Rival")))
    assert shown(mallory) == []
    assert mallory.get(f"/trail/?design={busy.pk}").status_code == 404
    assert Client().get("/trail/")["Location"].startswith("/sign-in/")


def test_what_the_page_says_stands_in_the_leaf(web: Client, busy: Design) -> None:
    numbers = [int(found) for row in shown(web) for found in re.findall(r"leaf (\d+)", row)]
    assert numbers == sorted(numbers, reverse=True)
    held = LedgerEntry.objects.get(kind="held", entry__contains="released")
    assert held.index in numbers
    assert json.loads(held.entry)["by"] == "olga"
