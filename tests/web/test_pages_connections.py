"""The pages of pipelines and webhooks: what the API does, done by a person with a browser."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evidence import jobs
from evidence.models import Delivery, JobState, Webhook
from evidence.webhooks import services as webhooks
from seal_advisor import tokens
from seal_advisor.models import Design, PipelineBinding, User
from seal_advisor.pipelines import issuers
from tests import factories
from tests.web.pages import address, text

GITHUB = "https://token.actions.githubusercontent.com"
ADMITTED = {
    "issuer": GITHUB,
    "repository": "bank/vault-config",
    "more": "ref = refs/heads/main\r\n\r\nevent_name=push\r\n",
    "scopes": ["read", "evidence:write"],
}
TOLD = {"address": "http://127.0.0.1:9/seal", "events": ["package.done", "answers.changed"]}


@pytest.fixture(autouse=True)
def _configured(settings: Any) -> None:
    settings.CI_ISSUERS = issuers.read('[[issuer]]\nkind = "github"\naudience = "https://seal.example"\n')
    settings.WEBHOOK_NETWORKS = [ipaddress.ip_network("127.0.0.0/8")]


@pytest.fixture
def olga(design: Design, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(factories.member("olga", "administrator"))


def test_a_pipeline_is_admitted_with_the_issuers_own_claim_and_ended(olga: Client, design: Design) -> None:
    assert olga.post(address(design, "pipelines/"), ADMITTED).status_code == 302
    made = PipelineBinding.objects.get()
    assert made.claims == {"repository": "bank/vault-config", "ref": "refs/heads/main", "event_name": "push"}
    assert (made.user.username, made.scopes) == ("olga", ["evidence:write", "read"])
    page = text(olga.get(address(design, "pipelines/")))
    assert all(said in page for said in ("bank/vault-config", "ref = refs/heads/main", "none yet", "Admitted"))
    olga.post(address(design, f"pipelines/{made.pk}/end/"))
    made.refresh_from_db()
    assert made.revoked_at is not None
    assert "Ended" in text(olga.get(address(design, "pipelines/")))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"repository": ""}, "Name the repository"),
        ({"scopes": []}, "Choose at least one thing that the job may do"),
        ({"issuer": "https://evil.example"}, "this server believes https://token.actions.githubusercontent.com"),
        ({"more": "ref"}, "Line 1: write one claim a line"),
        ({"more": "ref = a\nref = b"}, "Line 2: write one claim a line"),
        ({"more": "\n".join(f"c{number} = x" for number in range(10))}, "at most 10"),
    ],
)
def test_what_would_admit_too_much_or_nothing_is_refused(
    olga: Client, design: Design, changed: dict[str, Any], said: str
) -> None:
    answer = olga.post(address(design, "pipelines/"), {**ADMITTED, **changed})
    assert (answer.status_code, said in text(answer)) == (422, True), text(answer)
    assert b"bank/vault-config" in answer.content or "repository" in changed, "what was typed stays"
    assert not PipelineBinding.objects.exists()


def test_without_an_issuer_the_page_says_what_the_operator_does(olga: Client, design: Design, settings: Any) -> None:
    settings.CI_ISSUERS = ()
    assert "CI_ISSUERS_FILE" in text(olga.get(address(design, "pipelines/")))


def test_an_architect_reads_pipelines_and_is_offered_nothing(web: Client, design: Design, olga: Client) -> None:
    olga.post(address(design, "pipelines/"), ADMITTED)
    answer = web.get(address(design, "pipelines/"))
    assert "bank/vault-config" in text(answer)
    assert "Admit a pipeline" not in text(answer)
    assert b"/end/" not in answer.content
    assert b"/webhooks/" not in answer.content


def test_when_a_job_last_came_in_is_shown(olga: Client, design: Design) -> None:
    olga.post(address(design, "pipelines/"), ADMITTED)
    binding = PipelineBinding.objects.get()
    tokens.issue_token(
        organisation=design.organisation, user=binding.user, name="job", scopes=["read"], design=design,
        expires_at=timezone.now() + timezone.timedelta(hours=1), binding=binding, claims={"issuer": GITHUB},
    )  # fmt: skip
    assert "none yet" not in text(olga.get(address(design, "pipelines/")))


def test_a_webhooks_secret_is_shown_once_and_it_is_ended(olga: Client, design: Design) -> None:
    answer = olga.post(address(design, "webhooks/"), TOLD)
    secret = re.search(rb'id="secret">(whsec_[\w+/=]+)<', answer.content)
    assert secret
    assert "no-store" in answer["Cache-Control"]
    assert secret[1] not in olga.get(address(design, "webhooks/")).content
    made = Webhook.objects.get()
    assert (made.address, made.events) == (TOLD["address"], ["answers.changed", "package.done"])
    olga.post(address(design, f"webhooks/{made.pk}/end/"))
    made.refresh_from_db()
    assert made.ended_at is not None


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"address": ""}, "Say which address"),
        ({"events": []}, "Choose at least one event"),
        ({"address": "ftp://127.0.0.1/"}, "must start with https://"),
        ({"address": "http://10.0.0.1/"}, "10.0.0.1"),
    ],
)
def test_an_address_that_may_not_be_told_is_refused(
    olga: Client, design: Design, changed: dict[str, Any], said: str
) -> None:
    answer = olga.post(address(design, "webhooks/"), {**TOLD, **changed})
    assert (answer.status_code, said in text(answer)) == (422, True), text(answer)
    assert not Webhook.objects.exists()


def test_what_came_of_each_delivery_is_shown_page_by_page(
    olga: Client, design: Design, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "wake", lambda pk: None)
    olga.post(address(design, "webhooks/"), TOLD)
    hook = Webhook.objects.get()
    for number in range(60):
        webhooks.announce(design, "answers.changed", {"number": number})
    first, second, third = Delivery.objects.order_by("-created_at", "-id")[:3]
    Delivery.objects.filter(pk=first.pk).update(attempts=1, status=204, delivered_at=timezone.now())
    Delivery.objects.filter(pk=second.pk).update(attempts=9, status=503, error="the answer is 503")
    second.job.state = JobState.FAILED
    second.job.save()
    Delivery.objects.filter(pk=third.pk).update(attempts=2, status=500, error="the answer is 500")
    page = address(design, f"webhooks/{hook.pk}/")
    with CaptureQueriesContext(connection) as for_fifty:
        shown = olga.get(page)
    said = text(shown)
    assert all(one in said for one in ("Told", "answered 204", "Given up", "the answer is 503", "again after"))
    assert said.count("answers changed") == 50
    older = re.search(rb'href="(\?before=[0-9a-f-]+)"', shown.content)
    assert older
    with CaptureQueriesContext(connection) as for_ten:
        rest = text(olga.get(page + older[1].decode()))
    assert len(for_ten) == len(for_fifty) + 1, "one more, which finds where the page begins"
    assert rest.count("answers changed") == 10
    assert str(first.pk) not in rest
    assert olga.get(f"{page}?before=nonsense").status_code == 404
    assert "Told" in text(olga.get(address(design, "webhooks/")))


def test_the_lists_ask_as_much_for_many_as_for_one(olga: Client, design: Design) -> None:
    asked = []
    for numbers in (range(1), range(1, 15)):
        for number in numbers:
            olga.post(address(design, "webhooks/"), {**TOLD, "address": f"http://127.0.0.1:9/{number}"})
            olga.post(address(design, "pipelines/"), {**ADMITTED, "repository": f"bank/{number}"})
        for part in ("webhooks/", "pipelines/"):
            olga.get(address(design, part))
            with CaptureQueriesContext(connection) as caught:
                olga.get(address(design, part))
            asked.append(len(caught))
    assert asked[:2] == asked[2:]
