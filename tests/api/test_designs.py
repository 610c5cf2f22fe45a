"""Designs over the API: creation, lost updates, history, decision, files, revisions."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from seal_advisor.models import Design
from tests.factories import ANSWERS

pytestmark = pytest.mark.django_db


def test_a_decision_needs_no_account_and_stores_nothing(anonymous: APIClient) -> None:
    answer = anonymous.post("/api/v1/decisions/", {"answers": ANSWERS})
    assert answer.status_code == 200
    decision = answer.json()
    assert (decision["status"], decision["recommended"]) == ("recommended", ["pkcs11"])
    cloud = next(option for option in decision["options"] if option["id"] == "cloud_kms")
    assert cloud["state"] == "excluded"
    assert any("boundary" in reason["answers"] for reason in cloud["reasons"])
    assert Design.objects.count() == 0


def test_a_design_is_created_with_answers_read_and_listed(api: APIClient) -> None:
    created = api.post("/api/v1/designs/", {"title": "Core banking", "answers": {"boundary": "dedicated_hsm"}})
    assert created.status_code == 201, created.content
    assert created["ETag"] == f'"v{created.json()["version"]}"'
    read = api.get(created["Location"])
    assert read.json()["answers"] == {"boundary": "dedicated_hsm"}
    assert [one["id"] for one in api.get("/api/v1/designs/").json()["results"]] == [created.json()["id"]]


def test_a_list_goes_on_at_its_cursor_and_shows_each_design_once(api: APIClient) -> None:
    for number in range(5):
        api.post("/api/v1/designs/", {"title": f"Design {number}"})
    seen, address = [], "/api/v1/designs/?limit=2"
    while address:
        page = api.get(address).json()
        seen += [one["title"] for one in page["results"]]
        address = page["next"]
    assert seen == [f"Design {number}" for number in reversed(range(5))]


def test_answers_replace_answers_and_each_change_is_in_the_history(api: APIClient, design: Design) -> None:
    address = f"/api/v1/designs/{design.pk}/"
    tag = api.get(address)["ETag"]
    changed = {**ANSWERS, "hsm": "single"}
    del changed["clusters"]
    answer = api.put(
        f"{address}answers/", {"answers": changed, "notes": {"hsm": "one for now"}}, headers={"If-Match": tag}
    )
    assert answer.status_code == 200, answer.content
    assert answer["ETag"] != tag
    history = api.get(f"{address}history/").json()["results"]
    newest = {(one["part"], one["question"]): (one["before"], one["after"]) for one in history[:3]}
    assert newest == {
        ("answers", "hsm"): ("clustered", "single"),
        ("answers", "clusters"): ("few", None),
        ("notes", "hsm"): (None, "one for now"),
    }
    assert history[0]["user"] == "alice"


def test_the_same_answers_again_change_neither_version_nor_history(api: APIClient, design: Design) -> None:
    address = f"/api/v1/designs/{design.pk}/answers/"
    before = api.get(address)
    answer = api.put(address, before.json(), headers={"If-Match": before["ETag"]})
    assert (answer.status_code, answer["ETag"]) == (200, before["ETag"])


def test_an_old_version_never_overwrites_a_newer_one(api: APIClient, design: Design) -> None:
    address = f"/api/v1/designs/{design.pk}/answers/"
    old = api.get(address)["ETag"]
    assert api.put(address, {"answers": {"hsm": "none"}}, headers={"If-Match": old}).status_code == 200
    lost = api.put(address, {"answers": {"hsm": "single"}}, headers={"If-Match": old})
    assert (lost.status_code, lost["Content-Type"]) == (412, "application/problem+json")
    assert api.get(address).json()["answers"] == {"hsm": "none"}
    assert api.put(address, {"answers": {}}).status_code == 428
    assert api.put(address, {"answers": {}}, headers={"If-Match": "soon"}).status_code == 412


def test_a_title_is_edited_under_if_match(api: APIClient, design: Design) -> None:
    address = f"/api/v1/designs/{design.pk}/"
    tag = api.get(address)["ETag"]
    assert api.patch(address, {"title": "New"}, headers={"If-Match": tag}).json()["title"] == "New"
    assert api.patch(address, {"title": "Newer"}, headers={"If-Match": tag}).status_code == 412
    assert api.patch(address, {"title": ""}).status_code == 422


def test_decision_and_files_follow_the_draft(api: APIClient, design: Design) -> None:
    decision = api.get(f"/api/v1/designs/{design.pk}/decision/")
    assert decision.json()["recommended"] == ["pkcs11"]
    files = api.get(f"/api/v1/designs/{design.pk}/files/").json()["files"]
    assert 'seal "pkcs11"' in files["vault.hcl"]


def test_a_revision_is_frozen_once_for_the_same_answers(api: APIClient, design: Design) -> None:
    address = f"/api/v1/designs/{design.pk}/revisions/"
    first, again = api.post(address), api.post(address)
    assert (first.status_code, first.json()["number"], again.json()["id"]) == (201, 1, first.json()["id"])
    answers = f"/api/v1/designs/{design.pk}/answers/"
    api.put(answers, {"answers": {"hsm": "none"}}, headers={"If-Match": "*"})
    assert api.post(address).json()["number"] == 2
    assert [one["number"] for one in api.get(address).json()["results"]] == [2, 1]


def test_the_same_idempotency_key_creates_one_design(api: APIClient) -> None:
    def create(title: str) -> tuple[int, str]:
        answer = api.post("/api/v1/designs/", {"title": title}, headers={"Idempotency-Key": "k1"})
        return answer.status_code, answer.json().get("id", "")

    first = create("Once")
    assert (create("Once"), Design.objects.count()) == (first, 1)
    assert create("Other")[0] == 422
    refused = api.post("/api/v1/designs/", {"title": ""}, headers={"Idempotency-Key": "k2"})
    corrected = api.post("/api/v1/designs/", {"title": "Right"}, headers={"Idempotency-Key": "k2"})
    assert (refused.status_code, corrected.status_code) == (422, 201)
