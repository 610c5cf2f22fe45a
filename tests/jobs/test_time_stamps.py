"""Time-stamps in the package job: by the settings, without an authority aloud, and renewed while they last."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import structlog
from asn1crypto import x509 as asn1_x509
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import escape

from evidence import jobs, ledger_check, packaging, services, storage, tasks
from evidence.api.shapes import PackageShape
from evidence.core import pdf, proofs
from evidence.core.verify import verify
from evidence.models import JobState, LedgerEntry, Package
from evidence.views.contexts.packages import package_seen
from seal_advisor.access import Actor
from seal_advisor.models import Design, User
from tests import factories, timestamps
from tests.conftest import _or_skip
from tests.evidence import packages
from tests.timestamps import Authority

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def tsa() -> Iterator[Authority]:
    missing = timestamps.missing()
    if missing is not None:
        _or_skip(missing)
    with timestamps.authority() as running:
        yield running


@pytest.fixture(autouse=True)
def _signing(tsa: Authority, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A key of the authority's own, blobs of this test's own, and a report of one page."""
    settings.JOB_LEASE_SECONDS = 3600  # no heartbeat against the test's own transaction
    monkeypatch.setattr(jobs, "NOTICED_WITHIN_SECONDS", 3600)
    stored = {"BACKEND": "evidence.storage.BlobFiles", "OPTIONS": {"location": str(tmp_path / "blobs")}}
    settings.STORAGES = {**settings.STORAGES, "blobs": stored}
    (tmp_path / "alice.p12").write_bytes(tsa.pkcs12())
    settings.SIGNING_KEY_FILE, settings.SIGNING_KEY_PASSWORD = str(tmp_path / "alice.p12"), ""
    settings.TSA_URL, settings.TSA_SECONDS, settings.TSA_ATTEMPTS = tsa.tsa(), 2, 1
    settings.SIGNING_TRUST = [str(tsa.anchor_file)]

    def one_page(html: str, attached: Any, now: Any, **_: Any) -> pdf.Rendered:
        return pdf.render("<html lang='en'><title>t</title><h1>t</h1></html>", attached, now=now)

    monkeypatch.setattr(packaging.rendering, "render", one_page)


@pytest.fixture
def alice(db: None) -> User:
    return factories.member("alice", "architect")


@pytest.fixture
def design(alice: User) -> Design:
    design = factories.design(alice)
    services.receive_evidence(design, actor=Actor(alice), name="vault.hcl", data=factories.VAULT_HCL)
    return design


def built(design: Design, alice: User) -> Package:
    package = services.start_package(design, actor=Actor(alice))
    tasks.run_job(str(package.job_id))
    package.refresh_from_db()
    assert (package.job.state, package.job.error) == (JobState.DONE, "")
    return package


def outcome(package: Package, tsa: Authority) -> Any:
    whole = storage.get_blob(package.archive_blob, package.archive_sha256)
    return verify(whole, now=timezone.now() + timedelta(minutes=1), anchors=[tsa.anchor])


@pytest.mark.parametrize(("level", "expected"), [("", "B-LT"), ("B-B", "B-B"), ("B-T", "B-T"), ("B-LTA", "B-LTA")])
def test_the_settings_decide_the_level(
    design: Design, alice: User, tsa: Authority, settings: Any, level: str, expected: str
) -> None:
    settings.SIGNING_LEVEL = level
    package = built(design, alice)
    assert (package.signature_level, package.shortfall) == (expected, "")
    found = outcome(package, tsa)
    assert found.valid, found.differences
    assert found.signer.level == expected


def test_an_unreachable_authority_ends_without_a_time_stamp_on_page_api_and_in_the_package(
    design: Design, alice: User, tsa: Authority, settings: Any
) -> None:
    settings.TSA_URL, settings.TSA_ATTEMPTS = tsa.tsa("unavailable"), 2
    package = built(design, alice)
    assert package.signature_level == "B-B"
    assert "Signed without a time-stamp: the time-stamp authority" in package.shortfall
    assert "asked 2 times: it answers 503" in package.shortfall
    page = render_to_string("components/package_body.html", {"package": package_seen(package, may_cancel=False)})
    assert escape(package.shortfall) in page
    assert "signed as PAdES B-B" in page
    assert PackageShape(package).data["shortfall"] == package.shortfall
    assert outcome(package, tsa).shortfall == package.shortfall
    assert tsa.asked["/tsa/unavailable"] == 2


def test_a_second_attempt_finds_the_authority_again(design: Design, alice: User, tsa: Authority, settings: Any) -> None:
    settings.SIGNING_LEVEL = "B-T"
    settings.TSA_URL, settings.TSA_ATTEMPTS = tsa.tsa("late"), 3
    assert built(design, alice).signature_level == "B-T"


def test_a_configuration_that_cannot_work_fails_the_job_and_names_the_settings(
    design: Design, alice: User, settings: Any
) -> None:
    settings.SIGNING_LEVEL, settings.TSA_URL = "B-LTA", ""
    package = services.start_package(design, actor=Actor(alice))
    tasks.run_job(str(package.job_id))
    package.job.refresh_from_db()
    assert package.job.state == JobState.FAILED
    assert "SIGNING_LEVEL, TSA_URL" in package.job.error


def renewed(*words: str) -> str:
    said = StringIO()
    call_command("renew_packages", *words, stdout=said, stderr=said)
    return said.getvalue()


def test_archive_time_stamps_are_renewed_and_nothing_else_changes(
    design: Design, alice: User, tsa: Authority, settings: Any
) -> None:
    package = built(design, alice)
    before = storage.get_blob(package.archive_blob, package.archive_sha256)
    old, report = package.archive_blob, storage.get_blob(package.report_blob, package.report_sha256)
    assert "0 renewed" in renewed()
    assert "1 renewed, 0 could not be" in renewed("--within", "4000")
    package.refresh_from_db()
    assert package.signature_level == "B-LTA"
    assert not storage.blobs().exists(old)
    found = outcome(package, tsa)
    assert found.valid, found.differences
    after = storage.get_blob(package.archive_blob, package.archive_sha256)
    assert differing(before, after) == {"report.pdf"}
    assert storage.get_blob(package.report_blob, package.report_sha256).startswith(report)
    assert LedgerEntry.objects.filter(kind="renewed").count() == 1
    assert ledger_check.faults() == []
    assert "1 renewed" in renewed("--within", "4000")
    package.refresh_from_db()
    assert outcome(package, tsa).valid


def test_the_scheduler_asks_for_it_every_night_by_the_clock(settings: Any) -> None:
    (entry,) = [one for one in settings.CELERY_BEAT_SCHEDULE.values() if one["task"] == tasks.renew_packages.name]
    nights = (timezone.now().replace(hour=hour, minute=17) for hour in (3, 15))
    assert [entry["schedule"].hour == {one.hour} for one in nights] == [True, False]


def test_what_the_scheduler_asks_for_renews_a_quarter_ahead(
    design: Design, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = built(design, alice)
    kept = package.archive_sha256
    tasks.renew_packages()
    package.refresh_from_db()
    assert package.archive_sha256 == kept, "its proof lasts for years"
    report = storage.get_blob(package.report_blob, package.report_sha256)
    end = proofs.ends(report)
    assert end is not None
    monkeypatch.setattr(tasks.timezone, "now", lambda: end - timedelta(days=89))
    monkeypatch.setattr(tasks.renewal, "renew", lambda **given: asked.append(given) or iter(()))
    asked: list[dict[str, Any]] = []
    tasks.renew_packages()
    assert asked == [{"now": end - timedelta(days=89), "within": timedelta(days=90)}]


def test_the_scheduler_s_renewal_is_the_command_s(
    design: Design, alice: User, tsa: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = built(design, alice)
    monkeypatch.setattr(tasks.renewal, "WITHIN", timedelta(days=4000))
    tasks.renew_packages()
    package.refresh_from_db()
    assert package.signature_level == "B-LTA"
    assert outcome(package, tsa).valid
    assert LedgerEntry.objects.filter(kind="renewed").count() == 1


def test_what_could_not_be_renewed_at_night_is_logged_and_tried_again(
    design: Design, alice: User, tsa: Authority, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with structlog.testing.capture_logs() as said:
        settings.TSA_URL = ""
        tasks.renew_packages()
        assert said == [], "there is nothing to renew, so nothing is missing"
        settings.TSA_URL = tsa.tsa()
        package = built(design, alice)
        monkeypatch.setattr(tasks.renewal, "WITHIN", timedelta(days=4000))
        settings.TSA_URL = tsa.tsa("unavailable")
        tasks.renew_packages()
        settings.TSA_URL, settings.SIGNING_TRUST, settings.SIGNING_LEVEL = "", [], ""
        tasks.renew_packages()
    (refused, missing) = [one for one in said if one["log_level"] == "error"]
    assert refused["package"] == str(package.pk)
    assert "503" in refused["said"]
    assert "TSA_URL" in missing["why"]


def differing(one: bytes, other: bytes) -> set[str]:
    archives = [dict(packages.zip_layout.read(data).members) for data in (one, other)]
    return {name for name in archives[0] if archives[0][name] != archives[1].get(name)}


def test_what_cannot_be_renewed_is_said_and_stays_as_it_was(
    design: Design, alice: User, tsa: Authority, settings: Any
) -> None:
    package = built(design, alice)
    settings.TSA_URL = tsa.tsa("unavailable")
    with pytest.raises(SystemExit):
        renewed("--within", "4000")
    kept = package.archive_sha256
    package.refresh_from_db()
    assert package.archive_sha256 == kept
    settings.SIGNING_TRUST = []
    with pytest.raises(ImproperlyConfigured, match="SIGNING_TRUST"):
        renewed()


def test_the_proof_ends_with_the_newest_stamp_s_certificate(design: Design, alice: User, tsa: Authority) -> None:
    package = built(design, alice)
    report = storage.get_blob(package.report_blob, package.report_sha256)
    stamper = asn1_x509.Certificate.load(tsa.stamper.public_bytes(timestamps.serialization.Encoding.DER))
    assert proofs.ends(report) == stamper.not_valid_after
    assert proofs.ends(packages.built().report) is None
