"""Whatever stands in a header, a cursor or a key: one problem that says what to do, never a server error."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.db import IntegrityError
from rest_framework.test import APIClient

from seal_advisor.api import idempotency
from seal_advisor.models import Design, IdempotentRequest, User

pytestmark = pytest.mark.django_db
PROBLEM = "application/problem+json"


def cursor(**place: str) -> str:
    return base64.b64encode(urlencode(place).encode()).decode()


@pytest.mark.parametrize(
    "wrong",
    [
        "x", "é", "%00", "A" * 5000, cursor(p="x"), cursor(p=""), cursor(p="\0"), cursor(p="-1"), cursor(p="Infinity"),
        cursor(p="99999-01-01"), cursor(p="2026-02-30T00:00:00Z"), cursor(p="0001-01-01T00:00:00+14:00"),
        cursor(p="9999-12-31T23:59:59-14:00"), cursor(o="-1"), cursor(o="9" * 30), cursor(o="9" * 5000), cursor(o="x"),
    ],
)  # fmt: skip
def test_a_cursor_that_names_no_place_is_404_and_says_where_cursors_come_from(
    api: APIClient, design: Design, wrong: str
) -> None:
    mine = f"/api/v1/designs/{design.pk}"
    for address in ("/api/v1/designs/", f"{mine}/evidence/", f"{mine}/packages/", "/api/v1/tokens/"):
        answer = api.get(f"{address}?cursor={quote(wrong, safe='%')}")
        if answer.status_code != 200:  # some decode to nothing at all: the first page
            assert (answer.status_code, answer["Content-Type"]) == (404, PROBLEM), answer.content
            assert "`next`" in answer.json()["detail"]
    if wrong in {"x", cursor(p="x"), cursor(p="0001-01-01T00:00:00+14:00")}:
        assert api.get(f"/api/v1/designs/?cursor={wrong}").status_code == 404


@pytest.mark.parametrize("limit", ["0", "-1", "x", "9" * 5000, "1e3", "٣"])
def test_a_limit_that_is_none_never_lists_everything(api: APIClient, design: Design, limit: str) -> None:
    answer = api.get(f"/api/v1/designs/?limit={quote(limit)}")
    assert (answer.status_code, len(answer.json()["results"])) == (200, 1)


@pytest.mark.parametrize(
    "given", ["v1", '"v' + "9" * 5000 + '"', '"v' + "9" * 19 + '"', '"', '""', '"v-1"', "é", '"v٣"', '"v1", *', "W/"]
)
def test_an_if_match_that_is_not_the_designs_etag_changes_nothing(api: APIClient, design: Design, given: str) -> None:
    before = api.get(f"/api/v1/designs/{design.pk}/")
    answer = api.patch(f"/api/v1/designs/{design.pk}/", {"title": "lost"}, headers={"If-Match": given})
    assert (answer.status_code, answer["Content-Type"]) == (412, PROBLEM), answer.content
    assert len(answer.content) < 1000
    assert api.get(f"/api/v1/designs/{design.pk}/").json() == before.json()


@pytest.mark.parametrize(
    ("status", "sent"),
    [
        (406, {"HTTP_ACCEPT": "application/xml"}),
        (406, {"HTTP_ACCEPT": "garbage"}),
        (400, {"HTTP_HOST": "evil.example"}),
        (400, {"HTTP_IDEMPOTENCY_KEY": "x" * 201}),
    ],
    ids=str,
)
def test_a_header_that_cannot_be_served_is_a_problem(api: APIClient, status: int, sent: dict[str, Any]) -> None:
    answer = api.post("/api/v1/designs/", {"title": "x"}, **sent)
    assert (answer.status_code, answer["Content-Type"]) == (status, PROBLEM), answer.content
    assert not Design.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        b"".join(b'--zz\r\nContent-Disposition: form-data; name="f%d"\r\n\r\nx\r\n' % number for number in range(1500)),
        b"".join(
            b'--zz\r\nContent-Disposition: form-data; name="f%d"; filename="a"\r\n\r\nx\r\n' % number
            for number in range(200)
        ),
        b'--zz\r\nContent-Disposition: form-data; name="node"\r\n\r\n' + b"x" * 3_000_000 + b"\r\n",
    ],
    ids=["fields", "files", "a long field"],
)
def test_a_form_that_is_no_upload_is_a_problem(api: APIClient, design: Design, body: bytes) -> None:
    address = f"/api/v1/designs/{design.pk}/evidence/"
    answer = api.post(address, body + b"--zz--\r\n", content_type="multipart/form-data; boundary=zz")
    assert (answer.status_code in {400, 413, 422}, answer["Content-Type"]) == (True, PROBLEM), answer.content


def test_a_key_whose_first_request_still_runs_says_when_to_come_again(api: APIClient, alice: User) -> None:
    IdempotentRequest.objects.create(user=alice, key="k", fingerprint="")
    answer = api.post("/api/v1/designs/", {"title": "x"}, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, int(answer["Retry-After"]) > 0) == (409, True), answer.content


def test_a_key_whose_first_request_was_refused_this_moment_may_be_sent_again(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def in_the_way(**row: object) -> None:
        raise IntegrityError("another request has this key")

    monkeypatch.setattr(IdempotentRequest.objects, "create", in_the_way)
    answer = api.post("/api/v1/designs/", {"title": "x"}, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, "again" in answer.json()["detail"]) == (409, True), answer.content


def test_an_answer_whose_key_was_given_up_meanwhile_is_still_given(
    api: APIClient, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request of more than five minutes: by then the key belongs to the one that was sent after it."""
    known = idempotency.canonical
    other: list[IdempotentRequest] = []

    def given_up(value: object) -> str:
        if IdempotentRequest.objects.filter(key="k", status=0).exists() and not other:
            IdempotentRequest.objects.all().delete()
            other.append(IdempotentRequest.objects.create(user=alice, key="k", fingerprint="other"))
        return known(value)

    monkeypatch.setattr(idempotency, "canonical", given_up)
    answer = api.post("/api/v1/designs/", {"title": "x"}, headers={"Idempotency-Key": "k"})
    assert answer.status_code == 201, answer.content
    other[0].refresh_from_db()
    assert (other[0].fingerprint, other[0].status) == ("other", 0)
