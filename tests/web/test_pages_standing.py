"""Statements, frameworks, the plan and the coverage on the pages."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from lxml import html

from evidence.core.frameworks import current
from evidence.register.models import Attestation, ModuleCertificate, Waiver
from seal_advisor.models import Design
from tests import factories
from tests.web.pages import address, text, tree

LOG = b"""\
2026-11-20T09:00:00.000Z [INFO]  core: vault is unsealed
2026-11-22T10:00:00.000Z [INFO]  core: vault is sealed
"""


def day(number: int) -> str:
    return (timezone.now().date() + timedelta(days=number)).isoformat()


def attestation(**changes: str) -> dict[str, str]:
    return {
        "control": "C-CM-02", "statement": "FIPS mode", "by": "Hanna", "on": day(0), "expires": day(30),
        "reference": "", **changes,
    }  # fmt: skip


def upload(web: Client, design: Design, *files: tuple[str, bytes]) -> None:
    sent = [SimpleUploadedFile(name, data) for name, data in files]
    assert web.post(address(design, "evidence/"), {"file": sent}).status_code == 302


def row(page: html.HtmlElement, control: str) -> str:
    return " ".join(page.xpath(f"//tr[@id='{control}']")[0].text_content().split())


def test_what_is_stated_stands_on_the_controls_page_and_is_shown_weaker_than_proof(web: Client, design: Design) -> None:
    done = web.post(address(design, "register/attestations/"), attestation(), follow=True)
    assert "Entered; it is in the ledger." in text(done)
    said = row(tree(web.get(address(design, "controls/"))), "C-CM-02")
    assert said.startswith("Attested")
    assert "Hanna" in said


def test_a_wrong_field_is_named_beside_it_and_nothing_that_was_typed_is_lost(web: Client, design: Design) -> None:
    page = web.post(address(design, "register/attestations/"), attestation(expires=day(-2), by="Hanna Schmidt"))
    assert page.status_code == 422
    found = tree(page)
    assert found.xpath("//*[@id='problems']//a/@href") == ["#attestations-expires"] * 2
    assert found.xpath("//*[@id='attestations-by']/@value") == ["Hanna Schmidt"]
    assert found.xpath("//*[@id='attestations-expires']/@aria-invalid") == ["true"]
    assert not Attestation.objects.exists()


def test_a_certificate_is_corrected_by_a_new_entry(web: Client, design: Design) -> None:
    given = {
        "module": "Luna", "number": "4684", "standard": "fips_140_3", "level": "2", "status": "active",
        "checked_on": day(0), "checked_by": "Vera", "source": "https://csrc.nist.gov/x",
    }  # fmt: skip
    web.post(address(design, "register/certificates/"), given)
    first = ModuleCertificate.objects.get()
    form = tree(web.get(address(design, f"register/?correct={first.pk}")))
    assert form.xpath("//*[@id='certificates-number']/@value") == ["4684"]
    assert form.xpath("//*[@id='certificates-level']/option[@selected]/@value") == ["2"]
    replaces = form.xpath("//input[@name='replaces']/@value")
    assert replaces == [str(first.pk)]
    web.post(address(design, "register/certificates/"), {**given, "level": "3", "replaces": replaces[0]})
    assert list(ModuleCertificate.objects.filter(ended_at=None).values_list("level", flat=True)) == [3]
    assert "corrected by a new entry" in text(web.get(address(design, "register/")))


def test_the_button_to_approve_is_shown_to_who_may_and_to_nobody_else(
    web: Client, design: Design, signed_in: Callable[..., Client]
) -> None:
    given = {"control": "C-TL-03", "reason": "in March", "owner": "alice", "expires": day(30)}
    web.post(address(design, "register/waivers/"), given)
    waiver = Waiver.objects.get()
    approval = address(design, f"register/{waiver.pk}/approval/")
    rita, adam = factories.member("rita", "reviewer"), factories.member("adam", "auditor")
    shown = {
        name: approval in client.get(address(design, "register/")).content.decode()
        for name, client in (("alice", web), ("rita", signed_in(rita)), ("adam", signed_in(adam)))
    }
    assert shown == {"alice": False, "rita": True, "adam": False}
    assert signed_in(adam).post(approval).status_code == 403
    assert "approved until" in text(signed_in(rita).post(approval, follow=True))
    ended = web.post(address(design, f"register/{waiver.pk}/end/"), {"why": ""}, follow=True)
    assert "Say why the entry ends." in text(ended)
    assert "Ended; it counts no more." in text(
        web.post(address(design, f"register/{waiver.pk}/end/"), {"why": "mended"}, follow=True)
    )


def test_every_framework_has_a_page_and_a_table_with_the_same_requirements(web: Client, design: Design) -> None:
    upload(web, design, ("vault.hcl", factories.VAULT_HCL))
    listed = text(web.get(address(design, "frameworks/")))
    assert {framework.id for framework in current()} >= {
        "sp_800_53_r5", "pci_dss_4", "iso_27001_2022", "soc_2", "dora",
    }  # fmt: skip
    for framework in current():
        assert framework.title in listed
        page = text(web.get(address(design, f"frameworks/{framework.id}/")))
        table = web.get(address(design, f"frameworks/{framework.id}/table.csv"))
        assert table["Content-Type"] == "text/csv; charset=utf-8"
        rows = list(csv.DictReader(io.StringIO(table.content.decode())))
        assert {one["requirement"] for one in rows} == {one.id for one in framework.requirements}
        assert all(one.id in page for one in framework.requirements)
        failed = [one for one in rows if one["verdict"] == "fail"]
        assert all(one["requirement_verdict"] == "fail" for one in failed)
    assert web.get(address(design, "frameworks/pci_dss_5/")).status_code == 404


def test_a_pin_in_the_file_fails_the_requirement_about_passwords_in_files(web: Client, design: Design) -> None:
    upload(web, design, ("vault.hcl", factories.VAULT_HCL))
    table = web.get(address(design, "frameworks/pci_dss_4/table.csv")).content.decode()
    rows = [one for one in csv.DictReader(io.StringIO(table)) if one["control"] == "C-PN-01"]
    assert [(one["requirement"], one["requirement_verdict"], one["verdict"]) for one in rows] == [
        ("8.6.2", "fail", "fail")
    ]


def test_the_plan_prints_the_commands_of_each_role_and_asks_for_less_once_a_file_is_there(
    web: Client, design: Design
) -> None:
    before = text(web.get(address(design, "collect-plan/")))
    assert "things to fetch" in before
    assert "vault audit list -detailed -format=json > audit_list.json" in before
    upload(web, design, ("vault.hcl", factories.VAULT_HCL))
    after = text(web.get(address(design, "collect-plan/")))
    assert "Nodes that the evidence names: a." in after
    assert "Vault operator, on a" in after


def test_the_coverage_shows_gaps_in_words_and_what_is_missing_since_when(web: Client, design: Design) -> None:
    upload(web, design, ("vault.log", LOG))
    page = web.get(address(design, "coverage/?observed_from=2026-11-18&observed_to=2026-11-23"))
    said = text(page)
    assert "vault.log: 2026-11-20 to 2026-11-22 (recorded)" in said
    assert "2026-11-18 to 2026-11-19, 2026-11-23" in said
    assert "2026-11-20 09:00:00 Server Unsealed" in said
    missing = tree(page).xpath("//section[@aria-labelledby='missing-title']//tbody/tr")
    assert len(missing) > 10
    assert all(one.xpath("./td[3]")[0].text_content().strip() for one in missing)


@pytest.mark.parametrize(
    "query", ["observed_from=2026-11-18", "observed_from=x", "observed_from=2026-11-18&observed_to=2020-01-01"]
)
def test_half_a_period_is_said_and_the_last_ninety_days_are_shown(web: Client, design: Design, query: str) -> None:
    page = web.get(address(design, f"coverage/?{query}"))
    assert page.status_code == 422
    assert tree(page).xpath("//*[@id='problems']")
