"""A mistaken upload goes for good: bytes, facts, packages, kept answers; a tombstone stays, also in a new package."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as product
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from evidence import erasing, jobs, ledger_check, services, tasks
from evidence.core.upload import Refused
from evidence.core.verify import verify
from evidence.models import Artefact, Erasure, JobState, LedgerEntry, Package
from evidence.storage import blobs, get_blob
from evidence.upkeep import retention
from seal_advisor.access import Actor
from seal_advisor.models import Design, IdempotentRequest, User
from tests import factories

pytestmark = pytest.mark.django_db
PRIVATE = "patient-4711-of-another-house"
LOG = f"2026-11-24T09:00:00.000Z [INFO]  core: {PRIVATE}\n".encode()


@pytest.fixture(autouse=True)
def _no_heartbeat_against_the_tests_own_transaction(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.JOB_LEASE_SECONDS = 3600
    monkeypatch.setattr(jobs, "NOTICED_WITHIN_SECONDS", 3600)


@pytest.fixture
def olga(db: None) -> User:
    return factories.member("olga", "administrator")


@pytest.fixture
def design(olga: User) -> Design:
    return factories.design(factories.member("alice", "architect"))


def received(design: Design, name: str = "wrong.log", data: bytes = LOG) -> Artefact:
    return services.receive_evidence(design, actor=Actor(design.author), name=name, data=data)[0]


def built(design: Design) -> Package:
    package = services.start_package(design, actor=Actor(design.author))
    tasks.run_job(str(package.job_id))
    package.refresh_from_db()
    assert package.job.state == JobState.DONE, package.job.error
    return package


def everywhere() -> bytes:
    """Every file of the data directory and every row of the database, as bytes."""
    files = b"".join(path.read_bytes() for path in sorted(Path(product.DATA).rglob("*")) if path.is_file())
    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows += [repr(row) for row in cursor.fetchall()]
    return files + "\n".join(rows).encode()


def test_the_bytes_the_facts_and_the_kept_answer_go_and_a_tombstone_stays(design: Design, olga: User) -> None:
    client = APIClient()
    client.force_login(olga, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/api/v1/designs/{design.pk}/evidence/raw/?name=wrong.log"
    headers = {"Idempotency-Key": "once"}
    sent = client.put(address, LOG, content_type="application/octet-stream", headers=headers)
    row = Artefact.objects.get(pk=sent.json()["id"])
    received(design, "other.log", b"2026-11-24T09:00:00.000Z [INFO]  core: of our own\n")
    assert blobs().exists(row.blob)
    assert IdempotentRequest.objects.filter(body__contains=str(row.pk)).exists()
    done = client.post(f"/api/v1/designs/{design.pk}/evidence/{row.pk}/erasure/", {"why": "another customer's file"})
    assert (done.status_code, done.json()["sha256"]) == (201, row.sha256)
    assert not blobs().exists(row.blob)
    assert PRIVATE.encode() not in everywhere()
    assert not Artefact.objects.filter(pk=row.pk).exists()
    assert not IdempotentRequest.objects.filter(body__contains=str(row.pk)).exists()
    entry = json.loads(LedgerEntry.objects.get(kind="deleted").entry)
    assert (entry["sha256"], entry["by"], entry["why"]) == (row.sha256, "olga", "another customer's file")
    assert ledger_check.faults() == []
    assert Artefact.objects.count() == 1
    listed = client.get(f"/api/v1/designs/{design.pk}/erasures/").json()
    assert [(one["name"], one["erased_by"]) for one in listed] == [("wrong.log", "olga")]


def test_packages_that_hold_it_go_too_and_the_next_one_says_what_was_erased(design: Design, olga: User) -> None:
    mine = received(design)
    first = built(design)
    assert PRIVATE.encode() in zipfile.ZipFile(BytesIO(get_blob(first.archive_blob, first.archive_sha256))).read(
        "evidence/001-wrong.log"
    )
    erasing.erase(mine, actor=Actor(olga), why="another customer's file")
    old = (first.archive_blob, first.report_blob)
    first.refresh_from_db()
    assert (first.archive_blob, first.report_blob) == ("", "")
    assert [blobs().exists(blob) for blob in old] == [False, False]
    received(design, "right.log", b"2026-11-24T09:00:00.000Z [INFO]  core: vault is unsealed\n")
    second = built(design)
    data = get_blob(second.archive_blob, second.archive_sha256)
    assert verify(data, now=timezone.now()).differences == ()
    archive = zipfile.ZipFile(BytesIO(data))
    said = json.loads(archive.read("exceptions.json"))["erased"]
    assert [(one["name"], one["sha256"], one["reason"], one["erased_by"]) for one in said] == [
        ("wrong.log", mine.sha256, "another customer's file", "olga")
    ]
    assert all(PRIVATE.encode() not in archive.read(name) for name in archive.namelist())
    assert ledger_check.faults() == []


def test_bytes_that_another_design_holds_too_stay_there(design: Design, olga: User) -> None:
    other = factories.design(design.author)
    mine, theirs = received(design), received(other)
    assert mine.blob == theirs.blob
    erasing.erase(mine, actor=Actor(olga), why="mistake")
    assert get_blob(theirs.blob, theirs.blob_sha256)
    assert ledger_check.faults() == []


def test_a_legal_hold_keeps_it_until_it_is_released(design: Design, olga: User) -> None:
    mine = received(design)
    hold = retention.place_hold(design, actor=Actor(olga), reason="court", now=timezone.now())
    with pytest.raises(erasing.CannotErase, match="legal hold"):
        erasing.erase(mine, actor=Actor(olga), why="mistake")
    assert blobs().exists(mine.blob)
    assert Artefact.objects.filter(pk=mine.pk).exists()
    retention.release_hold(hold, actor=Actor(olga), reason="over", now=timezone.now())
    erasing.erase(mine, actor=Actor(olga), why="mistake")
    with pytest.raises(erasing.CannotErase, match="already"):
        erasing.erase(mine, actor=Actor(olga), why="again")


def test_erased_bytes_are_not_taken_in_again_and_the_refusal_says_why(design: Design, olga: User) -> None:
    erasing.erase(received(design), actor=Actor(olga), why="another customer's file")
    with pytest.raises(Refused, match=r"erased here on .* by olga: another customer's file"):
        received(design)


def test_a_build_that_is_under_way_with_it_is_cancelled(design: Design, olga: User) -> None:
    mine = received(design)
    package = services.start_package(design, actor=Actor(design.author))
    erasing.erase(mine, actor=Actor(olga), why="mistake")
    package.job.refresh_from_db()
    assert package.job.state == JobState.CANCELLED


def test_a_tombstone_can_be_neither_changed_nor_deleted(design: Design, olga: User) -> None:
    erasing.erase(received(design), actor=Actor(olga), why="mistake")
    assert Erasure.objects.exists()
    for sql in ("UPDATE evidence_erasure SET why = 'x'", "DELETE FROM evidence_erasure"):
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_only_an_administrator_erases_and_an_empty_reason_erases_nothing(design: Design, olga: User) -> None:
    mine = received(design)
    address = f"/api/v1/designs/{design.pk}/evidence/{mine.pk}/erasure/"
    for person, status in ((design.author, 403), (factories.member("carl", "compliance"), 403), (olga, 422)):
        client = APIClient(raise_request_exception=False)
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        assert client.post(address, {"why": ""}).status_code == status
    assert Artefact.objects.filter(pk=mine.pk).exists()
