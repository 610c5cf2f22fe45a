"""The package job, step by step, in one process: what it leaves, what a second attempt leaves, who may write."""

from __future__ import annotations

import json
import threading
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from django.utils import timezone
from kombu.exceptions import OperationalError

from evidence import jobs, ledger_check, packaging, services, storage, tasks
from evidence.core.verify import verify
from evidence.models import Artefact, Job, JobState, LedgerEntry, Package
from seal_advisor.access import Actor
from seal_advisor.models import Design, User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _blobs(tmp_path: Path, settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.JOB_LEASE_SECONDS = 3600  # type: ignore[attr-defined] # no heartbeat against the test's own transaction
    monkeypatch.setattr(jobs, "NOTICED_WITHIN_SECONDS", 3600)
    storage_of_test = {"BACKEND": "evidence.storage.BlobFiles", "OPTIONS": {"location": str(tmp_path / "blobs")}}
    settings.STORAGES = {**settings.STORAGES, "blobs": storage_of_test}  # type: ignore[attr-defined]


@pytest.fixture
def alice(db: None) -> User:
    return factories.member("alice", "architect")


@pytest.fixture
def design(alice: User) -> Design:
    design = factories.design(alice)
    services.receive_evidence(design, actor=Actor(alice), name="vault.hcl", data=factories.VAULT_HCL)
    return design


def asked_for(design: Design, alice: User) -> Package:
    return services.start_package(design, actor=Actor(alice))


def members(package: Package) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(storage.get_blob(package.archive_blob, package.archive_sha256))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_job_builds_a_package_that_verifies_and_says_who_uploaded(design: Design, alice: User) -> None:
    package = asked_for(design, alice)
    services.receive_evidence(design, actor=Actor(alice), name="later.log", data=b"2026-11-24 nothing of note\n")
    tasks.run_job(str(package.job_id))
    package.refresh_from_db()
    assert (package.job.state, package.job.error) == (JobState.DONE, "")
    assert package.job.steps_done == package.job.steps_total == len(packaging.STEPS)
    whole = storage.get_blob(package.archive_blob, package.archive_sha256)
    outcome = verify(whole, now=timezone.now())
    assert outcome.differences == ()
    found = members(package)
    listed = json.loads(found["manifest.json"])["members"]
    evidence = [one for one in listed if one["path"].startswith("evidence/")]
    assert [(one["original"]["name"], one["uploader"]) for one in evidence] == [("vault.hcl", "alice")]
    assert b"planted" not in b"".join(found.values())
    assert package.summary["fail"] >= 0
    assert ledger_check.faults() == []


def test_a_second_attempt_enters_the_ledger_once_and_makes_the_same_members(design: Design, alice: User) -> None:
    package = asked_for(design, alice)
    first = jobs.claim(package.job_id)
    assert first is not None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packaging.rendering, "render", _dies)
        with pytest.raises(RuntimeError):
            packaging.run(first, threading.Event())
    leaves = LedgerEntry.objects.count()
    Job.objects.filter(pk=package.job_id).update(lease_until=timezone.now())
    tasks.run_job(str(package.job_id))
    package.refresh_from_db()
    assert (package.job.state, LedgerEntry.objects.count()) == (JobState.DONE, leaves)
    assert verify(storage.get_blob(package.archive_blob, package.archive_sha256), now=timezone.now()).differences == ()


def test_a_package_proves_that_the_ledger_of_the_last_one_only_grew(design: Design, alice: User) -> None:
    for _ in range(2):
        package = asked_for(design, alice)
        tasks.run_job(str(package.job_id))
    package.refresh_from_db()
    found = members(package)
    assert "ledger/consistency.json" in found
    assert verify(storage.get_blob(package.archive_blob, package.archive_sha256), now=timezone.now()).differences == ()


def test_a_worker_that_was_given_up_changes_nothing(design: Design, alice: User) -> None:
    package = asked_for(design, alice)
    dead = jobs.claim(package.job_id)
    Job.objects.filter(pk=package.job_id).update(lease_until=timezone.now())
    living = jobs.claim(package.job_id)
    assert dead is not None
    assert living is not None
    assert living.fence == dead.fence + 1
    for write in (dead.beat, dead.finish, lambda: dead.fail("x"), lambda: dead.progress(1, 6, "x")):
        with pytest.raises(jobs.Fenced):
            write()
    with pytest.raises(jobs.Fenced):
        packaging.run(dead, threading.Event())
    package.refresh_from_db()
    assert (package.archive_blob, package.job.state) == ("", JobState.RUNNING)


def test_a_running_job_is_claimed_by_nobody_else(design: Design, alice: User) -> None:
    package = asked_for(design, alice)
    assert jobs.claim(package.job_id) is not None
    assert jobs.claim(package.job_id) is None


def test_a_broker_that_is_down_does_not_fail_the_request(
    design: Design, alice: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: object
) -> None:
    def down(*args: object, **kwargs: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(jobs.app, "send_task", down)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        package = asked_for(design, alice)
    assert Job.objects.get(pk=package.job_id).state == JobState.QUEUED


def test_the_sweeper_brings_back_a_job_without_heartbeat_and_gives_up_in_the_end(
    design: Design, alice: User, monkeypatch: pytest.MonkeyPatch, settings: object
) -> None:
    woken: list[object] = []
    monkeypatch.setattr(jobs, "wake", woken.append)
    package = asked_for(design, alice)
    for _ in range(settings.JOB_ATTEMPTS):  # type: ignore[attr-defined]
        assert jobs.claim(package.job_id) is not None
        Job.objects.filter(pk=package.job_id).update(lease_until=timezone.now())
        jobs.sweep()
    job = Job.objects.get(pk=package.job_id)
    assert job.state == JobState.FAILED
    assert "attempts" in job.error
    assert len(woken) == settings.JOB_ATTEMPTS - 1  # type: ignore[attr-defined]
    assert jobs.sweep() == 0


def test_changed_evidence_stops_the_build_and_is_named(design: Design, alice: User) -> None:
    row = Artefact.objects.get()
    path = Path(storage.blobs().path(row.blob))
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"tls12", b"tls13"))
    package = asked_for(design, alice)
    tasks.run_job(str(package.job_id))
    job = Job.objects.get(pk=package.job_id)
    assert job.state == JobState.FAILED
    assert job.error.startswith("vault.hcl: ")
    assert row.blob_sha256[:16] in job.error


def test_a_mistake_of_ours_ends_the_job_without_inner_words(
    design: Design, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packaging.rendering, "render", _dies)
    package = asked_for(design, alice)
    tasks.run_job(str(package.job_id))
    job = Job.objects.get(pk=package.job_id)
    assert (job.state, "inner words" in job.error) == (JobState.FAILED, False)


def _dies(*args: object, **kwargs: object) -> None:
    raise RuntimeError("inner words")
