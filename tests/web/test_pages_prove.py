"""Evidence, controls, packages and verification on the pages."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from evidence.core.results import Verdict
from evidence.models import Artefact, JobState, Package
from evidence.services import start_package
from evidence.storage import put_blob
from evidence.views.words import VERDICTS
from seal_advisor.access import Actor
from seal_advisor.models import Design, User
from tests.factories import VAULT_HCL
from tests.web.pages import address, sentence, text, tree

SAMPLES = Path(__file__).parent.parent / "data" / "samples"


def sample(name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name.rpartition("/")[2], (SAMPLES / name).read_bytes())


def upload(web: Client, design: Design, *files: SimpleUploadedFile, **about: str) -> object:
    return web.post(address(design, "evidence/"), {"file": list(files), **about}, follow=True)


def test_an_upload_lists_kind_facts_and_what_was_removed_but_never_the_secret(web: Client, design: Design) -> None:
    response = upload(web, design, SimpleUploadedFile("vault.hcl", VAULT_HCL), node="vault-1")
    said = text(response)
    assert "1 file received." in said
    assert "1 secret" in said
    assert "seal.pkcs11.pin" in said
    assert "vault-1" in said
    assert b"planted-pin" not in response.content


def test_several_files_at_once_the_refused_one_says_why_and_leaves_nothing(web: Client, design: Design) -> None:
    response = upload(
        web,
        design,
        sample("runtime/operator-init-SHAMIR-SECRETS.json"),
        sample("conf/strict-fips.hcl"),
    )
    assert response.status_code == 422
    said = text(response)
    assert "There is a problem" in said
    assert "operator-init-SHAMIR-SECRETS.json: this is the output of `operator init`" in said
    assert list(Artefact.objects.values_list("name", flat=True)) == ["strict-fips.hcl"]


def test_the_same_bytes_twice_change_nothing(web: Client, design: Design) -> None:
    upload(web, design, sample("conf/strict-fips.hcl"))
    assert "had been received before; nothing changed" in text(upload(web, design, sample("conf/strict-fips.hcl")))
    assert Artefact.objects.count() == 1


def test_a_period_that_ends_before_it_begins_is_refused(web: Client, design: Design) -> None:
    response = upload(
        web, design, sample("conf/strict-fips.hcl"), observed_from="2026-11-02T00:00", observed_to="2026-11-01T00:00"
    )
    assert response.status_code == 422
    assert "The period ends before it begins." in text(response)
    assert not Artefact.objects.exists()


def test_an_upload_of_nothing_says_so(web: Client, design: Design) -> None:
    response = web.post(address(design, "evidence/"), {"node": "a"})
    assert response.status_code == 422
    assert "Choose at least one file." in text(response)


def test_a_design_without_evidence_proves_nothing(web: Client, design: Design) -> None:
    response = web.get(address(design, "controls/"))
    assert sentence(response).startswith("Nothing fails, but")
    assert not tree(response).xpath("//tr[@data-tone='pass']")


def test_red_rows_stand_first_and_name_file_line_remedy_and_source(web: Client, design: Design) -> None:
    upload(web, design, sample("conf/loose.hcl"), sample("conf/strict-fips.hcl"))
    page = tree(web.get(address(design, "controls/")))
    tones = [row.get("data-tone") for row in page.xpath("//table//tbody/tr")]
    assert tones[0] == "fail"
    assert "fail" not in tones[tones.index("") :]
    row = page.xpath("//tr[@id='C-TL-01']")[0]
    assert row.xpath(".//li[@class='place'][starts-with(text(), 'loose.hcl, line ')]")
    assert row.xpath(".//code[@class='remedy']")[0].text_content()
    assert row.xpath(".//p[@class='source']/a[starts-with(@href, 'https://')]")


def test_every_verdict_has_a_word_and_a_shape_of_its_own() -> None:
    assert set(VERDICTS) == set(Verdict)
    assert len({mark.word for mark in VERDICTS.values()}) == len(VERDICTS)
    assert len({mark.icon for mark in VERDICTS.values()}) == len(VERDICTS)


def test_a_package_is_asked_for_once_and_followed_until_it_is_built(web: Client, design: Design) -> None:
    response = web.post(address(design, "packages/"))
    assert response["Location"] == address(design, "packages/")
    package = Package.objects.get()
    poll = address(design, f"packages/{package.pk}/")
    assert poll in tree(web.get(address(design, "packages/"))).xpath("//article/@hx-get")
    assert web.get(poll, headers={"HX-Request": "true"}).status_code == 200
    finish(package)
    done = web.get(poll, headers={"HX-Request": "true"})
    assert done.status_code == 286  # htmx stops asking
    assert f"{poll}report.pdf" in tree(done).xpath("//a/@href")
    assert web.get(f"{poll}report.pdf").content == b"%PDF-report"
    assert web.get(f"{poll}package.zip")["Content-Disposition"] == 'attachment; filename="package.zip"'


def finish(package: Package) -> None:
    """What the job leaves behind, without the job."""
    package.report_blob, package.report_sha256 = put_blob(b"%PDF-report")
    package.archive_blob, package.archive_sha256 = put_blob(b"PK-archive")
    package.report_size, package.archive_size = 11, 10
    package.save()
    package.job.state, package.job.finished_at = JobState.DONE, timezone.now()
    package.job.save()


def test_without_htmx_the_state_of_a_package_is_the_page(web: Client, design: Design, alice: User) -> None:
    package = start_package(design, actor=Actor(alice))
    response = web.get(address(design, f"packages/{package.pk}/"))
    assert response["Location"] == address(design, "packages/")


@pytest.mark.parametrize("name", ["report.pdf", "package.zip"])
def test_nothing_can_be_downloaded_before_it_is_built(web: Client, design: Design, alice: User, name: str) -> None:
    package = start_package(design, actor=Actor(alice))
    assert web.get(address(design, f"packages/{package.pk}/{name}")).status_code == 404


def test_a_failed_build_says_what_to_do(web: Client, design: Design, alice: User) -> None:
    package = start_package(design, actor=Actor(alice))
    package.job.state, package.job.error = JobState.FAILED, "The disk is full."
    package.job.save()
    assert "The disk is full. Build it again" in text(web.get(address(design, "packages/")))


@pytest.mark.parametrize("content", [b"", b"no package", b"PK\x03\x04 broken", b"%PDF-1.7 no pdf"])
def test_verify_says_in_one_line_that_a_file_is_no_package(client: Client, db: None, content: bytes) -> None:
    response = client.post("/verify/", {"file": SimpleUploadedFile("x.zip", content)})
    assert response.status_code in {200, 422}
    assert "is exactly what was signed" not in text(response)


def test_verify_needs_no_account_and_asks_for_a_file(client: Client, db: None) -> None:
    assert client.get("/verify/").status_code == 200
    assert "Choose a package.zip or a report.pdf." in text(client.post("/verify/"))
