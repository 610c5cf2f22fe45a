"""A corpus of planted secrets goes in by every road; then everything that the product wrote is searched for them."""

from __future__ import annotations

import base64
import io
import logging
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pikepdf
import pytest
from django.conf import settings as live
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from rest_framework.test import APIClient

from evidence import tasks
from evidence.commands import check, inspect, package
from evidence.models import Artefact, JobState, Package
from seal_advisor.models import Design
from tests import factories
from tests.evidence.planted import TOKEN, files, spellings

pytestmark = pytest.mark.django_db


@pytest.fixture
def folders(tmp_path: Path, settings: object) -> Path:
    """A data directory of this test's own; the broker's folders are emptied before."""
    blobs = {"BACKEND": "evidence.storage.BlobFiles", "OPTIONS": {"location": str(tmp_path / "blobs")}}
    settings.STORAGES = {**settings.STORAGES, "blobs": blobs}  # type: ignore[attr-defined]
    settings.DATA = tmp_path  # type: ignore[attr-defined]
    settings.JOB_LEASE_SECONDS = 3600  # type: ignore[attr-defined] # no heartbeat against the test's own transaction
    options = live.CELERY_BROKER_TRANSPORT_OPTIONS
    for name in ("data_folder_out", "processed_folder", "control_folder"):
        Path(str(options[name])).mkdir(parents=True, exist_ok=True)
    return tmp_path


def some() -> dict[str, bytes]:
    """Enough of them for a package: a report of all would take a minute."""
    chosen = ("vault.hcl", "server.log", "audit.jsonl", "clusters.json", "syslog.log", "names.zip", f"{TOKEN}.txt")
    return {name: content for name, content in files().items() if name in chosen}


def found_in(data: bytes) -> list[bytes]:
    return [word for word in spellings() if word in data]


def opened(data: bytes) -> Iterator[bytes]:
    """The bytes as they are, and what they hold where they are an archive or a PDF."""
    yield data
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield name.encode()
                yield from opened(archive.read(name))
    elif data.startswith(b"%PDF"):
        with pikepdf.open(io.BytesIO(data)) as pdf:
            for item in pdf.objects:
                yield item.read_bytes() if isinstance(item, pikepdf.Stream) else repr(item).encode()


def rows() -> Iterator[bytes]:
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {table}")
            yield from (repr(row).encode() for row in cursor.fetchall())


def leaks(*places: Path) -> list[tuple[str, bytes]]:
    """(where, what) of every planted secret below the folders and in the database."""
    told = []
    for place in places:
        for path in place.rglob("*"):
            if path.is_file():
                told += [(str(path), word) for part in opened(path.read_bytes()) for word in found_in(part)]
    return told + [("database", word) for row in rows() for word in found_in(row)]


def test_the_search_finds_a_secret_in_each_place(tmp_path: Path) -> None:
    """The search itself must be able to fail."""
    word = spellings()[-1]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.txt", b"before " + word)
    (tmp_path / "x.zip").write_bytes(packed.getvalue())
    pdf = pikepdf.new()
    pdf.add_blank_page().contents_add(pdf.make_stream(b"(" + word + b") Tj"))
    pdf.save(tmp_path / "x.pdf", compress_streams=True)
    assert {Path(place).name for place, _ in leaks(tmp_path)} == {"x.zip", "x.pdf"}


class Road:
    """One design and its uploads over the API; keeps every answer."""

    def __init__(self, title: str) -> None:
        self.alice = factories.member(title, "architect")
        self.design: Design = factories.design(self.alice)
        self.api = APIClient(raise_request_exception=False)
        self.api.credentials(HTTP_AUTHORIZATION=f"Bearer {factories.token(self.alice)[1]}")
        self.answers: list[bytes] = []

    def upload(self, name: str, content: bytes, *, raw: bool) -> None:
        address = f"/api/v1/designs/{self.design.pk}/evidence/"
        if raw:
            answer = self.api.put(f"{address}raw/?name={name}", content, content_type="application/octet-stream")
        else:
            answer = self.api.post(address, {"file": SimpleUploadedFile(name, content)}, format="multipart")
        assert answer.status_code in (200, 201, 415, 422), (name, answer.content)
        self.answers.append(answer.content)

    def read(self, place: str) -> None:
        self.answers.append(self.api.get(f"/api/v1/designs/{self.design.pk}/{place}").content)


def test_no_planted_secret_is_anywhere_after_the_upload_of_every_format(
    folders: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    road = Road("alice")
    for number, (name, content) in enumerate(files().items()):
        road.upload(name, content, raw=bool(number % 2))
    road.read("evidence/?limit=100")
    road.read("controls/")
    assert leaks(folders) == []
    out, err = capfd.readouterr()
    assert found_in(b"\n".join([*road.answers, caplog.text.encode(), out.encode(), err.encode()])) == []
    kinds = set(Artefact.objects.values_list("kind", flat=True))
    assert {"archive", "vault_config", "audit_log", "kms_key", "hsm_members", "opaque_log", "key_store_log"} <= kinds
    assert Artefact.objects.count() > 100


def test_no_planted_secret_stays_beside_a_file(folders: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The command that collected a file may hold its token; what a sender says of an upload is kept while it lasts."""
    road = Road("alice")
    said = {"node": TOKEN, "source": f"curl -H 'X-Vault-Token: {TOKEN}' https://vault/v1/sys/health"}
    evidence = f"/api/v1/designs/{road.design.pk}/evidence/"
    file = SimpleUploadedFile("a.log", b"2026-11-24 nothing\n")
    road.answers.append(road.api.post(evidence, {"file": file, **said}, format="multipart").content)
    road.answers.append(
        road.api.put(f"{evidence}raw/?{urlencode({'name': 'b.log', **said})}", b"2026-11-24 nothing else\n",
                     content_type="application/octet-stream").content
    )  # fmt: skip
    metadata = {"filename": f"{TOKEN}.txt", **said}
    words = ",".join(f"{name} {base64.b64encode(text.encode()).decode()}" for name, text in metadata.items())
    tus = {"Tus-Resumable": "1.0.0"}
    begun = road.api.post(
        f"/api/v1/designs/{road.design.pk}/uploads/",
        headers={**tus, "Upload-Length": "10", "Upload-Metadata": words},
    )
    assert leaks(folders) == []
    piece = {"content_type": "application/offset+octet-stream", "headers": {**tus, "Upload-Offset": "0"}}
    assert road.api.patch(begun.headers["Location"], b"0123456789", **piece).status_code == 204
    road.answers.append(road.api.get(begun.headers["Location"], headers=tus).content)
    road.read("evidence/")
    assert Artefact.objects.count() == 3
    assert leaks(folders) == []
    assert found_in(b"\n".join([*road.answers, caplog.text.encode()])) == []


def test_a_statement_takes_no_secret(folders: Path) -> None:
    road = Road("alice")
    for kind, words in {
        "attestations": {"statement": f"we hold {TOKEN}", "by": "v", "on": "2026-11-01", "expires": "2999-01-01"},
        "exclusions": {"reason": "none", "by": f"v ({TOKEN})", "on": "2026-11-01"},
    }.items():
        address = f"/api/v1/designs/{road.design.pk}/register/{kind}/"
        answer = road.api.post(address, {"control": "C-GV-01", **words}, format="json")
        assert answer.status_code == 422
        assert b"holds a secret" in answer.content
        assert found_in(answer.content) == []
    assert leaks(folders) == []


def test_no_planted_secret_is_in_a_package_its_report_its_job_or_the_broker(
    folders: Path, caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks
) -> None:
    caplog.set_level(logging.DEBUG)
    road = Road("alice")
    with django_capture_on_commit_callbacks(execute=True):
        for number, (name, content) in enumerate(some().items()):
            road.upload(name, content, raw=bool(number % 2))
        road.answers.append(road.api.post(f"/api/v1/designs/{road.design.pk}/packages/").content)
    built = Package.objects.get()
    tasks.run_job(str(built.job_id))
    built.refresh_from_db()
    assert (built.job.state, built.job.error) == (JobState.DONE, "")
    broker = Path(live.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_out"])
    assert any(str(built.job_id).encode() in path.read_bytes() for path in broker.iterdir())
    assert leaks(folders, broker) == []
    assert found_in(b"\n".join([*road.answers, caplog.text.encode()])) == []
    assert len([path for path in folders.rglob("*") if path.is_file() and path.read_bytes()[:4] == b"%PDF"]) == 1


def test_no_planted_secret_is_printed_or_packed_by_the_commands(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    given = tmp_path / "given"
    given.mkdir()
    for name, content in files().items():
        (given / name).write_bytes(content)
    out = tmp_path / "made"
    out.mkdir()
    answers = tmp_path / "answers.json"
    answers.write_text('{"answers": {"platform": "vault_enterprise_hsm", "boundary": "dedicated_hsm"}}')
    for layout in ("json", "text"):
        check.run([str(given), "--format", layout])
    for name in ("quarter.zip", "quarter.tar.gz", "names.zip", f"{TOKEN}.txt", "vault.hcl.gz", "export.csv"):
        inspect.run([str(given / name), "--format", "json"])
    fewer = tmp_path / "fewer"
    fewer.mkdir()
    for name, content in some().items():
        (fewer / name).write_bytes(content)
    package.run([str(fewer), "--answers", str(answers), "-o", str(out / "out.zip")])
    said, err = capfd.readouterr()
    assert found_in(said.encode() + err.encode()) == []
    assert leaks(out) == []
    assert (out / "out.zip").exists()
