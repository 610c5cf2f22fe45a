"""Schedules, legal holds and retention by the API: what the pages do, for scripts."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from evidence.models import LedgerEntry
from evidence.upkeep.models import LegalHold, Retention, Schedule
from seal_advisor.models import Design, User
from tests import factories

pytestmark = pytest.mark.django_db


def client(user: User) -> APIClient:
    found = APIClient()
    found.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return found


@pytest.fixture
def alice(db: None) -> User:
    return factories.member("alice", "architect")


@pytest.fixture
def olga(db: None) -> User:
    return factories.member("olga", "administrator")


@pytest.fixture
def design(alice: User) -> Design:
    return factories.design(alice)


def address(design: Design, rest: str) -> str:
    return f"/api/v1/designs/{design.pk}/{rest}/"


def test_a_schedule_is_set_read_and_dropped(design: Design, alice: User, olga: User) -> None:
    api, where = client(alice), address(design, "schedule")
    none = api.get(where)
    assert (none.status_code, none["ETag"]) == (200, '"none"')
    assert none.json() == {
        "every": "", "owner": None, "recipients": [], "set_at": None, "next_at": None, "paused": ""
    }  # fmt: skip
    made = api.put(where, {"every": "weekly", "recipients": ["olga"]})
    assert made.status_code == 200, made.content
    said = made.json()
    assert (said["every"], said["owner"], said["recipients"], said["paused"]) == ("weekly", "alice", ["olga"], "")
    schedule = Schedule.objects.get()
    assert timedelta(days=6, hours=23) < schedule.next_at - timezone.now() <= timedelta(days=7)
    assert api.get(where).json() == said
    assert api.get(where)["ETag"] == made["ETag"]
    assert api.delete(where).status_code == 204
    assert not Schedule.objects.exists()
    assert api.delete(where).status_code == 204, "without a schedule nothing changes"


def test_a_schedule_that_somebody_else_set_is_not_overwritten(design: Design, alice: User, olga: User) -> None:
    api, where = client(alice), address(design, "schedule")
    first = api.put(where, {"every": "weekly"}, headers={"If-Match": '"none"'})
    client(olga).put(where, {"every": "monthly"})
    lost = api.put(where, {"every": "weekly"}, headers={"If-Match": first["ETag"]})
    assert (lost.status_code, lost["Content-Type"]) == (412, "application/problem+json")
    assert lost.json()["errors"][0]["field"] == "If-Match"
    assert api.delete(where, headers={"If-Match": first["ETag"]}).status_code == 412
    assert Schedule.objects.get().every == "monthly"
    assert api.put(where, {"every": "weekly"}, headers={"If-Match": api.get(where)["ETag"]}).status_code == 200


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "every"),
        ({"every": "daily"}, "every"),
        ({"every": "weekly", "recipients": ["stranger"]}, "recipients"),
        ({"every": "weekly", "recipients": "olga"}, "recipients"),
    ],
)
def test_what_is_no_schedule_is_refused_by_its_field(
    design: Design, alice: User, given: dict[str, Any], field: str
) -> None:
    factories.member("stranger", "architect", factories.OrganisationFactory(name="Rival"))
    refused = client(alice).put(address(design, "schedule"), given)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"].startswith(field)
    assert not Schedule.objects.exists()


def test_a_write_that_is_sent_again_under_its_key_changes_nothing(design: Design, olga: User) -> None:
    api, key = client(olga), {"Idempotency-Key": "once"}
    answers = [api.post(address(design, "holds"), {"reason": "Case 7"}, headers=key).json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert LegalHold.objects.count() == 1


def test_a_hold_is_placed_listed_and_released_once(design: Design, alice: User, olga: User) -> None:
    api, where = client(olga), address(design, "holds")
    placed = api.post(where, {"reason": "Case 2026-114"})
    assert placed.status_code == 201
    hold = placed.json()
    assert (hold["reason"], hold["placed_by"], hold["released_at"]) == ("Case 2026-114", "olga", None)
    assert [one["id"] for one in client(alice).get(where).json()["results"]] == [hold["id"]]
    release = address(design, f"holds/{hold['id']}/release")
    assert client(alice).post(release, {"reason": "mine"}).status_code == 403
    assert api.post(release, {"reason": " "}).status_code == 422
    released = api.post(release, {"reason": "The case was closed"}).json()
    assert (released["released_by"], released["release_reason"]) == ("olga", "The case was closed")
    again = api.post(release, {"reason": "once more"})
    assert (again.status_code, again["Content-Type"]) == (409, "application/problem+json")
    entries = LedgerEntry.objects.filter(kind="held").order_by("index").values_list("entry", flat=True)
    said = [json.loads(entry)["what"] for entry in entries]
    assert said == ["legal hold placed", "legal hold released"]


def test_a_hold_of_another_design_is_not_found(design: Design, alice: User, olga: User) -> None:
    hold = client(olga).post(address(design, "holds"), {"reason": "Case 7"}).json()
    other = factories.design(alice)
    answer = client(olga).post(address(other, f"holds/{hold['id']}/release"), {"reason": "x"})
    assert answer.status_code == 404


def test_retention_is_the_organisation_s(design: Design, alice: User, olga: User) -> None:
    api, where = client(olga), address(design, "retention")
    assert api.get(where).json() == {"package_days": None, "set_by": None, "set_at": None}
    assert client(alice).put(where, {"package_days": 9}).status_code == 403
    for wrong in (0, -1, 36_501, "x"):
        assert api.put(where, {"package_days": wrong}).status_code == 422
    said = api.put(where, {"package_days": 3653}).json()
    assert (said["package_days"], said["set_by"]) == (3653, "olga")
    assert client(alice).get(where).json() == said
    assert api.delete(where).status_code == 204
    assert not Retention.objects.exists()
