"""The people of an organisation: added, given another role, removed; and never without an administrator."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from evidence.models import LedgerEntry
from seal_advisor.models import Design, Membership, Organisation, User
from tests import factories
from tests.web.pages import text

Browser = Callable[[User], Client]


@pytest.fixture
def bank(design: Design) -> Organisation:
    return design.organisation


@pytest.fixture
def olga(bank: Organisation, signed_in: Browser) -> Client:
    return signed_in(factories.member("olga", "administrator"))


def page_of(bank: Organisation, part: str = "") -> str:
    return f"/organisations/{bank.pk}/people/{part}"


def written(what: str) -> dict[str, Any]:
    rows = LedgerEntry.objects.filter(kind="written", entry__contains=f'"what":"{what}"')
    found: dict[str, Any] = json.loads(rows.latest("index").entry)
    return found


def membership(name: str) -> Membership:
    return Membership.objects.get(user__username=name)


def test_a_new_account_gets_a_first_password_that_is_shown_once(olga: Client, bank: Organisation) -> None:
    answer = olga.post(page_of(bank), {"name": "rita", "role": "reviewer", "new": "1"})
    shown = re.search(rb'id="first-password">([\w-]+)<', answer.content)
    assert shown
    assert "no-store" in answer["Cache-Control"]
    assert shown[1] not in olga.get(page_of(bank)).content
    assert User.objects.get(username="rita").check_password(shown[1].decode())
    entry = written("member.added")
    assert (entry["by"], entry["about"], entry["before"], entry["after"]) == (
        "olga",
        "rita",
        None,
        {"role": "reviewer"},
    )
    assert shown[1].decode() not in "".join(LedgerEntry.objects.values_list("entry", flat=True))


def test_who_has_an_account_becomes_a_member_and_who_has_none_is_said_so(olga: Client, bank: Organisation) -> None:
    factories.UserFactory(username="tom")
    assert olga.post(page_of(bank), {"name": "tom", "role": "auditor"}).status_code == 302
    assert membership("tom").role == "auditor"
    for sent, said in (
        ({"name": "nobody", "role": "auditor"}, "nobody here signs in as nobody"),
        ({"name": "tom", "role": "auditor"}, "tom is a member already"),
        ({"name": "Tom", "role": "auditor", "new": "1"}, "there is an account of this name"),
        ({"name": "a b", "role": "auditor", "new": "1"}, "valid username"),
        ({"name": "", "role": "auditor"}, "Say who becomes a member"),
        ({"name": "tom", "role": "king"}, "king"),
    ):
        answer = olga.post(page_of(bank), sent)
        assert (answer.status_code, said in text(answer)) == (422, True), (sent, text(answer))


def test_a_role_is_changed_and_a_member_removed_with_before_and_after(olga: Client, bank: Organisation) -> None:
    alice = membership("alice")
    olga.post(page_of(bank, f"{alice.pk}/"), {"role": "auditor"})
    assert membership("alice").role == "auditor"
    entry = written("member.role_changed")
    assert (entry["before"], entry["after"]) == ({"role": "architect"}, {"role": "auditor"})
    olga.post(page_of(bank, f"{alice.pk}/"), {"remove": "1"})
    assert not Membership.objects.filter(user__username="alice").exists()
    assert User.objects.filter(username="alice").exists(), "the account stays"
    assert written("member.removed")["before"] == {"role": "auditor"}


@pytest.mark.parametrize("sent", [{"remove": "1"}, {"role": "auditor"}])
def test_the_last_administrator_stays(olga: Client, bank: Organisation, sent: dict[str, str]) -> None:
    User.objects.create_user("ghost", is_active=False)
    closed = User.objects.get(username="ghost")
    Membership.objects.create(organisation=bank, user=closed, role="administrator")
    before = LedgerEntry.objects.count()
    answer = olga.post(page_of(bank, f"{membership('olga').pk}/"), sent)
    assert (answer.status_code, "somebody must be administrator here" in text(answer)) == (422, True)
    assert membership("olga").role == "administrator"
    assert LedgerEntry.objects.count() == before


def test_the_demand_for_a_second_factor_is_switched_on_the_page(olga: Client, bank: Organisation) -> None:
    olga.post(page_of(bank, "policy/"), {"demanded": "1"})
    bank.refresh_from_db()
    assert bank.mfa_required
    assert olga.get("/")["Location"].startswith("/account/"), "she has none herself"
    entry = written("organisation.second_factor")
    assert (entry["before"], entry["after"]) == ({"mfa_required": False}, {"mfa_required": True})


def test_members_read_names_and_roles_but_neither_addresses_nor_factors(
    olga: Client, bank: Organisation, web: Client
) -> None:
    User.objects.filter(username="olga").update(email="olga@bank.example")
    said = text(web.get(page_of(bank)))
    assert "olga" in said
    assert "Administrator" in said
    assert "olga@bank.example" not in said
    assert "Password only" not in said
    assert "olga@bank.example" in text(olga.get(page_of(bank)))


def test_a_member_of_another_organisation_cannot_be_reached_through_ones_own(olga: Client, bank: Organisation) -> None:
    factories.member("mallory", "administrator", Organisation.objects.create(name="Rival"))
    theirs = membership("mallory")
    assert olga.post(page_of(bank, f"{theirs.pk}/"), {"remove": "1"}).status_code == 404
    assert Membership.objects.filter(pk=theirs.pk).exists()


def test_the_page_asks_as_much_for_fifty_as_for_one(
    olga: Client, bank: Organisation, django_assert_max_num_queries: Any
) -> None:
    for number in range(50):
        factories.member(f"person{number}", "auditor", bank)
    with django_assert_max_num_queries(12):
        olga.get(page_of(bank))
