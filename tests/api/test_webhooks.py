"""Webhooks: signed, told again until heard, and never a way into one's own networks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from evidence import jobs, services, tasks
from evidence.models import Delivery, Job, Webhook
from evidence.webhooks import guard
from evidence.webhooks import services as webhooks
from seal_advisor.access import Actor
from seal_advisor.models import Design, User
from tests import factories

pytestmark = pytest.mark.django_db
LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]


class Listener:
    """A system that hears webhooks. answers: the statuses that it gives, the last one for ever."""

    def __init__(self, *answers: int) -> None:
        self.answers, self.heard = list(answers), []
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                listener.heard.append((dict(self.headers), body))
                status = listener.answers.pop(0) if len(listener.answers) > 1 else listener.answers[0]
                self.send_response(status)
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """The test reads what was heard."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/seal?team=1"


@contextmanager
def listening(*answers: int) -> Iterator[Listener]:
    listener = Listener(*answers)
    thread = threading.Thread(target=listener.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield listener
    finally:
        listener.server.shutdown()
        listener.server.server_close()
        thread.join()


@pytest.fixture(autouse=True)
def _settings(settings: Any) -> None:
    settings.WEBHOOK_NETWORKS = LOOPBACK
    settings.JOB_LEASE_SECONDS = 3600  # no beat against the test's own transaction


@pytest.fixture
def olga(design: Design) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.force_login(factories.member("olga", "administrator"), backend="django.contrib.auth.backends.ModelBackend")
    return client


def made(olga: APIClient, design: Design, address: str, *events: str) -> dict[str, Any]:
    body = {"address": address, "events": events or ["evidence.received"]}
    answer = olga.post(f"/api/v1/designs/{design.pk}/webhooks/", body)
    assert answer.status_code == 201, answer.content
    webhook: dict[str, Any] = answer.json()
    return webhook


def received(design: Design, alice: User) -> None:
    services.receive_evidence(design, actor=Actor(alice), name="vault.hcl", data=factories.VAULT_HCL)


def attempt() -> Delivery:
    """What a worker does when it is woken."""
    delivery = Delivery.objects.get()
    tasks.run_job(str(delivery.job_id))
    return Delivery.objects.select_related("job").get()


def test_what_happened_is_told_signed_and_once(olga: APIClient, design: Design, alice: User) -> None:
    with listening(204) as listener:
        webhook = made(olga, design, listener.address)
        received(design, alice)
        delivery = attempt()
        tasks.run_job(str(delivery.job_id))  # woken twice
    assert (delivery.status, delivery.error, delivery.job.state) == (204, "", "done")
    ((headers, body),) = listener.heard
    said = json.loads(body)
    assert (said["type"], said["data"]["design"], said["data"]["name"]) == (
        "evidence.received", str(design.pk), "vault.hcl",
    )  # fmt: skip
    assert b"1234-planted-pin" not in body
    heard = {name.lower(): value for name, value in headers.items()}
    key = base64.b64decode(webhook["secret"].removeprefix("whsec_"))
    signed = f"{heard['webhook-id']}.{heard['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert heard["webhook-signature"] == f"v1,{wanted}"
    assert heard["webhook-id"] == str(delivery.pk)
    assert abs(int(heard["webhook-timestamp"]) - timezone.now().timestamp()) < 60
    assert webhook["secret"] not in repr(Webhook.objects.values()[0]), "the secret lies encrypted"
    listed = olga.get(f"/api/v1/designs/{design.pk}/webhooks/").json()["results"]
    assert listed[0]["secret"] is None


def test_silence_and_refusals_are_tried_again_later_and_under_the_same_id(
    olga: APIClient, design: Design, alice: User
) -> None:
    with listening(500, 302, 200) as listener:
        made(olga, design, listener.address)
        received(design, alice)
        first = attempt()
        assert (first.attempts, first.error, first.job.state) == (1, "the answer is 500", "queued")
        assert first.not_before > timezone.now()
        attempt()
        assert len(listener.heard) == 1, "nothing is told before its time"
        for _ in range(2):
            Delivery.objects.update(not_before=timezone.now())
            Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
            assert jobs.sweep() >= 1
            last = attempt()
    assert [one[0]["webhook-id"] for one in listener.heard] == [str(first.pk)] * 3
    assert (last.attempts, last.job.state) == (3, "done")


def test_after_the_last_attempt_the_job_fails_and_says_why(olga: APIClient, design: Design, alice: User) -> None:
    with listening(500) as listener:
        made(olga, design, listener.address)
        received(design, alice)
        Delivery.objects.update(attempts=len(webhooks.WAITS))
        last = attempt()
    assert (last.job.state, "given up after 9 attempts: the answer is 500" in last.job.error) == ("failed", True)


def test_an_ended_webhook_is_told_nothing_more(olga: APIClient, design: Design, alice: User) -> None:
    with listening(204) as listener:
        webhook = made(olga, design, listener.address)
        received(design, alice)
        assert olga.delete(f"/api/v1/designs/{design.pk}/webhooks/{webhook['id']}/").status_code == 204
        assert attempt().job.state == "failed"
        assert listener.heard == []


INSIDE = [
    "127.0.0.1", "0.0.0.0", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "198.18.0.1", "192.0.2.1",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_an_address_of_ones_own_networks_is_refused_under_whatever_name(address: str) -> None:
    with pytest.raises(guard.NotAllowed):
        guard.target("https://tickets.example/x", [], lambda host, port: ["93.184.215.14", address])


@pytest.mark.parametrize(
    "url",
    [
        "http://tickets.example/", "ftp://tickets.example/", "file:///etc/passwd", "https://", "gopher://x",
        "https://user:pass@tickets.example/", "https://tickets.example/#x", "https://tickets.example:99999/",
    ],
)  # fmt: skip
def test_an_address_that_is_no_plain_https_is_refused(url: str) -> None:
    with pytest.raises(guard.NotAllowed):
        guard.target(url, [], lambda host, port: ["93.184.215.14"])


@pytest.mark.parametrize("url", ["https://2130706433/", "https://0x7f.1/", "https://localhost/", "https://[::1]/"])
def test_the_many_spellings_of_this_machine_are_refused(url: str) -> None:
    with pytest.raises((guard.NotAllowed, OSError)):
        guard.target(url, [])


def test_the_name_is_looked_up_once_and_what_was_checked_is_what_is_called(
    olga: APIClient, design: Design, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: the name is public when it is checked, and would be inside when it is called."""
    with listening(204) as listener:
        made(olga, design, listener.address)
        Webhook.objects.update(address="https://rebound.example/x")
        answers, called = [["93.184.215.14"], ["127.0.0.1"]], []
        monkeypatch.setattr(guard.target, "__defaults__", (lambda host, port: answers.pop(0),))
        monkeypatch.setattr(guard.socket, "create_connection", lambda where, wait: called.append(where[0]) or refuse())
        received(design, alice)
        assert attempt().error == "no answer: ConnectionRefusedError"
    assert (called, len(answers), listener.heard) == (["93.184.215.14"], 1, [])


def refuse() -> None:
    raise ConnectionRefusedError


def test_a_webhook_into_ones_own_networks_cannot_be_made_unless_allowed(
    olga: APIClient, design: Design, settings: Any
) -> None:
    settings.WEBHOOK_NETWORKS = []
    body = {"address": "http://127.0.0.1:9/", "events": ["package.done"]}
    answer = olga.post(f"/api/v1/designs/{design.pk}/webhooks/", body)
    assert (answer.status_code, "own networks" in answer.json()["detail"]) == (422, True), answer.content
    assert (
        olga.post(
            f"/api/v1/designs/{design.pk}/webhooks/", {"address": "https://x.example", "events": ["all"]}
        ).status_code
        == 422
    )


def test_a_package_that_was_not_built_is_told_with_its_reason(
    olga: APIClient, design: Design, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*args: object) -> None:
        raise jobs.CannotFinish("the report is too long")

    with listening(204) as listener:
        made(olga, design, listener.address, "package.failed", "package.done")
        monkeypatch.setitem(tasks.RUNNERS, "package", breaks)
        package = services.start_package(design, actor=Actor(alice))
        tasks.run_job(str(package.job_id))
        attempt()
    told = json.loads(listener.heard[0][1])
    assert (told["type"], told["data"]["error"]) == ("package.failed", "the report is too long")
