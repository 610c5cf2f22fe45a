"""An archive on the evidence page: its members stand there by name, what was refused of it is said, nothing leaks."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from evidence.models import Artefact
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
