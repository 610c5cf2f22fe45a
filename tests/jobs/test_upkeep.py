"""What packages do by themselves: built again when due, told about once, deleted in due time unless something holds."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import boto3
import pytest
from django.core import mail
from django.core.management import call_command
from django.utils import timezone

from evidence import comparison, ledger_check, services, storage, tasks
from evidence.models import Artefact, Job, JobState, LedgerEntry, Package
from evidence.upkeep import notices, retention, schedules
from evidence.upkeep.models import LegalHold, Notice, Schedule
from seal_advisor.access import Actor
from seal_advisor.models import Design, Membership, Organisation, User
from tests import factories
from tests import services as servers

pytestmark = pytest.mark.django_db
NOW = timezone.now()
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def _blobs(tmp_path: Path, settings: object) -> None:
    settings.JOB_LEASE_SECONDS = 3600  # type: ignore[attr-defined] # no heartbeat against the test's own transaction
    storage_of_test = {"BACKEND": "evidence.storage.BlobFiles", "OPTIONS": {"location": str(tmp_path / "blobs")}}
    settings.STORAGES = {**settings.STORAGES, "blobs": storage_of_test}  # type: ignore[attr-defined]


@pytest.fixture
def alice(db: None) -> User:
    person = factories.member("alice", "architect")
    person.email = "alice@bank.example"
    person.save()
    return person


@pytest.fixture
def design(alice: User) -> Design:
    return factories.design(alice)


def scheduled(design: Design, alice: User, every: str = "weekly") -> Schedule:
    return schedules.set_schedule(design, actor=Actor(alice), every=every, recipients=[alice], now=NOW)


def built(design: Design, alice: User) -> Package:
    """A finished package without the cost of one: its bytes are of no account here."""
    package = services.start_package(design, actor=Actor(alice))
    for name in ("report", "archive"):
        key, digest = storage.put_blob(f"{name} {package.pk}".encode())
        setattr(package, f"{name}_blob", key)
        setattr(package, f"{name}_sha256", digest)
    package.said = {"controls": {"C-PN-01": "pass"}, "decision": {"status": "recommended"}}
    package.save()
    finish(package)
    return package


def finish(package: Package, state: str = JobState.DONE, error: str = "") -> None:
    Job.objects.filter(pk=package.job_id).update(state=state, error=error, finished_at=package.created_at)
    package.refresh_from_db()


def aged(package: Package, days: int) -> None:
    Package.objects.filter(pk=package.pk).update(created_at=NOW - timedelta(days=days))


def test_nothing_is_built_before_it_is_due(design: Design, alice: User) -> None:
    scheduled(design, alice)
    assert schedules.run_due(NOW + WEEK - timedelta(seconds=1)) == []


@pytest.mark.parametrize(("every", "days"), [("weekly", 7), ("monthly", 30)])
def test_a_due_package_is_asked_for_once_and_the_next_one_after_that_time(
    design: Design, alice: User, every: str, days: int
) -> None:
    schedule = scheduled(design, alice, every)
    later = NOW + timedelta(days=days)
    (package,) = schedules.run_due(later)
    assert schedules.run_due(later) == []
    schedule.refresh_from_db()
    assert (package.requested_by, schedule.next_at) == (alice, later + timedelta(days=days))


def test_one_machine_s_sweeper_and_a_cluster_s_beat_both_look_at_what_is_due(
    design: Design, alice: User, settings: object
) -> None:
    scheduled(design, alice)
    Schedule.objects.update(next_at=NOW - timedelta(seconds=1))
    call_command("sweep", verbosity=0)
    assert Package.objects.count() == 1
    beat = settings.CELERY_BEAT_SCHEDULE.values()  # type: ignore[attr-defined]
    assert {entry["task"] for entry in beat} >= {tasks.sweep.name, tasks.keep_up.name}


def test_weeks_without_power_are_no_backlog(design: Design, alice: User) -> None:
    scheduled(design, alice)
    assert len(schedules.run_due(NOW + 10 * WEEK)) == 1
    assert schedules.run_due(NOW + 10 * WEEK + timedelta(days=6)) == []


def test_whoever_lost_the_right_builds_nothing_and_the_schedule_says_so(design: Design, alice: User) -> None:
    schedule = scheduled(design, alice)
    Membership.objects.filter(user=alice).update(role="auditor")
    assert schedules.run_due(NOW + WEEK) == []
    schedule.refresh_from_db()
    assert "alice may no longer build packages" in schedule.paused
    assert Package.objects.count() == 0


def test_only_people_of_the_organisation_are_told(design: Design, alice: User) -> None:
    mallory = factories.member("mallory", "administrator", Organisation.objects.create(name="Elsewhere"))
    mallory.email = "mallory@elsewhere.example"
    mallory.save()
    schedule = schedules.set_schedule(design, actor=Actor(alice), every="weekly", recipients=[alice, mallory], now=NOW)
    assert schedules.addresses(schedule) == ["alice@bank.example"]


def told(package: Package) -> str:
    """The mail about the package, sent by a worker; "" when none was."""
    assert notices.ask_due() == 1
    assert notices.ask_due() == 0, "one job for one notice"
    tasks.run_job(str(Notice.objects.get(package=package).job_id))
    return f"{mail.outbox[-1].subject}\n{mail.outbox[-1].body}" if mail.outbox else ""


def test_the_notice_says_what_changed_since_the_package_before(design: Design, alice: User, settings: object) -> None:
    settings.EMAIL_HOST = "mail.example"  # type: ignore[attr-defined]
    settings.PUBLIC_URL = "https://advisor.example"  # type: ignore[attr-defined]
    aged(built(design, alice), 1)
    Job.objects.update(finished_at=NOW - timedelta(days=1))
    scheduled(design, alice)
    (package,) = schedules.run_due(NOW + WEEK)
    assert notices.ask_due() == 0, "nothing is told before it is built"
    package.said = {"controls": {"C-PN-01": "fail"}, "decision": {"status": "recommended"}}
    package.save()
    finish(package)
    message = told(package)
    assert "Payments: 1 change in the scheduled package" in message
    assert "- controls: C-PN-01: pass -> fail" in message
    assert f"https://advisor.example/designs/{design.pk}/packages/{package.pk}/changes/" in message
    assert mail.outbox[0].to == ["alice@bank.example"]
    assert Notice.objects.get().sent_at is not None


def test_a_scheduled_build_that_fails_is_told_with_its_reason(design: Design, alice: User, settings: object) -> None:
    settings.EMAIL_HOST = "mail.example"  # type: ignore[attr-defined]
    scheduled(design, alice)
    (package,) = schedules.run_due(NOW + WEEK)
    finish(package, JobState.FAILED, "blob 0123 is not what was stored")
    assert "was not built: blob 0123 is not what was stored" in told(package)


def test_without_a_mail_server_nothing_is_lost_in_silence(design: Design, alice: User) -> None:
    scheduled(design, alice)
    (package,) = schedules.run_due(NOW + WEEK)
    package.said = {"controls": {}}
    package.save()
    finish(package)
    assert told(package) == ""
    notice = Notice.objects.get()
    assert notice.sent_at is None
    assert "Not sent: no mail server is configured (EMAIL_HOST)" in notice.text


def kept(alice: User, days: int) -> None:
    retention.set_retention(factories.OrganisationFactory(), actor=Actor(alice), package_days=days, now=NOW)


def stored(package: Package) -> bool:
    return storage.blobs().exists(package.archive_blob) or storage.blobs().exists(package.report_blob)


def test_packages_are_kept_for_ever_by_default(design: Design, alice: User) -> None:
    package = built(design, alice)
    aged(package, 9999)
    assert retention.purge(NOW) == []
    assert stored(package)


def test_a_package_past_its_retention_is_deleted_and_the_ledger_says_so(design: Design, alice: User) -> None:
    old, young = built(design, alice), built(design, alice)
    aged(old, 31)
    kept(alice, 30)
    assert [one.pk for one in retention.purge(NOW)] == [old.pk]
    assert (stored(old), stored(young)) == (False, True)
    old_now = Package.objects.get(pk=old.pk)
    assert (old_now.archive_blob, old_now.said, old_now.purged_at) == ("", {}, NOW)
    (entry,) = LedgerEntry.objects.filter(kind="deleted")
    assert '"what":"deleted-after-retention"' in entry.entry
    assert old.archive_sha256 in entry.entry
    assert retention.purge(NOW) == [], "once"
    assert ledger_check.faults(blobs=False) == []
    with pytest.raises(comparison.NothingToCompare, match="deleted after its retention"):
        comparison.said(old_now)


def test_a_legal_hold_keeps_what_is_past_its_retention_until_it_is_released(design: Design, alice: User) -> None:
    package = built(design, alice)
    aged(package, 31)
    kept(alice, 30)
    hold = retention.place_hold(design, actor=Actor(alice), reason="Case 4711", now=NOW)
    assert retention.purge(NOW) == []
    assert stored(package)
    retention.release_hold(hold, actor=Actor(alice), reason="settled", now=NOW)
    assert [one.pk for one in retention.purge(NOW)] == [package.pk]
    assert LedgerEntry.objects.filter(kind="held").count() == 2
    assert LegalHold.objects.get().released_by == alice


def test_bytes_that_another_row_needs_stay(design: Design, alice: User) -> None:
    package = built(design, alice)
    artefact, _ = services.receive_evidence(design, actor=Actor(alice), name="vault.hcl", data=factories.VAULT_HCL)
    Artefact.objects.filter(pk=artefact.pk).update(blob=package.archive_blob, blob_sha256=package.archive_sha256)
    aged(package, 31)
    kept(alice, 30)
    assert len(retention.purge(NOW)) == 1
    assert storage.get_blob(package.archive_blob, package.archive_sha256)


def test_a_store_that_locks_outlasts_the_rule_and_nothing_is_said_to_be_deleted(
    design: Design, alice: User, s3: servers.Service, settings: object
) -> None:
    """S3 Object Lock in COMPLIANCE mode: no version can be deleted before its day, by nobody."""
    keys = {"aws_access_key_id": "tests", "aws_secret_access_key": "tests", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=s3.address, **keys)
    client.create_bucket(Bucket="worm", ObjectLockEnabledForBucket=True)
    options = {
        "bucket_name": "worm", "endpoint_url": s3.address, "region_name": "us-east-1", "access_key": "tests",
        "secret_key": "tests", "default_acl": None, "lock_mode": "COMPLIANCE", "lock_days": 1,
    }  # fmt: skip
    worm = {"BACKEND": "evidence.objects.BlobObjects", "OPTIONS": options}
    settings.STORAGES = {**settings.STORAGES, "blobs": worm}  # type: ignore[attr-defined]
    package = built(design, alice)
    aged(package, 31)
    kept(alice, 30)
    assert retention.purge(NOW) == []
    assert storage.get_blob(package.archive_blob, package.archive_sha256), "neither deleted nor hidden behind a marker"
    assert LedgerEntry.objects.filter(kind="deleted").count() == 0
    settings.STORAGES["blobs"]["OPTIONS"] = {**options, "lock_mode": "", "lock_days": 0}  # type: ignore[attr-defined]
    settings.STORAGES = dict(settings.STORAGES)  # type: ignore[attr-defined]
    unlocked = built(design, alice)
    storage.delete_blob(unlocked.archive_blob)
    versions = client.list_object_versions(Bucket="worm", Prefix=unlocked.archive_blob)
    assert "Versions" not in versions
    assert "DeleteMarkers" not in versions, "gone, every version of it"
