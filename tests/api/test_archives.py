"""Archives over the API: every member an artefact with the archive's hash, all of it or nothing, no secret anywhere."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from evidence import batches, services
from evidence.core.facts import ConfigFacts
from evidence.core.facts.packed import PackedFacts
from evidence.core.unpacking import Packed
from evidence.models import Artefact, LedgerEntry
from evidence.reading.parent import Limits, Pool
from seal_advisor.models import Design
from seal_advisor.services import draft_of
from tests.api.test_evidence import SECRET, data, everything_stored
from tests.archives import tarred, zipped
from tests.factories import VAULT_HCL

__all__ = ["data"]
pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).resolve().parent.parent / "data/samples"
LOG = (SAMPLES / "runtime/strict.server-log.mixed-json.log").read_bytes()
SCAN = (SAMPLES / "tls/strict.testssl.csv").read_bytes()
PEM = b"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n"


def upload(api: APIClient, design: Design, name: str, content: bytes, *, raw: bool = False):
    if raw:
        address = f"/api/v1/designs/{design.pk}/evidence/raw/?name={name}&node=vault-a"
        return api.put(address, content, content_type="application/octet-stream")
    fields = {"file": SimpleUploadedFile(name, content), "node": "vault-a"}
    return api.post(f"/api/v1/designs/{design.pk}/evidence/", fields, format="multipart")


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize(("name", "make"), [("q3.zip", zipped), ("q3.tar.gz", tarred)])
def test_every_member_is_an_artefact_and_the_archive_lists_them(
    api: APIClient, design: Design, data: Path, name: str, make, raw: bool
) -> None:
    inner = gzip.compress(LOG)
    content = make({"node-a/vault.hcl": VAULT_HCL, "logs/vault.log.gz": inner, "key.pem": PEM})
    answer = upload(api, design, name, content, raw=raw)
    assert answer.status_code == 201, answer.content
    outer = answer.json()
    digest = hashlib.sha256(content).hexdigest()
    assert (outer["name"], outer["kind"], outer["sha256"], outer["within"]) == (name, "archive", digest, [])
    listed = {each["name"]: (each["kind"], each["sha256"], each["error"]) for each in outer["facts"]["members"]}
    config, log = f"{name}!node-a/vault.hcl", f"{name}!logs/vault.log.gz!vault.log"
    assert listed[config] == ("vault_config", hashlib.sha256(VAULT_HCL).hexdigest(), "")
    assert listed[log] == ("server_log", hashlib.sha256(LOG).hexdigest(), "")
    assert listed[f"{name}!key.pem"][0] == "refused"
    assert "private key" in listed[f"{name}!key.pem"][2]
    rows = {row.name: row for row in Artefact.objects.filter(design=design)}
    assert set(rows) == {name, config, log}
    assert rows[config].within == [{"name": name, "sha256": digest}]
    assert rows[log].within == [
        {"name": name, "sha256": digest}, {"name": "vault.log.gz", "sha256": hashlib.sha256(inner).hexdigest()},
    ]  # fmt: skip
    assert {row.node for row in rows.values()} == {"vault-a"}
    assert SECRET not in everything_stored(data)
    assert b"MIIEvQIBADAN" not in everything_stored(data)


def test_the_receipt_of_a_member_holds_both_hashes(api: APIClient, design: Design, data: Path) -> None:
    content = zipped({"scan.csv": SCAN})
    upload(api, design, "q3.zip", content)
    entries = [entry.entry for entry in LedgerEntry.objects.filter(kind="received").order_by("index")]
    assert hashlib.sha256(content).hexdigest() in entries[0]
    assert hashlib.sha256(SCAN).hexdigest() in entries[0]
    assert len(entries) == 2


def test_a_gzipped_log_is_the_log(api: APIClient, design: Design, data: Path) -> None:
    packed = gzip.compress(LOG)
    first = upload(api, design, "vault.log.gz", packed)
    artefact = first.json()
    assert (first.status_code, artefact["name"], artefact["kind"]) == (201, "vault.log.gz!vault.log", "server_log")
    assert artefact["sha256"] == hashlib.sha256(LOG).hexdigest()
    assert artefact["within"] == [{"name": "vault.log.gz", "sha256": hashlib.sha256(packed).hexdigest()}]
    assert upload(api, design, "vault.log.gz", packed).status_code == 200
    assert Artefact.objects.filter(design=design).count() == 1


def test_the_same_archive_again_changes_nothing(api: APIClient, design: Design, data: Path) -> None:
    content = zipped({"vault.hcl": VAULT_HCL, "scan.csv": SCAN})
    first = upload(api, design, "q3.zip", content)
    again = upload(api, design, "q3.zip", content)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert Artefact.objects.filter(design=design).count() == 3


@pytest.mark.parametrize(
    ("name", "content", "status", "word"),
    [
        ("bomb.gz", gzip.compress(bytes(40 << 20)), 413, "100 times"),
        ("bomb.zip", zipped({"good.hcl": VAULT_HCL, "x": bytes(40 << 20)}), 413, "100 times"),
        ("out.zip", zipped({"good.hcl": VAULT_HCL, "../x": b"x"}), 422, "leads out"),
        ("cut.tar.gz", tarred({"good.hcl": VAULT_HCL})[:-9], 415, "breaks off"),
        ("cut.zip", zipped({"a.hcl": VAULT_HCL, "b.hcl": VAULT_HCL})[:-9], 422, "breaks off"),
        ("key.zip", zipped({"key.pem": PEM}), 422, "no member can be taken"),
        ("key.pem.gz", gzip.compress(PEM), 422, "private key"),
    ],
)
def test_an_unfit_archive_leaves_nothing(
    api: APIClient, design: Design, data: Path, name: str, content: bytes, status: int, word: str
) -> None:
    answer = upload(api, design, name, content)
    assert answer.status_code == status, answer.content
    assert word in answer.json()["detail"]
    assert Artefact.objects.count() == 0
    assert not any((data / "blobs").rglob("*"))
    # The reader of the next file is not confused by the one that broke off.
    assert upload(api, design, "vault.hcl", VAULT_HCL).status_code == 201


def test_a_secret_of_one_member_is_stored_in_none(api: APIClient, design: Design, data: Path) -> None:
    log = LOG + b"2026-11-24T10:00:00.000Z [WARN]  core: unseal with " + SECRET + b" failed\n"
    members = {"logs/vault.log": log, "vault.hcl": VAULT_HCL, "logs/old.log.gz": gzip.compress(log)}
    assert upload(api, design, "q3.zip", zipped(members)).status_code == 201
    assert SECRET not in everything_stored(data)
    assert SECRET not in everything_stored(Path(settings.DATA))
    row = Artefact.objects.get(name="q3.zip!logs/vault.log")
    assert {"line": log.count(b"\n"), "what": "known_secret"} in row.redactions


def test_the_server_itself_unpacks_nothing(api: APIClient, design: Design, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*given: object) -> None:
        raise AssertionError("an archive was opened in the process of the server")

    monkeypatch.setattr(Packed, "__init__", never)
    assert upload(api, design, "q3.zip", zipped({"vault.hcl": VAULT_HCL})).status_code == 201
    assert upload(api, design, "vault.log.gz", gzip.compress(LOG)).status_code == 201


def test_a_bomb_ends_its_reader_and_nothing_else(
    api: APIClient, design: Design, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = Pool(Limits(memory=128 << 20))
    monkeypatch.setattr(batches, "readers", pool)
    rows = b"".join(b"[[[[[%d]]]]],\n" % (number * 7919) for number in range(300_000))
    answer = upload(api, design, "q3.zip", zipped({"vault.hcl": VAULT_HCL, "x.json": b'{"a": [' + rows + b"{}]}"}))
    assert answer.status_code == 413
    assert "more than 128 MiB of memory" in answer.json()["detail"]
    assert Artefact.objects.count() == 0
    assert not any((data / "blobs").rglob("*"))
    assert upload(api, design, "q4.zip", zipped({"vault.hcl": VAULT_HCL})).status_code == 201
    pool.close()


def test_members_are_read_again_and_judged_as_files_are(api: APIClient, design: Design, data: Path) -> None:
    upload(api, design, "q3.zip", zipped({"node-a/vault.hcl": VAULT_HCL, "logs/vault.log": LOG}))
    rows = Artefact.objects.filter(design=design).order_by("received_at")
    evidence = services.evidence_of(rows, draft_of(design).values, contents=True)
    kinds = {one.name: type(one.facts).__name__ for one in evidence.artefacts}
    assert kinds == {
        "q3.zip": "PackedFacts", "q3.zip!node-a/vault.hcl": "ConfigFacts", "q3.zip!logs/vault.log": "ServerLogFacts",
    }  # fmt: skip
    assert evidence.of(ConfigFacts)[0][0].within[0][0] == "q3.zip"
    assert evidence.of(PackedFacts)[0][1].layout == "zip"
    assert services.judge(design)
