"""Resumable uploads (tus 1.0): whatever the line does, the whole arrives once, and nothing lies plain on the disk."""

from __future__ import annotations

import base64
import hashlib
import random
import socket
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from django.conf import settings as live_settings
from django.utils import timezone
from rest_framework.test import APIClient
from tusclient.client import TusClient

from evidence.models import Artefact, ResumableUpload
from evidence.resumable import services, store
from seal_advisor.models import Design, User
from tests import factories

TUS = {"Tus-Resumable": "1.0.0"}
SECRET = b"1234-planted-pin"


@pytest.fixture(autouse=True)
def data(tmp_path: Path, settings: Any) -> Path:
    """A data directory of this test's own, to look into."""
    settings.DATA = tmp_path
    blobs = {"BACKEND": "evidence.storage.BlobFiles", "OPTIONS": {"location": str(tmp_path / "blobs")}}
    settings.STORAGES = {**settings.STORAGES, "blobs": blobs}
    return tmp_path


def metadata(**said: str) -> str:
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in said.items())


def begin(api: APIClient, design: Design, length: int, **said: str) -> Any:
    headers = {**TUS, "Upload-Length": str(length), "Upload-Metadata": metadata(**{"filename": "vault.hcl", **said})}
    return api.post(f"/api/v1/designs/{design.pk}/uploads/", headers=headers)


def send(api: APIClient, where: str, offset: int, piece: bytes, **more: str) -> Any:
    headers = {**TUS, "Upload-Offset": str(offset), **more}
    return api.patch(where, piece, content_type="application/offset+octet-stream", headers=headers)


@pytest.mark.django_db
def test_a_file_in_two_pieces_becomes_evidence_and_was_never_plain_on_the_disk(
    api: APIClient, design: Design, data: Path
) -> None:
    made = begin(api, design, len(factories.VAULT_HCL), node="vault-a")
    assert (made.status_code, made["Tus-Resumable"]) == (201, "1.0.0"), made.content
    assert made["Upload-Expires"].endswith("GMT")
    where, cut = made["Location"], 150
    assert factories.VAULT_HCL.index(SECRET) < cut
    first = send(api, where, 0, factories.VAULT_HCL[:cut])
    assert (first.status_code, first["Upload-Offset"]) == (204, str(cut)), first.content
    lying = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    assert len(lying) > cut
    assert SECRET not in lying
    assert (
        where.rstrip("/").rpartition("/")[2].encode() not in lying + repr(ResumableUpload.objects.values()[0]).encode()
    )
    asked = api.head(where, headers=TUS)
    assert (asked["Upload-Offset"], asked["Upload-Length"]) == (str(cut), str(len(factories.VAULT_HCL)))
    last = send(api, where, cut, factories.VAULT_HCL[cut:])
    assert (last.status_code, last["Upload-Offset"]) == (204, str(len(factories.VAULT_HCL))), last.content
    artefact = Artefact.objects.get()
    assert (artefact.sha256, artefact.node) == (hashlib.sha256(factories.VAULT_HCL).hexdigest(), "vault-a")
    told = api.get(where).json()
    assert (told["artefact"], told["new"], told["refusal"]) == (str(artefact.pk), True, None)
    assert list(store.folder().glob("*")) == []


@pytest.mark.django_db
def test_what_the_protocol_asks_for(api: APIClient, design: Design) -> None:
    address = f"/api/v1/designs/{design.pk}/uploads/"
    offered = api.options(address)
    assert (offered.status_code, offered["Tus-Version"]) == (204, "1.0.0")
    assert set(offered["Tus-Extension"].split(",")) == {"creation", "expiration", "checksum", "termination"}
    assert "sha1" in offered["Tus-Checksum-Algorithm"], "the protocol demands it"
    other = api.post(address, headers={"Tus-Resumable": "0.2.2", "Upload-Length": "1"})
    assert (other.status_code, other["Tus-Version"]) == (412, "1.0.0")
    where = begin(api, design, 10)["Location"]
    wrong = [
        send(api, where, 5, b"x").status_code,
        send(api, where, 0, b"x" * 11).status_code,
        api.patch(where, b"x", content_type="text/plain", headers={**TUS, "Upload-Offset": "0"}).status_code,
        api.patch(where, b"x", content_type="application/offset+octet-stream", headers=TUS).status_code,
        send(api, where, 0, b"x", **{"Upload-Checksum": "md5 AAAA"}).status_code,
        send(api, where, 0, b"x", **{"Upload-Checksum": "sha1 AAAA"}).status_code,
    ]
    assert wrong == [409, 413, 415, 400, 400, 460]
    assert api.head(where, headers=TUS)["Upload-Offset"] == "0", "nothing of all that was kept"
    good = base64.b64encode(hashlib.sha1(b"12345").digest()).decode()
    assert send(api, where, 0, b"12345", **{"Upload-Checksum": f"sha1 {good}"}).status_code == 204
    assert api.delete(where, headers=TUS).status_code == 204
    assert (api.head(where, headers=TUS).status_code, list(store.folder().glob("*"))) == (404, [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("length", "name", "status"),
    [("0", "a.hcl", 422), ("x", "a.hcl", 400), (str(10**17), "a.hcl", 413), ("9", "../a.hcl", 422), ("9", "", 422)],
)
def test_a_wrong_beginning_is_refused(api: APIClient, design: Design, length: str, name: str, status: int) -> None:
    headers = {**TUS, "Upload-Length": length, "Upload-Metadata": metadata(filename=name)}
    made = api.post(f"/api/v1/designs/{design.pk}/uploads/", headers=headers)
    if made.status_code == 201:  # a name is judged with the file, as for every upload
        made = send(api, made["Location"], 0, b"ui = true")
    assert (made.status_code, made["Content-Type"]) == (status, "application/problem+json"), made.content
    assert Artefact.objects.count() == 0


@pytest.mark.django_db
def test_a_file_that_is_refused_says_why_and_its_pieces_are_gone(api: APIClient, design: Design) -> None:
    key = b"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"
    where = begin(api, design, len(key), filename="key.pem")["Location"]
    answer = send(api, where, 0, key)
    assert (answer.status_code, "private key" in answer.json()["detail"]) == (422, True)
    told = api.get(where).json()
    assert ("private key" in told["refusal"]["reason"], Artefact.objects.count()) == (True, 0)
    assert list(store.folder().glob("*")) == []


@pytest.mark.django_db
def test_only_the_sender_with_the_key_goes_on(api: APIClient, design: Design, caller: Any) -> None:
    where = begin(api, design, 9)["Location"]
    head, _, key = where.rstrip("/").rpartition("/")
    assert api.head(f"{head}/{'0' * len(key)}/", headers=TUS).status_code == 404
    olga = caller(factories.member("olga", "administrator"))
    assert send(olga, where, 0, b"ui = true").status_code == 404
    adam = caller(factories.member("adam", "auditor"))
    assert send(adam, where, 0, b"ui = true").status_code == 403


@pytest.mark.django_db
def test_an_upload_whose_time_is_over_is_gone_with_its_pieces(api: APIClient, design: Design) -> None:
    where = begin(api, design, 9)["Location"]
    send(api, where, 0, b"ui")
    ResumableUpload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert send(api, where, 2, b" = true").status_code == 410
    (store.folder() / "left by nobody").write_bytes(b"x")
    assert services.sweep(timezone.now()) == 1
    assert (list(store.folder().glob("*")), ResumableUpload.objects.count()) == ([], 0)


@pytest.mark.django_db
def test_a_request_killed_after_the_last_byte_is_finished_by_the_next_question(
    api: APIClient, design: Design, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = begin(api, design, len(factories.VAULT_HCL))["Location"]
    with monkeypatch.context() as killed:
        killed.setattr(services, "finish", lambda *args, **kwargs: None)
        assert send(api, where, 0, factories.VAULT_HCL).status_code == 204
    assert Artefact.objects.count() == 0
    assert api.head(where, headers=TUS)["Upload-Offset"] == str(len(factories.VAULT_HCL))
    assert Artefact.objects.count() == 1


@pytest.mark.django_db
def test_a_changed_or_moved_piece_is_found(api: APIClient, design: Design) -> None:
    where = begin(api, design, 9)["Location"]
    send(api, where, 0, b"ui =")
    path = next(store.folder().glob("*"))
    broken = bytearray(path.read_bytes())
    broken[-1] ^= 1
    path.write_bytes(broken)
    answer = send(api, where, 4, b" true")
    assert (answer.status_code, answer.json()["type"].rpartition("#")[2]) == (409, "problem-upload-damaged")
    assert Artefact.objects.count() == 0


@pytest.mark.django_db
def test_one_request_writes_at_a_time(api: APIClient, design: Design) -> None:
    where = begin(api, design, 9)["Location"]
    with store.exclusively(ResumableUpload.objects.get().pk):
        busy = send(api, where, 0, b"ui")
    assert (busy.status_code, busy["Retry-After"]) == (423, "2")


@pytest.fixture
def over_the_wire(transactional_db: None, live_server: Any) -> tuple[str, str, Design]:
    """Address, token and design, for clients that speak over a socket."""
    live_settings.ALLOWED_HOSTS = ["*"]
    alice: User = factories.member("alice", "architect")
    design = factories.design(alice)
    _, secret = factories.token(alice)
    return live_server.url, secret, design


def cut_off(url: str, secret: str, where: str, offset: int, piece: bytes, after: int) -> None:
    """Announce the whole piece, send only so much of it, and hang up."""
    parts = urlsplit(url)
    head = (
        f"PATCH {urlsplit(where).path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {secret}\r\n"
        f"Tus-Resumable: 1.0.0\r\nUpload-Offset: {offset}\r\nContent-Type: application/offset+octet-stream\r\n"
        f"Content-Length: {len(piece)}\r\n\r\n"
    )
    with socket.create_connection((parts.hostname, parts.port)) as line:
        line.sendall(head.encode() + piece[:after])
        line.shutdown(socket.SHUT_WR)
        line.settimeout(5)
        while line.recv(4096):
            pass


def test_the_known_client_uploads_and_goes_on_where_the_line_was_cut(
    over_the_wire: tuple[str, str, Design], tmp_path: Path
) -> None:
    url, secret, design = over_the_wire
    chance = random.Random(20261124)
    log = tmp_path / "audit.log"
    log.write_bytes(b"2026-11-24T10:00:00Z [INFO] core: vault is unsealed\n" * 40_000)
    whole = log.read_bytes()
    client = TusClient(f"{url}/api/v1/designs/{design.pk}/uploads/", headers={"Authorization": f"Bearer {secret}"})
    uploader = client.uploader(str(log), chunk_size=300_000, metadata={"filename": "audit.log"}, upload_checksum=True)
    uploader.upload(stop_at=600_000)
    where, offset = uploader.url, uploader.offset
    headers = {"Authorization": f"Bearer {secret}", **TUS}
    for _ in range(6):
        piece = whole[offset : offset + chance.randrange(1, 400_000)]
        cut_off(url, secret, where, offset, piece, chance.randrange(len(piece) + 1))
        asked = int(requests.head(where, headers=headers).headers["Upload-Offset"])
        assert offset <= asked <= offset + len(piece)
        offset = asked
    again = client.uploader(str(log), url=where, chunk_size=500_000, upload_checksum=True)
    assert again.offset == offset
    again.upload()
    artefact = Artefact.objects.get()
    assert (artefact.size, artefact.sha256) == (len(whole), hashlib.sha256(whole).hexdigest())
