"""The decision, signed before there is any evidence: by the page and by the API; it claims nothing about controls."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from evidence import access, services, storage, tasks
from evidence.core.verify import verify
from evidence.models import JobState, Package
from seal_advisor.access import Actor
from seal_advisor.models import Design, User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _blobs(tmp_path: Path, settings: object) -> None:
    settings.JOB_LEASE_SECONDS = 3600  # type: ignore[attr-defined] # no heartbeat against the test's own transaction
    folder = {"BACKEND": "evidence.storage.BlobFiles", "OPTIONS": {"location": str(tmp_path / "blobs")}}
    settings.STORAGES = {**settings.STORAGES, "blobs": folder}  # type: ignore[attr-defined]


@pytest.fixture
def alice(db: None) -> User:
    return factories.member("alice", "architect")


@pytest.fixture
def design(alice: User) -> Design:
    design = factories.design(alice)
    services.receive_evidence(design, actor=Actor(alice), name="vault.hcl", data=factories.VAULT_HCL)
    return design


@pytest.fixture
def web(alice: User) -> Client:
    client = Client()
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_button_builds_a_signed_package_without_the_evidence_that_is_there(web: Client, design: Design) -> None:
    page = f"/designs/{design.pk}/packages/"
    assert b"Sign the decision alone" in web.get(page).content
    web.post(page, {"decision_only": "yes"})
    package = Package.objects.get()
    tasks.run_job(str(package.job_id))
    package.refresh_from_db()
    assert (package.job.state, package.job.error, package.judged) == (JobState.DONE, "", False)
    assert not any(package.summary.values())
    whole = storage.get_blob(package.archive_blob, package.archive_sha256)
    assert verify(whole, now=timezone.now()).differences == ()
    with zipfile.ZipFile(BytesIO(whole)) as archive:
        names = archive.namelist()
        assert json.loads(archive.read("decision.json"))["recommended"] == ["pkcs11"]
    assert not [name for name in names if name.startswith(("evidence/", "facts/", "oscal/"))]
    assert b"no evidence asked for and no control judged" in web.get(page).content


def test_a_decision_alone_is_no_proof_on_the_road_and_no_yardstick_for_the_next_package(
    design: Design, alice: User
) -> None:
    alone = services.start_package(design, actor=Actor(alice), judged=False)
    assert access.latest_package_states([design]) == {}
    tasks.run_job(str(alone.job_id))
    whole = services.start_package(design, actor=Actor(alice))
    tasks.run_job(str(whole.job_id))
    whole.refresh_from_db()
    assert (whole.job.state, whole.job.error) == (JobState.DONE, "")
    assert access.latest_package_states([design]) == {design.pk: JobState.DONE}


def test_the_api_takes_the_same_wish_and_refuses_what_is_no_yes_or_no(web: Client, design: Design) -> None:
    place = f"/api/v1/designs/{design.pk}/packages/"
    made = web.post(place, json.dumps({"decision_only": True}), content_type="application/json")
    assert (made.status_code, made.json()["judged"]) == (202, False)
    assert web.post(place, "{}", content_type="application/json").json()["judged"] is True
    assert web.generic("POST", place).json()["judged"] is True
    wrong = web.post(place, json.dumps({"decision_only": "perhaps"}), content_type="application/json")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "decision_only")
