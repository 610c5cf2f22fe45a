"""An archive on the evidence page: its members stand there by name, what was refused of it is said, nothing leaks."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from evidence import batches
from evidence.models import Artefact
from evidence.reading.parent import Limits, Pool
from evidence.storage import get_blob
from seal_advisor.models import Design
from tests import factories
from tests.archives import zipped
from tests.web.pages import address, text

PEM = b"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n"


def test_the_members_of_an_archive_stand_on_the_page_and_the_refused_one_is_named(web: Client, design: Design) -> None:
    content = zipped({"node-a/vault.hcl": factories.VAULT_HCL, "node-a/tls.key": PEM, ".DS_Store": b"x"})
    files = {"file": [SimpleUploadedFile("q3.zip", content)], "node": "vault-a"}
    answer = web.post(address(design, "evidence/"), files, headers={"Accept": "application/json"})
    assert [(one["name"], one["kind"], one["new"]) for one in answer.json()["files"]] == [("q3.zip", "Archive", True)]
    (problem,) = answer.json()["problems"]
    assert problem.startswith("q3.zip!node-a/tls.key: ")
    assert "a private key stands in this file. Nothing of it was kept; " in problem
    page = text(web.get(address(design, "evidence/")))
    assert "q3.zip!node-a/vault.hcl" in page
    outer = Artefact.objects.get(kind="archive")
    shown = text(web.get(address(design, f"evidence/{outer.pk}/")))
    assert "q3.zip!node-a/tls.key" in shown
    assert "a private key stands in this file" in shown
    member = Artefact.objects.get(kind="vault_config")
    inside = text(web.get(address(design, f"evidence/{member.pk}/")))
    assert "[redacted:seal.pkcs11.pin]" in inside
    assert "1234-planted-pin" not in page + shown + inside


def test_an_unfit_archive_is_one_sentence_and_leaves_nothing(web: Client, design: Design) -> None:
    files = {"file": [SimpleUploadedFile("bomb.zip", zipped({"a.txt": b"a", "x": bytes(40 << 20)}))]}
    answer = web.post(address(design, "evidence/"), files)
    assert answer.status_code == 413
    assert "100 times its size" in text(answer)
    assert Artefact.objects.count() == 0


def test_a_secret_of_one_file_of_a_form_is_stored_in_none(web: Client, design: Design) -> None:
    told = b"2026-11-24T10:00:00.000Z [WARN]  core: unseal with 1234-planted-pin failed\n"
    files = [SimpleUploadedFile("vault.log", told), SimpleUploadedFile("vault.hcl", factories.VAULT_HCL)]
    web.post(address(design, "evidence/"), {"file": files})
    log = Artefact.objects.get(kind="server_log")
    assert log.redactions == [{"line": 1, "what": "known_secret"}]
    assert get_blob(log.blob, log.blob_sha256) == told.replace(b"1234-planted-pin", b"[redacted:known_secret]")


def test_a_file_that_ends_its_reader_holds_up_no_other(
    web: Client, design: Design, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "readers", Pool(Limits(memory=128 << 20)))
    rows = b"".join(b"[[[[[%d]]]]],\n" % (number * 7919) for number in range(300_000))
    files = [
        SimpleUploadedFile("large.json", b'{"a": [' + rows + b"{}]}"),
        SimpleUploadedFile("vault.hcl", factories.VAULT_HCL),
    ]
    answer = web.post(address(design, "evidence/"), {"file": files})
    assert answer.status_code == 413
    assert "large.json: reading this file took more than 128 MiB of memory" in text(answer)
    assert [one.name for one in Artefact.objects.all()] == ["vault.hcl"]
    batches.readers.close()
