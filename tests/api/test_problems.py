"""Every error is problem+json: what, where, what to do; whatever the address, the method, the body."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from seal_advisor import tokens
from seal_advisor.api import health
from seal_advisor.models import Design, User
from tests import factories

pytestmark = pytest.mark.django_db
KEYS = {"type", "title", "status", "detail", "errors"}


def post(client: APIClient, address: str, body: bytes) -> tuple[int, str]:
    answer = client.post(address, body, content_type="application/json")
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) == KEYS
    assert problem["status"] == answer.status_code
    assert "\n" not in problem["detail"]
    return answer.status_code, problem["detail"]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b'{"answers": {"boundry": "anywhere"}}', 422, "boundary"),
        (b'{"answers": {"boundary": "dedicated_hms"}}', 422, "dedicated_hsm"),
        (b'{"answers": {"rto": "15 minutes"}}', 422, "rto"),
        (b'{"answers": {}, "anwsers": {}}', 422, "answers"),
        (b"[]", 422, "object"),
        (b"", 422, "missing"),
        (b'{"answers": {"hsm": "none"', 400, "JSON"),
        (b'{"answers": {"hsm": "none", "hsm": "single"}}', 400, "twice"),
        (b'{"answers": {"hsm": NaN}}', 400, "NaN"),
        (b'\xff\xfe{"answers": {}}', 400, "UTF-8"),
        (b"[" * 1000 + b"]" * 1000, 400, "levels"),
        (b'{"answers": {}, "notes": {"hsm": "' + b"x" * 2_000_000 + b'"}}', 413, "KiB"),
    ],
    ids=["id", "value", "duration", "key", "list", "empty", "cut", "twice", "nan", "utf-8", "deep", "large"],
)
def test_a_wrong_answers_file_gets_one_clear_line(anonymous: APIClient, body: bytes, status: int, words: str) -> None:
    got, detail = post(anonymous, "/api/v1/decisions/", body)
    assert (got, words in detail) == (status, True), detail


def test_an_unknown_address_or_method_is_a_problem_too(anonymous: APIClient, api: APIClient) -> None:
    for address in ("/api/", "/api/v2/", "/api/v1/desings/", "/api/v1/designs/not-an-id/"):
        answer = anonymous.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json"), address
        assert set(answer.json()) == KEYS
    wrong = api.delete("/api/v1/designs/")
    assert (wrong.status_code, wrong["Content-Type"]) == (405, "application/problem+json")
    media = api.post("/api/v1/designs/", b"<a/>", content_type="application/xml")
    assert (media.status_code, media["Content-Type"]) == (415, "application/problem+json")


def test_files_of_an_undecided_design_are_a_conflict_that_says_what_to_answer(api: APIClient, alice: User) -> None:
    design = factories.design(alice, answers={})
    answer = api.get(f"/api/v1/designs/{design.pk}/files/")
    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert "not decided" in answer.json()["detail"]


def test_a_token_that_is_wrong_expired_or_revoked_is_refused_never_anonymous(alice: User, design: Design) -> None:
    client = APIClient()
    token, secret = factories.token(alice)

    def status(value: str) -> int:
        client.credentials(HTTP_AUTHORIZATION=value)
        # Even where no account is needed, a wrong token is an error: the caller believes to be somebody.
        return int(client.post("/api/v1/decisions/", {"answers": {}}).status_code)

    assert status(f"Bearer {secret}") == 200
    assert [status(value) for value in (f"Bearer {secret}x", "Bearer", "Basic YTpi")] == [401, 401, 401]
    tokens.revoke_token(token)
    assert status(f"Bearer {secret}") == 401
    late, secret = factories.token(alice)
    type(late).objects.filter(pk=late.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert status(f"Bearer {secret}") == 401
    challenge = APIClient().get("/api/v1/designs/")
    assert (challenge.status_code, challenge["WWW-Authenticate"]) == (401, 'Bearer realm="seal-advisor"')


def test_a_token_is_kept_as_a_hash_and_shown_once(alice: User) -> None:
    browser = APIClient()
    browser.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    expires = (timezone.now() + timedelta(days=30)).isoformat()
    made = browser.post("/api/v1/tokens/", {"name": "ci", "scopes": ["evidence:write"], "expires_at": expires})
    assert made.status_code == 201, made.content
    secret = made.json()["secret"]
    assert len(bytes.fromhex(secret.removeprefix("sealadv_"))) * 8 == 192
    listed = browser.get("/api/v1/tokens/").json()["results"]
    assert (listed[0]["name"], listed[0]["secret"]) == ("ci", None)
    assert alice.tokens.get().digest == tokens.token_digest(secret)
    for wrong in ({"scopes": ["review"]}, {"expires_at": (timezone.now() + timedelta(days=91)).isoformat()}):
        body = {"name": "ci", "scopes": ["read"], "expires_at": expires, **wrong}
        assert browser.post("/api/v1/tokens/", body).status_code == 422
    assert browser.delete(f"/api/v1/tokens/{listed[0]['id']}/").status_code == 204


def test_a_session_needs_the_csrf_token_for_a_write(alice: User) -> None:
    browser = APIClient(enforce_csrf_checks=True)
    browser.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    answer = browser.post("/api/v1/designs/", {"title": "x"})
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")


def test_too_many_calls_get_429_with_the_time_to_wait(anonymous: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rest_framework.throttling.AnonRateThrottle.get_rate", lambda self: "2/min")
    statuses = [anonymous.post("/api/v1/decisions/", {"answers": {}}).status_code for _ in range(2)]
    last = anonymous.post("/api/v1/decisions/", {"answers": {}})
    assert (statuses, last.status_code, last["Content-Type"]) == ([200, 200], 429, "application/problem+json")
    assert int(last["Retry-After"]) > 0


def test_our_own_mistake_is_a_problem_without_inner_words(
    anonymous: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*args: object) -> None:
        raise RuntimeError("inner words")

    monkeypatch.setattr("seal_advisor.api.designs.parse", breaks)
    answer = anonymous.post("/api/v1/decisions/", {"answers": {}})
    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert b"inner words" not in answer.content


def test_the_operator_sees_which_dependency_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}

    def down() -> None:
        raise ConnectionError("secret address")

    monkeypatch.setitem(health.CHECKS, "broker", down)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["broker"]) == (503, "ConnectionError")
    assert (b"secret address" in answer.content, answer.json()["checks"]["database"]) == (False, "ok")
    assert b"django_http" in client.get("/metrics").content


def test_a_method_that_an_address_does_not_know_is_405_for_everybody(api: APIClient, anonymous: APIClient) -> None:
    answers = [client.delete("/api/v1/decisions/") for client in (api, anonymous)]
    assert [(answer.status_code, answer["Content-Type"]) for answer in answers] == [
        (405, "application/problem+json")
    ] * 2


def test_head_is_answered_where_get_is(api: APIClient, design: Design) -> None:
    assert api.head(f"/api/v1/designs/{design.pk}/").status_code == 200


@pytest.mark.parametrize("address", ["/healthz", "/readyz", "/metrics", "/api/v1/docs/", "/api/schema/", "/api/x/"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_write_where_nothing_is_written_is_405_and_never_a_question_of_csrf(address: str, method: str) -> None:
    answer = Client(enforce_csrf_checks=True).generic(method, address)
    wanted = 404 if address == "/api/x/" else 405
    assert (answer.status_code, answer["Content-Type"]) == (wanted, "application/problem+json"), answer.content
