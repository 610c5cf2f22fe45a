"""Reminders: once for each thing and threshold, to whom it concerns, by mail and webhook; mail goes into a real mailbox
in memory (Django's), not over a wire.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from evidence import services, tasks
from evidence.models import Artefact, Delivery
from evidence.register import services as register
from evidence.register.models import Attestation, ModuleCertificate, Waiver
from evidence.reminding import service
from evidence.reminding.models import Reminder
from evidence.webhooks import services as webhooks
from seal_advisor.access import Actor
from seal_advisor.models import Design, User
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = date(2030, 3, 1)


def at(day: date, hour: int = 9) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def person(name: str, role: str) -> User:
    user = factories.member(name, role)
    user.email = f"{name}@bank.example"
    user.save()
    return user


@pytest.fixture(autouse=True)
def _mail_server(settings: Any) -> None:
    settings.EMAIL_HOST = "mail.bank.example"
    settings.PUBLIC_URL = "https://advisor.bank.example"


@pytest.fixture
def design(db: None) -> Design:
    person("carl", "compliance")
    return factories.design(person("alice", "architect"))


def attest(design: Design, expires: date) -> Attestation:
    said = {
        "control": "C-CM-02", "statement": "s", "by": "Hanna", "on": date(2029, 1, 1), "expires": expires,
        "reference": "",
    }  # fmt: skip
    return register.enter(Attestation, design, actor=Actor(design.author), said=said)


def run(day: date, hour: int = 9) -> int:
    """One round of the beat on this day; returns how many mails went out."""
    before = len(mail.outbox)
    service.make(at(day, hour))
    service.send(at(day, hour))
    return len(mail.outbox) - before


def test_each_threshold_is_told_once_and_no_day_in_between(design: Design) -> None:
    attest(design, TODAY + timedelta(days=40))
    told = {number: run(TODAY + timedelta(days=number)) for number in range(43)}
    assert {number for number, sent in told.items() if sent} == {10, 33, 40}
    assert set(told.values()) == {0, 1}
    assert sum(run(TODAY + timedelta(days=10), hour) for hour in range(10, 24)) == 0
    assert [one.subject.rpartition(" stops counting ")[2] for one in mail.outbox] == [
        "in 30 days, on 2030-04-10",
        "in 7 days, on 2030-04-10",
        "today",
    ]


def test_who_entered_it_and_the_compliance_officers_are_told_and_nobody_of_another_house(design: Design) -> None:
    factories.member("mallory", "compliance", factories.OrganisationFactory(name="Rival"))
    User.objects.filter(username="mallory").update(email="mallory@rival.example")
    attest(design, TODAY)
    assert run(TODAY) == 1
    assert mail.outbox[0].to == ["alice@bank.example", "carl@bank.example"]
    assert f"https://advisor.bank.example/designs/{design.pk}/register/" in mail.outbox[0].body


def test_waivers_certificates_and_evidence_run_out_too(design: Design) -> None:
    olga, actor = person("olga", "administrator"), Actor(design.author)
    until = {"control": "C-PN-01", "reason": "r", "owner": olga, "expires": TODAY}
    waiver = register.enter(Waiver, design, actor=actor, said=until)
    unapproved = register.enter(Waiver, design, actor=actor, said=until)
    Waiver.objects.filter(pk=waiver.pk).update(approver=person("rita", "reviewer"), approved_at=at(TODAY))
    register.enter(
        ModuleCertificate,
        design,
        actor=actor,
        said={
            "module": "Luna", "number": "4684", "standard": "fips_140_3", "level": 3, "status": "active",
            "checked_on": TODAY - timedelta(days=90), "checked_by": "v", "source": "https://csrc.nist.gov/",
        },
    )  # fmt: skip
    services.receive_evidence(design, actor=actor, name="vault.hcl", data=factories.VAULT_HCL)
    Artefact.objects.update(received_at=at(TODAY - timedelta(days=90)))
    assert run(TODAY) == 3
    assert sorted(Reminder.objects.values_list("item", flat=True)) == sorted(
        [
            f"waiver {waiver.pk}",
            f"certificate {ModuleCertificate.objects.get().pk}",
            f"artefact {Artefact.objects.get().pk}",
        ]
    )
    assert not Reminder.objects.filter(item__contains=str(unapproved.pk)).exists()
    newest = Reminder.objects.get(item__startswith="artefact")
    assert newest.subject == "Payments: The newest Vault config (vault.hcl) stops counting today"


def test_what_was_renewed_or_ended_is_not_told(design: Design) -> None:
    word = attest(design, TODAY)
    register.end(word, actor=Actor(design.author), why="renewed")
    services.receive_evidence(design, actor=Actor(design.author), name="old.hcl", data=factories.VAULT_HCL)
    Artefact.objects.update(received_at=at(TODAY - timedelta(days=90)))
    services.receive_evidence(design, actor=Actor(design.author), name="new.hcl", data=factories.VAULT_HCL + b"#\n")
    Artefact.objects.filter(name="new.hcl").update(received_at=at(TODAY))
    assert run(TODAY) == 0


def test_a_mail_server_that_does_not_answer_is_asked_again_an_hour_later(
    design: Design, monkeypatch: pytest.MonkeyPatch
) -> None:
    attest(design, TODAY)

    def refuse(*_: Any) -> int:
        raise ConnectionRefusedError("nobody listens")

    with monkeypatch.context() as broken:
        broken.setattr(EmailBackend, "send_messages", refuse)
        assert run(TODAY) == 0
    row = Reminder.objects.get()
    assert (row.sent_at, row.attempts, row.error) == (None, 1, "nobody listens")
    assert run(TODAY) == 0
    assert run(TODAY, 11) == 1
    row.refresh_from_db()
    assert (row.attempts, row.error, row.sent_at) == (2, "", at(TODAY, 11))
    assert run(TODAY, 13) == 0


def test_without_a_mail_server_nothing_is_sent_and_the_reminder_stays_to_be_read(design: Design, settings: Any) -> None:
    settings.EMAIL_HOST = ""
    attest(design, TODAY)
    assert run(TODAY) == 0
    assert Reminder.objects.get().sent_at is None


def test_a_webhook_that_asks_for_it_is_told_once(design: Design, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks.guard, "target", lambda *_: None)
    webhooks.register(design, actor=Actor(design.author), address="https://hook.example/", events=["evidence.expiring"])
    attest(design, TODAY)
    run(TODAY)
    run(TODAY)
    body = Delivery.objects.get().body
    assert '"type":"evidence.expiring"' in body
    assert '"days_left":0' in body


def test_the_beat_makes_and_sends_them(design: Design, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks.timezone, "now", lambda: at(TODAY))
    attest(design, TODAY)
    tasks.keep_up()
    assert len(mail.outbox) == 1
