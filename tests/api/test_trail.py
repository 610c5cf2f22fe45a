"""The audit trail: every write with who, what, before and after; in the ledger, and nobody reads a foreign one."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from evidence import ledger_check
from evidence.models import LedgerEntry
from seal_advisor import trail
from seal_advisor.models import ApiToken, Design, Membership, Organisation, User
from tests import factories

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


def trail_of(client: APIClient, design: Design | None = None) -> list[dict[str, Any]]:
    query = f"?design={design.pk}" if design else ""
    rows: list[dict[str, Any]] = client.get(f"/api/v1/trail/{query}").json()["results"]
    return rows


def test_every_write_of_a_design_is_there_with_before_and_after(api: APIClient, design: Design) -> None:
    address = f"/api/v1/designs/{design.pk}/"
    api.patch(address, {"title": "Cards"})
    api.put(f"{address}answers/", {"answers": {"hsm": "none"}}, headers={"If-Match": "*"})
    api.post(f"{address}revisions/")
    written = {one["what"]: one for one in reversed(trail_of(api, design))}
    assert (written["design.edited"]["before"]["title"], written["design.edited"]["after"]["title"]) == (
        "Payments", "Cards",
    )  # fmt: skip
    changed = written["answers.changed"]
    assert (changed["before"]["answers.hsm"], changed["after"]["answers.hsm"]) == ("clustered", "none")
    assert changed["by"].startswith("alice (token test, ")
    assert written["revision.frozen"]["after"]["number"] == 1
    assert written["design.created"]["before"] is None
    assert ledger_check.faults() == []
    proof = api.get(f"/api/v1/ledger/proof/?leaf={changed['leaf']}").json()
    assert json.loads(proof["entry"])["what"] == "answers.changed"


def test_nothing_changed_is_nothing_written(api: APIClient, design: Design) -> None:
    before = LedgerEntry.objects.count()
    api.patch(f"/api/v1/designs/{design.pk}/", {"title": design.title})
    answers = api.get(f"/api/v1/designs/{design.pk}/answers/")
    api.put(f"/api/v1/designs/{design.pk}/answers/", answers.json(), headers={"If-Match": answers["ETag"]})
    assert LedgerEntry.objects.count() == before


def test_a_write_whose_entry_fails_does_not_happen(api: APIClient, design: Design) -> None:
    def refuses(sender: object, **_: object) -> None:
        raise RuntimeError("the ledger is full")

    trail.written.connect(refuses)
    try:
        assert api.patch(f"/api/v1/designs/{design.pk}/", {"title": "Cards"}).status_code == 500
    finally:
        trail.written.disconnect(refuses)
    assert Design.objects.get(pk=design.pk).title == "Payments"


def test_people_and_rights_are_the_administrators_to_read(alice: User, design: Design) -> None:
    root = User.objects.create_superuser("root", password=factories.PASSWORD)
    bank = Organisation.objects.get(name="Bank")
    member = Membership.objects.get(user=alice)
    browser = Client()
    browser.force_login(root, backend=BACKEND)
    form = {
        "name": "Bank", "mfa_required": "on",
        "memberships-TOTAL_FORMS": "1", "memberships-INITIAL_FORMS": "1", "memberships-0-id": str(member.pk),
        "memberships-0-organisation": str(bank.pk), "memberships-0-user": str(alice.pk),
        "memberships-0-role": "auditor",
    }  # fmt: skip
    answer = browser.post(f"/admin/seal_advisor/organisation/{bank.pk}/change/", form)
    assert answer.status_code == 302, answer.content
    olga = APIClient()
    Organisation.objects.update(mfa_required=False)
    olga.force_login(factories.member("olga", "administrator"), backend=BACKEND)
    changed = next(one for one in trail_of(olga) if one["what"] == "organisation.edited")
    assert (changed["by"], changed["before"]["members"], changed["after"]["members"]) == (
        "root", {"alice": "architect"}, {"alice": "auditor"},
    )  # fmt: skip
    assert (changed["before"]["mfa_required"], changed["after"]["mfa_required"]) == (False, True)
    reader = APIClient()
    reader.force_login(alice, backend=BACKEND)
    assert {one["what"] for one in trail_of(reader)} & {"organisation.edited"} == set()
    stranger = APIClient()
    house = Organisation.objects.create(name="Rival")
    stranger.force_login(factories.member("mallory", "administrator", house), backend=BACKEND)
    assert trail_of(stranger) == []
    assert stranger.get(f"/api/v1/trail/?design={design.pk}").status_code == 404


def test_tokens_are_issued_rotated_and_revoked_with_a_trail_and_without_their_secrets(alice: User) -> None:
    browser = APIClient()
    browser.force_login(alice, backend=BACKEND)
    expires = (timezone.now() + timedelta(days=30)).isoformat()
    made = browser.post("/api/v1/tokens/", {"name": "ci", "scopes": ["read"], "expires_at": expires}).json()
    rotated = browser.post(f"/api/v1/tokens/{made['id']}/rotate/")
    assert rotated.status_code == 201, rotated.content
    fresh = rotated.json()
    assert (fresh["name"], fresh["scopes"], fresh["secret"] != made["secret"]) == ("ci", ["read"], True)

    def status(secret: str) -> int:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        return int(client.get("/api/v1/designs/").status_code)

    assert [status(made["secret"]), status(fresh["secret"])] == [401, 200]
    assert browser.post(f"/api/v1/tokens/{made['id']}/rotate/").status_code == 422, "an ended one is not rotated"
    browser.delete(f"/api/v1/tokens/{fresh['id']}/")
    assert status(fresh["secret"]) == 401
    entries = [row.entry for row in LedgerEntry.objects.filter(kind="written", entry__contains='"token.')]
    assert [json.loads(one)["what"] for one in entries] == [
        "token.issued", "token.revoked", "token.issued", "token.revoked",
    ]  # fmt: skip
    assert not any(made["secret"] in one or fresh["secret"] in one for one in entries)
    assert ApiToken.objects.get(pk=fresh["id"]).replaces_id is not None


def test_the_database_itself_holds_the_ninety_days(alice: User) -> None:
    token, _ = factories.token(alice)
    late = (token.created_at + timedelta(days=91)).strftime("%Y-%m-%d %H:%M:%S")
    with pytest.raises(DatabaseError, match="90_days"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE seal_advisor_apitoken SET expires_at = %s", [late])


def test_the_page_of_tokens_makes_shows_once_rotates_and_revokes(client: Client, alice: User, design: Design) -> None:
    client.force_login(alice, backend=BACKEND)
    form = {"name": "pipeline", "design": str(design.pk), "days": "30", "scopes": ["read", "evidence:write"]}
    shown = client.post("/account/tokens/", form)
    secret = shown.context["page"].secret
    assert (shown.status_code, secret in shown.content.decode()) == (200, True)
    assert "no-store" in shown["Cache-Control"]
    assert secret not in client.get("/account/tokens/").content.decode()
    token = ApiToken.objects.get()
    assert (token.design, token.scopes) == (design, ["evidence:write", "read"])
    rotated = client.post(f"/account/tokens/{token.pk}/", {"rotate": "1"})
    assert rotated.context["page"].secret not in {"", secret}
    newest = ApiToken.objects.get(revoked_at=None)
    assert client.post(f"/account/tokens/{newest.pk}/", {"revoke": "1"}).status_code == 302
    assert not ApiToken.objects.filter(revoked_at=None).exists()
    for wrong in ({"days": "91"}, {"scopes": []}, {"name": ""}, {"design": "00000000-0000-0000-0000-000000000000"}):
        refused = client.post("/account/tokens/", {**form, **wrong})
        assert (refused.status_code, refused.context["page"].secret) == (422, ""), wrong
    stranger = factories.member("mallory", "administrator", factories.OrganisationFactory(name="Rival"))
    client.force_login(stranger, backend=BACKEND)
    assert client.post(f"/account/tokens/{token.pk}/", {"revoke": "1"}).status_code == 404
