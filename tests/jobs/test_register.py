"""What the database itself refuses about statements, on both engines, whoever asks."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from evidence.register import FIXED, services
from evidence.register.models import Attestation, Exclusion, ModuleCertificate, Waiver
from seal_advisor.access import Actor
from seal_advisor.models import Design
from tests import factories

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


@pytest.fixture
def design(db: None) -> Design:
    return factories.design(factories.member("alice", "architect"))


def asked(design: Design) -> Waiver:
    return services.enter(
        Waiver,
        design,
        actor=Actor(factories.member("carl", "compliance")),
        said={"control": "C-PN-01", "reason": "later", "owner": design.author, "expires": date(2099, 1, 1)},
    )


def everything(design: Design) -> None:
    actor = Actor(design.author)
    services.enter(
        ModuleCertificate,
        design,
        actor=actor,
        said={
            "module": "m", "number": "1", "standard": "fips_140_3", "level": 3, "status": "active",
            "checked_on": TODAY, "checked_by": "v", "source": "https://csrc.nist.gov/",
        },
    )  # fmt: skip
    until = TODAY + timedelta(days=9)
    word = {"control": "C-CM-02", "statement": "s", "by": "v", "on": TODAY, "expires": until, "reference": ""}
    services.enter(Attestation, design, actor=actor, said=word)
    services.enter(Exclusion, design, actor=actor, said={"control": "C-CM-02", "reason": "r", "by": "v", "on": TODAY})
    asked(design)


@pytest.mark.parametrize("approver", ["owner", "author"])
def test_the_database_refuses_an_approver_who_is_owner_or_author(design: Design, approver: str) -> None:
    waiver = asked(design)
    person = waiver.owner if approver == "owner" else waiver.entered_by
    with pytest.raises(IntegrityError), transaction.atomic():
        Waiver.objects.filter(pk=waiver.pk).update(approver=person, approved_at=timezone.now())
    assert Waiver.objects.filter(pk=waiver.pk, approver=None).exists()
    rita = factories.member("rita", "reviewer")
    assert Waiver.objects.filter(pk=waiver.pk).update(approver=rita, approved_at=timezone.now()) == 1


def test_the_database_refuses_an_approval_without_a_moment_and_a_word_that_ends_before_it_begins(
    design: Design,
) -> None:
    waiver = asked(design)
    with pytest.raises(IntegrityError), transaction.atomic():
        Waiver.objects.filter(pk=waiver.pk).update(approver=factories.member("rita", "reviewer"))
    word = {"control": "C-CM-02", "statement": "s", "by": "v", "on": TODAY, "expires": TODAY - timedelta(days=1)}
    with pytest.raises(IntegrityError), transaction.atomic():
        services.enter(Attestation, design, actor=Actor(design.author), said=word)


@pytest.mark.parametrize("table", sorted(FIXED))
def test_what_was_stated_can_be_neither_changed_nor_deleted(design: Design, table: str) -> None:
    everything(design)
    for column in FIXED[table]:
        statement = f'UPDATE {table} SET "{column}" = "{column}"'
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")


def test_what_counts_at_a_moment_is_what_was_entered_and_not_ended_then(design: Design) -> None:
    before = timezone.now()
    everything(design)
    between = timezone.now()
    services.end(Exclusion.objects.get(), actor=Actor(design.author), why="it does apply")
    after = timezone.now()
    counts = [len(services.statements_at(design, at).exclusions) for at in (before, between, after)]
    assert counts == [0, 1, 0]
    assert services.statements_at(design, after).waivers == ()
    assert services.certificates_at(design, before) is None
    assert services.certificates_at(design, after) is not None


def test_a_correction_ends_the_entry_that_it_corrects(design: Design) -> None:
    everything(design)
    first = ModuleCertificate.objects.get()
    said = services.stated(first) | {"level": 4, "checked_on": TODAY}
    services.enter(ModuleCertificate, design, actor=Actor(design.author), said=said, replaces=first)
    assert list(ModuleCertificate.objects.values_list("level", "ended_why")) == [
        (3, "corrected by a new entry"),
        (4, ""),
    ]
    with pytest.raises(services.NotNow):
        services.enter(ModuleCertificate, design, actor=Actor(design.author), said=said, replaces=first)
