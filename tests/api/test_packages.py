"""A package over the API: asked for, watched, fetched, verified."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from evidence import tasks
from evidence.models import Job, Package
from evidence.packaging import STEPS
from seal_advisor.models import Design

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_beat_against_the_tests_own_transaction(settings: object) -> None:
    settings.JOB_LEASE_SECONDS = 3600  # type: ignore[attr-defined]


def test_a_package_is_asked_for_watched_fetched_and_verified(
    api: APIClient, anonymous: APIClient, design: Design
) -> None:
    asked = api.post(f"/api/v1/designs/{design.pk}/packages/", headers={"Idempotency-Key": "once"})
    again = api.post(f"/api/v1/designs/{design.pk}/packages/", headers={"Idempotency-Key": "once"})
    assert (asked.status_code, again.status_code, again.json()["id"]) == (202, 202, asked.json()["id"])
    assert Package.objects.count() == 1
    address = asked["Location"]
    assert (asked.json()["state"], api.get(f"{address}report.pdf").status_code) == ("queued", 409)

    tasks.run_job(str(Job.objects.get().pk))
    done = api.get(address).json()
    assert (done["state"], done["steps_done"], done["steps_total"]) == ("done", len(STEPS), len(STEPS))
    assert [one["id"] for one in api.get(f"/api/v1/designs/{design.pk}/packages/").json()["results"]] == [done["id"]]

    for address, name, kind in ((done["report"], "report.pdf", "pdf"), (done["archive"], "package.zip", "zip")):
        fetched = api.get(address)
        content = b"".join(fetched.streaming_content)
        assert fetched["Content-Disposition"] == f'attachment; filename="{name}"'
        assert (fetched["Content-Type"], fetched["X-Content-Type-Options"]) == (f"application/{kind}", "nosniff")
        verdict = verify(anonymous, content, name)
        assert (verdict["valid"], verdict["anchored"], verdict["differences"]) == (True, None, [])
        assert verdict["signer"]["self_issued"] is True

    broken = bytearray(content)
    broken[len(broken) // 2] ^= 1
    assert verify(anonymous, bytes(broken), "package.zip")["valid"] is False


def verify(client: APIClient, content: bytes, name: str) -> dict[str, object]:
    file = SimpleUploadedFile(name, content)
    answer = client.post("/api/v1/verify/", {"file": file}, format="multipart")
    assert answer.status_code == 200, answer.content
    verdict: dict[str, object] = answer.json()
    return verdict


@pytest.mark.parametrize("content", [b"%PDF-1.7 but no more", b"PK\x03\x04 no zip"])
def test_a_damaged_file_is_verified_and_invalid(anonymous: APIClient, content: bytes) -> None:
    verdict = verify(anonymous, content, "package.zip")
    assert (verdict["valid"], bool(verdict["differences"])) == (False, True)


@pytest.mark.parametrize("content", [b"no pdf at all", b""])
def test_what_is_no_package_gets_one_clear_line(anonymous: APIClient, content: bytes) -> None:
    file = SimpleUploadedFile("report.pdf", content)
    answer = anonymous.post("/api/v1/verify/", {"file": file}, format="multipart")
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json"), answer.content
    assert "\n" not in answer.json()["detail"]


def test_a_trust_file_that_holds_no_certificate_is_said(anonymous: APIClient) -> None:
    files = {"file": SimpleUploadedFile("p.zip", b"PK"), "trust": SimpleUploadedFile("ca.pem", b"nothing")}
    answer = anonymous.post("/api/v1/verify/", files, format="multipart")
    assert (answer.status_code, "certificate" in answer.json()["detail"]) == (422, True)
