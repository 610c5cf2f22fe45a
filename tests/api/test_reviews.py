"""Reviews over the API: people decide, a token reads; every step is in the answer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from seal_advisor.models import Design, User
from tests import factories


def person(user: User) -> APIClient:
    client = APIClient()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def rita(db: None) -> APIClient:
    return person(factories.member("rita", "reviewer"))


@pytest.fixture
def author(alice: User) -> APIClient:
    return person(alice)


@pytest.fixture
def review(author: APIClient, design: Design) -> str:
    """The address of an open review."""
    made = author.post(f"/api/v1/designs/{design.pk}/reviews/", {"quorum": 1})
    assert made.status_code == 201, made.content
    return f"/api/v1/reviews/{made.json()['id']}/"


def test_a_review_from_its_opening_to_its_minutes(review: str, rita: APIClient, author: APIClient) -> None:
    assert author.get(review).json()["state"] == "open"
    assert {one["kind"] for one in rita.get(f"{review}agenda/").json()["items"]} <= {
        "conflict", "red_control", "unsure", "open_question", "stale", "waiver", "remark", "warning", "new_evidence",
    }  # fmt: skip
    said = rita.post(f"{review}remarks/", {"subject": "answer:hsm", "text": "Is it in service?"})
    thread = said.json()["id"]
    assert author.post(f"{review}remarks/{thread}/", {"text": "Since May."}).status_code == 201
    assert rita.post(f"{review}remarks/{thread}/", {"does": "resolve"}).json()["does"] == "resolve"
    (found,) = author.get(f"{review}remarks/").json()["threads"]
    assert (found["resolved"], [one["author"] for one in found["entries"]]) == (True, ["rita", "alice", "rita"])
    condition = {"text": "Rotate the PIN", "owner": "alice", "due": "2030-01-31"}
    vote = rita.post(f"{review}votes/", {"choice": "conditions", "conditions": [condition]})
    assert vote.status_code == 201, vote.content
    assert rita.get(f"{review}minutes/").status_code == 409
    closed = rita.post(f"{review}close/")
    assert (closed.status_code, closed.json()["state"], closed.json()["lapses"]) == (200, "signed_off", [])
    action = closed.json()["votes"][0]["conditions"][0]["id"]
    assert author.post(f"{review}actions/{action}/").json()["done_at"]
    assert "Rotate the PIN" in rita.get(f"{review}minutes/").json()["text"]
    gone = rita.post(f"{review}withdrawal/", {"reason": "The HSM was lost."})
    assert gone.json()["state"] == "withdrawn"


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("votes/", {"choice": "reject"}, "dissent is kept"),
        ("votes/", {"choice": "conditions"}, "condition"),
        ("votes/", {"choice": "conditions", "conditions": [{"text": "x", "owner": "eve", "due": "2030-01-01"}]}, "eve"),
        ("remarks/", {"subject": "answer:boundry", "text": "x"}, "nothing here is called"),
        ("links/", {"parts": ["decision"], "expires_at": "2099-01-01T00:00:00Z"}, "at most 30 days"),
        ("withdrawal/", {"reason": "x"}, "not signed off"),
    ],
)
def test_what_cannot_be_done_is_a_problem_that_says_why(
    review: str, rita: APIClient, path: str, body: dict[str, object], said: str
) -> None:
    answer = rita.post(review + path, body)
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert said in answer.json()["detail"]


def test_a_token_reads_a_review_and_decides_nothing(
    review: str, alice: User, caller: Callable[[User], APIClient]
) -> None:
    olga = caller(factories.member("olga", "administrator"))
    assert olga.get(review).status_code == 200
    for path in ("votes/", "close/", "withdrawal/", "remarks/", "links/"):
        assert olga.post(review + path, {"choice": "approve"}).status_code == 403, path


def test_a_link_that_the_api_makes_opens_without_an_account_until_it_is_revoked(review: str, author: APIClient) -> None:
    until = (timezone.now() + timedelta(days=1)).isoformat()
    made = author.post(f"{review}links/", {"name": "Board", "parts": ["decision"], "expires_at": until}).json()
    guest = Client()
    assert guest.get(f"/shared/{made['secret']}/").status_code == 200
    assert author.get(f"{review}links/").json()["links"][0]["secret"] is None
    assert author.delete(f"{review}links/{made['id']}/").status_code == 204
    assert guest.get(f"/shared/{made['secret']}/").status_code == 404


def test_an_architect_opens_and_remarks_but_neither_votes_nor_closes(review: str, author: APIClient) -> None:
    for path, body in (("votes/", {"choice": "abstain"}), ("close/", {}), ("withdrawal/", {"reason": "x"})):
        assert author.post(review + path, body).status_code == 403, path
    assert author.post(f"{review}remarks/", {"subject": "answer:hsm", "text": "Mine."}).status_code == 201


def test_an_auditor_reads_everything_and_says_nothing(review: str) -> None:
    adam = person(factories.member("adam", "auditor"))
    assert [adam.get(review + path).status_code for path in ("", "agenda/", "remarks/", "links/")] == [200] * 4
    for path in ("remarks/", "votes/", "close/", "withdrawal/", "links/"):
        assert adam.post(review + path, {}).status_code == 403, path
