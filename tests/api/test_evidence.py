"""Evidence over the API: received once, redacted before anything is stored, judged against the decision."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from evidence import services
from evidence.models import Artefact, LedgerEntry
from seal_advisor.models import Design, User
from tests.factories import VAULT_HCL

pytestmark = pytest.mark.django_db
SECRET = b"1234-planted-pin"
LARGE = 350_000  # lines of a log of more than stream.WHOLE_BYTES, which passes in blocks


@pytest.fixture(autouse=True)
def data(tmp_path: Path, settings: object) -> Path:
    """A blob store of this test's own, to look into."""
    storage = {"BACKEND": "evidence.storage.BlobFiles", "OPTIONS": {"location": str(tmp_path / "blobs")}}
    settings.STORAGES = {**settings.STORAGES, "blobs": storage}  # type: ignore[attr-defined]
    return tmp_path


def upload(api: APIClient, design: Design, content: bytes = VAULT_HCL, name: str = "vault.hcl", **fields: str):
    file = SimpleUploadedFile(name, content)
    return api.post(f"/api/v1/designs/{design.pk}/evidence/", {"file": file, **fields}, format="multipart")


def everything_stored(folder: Path) -> bytes:
    """Every byte below the folder, and every row of the database, as text."""
    parts = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {table}")
            parts.append(repr(cursor.fetchall()).encode())
    return b"\n".join(parts)


def test_a_file_is_received_redacted_and_listed_with_its_facts(api: APIClient, design: Design, data: Path) -> None:
    answer = upload(
        api, design, node="vault-a", observed_from="2026-11-01T00:00:00Z", observed_to="2026-11-02T00:00:00Z"
    )
    assert answer.status_code == 201, answer.content
    artefact = answer.json()
    assert (artefact["kind"], artefact["node"]) == ("vault_config", "vault-a")
    assert artefact["redactions"] == [{"line": 4, "what": "seal.pkcs11.pin"}]
    assert artefact["size"] == len(VAULT_HCL)
    assert artefact["facts"]["server_accepts"] is True
    assert [one["id"] for one in api.get(f"/api/v1/designs/{design.pk}/evidence/").json()["results"]] == [
        artefact["id"]
    ]
    assert SECRET not in everything_stored(data)
    assert SECRET not in everything_stored(Path(settings.DATA))


def test_the_same_bytes_again_return_the_first_artefact_and_change_nothing(api: APIClient, design: Design) -> None:
    first = upload(api, design)
    leaves = LedgerEntry.objects.count()
    again = upload(api, design, name="copy.hcl", node="elsewhere")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert (Artefact.objects.count(), LedgerEntry.objects.count()) == (1, leaves)


def test_a_raw_body_is_received_like_a_form(api: APIClient, design: Design) -> None:
    address = f"/api/v1/designs/{design.pk}/evidence/raw/?name=vault.hcl&node=a"
    first = api.put(address, VAULT_HCL, content_type="application/octet-stream")
    assert first.status_code == 201, first.content
    assert (upload(api, design).status_code, api.put(address, VAULT_HCL, content_type="text/plain").status_code) == (
        200,
        200,
    )


def test_controls_judge_the_evidence_against_the_decision(api: APIClient, design: Design) -> None:
    before = api.get(f"/api/v1/designs/{design.pk}/controls/").json()
    assert before["summary"]["pass"] == 0, "nothing was handed in, so nothing may pass"
    upload(api, design, VAULT_HCL.replace(b'"tls12"', b'"tls10"'))
    after = api.get(f"/api/v1/designs/{design.pk}/controls/").json()
    failed = {one["control"]: one["findings"] for one in after["results"] if one["verdict"] == "fail"}
    assert any(finding["line"] == 12 and finding["path"] == "vault.hcl" for finding in failed["C-TL-01"])


@pytest.mark.parametrize(
    ("name", "content", "status", "words"),
    [
        ("empty.hcl", b"", 422, "empty"),
        ("key.pem", b"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n", 422, "private key"),
        ("init.json", b'{"unseal_keys_b64": ["c2VjcmV0"], "root_token": "hvs.x"}', 422, "operator init"),
        ("latin.hcl", b'api_addr = "http://k\xe4se:8200"\n', 422, "UTF-8"),
        ("twice.hcl", b'api_addr = "a"\nui = true\napi_addr = "b"\n', 422, "line 3"),
        ("open.hcl", b'api_addr = "http://a\nui = true\n', 422, "line 1"),
        ("deep.hcl", b"a {\n" * 500 + b"}\n" * 500, 422, ""),
        ("deep.json", b'{"a":' * 1000 + b"1" + b"}" * 1000, 422, "levels"),
        ("big.hcl", b'api_addr = "http://vault.example:8200"\n' * 140_000, 413, ""),
        ("archive.zip", b"PK\x03\x04" + bytes(100), 415, ""),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value else "",
)
def test_a_bad_file_gets_one_clear_line_and_leaves_nothing(
    api: APIClient, design: Design, data: Path, name: str, content: bytes, status: int, words: str
) -> None:
    answer = upload(api, design, content, name)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    assert words in answer.json()["detail"]
    assert "\n" not in answer.json()["detail"]
    assert (Artefact.objects.count(), list(data.rglob("blobs/*/*"))) == (0, [])
    assert not LedgerEntry.objects.filter(kind="received").exists()


@pytest.mark.parametrize("name", ["../../x", "/etc/passwd", "a\\b.hcl", ".."])
def test_a_name_with_a_folder_is_refused_by_form_and_raw(api: APIClient, design: Design, name: str) -> None:
    boundary = "frontier"
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        f"Content-Type: text/plain\r\n\r\nui = true\n\r\n--{boundary}--\r\n"
    )
    address = f"/api/v1/designs/{design.pk}/evidence/"
    form = api.generic("POST", address, body, content_type=f"multipart/form-data; boundary={boundary}")
    raw = api.put(f"{address}raw/?name={name}", b"ui = true\n", content_type="application/octet-stream")
    assert (form.status_code, raw.status_code) == (422, 422), (form.content, raw.content)
    assert Artefact.objects.count() == 0


def test_an_upload_over_the_limit_is_413_by_form_and_raw(api: APIClient, design: Design, settings: object) -> None:
    settings.UPLOAD_LIMIT = 1000  # type: ignore[attr-defined]
    form = upload(api, design, b"x" * 5000)
    raw = api.put(
        f"/api/v1/designs/{design.pk}/evidence/raw/?name=x.log", b"x" * 5000, content_type="application/octet-stream"
    )
    assert (form.status_code, raw.status_code) == (413, 413), (form.content, raw.content)


def test_a_form_without_a_file_or_with_a_wrong_period_says_which_field(api: APIClient, design: Design) -> None:
    address = f"/api/v1/designs/{design.pk}/evidence/"
    assert api.post(address, {"node": "a"}, format="multipart").json()["errors"][0]["field"] == "file"
    wrong = upload(api, design, observed_from="2026-11-02T00:00:00Z", observed_to="2026-11-01T00:00:00Z")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "observed_to")
    assert upload(api, design, observed_from="yesterday").json()["errors"][0]["field"] == "observed_from"


def test_two_designs_may_hold_the_same_bytes(api: APIClient, design: Design) -> None:
    other = Design.objects.get(pk=api.post("/api/v1/designs/", {"title": "Other"}).json()["id"])
    assert (upload(api, design).status_code, upload(api, other).status_code) == (201, 201)


def test_a_large_log_streams_in_redacted_and_is_read_again(
    api: APIClient, design: Design, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = b"2026-11-24T10:00:00Z [INFO] core: vault is unsealed\n"
    log = b"2026-11-24T09:59:59Z [INFO] token=hvs.CAESIPlantedPlantedPlantedPlantedPlantedPlanted\n" + line * LARGE
    address = f"/api/v1/designs/{design.pk}/evidence/raw/?name=server.log"
    answer = api.put(address, log, content_type="application/octet-stream")
    assert answer.status_code == 201, answer.content
    assert answer.json()["size"] == len(log)
    assert [path for path in data.rglob("*") if path.is_file() and b"PlantedPlanted" in path.read_bytes()] == []
    assert api.get(f"/api/v1/designs/{design.pk}/controls/").status_code == 200


def test_a_secret_that_shows_itself_at_the_end_of_a_large_log_is_on_no_disk(
    api: APIClient, design: Design, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = b"2026-11-24T10:00:00.000Z [INFO]  core: vault is unsealed\n"
    log = b"started with Planted-Value-42 as always\n" + line * LARGE + b"password=Planted-Value-42\n"
    address = f"/api/v1/designs/{design.pk}/evidence/raw/?name=server.log"
    answer = api.put(address, log, content_type="application/octet-stream")
    assert answer.status_code == 201, answer.content
    assert [one["line"] for one in answer.json()["redactions"]] == [1, LARGE + 2]
    assert b"Planted-Value" not in everything_stored(data)


def test_a_long_log_is_read_once_and_not_at_every_changed_answer(
    api: APIClient, design: Design, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = b"2026-11-24T10:00:00Z [INFO] core: vault is unsealed\n"
    name = f"{design.pk}.log"  # the cache outlives a test
    address = f"/api/v1/designs/{design.pk}/evidence/raw/?name={name}"
    assert api.put(address, line * 30_000, content_type="application/octet-stream").status_code == 201

    def read_again(*args: object, **kwargs: object) -> None:
        raise AssertionError("the log was read again")

    monkeypatch.setattr("evidence.services.readers.intake", read_again)
    assert api.get(f"/api/v1/designs/{design.pk}/controls/").status_code == 200
    design.refresh_from_db()
    kept = services.evidence_of(Artefact.objects.all(), design.answers["answers"], contents=True)
    assert (kept.artefacts[0].kind, len(kept.artefacts[0].content)) == ("server_log", len(line) * 30_000)


def test_the_files_of_one_form_are_limited_together(api: APIClient, design: Design, settings: object) -> None:
    settings.FORM_LIMIT = 1000  # type: ignore[attr-defined]
    files = {"file": SimpleUploadedFile("a.log", b"x" * 600), "more": SimpleUploadedFile("b.log", b"y" * 600)}
    answer = api.post(f"/api/v1/designs/{design.pk}/evidence/", files, format="multipart")
    assert (answer.status_code, Artefact.objects.count()) == (413, 0)


def test_a_blob_that_was_changed_in_the_store_is_named_and_judged_nowhere(
    api: APIClient, design: Design, alice: User, data: Path, client: Client
) -> None:
    assert upload(api, design, VAULT_HCL + b"# of this test").status_code == 201
    blob = next(path for path in (data / "blobs").rglob("*") if path.is_file())
    blob.chmod(0o600)
    blob.write_bytes(b"ui = true\n")
    answer = api.get(f"/api/v1/designs/{design.pk}/controls/")
    assert (answer.status_code, blob.name[:16] in answer.json()["detail"]) == (409, True)
    client.force_login(alice)
    page = client.get(f"/designs/{design.pk}/controls/", follow=True)
    assert (page.status_code, "Nothing can be judged" in page.content.decode()) == (200, True)
    assert "Evidence was changed" in client.get(f"/designs/{design.pk}/review/").content.decode()


def test_a_text_field_in_place_of_the_file_is_refused(api: APIClient, design: Design, anonymous: APIClient) -> None:
    texts = [
        api.post(f"/api/v1/designs/{design.pk}/evidence/", {"file": "hello"}, format="multipart"),
        anonymous.post("/api/v1/verify/", {"file": "hello"}, format="multipart"),
        anonymous.post(
            "/api/v1/verify/", {"file": SimpleUploadedFile("r.pdf", b"%PDF"), "trust": "zz"}, format="multipart"
        ),
    ]
    assert [(answer.status_code, answer.json()["errors"][0]["field"]) for answer in texts] == [
        (422, "file"), (422, "file"), (422, "trust"),
    ]  # fmt: skip


def test_a_raw_body_under_a_used_key_is_told_from_the_first_by_its_bytes(api: APIClient, design: Design) -> None:
    def put(content: bytes) -> int:
        address = f"/api/v1/designs/{design.pk}/evidence/raw/?name=a.hcl"
        return api.put(
            address, content, content_type="application/octet-stream", headers={"Idempotency-Key": "k"}
        ).status_code

    assert [put(VAULT_HCL + b"# 1"), put(VAULT_HCL + b"# 1"), put(VAULT_HCL + b"# 2")] == [201, 201, 422]
    assert Artefact.objects.count() == 1


def test_a_chunked_body_is_refused_by_its_name(api: APIClient, design: Design) -> None:
    address = f"/api/v1/designs/{design.pk}/evidence/raw/?name=a.hcl"
    answer = api.put(address, b"", content_type="application/octet-stream", headers={"Transfer-Encoding": "chunked"})
    assert (answer.status_code, answer["Content-Type"]) == (411, "application/problem+json")
