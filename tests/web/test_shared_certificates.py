"""Certificates of an organisation: they count in each design without one of its own; changes are in the ledger."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from evidence import ledger_check, services
from evidence.core.facts import CertificateFacts
from evidence.models import LedgerEntry
from evidence.register import FIXED_SHARED
from evidence.register import services as register
from evidence.register.expiry import next_expiries
from evidence.register.models import ModuleCertificate, SharedCertificate
from seal_advisor.access import Actor
from seal_advisor.append_only import allow_change, forbid_change
from seal_advisor.models import Design, User
from tests import factories
from tests.web.pages import address, text, tree

READ = {
    "module": "Luna K7", "number": "4684", "standard": "fips_140_3", "level": 3, "status": "active",
    "checked_on": "2026-11-02", "checked_by": "Vera", "source": "https://csrc.nist.gov/4684",
}  # fmt: skip
SAID = {**READ, "seal": "pkcs11"}


@pytest.fixture
def admin(alice: User) -> User:
    return factories.member("ada", "administrator")


@pytest.fixture
def place(design: Design) -> str:
    return f"/organisations/{design.organisation_id}/certificates/"


def numbers(design: Design) -> list[str]:
    found = register.certificates_at(design, timezone.now())
    assert found is None or isinstance(found.facts, CertificateFacts)
    return [one.number for one in found.facts.certificates] if found else []


def test_an_administrator_states_it_once_and_every_design_has_it_until_it_states_its_own(
    design: Design, admin: User, place: str, signed_in: Callable[[User], Client], web: Client
) -> None:
    other = factories.design(design.author)
    elsewhere = factories.design(
        factories.member("bob", "architect", factories.OrganisationFactory(name="Other bank")),
        factories.OrganisationFactory(name="Other bank"),
    )
    versions = register.version_of(design)
    done = signed_in(admin).post(place, SAID, follow=True)
    assert "Luna K7, certificate 4684" in text(done)
    assert (numbers(design), numbers(other), numbers(elsewhere)) == (["4684"], ["4684"], [])
    assert register.version_of(design) != versions
    seen = text(web.get(address(design, "register/")))
    assert "They count here while this design states none of its own." in seen
    own = {**READ, "number": "4700", "checked_on": timezone.now().date()}
    entry = register.enter(ModuleCertificate, design, actor=Actor(design.author), said=own)
    assert (numbers(design), numbers(other)) == (["4700"], ["4684"])
    assert "They do not count here" in text(web.get(address(design, "register/")))
    register.end(entry, actor=Actor(design.author), why="another module")
    assert numbers(design) == ["4684"]
    register.end(SharedCertificate.objects.get(), actor=Actor(admin), why="gone")
    assert (numbers(design), numbers(other)) == ([], [])


def test_the_control_is_attested_by_it_and_goes_stale_with_it(design: Design, admin: User, settings: Any) -> None:
    services.receive_evidence(design, actor=Actor(design.author), name="vault.hcl", data=factories.VAULT_HCL)

    def verdict() -> str:
        return next(one.verdict.value for one in services.judge(design) if one.control == "C-CM-01")

    assert verdict() == "not_proven"
    today = timezone.now().date()
    entry = register.enter_shared(design.organisation, actor=Actor(admin), said={**SAID, "checked_on": today})
    assert verdict() == "attested"
    old = {**SAID, "checked_on": today - timedelta(days=settings.CERTIFICATE_MAX_AGE_DAYS + 1)}
    register.enter_shared(design.organisation, actor=Actor(admin), said=old, replaces=entry)
    assert verdict() == "stale"
    assert next_expiries([design])[design.pk].day < today


def test_its_life_is_in_the_ledger_and_a_changed_word_is_found(design: Design, admin: User) -> None:
    entry = register.enter_shared(design.organisation, actor=Actor(admin), said=SAID)
    entry.refresh_from_db()
    register.end(entry, actor=Actor(admin), why="retired")
    leaves = LedgerEntry.objects.filter(organisation=design.organisation, kind="attested", design=None)
    assert [json.loads(one.entry)["what"] for one in leaves.order_by("index")] == [
        "sharedcertificate entered", "sharedcertificate ended",
    ]  # fmt: skip
    assert ledger_check.faults() == []
    (table,) = FIXED_SHARED
    allow_change(connection, table)
    SharedCertificate.objects.update(level=4)
    forbid_change(connection, table, FIXED_SHARED[table])
    assert ledger_check.faults() == [f"sharedcertificate {entry.pk}: level was changed; the ledger says 3"]


def test_the_database_keeps_every_word_of_it(design: Design, admin: User) -> None:
    register.enter_shared(design.organisation, actor=Actor(admin), said=SAID)
    (table,) = FIXED_SHARED
    statements = [f'UPDATE {table} SET "{column}" = "{column}"' for column in FIXED_SHARED[table]]
    for statement in [*statements, f"DELETE FROM {table}"]:
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_members_read_it_and_only_administrators_state_it(
    design: Design, admin: User, place: str, web: Client, signed_in: Callable[[User], Client], client: Client
) -> None:
    entry = register.enter_shared(design.organisation, actor=Actor(admin), said=SAID)
    assert "Luna K7" in text(web.get(place))
    assert not tree(web.get(place)).xpath("//main//form")
    assert web.post(place, SAID).status_code == 403
    assert web.post(f"{place}{entry.pk}/end/", {"why": "x"}).status_code == 403
    bank = factories.OrganisationFactory(name="Other bank")
    stranger = signed_in(factories.member("bob", "administrator", bank))
    assert [stranger.get(place).status_code, stranger.post(place, SAID).status_code] == [404, 404]
    theirs = f"/organisations/{bank.pk}/certificates/"
    assert stranger.post(f"{theirs}{entry.pk}/end/", {"why": "x"}).status_code == 404
    assert client.get(place).status_code == 302
    entry.refresh_from_db()
    assert entry.ended_at is None


def test_a_correction_and_an_end_are_made_on_the_page(
    design: Design, admin: User, place: str, signed_in: Callable[[User], Client]
) -> None:
    ada = signed_in(admin)
    bad = ada.post(place, {**SAID, "number": "12a", "seal": "shamir"})
    assert bad.status_code == 422
    assert "A CMVP certificate number has digits only" in text(bad)
    ada.post(place, SAID)
    first = SharedCertificate.objects.get()
    filled = ada.get(f"{place}?correct={first.pk}")
    assert tree(filled).xpath("//input[@name='number']/@value") == ["4684"]
    ada.post(place, {**SAID, "status": "historical", "replaces": str(first.pk)})
    (second,) = SharedCertificate.objects.filter(ended_at=None)
    assert "Not active" in text(ada.get(place))
    assert "Say why the entry ends." in text(ada.post(f"{place}{second.pk}/end/", {"why": " "}, follow=True))
    assert "1 ended entry" in text(ada.get(place))
    ada.post(f"{place}{second.pk}/end/", {"why": "sold"})
    assert "has ended already" in text(ada.post(f"{place}{second.pk}/end/", {"why": "again"}, follow=True))


def test_over_the_api_it_is_the_same(
    design: Design, admin: User, place: str, signed_in: Callable[[User], Client]
) -> None:
    ada, where = signed_in(admin), f"/api/v1{place}"
    made = ada.post(where, SAID, content_type="application/json")
    assert made.status_code == 201, made.content
    assert made.json()["seal"] == "pkcs11"
    assert ada.post(where, {**SAID, "colour": "red"}, content_type="application/json").status_code == 422
    shown = ada.get(f"/api/v1/designs/{design.pk}/register/").json()
    assert [one["number"] for one in shown["shared_certificates"]] == ["4684"]
    ended = ada.post(f"{where}{made.json()['id']}/end/", {"why": "sold"}, content_type="application/json")
    assert ended.json()["ended_why"] == "sold"
    again = ada.post(f"{where}{made.json()['id']}/end/", {"why": "sold"}, content_type="application/json")
    assert again.status_code == 409
    assert [one["ended_why"] for one in ada.get(where).json()] == ["sold"]
