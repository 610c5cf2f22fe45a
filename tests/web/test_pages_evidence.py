"""The evidence page: each file recognised or asked about, its versions, its redacted text; and its end."""

from __future__ import annotations

import json
from collections.abc import Callable

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from evidence import ledger_check
from evidence.models import Artefact, LedgerEntry
from seal_advisor.models import Design
from tests import factories
from tests.web.pages import address, text, tree

DRILL = b"On 2026-10-01 we cut the network to the HSM. Vault stayed up; a restart waited.\n"


def send(web: Client, design: Design, name: str, data: bytes, **about: str) -> Artefact:
    web.post(address(design, "evidence/"), {"file": [SimpleUploadedFile(name, data)], **about})
    return Artefact.objects.latest("received_at")


def test_a_script_hears_at_once_what_each_file_is_or_why_it_was_refused(web: Client, design: Design) -> None:
    files = [
        SimpleUploadedFile("vault.hcl", factories.VAULT_HCL),
        SimpleUploadedFile("drill.txt", DRILL),
        SimpleUploadedFile("broken.json", b'{"a": '),
    ]
    answer = web.post(address(design, "evidence/"), {"file": files}, headers={"Accept": "application/json"})
    said = answer.json()
    assert answer.status_code == 422
    assert [(one["name"], one["kind"], one["asked"], one["new"]) for one in said["files"]] == [
        ("vault.hcl", "Vault config", False, True),
        ("drill.txt", "Opaque", True, True),
    ]
    assert said["files"][0]["redactions"] == 1
    assert len(said["problems"]) == 1
    assert "broken.json" in said["problems"][0]
    again = web.post(
        address(design, "evidence/"),
        {"file": [SimpleUploadedFile("drill.txt", DRILL)]},
        headers={"Accept": "application/json"},
    )
    assert (again.status_code, again.json()["files"][0]["new"]) == (200, False)


def test_a_file_that_nobody_reads_is_asked_about_and_the_answer_enters_ledger_and_plan(
    web: Client, design: Design
) -> None:
    row = send(web, design, "drill.txt", DRILL)
    page = web.get(address(design, "evidence/"))
    forms = tree(page).xpath("//form[contains(@action, '/kind/')]/@action")
    assert forms == [address(design, f"evidence/{row.pk}/kind/")]
    assert "Said to be: Drill record" in text(web.post(forms[0], {"kind": "drill_record"}, follow=True))
    entry = json.loads(LedgerEntry.objects.filter(kind="written").latest("index").entry)
    assert (entry["what"], entry["after"]) == ("evidence.kind_declared", {"declared_kind": "drill_record"})
    assert "A file is there, of a form that no reader understands" in text(web.get(address(design, "collect-plan/")))
    assert "there is no kind of evidence" in text(web.post(forms[0], {"kind": "nonsense"}, follow=True))
    known = send(web, design, "vault.hcl", factories.VAULT_HCL)
    refused = web.post(address(design, f"evidence/{known.pk}/kind/"), {"kind": "drill_record"}, follow=True)
    assert "its content decides" in text(refused)
    assert ledger_check.faults() == []


def test_files_of_one_name_from_one_node_are_versions_of_each_other(web: Client, design: Design) -> None:
    first = send(web, design, "vault.hcl", factories.VAULT_HCL, node="n1")
    second = send(web, design, "vault.hcl", factories.VAULT_HCL + b"# new\n", node="n1")
    send(web, design, "vault.hcl", factories.VAULT_HCL + b"# other node\n", node="n2")
    said = text(web.get(address(design, "evidence/")))
    assert said.count("version 1 of 2") == said.count("version 2 of 2") == 1
    page = tree(web.get(address(design, f"evidence/{second.pk}/")))
    assert page.xpath("//div[contains(@class, 'column')]//ol/li/a/@href") == [address(design, f"evidence/{first.pk}/")]


def test_the_kept_text_is_shown_with_what_was_removed_marked_and_the_secret_nowhere(
    web: Client, design: Design
) -> None:
    row = send(web, design, "vault.hcl", factories.VAULT_HCL + b"# <script>alert(1)</script>\n")
    page = web.get(address(design, f"evidence/{row.pk}/"))
    found = tree(page)
    assert [mark.text for mark in found.xpath("//mark")] == ["[redacted:seal.pkcs11.pin]"]
    lines = found.xpath("//ol[@class='code-lines']/li")
    assert len(lines) == len(factories.VAULT_HCL.splitlines()) + 1
    assert "[redacted:seal.pkcs11.pin]" in lines[3].text_content()
    assert b"planted-pin" not in page.content
    assert b"<script>alert" not in page.content
    leaves = [one.strip() for one in found.xpath("//dt/text()") if "Ledger entry" in one]
    assert [one.split(", ")[1] for one in leaves] == ["received", "redacted", "parsed"]


def test_an_administrator_erases_on_the_page_and_everybody_sees_that_it_was_there(
    web: Client, design: Design, signed_in: Callable[..., Client]
) -> None:
    row = send(web, design, "wrong.txt", DRILL)
    here = address(design, f"evidence/{row.pk}/")
    assert b"/erase/" not in web.get(here).content
    assert web.post(f"{here}erase/", {"why": "x"}).status_code == 403
    olga = signed_in(factories.member("olga", "administrator"))
    assert "Say why the file is erased." in text(olga.post(f"{here}erase/", {"why": " "}, follow=True))
    assert "is erased. The ledger and the next package say so." in text(
        olga.post(f"{here}erase/", {"why": "another customer's file"}, follow=True)
    )
    said = text(web.get(address(design, "evidence/")))
    assert "olga: another customer's file" in said
    assert web.get(here).status_code == 404
