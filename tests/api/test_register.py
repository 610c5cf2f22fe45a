"""Statements by the API: entered, approved by somebody else, ended, and what they do to the verdicts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from evidence.models import LedgerEntry
from evidence.register.models import Waiver
from seal_advisor.models import Design, User
from tests import factories

pytestmark = pytest.mark.django_db


def day(number: int) -> str:
    """A day from today, as the API takes it."""
    return (timezone.now().date() + timedelta(days=number)).isoformat()


def address(design: Design, part: str = "") -> str:
    return f"/api/v1/designs/{design.pk}/register/{part}"


def certificate(**changes: Any) -> dict[str, Any]:
    return {
        "module": "Luna K7", "number": "4684", "standard": "fips_140_3", "level": 3, "status": "active",
        "checked_on": day(-3), "checked_by": "Vera Reader",
        "source": "https://csrc.nist.gov/projects/cryptographic-module-validation-program/certificate/4684",
        **changes,
    }  # fmt: skip


def waiver(**changes: Any) -> dict[str, Any]:
    return {"control": "C-CM-03", "reason": "replaced in March", "owner": "alice", "expires": day(30), **changes}


def verdict(client: APIClient, design: Design, control: str) -> tuple[str, str]:
    results = client.get(f"/api/v1/designs/{design.pk}/controls/").json()["results"]
    return next((one["verdict"], one["reason"]) for one in results if one["control"] == control)


@pytest.fixture
def officer(db: None) -> User:
    return factories.member("carl", "compliance")


@pytest.fixture
def reviewer(db: None) -> User:
    return factories.member("rita", "reviewer")


def client_of(user: User) -> APIClient:
    """A person: a token never approves."""
    client = APIClient(raise_request_exception=False)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_a_certificate_attests_its_control_until_it_ends(
    api: APIClient, design: Design, caller: Callable[..., APIClient]
) -> None:
    assert verdict(api, design, "C-CM-01")[0] == "not_proven"
    made = api.post(address(design, "certificates/"), certificate(level=4))
    assert made.status_code == 201, made.content
    entry = made.json()
    assert (entry["entered_by"].split()[0], entry["ended_at"], entry["level"]) == ("alice", None, 4)
    assert verdict(api, design, "C-CM-01")[0] == "attested"
    ended = api.post(address(design, f"{entry['id']}/end/"), {"why": "another module"})
    assert (ended.status_code, ended.json()["ended_why"]) == (200, "another module")
    assert verdict(api, design, "C-CM-01")[0] == "not_proven"
    assert api.post(address(design, f"{entry['id']}/end/"), {"why": "again"}).status_code == 409


def test_a_certificate_that_was_read_too_long_ago_is_stale(api: APIClient, design: Design, settings: Any) -> None:
    assert api.post(address(design, "certificates/"), certificate(level=4, checked_on=day(-60))).status_code == 201
    assert verdict(api, design, "C-CM-01")[0] == "attested"
    settings.CERTIFICATE_MAX_AGE_DAYS = 59
    api.post(address(design, "attestations/"), attestation(control="C-GV-01"))  # what was judged is judged again
    assert verdict(api, design, "C-CM-01")[0] == "stale"


def attestation(**changes: Any) -> dict[str, Any]:
    return {
        "control": "C-CM-02", "statement": "FIPS mode, seen in the console", "by": "Hanna HSM", "on": day(-1),
        "expires": day(90), **changes,
    }  # fmt: skip


def test_an_attestation_and_an_exclusion_change_the_verdict_and_say_who(api: APIClient, design: Design) -> None:
    assert api.post(address(design, "attestations/"), attestation(reference="CHG-7")).status_code == 201
    word, reason = verdict(api, design, "C-CM-02")
    assert (word, "Hanna HSM" in reason, "(CHG-7)" in reason) == ("attested", True, True)
    given = {"control": "C-RK-03", "reason": "one custodian firm", "by": "Carl, compliance", "on": day(0)}
    assert api.post(address(design, "exclusions/"), given).status_code == 201
    word, reason = verdict(api, design, "C-RK-03")
    assert (word, "Carl, compliance" in reason) == ("not_applicable", True)


def failing(design: Design, user: User) -> None:
    """Evidence by which C-PN-01 fails: a PIN in the file."""
    client = client_of(user)
    file = {"file": _hcl()}
    assert client.post(f"/api/v1/designs/{design.pk}/evidence/", file, format="multipart").status_code == 201


def _hcl() -> Any:
    return SimpleUploadedFile("vault.hcl", factories.VAULT_HCL)


def test_a_waiver_counts_once_somebody_else_approved_it(
    api: APIClient, design: Design, officer: User, reviewer: User, alice: User
) -> None:
    failing(design, alice)
    assert verdict(api, design, "C-PN-01")[0] == "fail"
    asked = client_of(officer).post(address(design, "waivers/"), waiver(control="C-PN-01")).json()
    assert (asked["approver"], asked["owner"]) == (None, "alice")
    assert verdict(api, design, "C-PN-01")[0] == "fail"
    approval = address(design, f"{asked['id']}/approval/")
    assert client_of(officer).post(approval).status_code == 403
    assert api.post(approval).status_code == 403
    done = client_of(reviewer).post(approval)
    assert (done.status_code, done.json()["approver"]) == (200, "rita")
    word, reason = verdict(api, design, "C-PN-01")
    assert word == "waived"
    assert "by alice, approved by rita: replaced in March" in reason
    assert client_of(reviewer).post(approval).status_code == 409


def test_nobody_approves_a_waiver_that_is_theirs_or_that_they_asked_for(design: Design, reviewer: User) -> None:
    olga = factories.member("olga", "administrator")
    theirs = client_of(olga).post(address(design, "waivers/"), waiver(owner="rita")).json()
    for person in (olga, reviewer):
        refused = client_of(person).post(address(design, f"{theirs['id']}/approval/"))
        assert (refused.status_code, refused.json()["type"]) == (409, "/api/v1/docs/#problem-not-now")
    assert Waiver.objects.get().approver is None


def test_an_exclusion_does_not_hide_a_failure(api: APIClient, design: Design, alice: User) -> None:
    failing(design, alice)
    given = {"control": "C-PN-01", "reason": "we think not", "by": "Carl", "on": day(0)}
    assert api.post(address(design, "exclusions/"), given).status_code == 201
    assert verdict(api, design, "C-PN-01")[0] == "fail"


@pytest.mark.parametrize(
    ("part", "body", "field"),
    [
        ("certificates/", {"level": 5}, "level"),
        ("certificates/", {"number": "12a"}, "number"),
        ("certificates/", {"checked_on": "2099-01-01"}, "checked_on"),
        ("certificates/", {"source": "ftp://example.com/x"}, "source"),
        ("certificates/", {"status": "fine"}, "status"),
        ("certificates/", {"levle": 3}, "levle"),
    ],
)
def test_a_wrong_field_is_named(api: APIClient, design: Design, part: str, body: dict[str, Any], field: str) -> None:
    refused = api.post(address(design, part), certificate(**body))
    assert refused.status_code == 422
    assert [one["field"] for one in refused.json()["errors"]] == [field]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"control": "C-XX-01"}, "control"),
        ({"owner": "mallory"}, "owner"),
        ({"expires": "2020-01-01"}, "expires"),
        ({"expires": "2099-01-01"}, "expires"),
        ({"reason": " "}, "reason"),
    ],
)
def test_a_waiver_has_a_control_a_reason_an_owner_of_the_house_and_a_near_end(
    api: APIClient, design: Design, changes: dict[str, Any], field: str
) -> None:
    factories.member("mallory", "administrator", factories.OrganisationFactory(name="Rival"))
    refused = api.post(address(design, "waivers/"), waiver(**changes))
    assert (refused.status_code, [one["field"] for one in refused.json()["errors"]]) == (422, [field])


def test_the_register_lists_everything_and_the_ledger_has_each_change(
    api: APIClient, design: Design, reviewer: User
) -> None:
    api.post(address(design, "certificates/"), certificate())
    asked = api.post(address(design, "waivers/"), waiver()).json()
    client_of(reviewer).post(address(design, f"{asked['id']}/approval/"))
    api.post(address(design, f"{asked['id']}/end/"), {"why": "mended"})
    listed = api.get(address(design)).json()
    assert [len(listed[kind]) for kind in ("certificates", "attestations", "waivers", "exclusions")] == [1, 0, 1, 0]
    assert listed["waivers"][0]["ended_by"].startswith("alice")
    kinds = list(LedgerEntry.objects.filter(kind__in=("attested", "waived")).values_list("kind", flat=True))
    assert kinds == ["attested", "waived", "waived", "waived"]
    last = LedgerEntry.objects.filter(kind="waived").last()
    assert last is not None
    assert '"what":"waiver ended"' in last.entry
    assert '"why":"mended"' in last.entry
