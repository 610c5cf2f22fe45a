"""Many designs at a glance: what is shown, chosen and ordered, and that it costs no query for each."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from evidence import services as evidence_services
from evidence.fleet import choice
from evidence.register.models import Attestation
from seal_advisor import services
from seal_advisor.access import Actor
from seal_advisor.models import Design, Organisation, User
from tests import factories
from tests.web.pages import text, tree

OPEN: dict[str, str] = {}


@pytest.fixture
def fleet(alice: User, design: Design) -> list[Design]:
    """Payments (decided, with evidence), Archive (open, no evidence), and one of another organisation."""
    evidence_services.receive_evidence(design, actor=Actor(alice), name="vault.hcl", data=factories.VAULT_HCL)
    archive = services.create_design(organisation=design.organisation, actor=Actor(alice), title="Archive")
    factories.design(organisation=Organisation.objects.create(name="Elsewhere"), author=alice)
    return [design, archive]


def names(client: Client, query: str = "") -> list[str]:
    page = tree(client.get(f"/fleet/{query}"))
    return [cell.xpath("string(.//a)").strip() for cell in page.xpath("//tbody/tr/th")]


def attested(design: Design, user: User, until: date) -> None:
    Attestation.objects.create(
        design=design,
        entered_by=user,
        entered_by_label="alice",
        control="C-GV-01",
        statement="s",
        by="b",
        on=until - timedelta(days=9),
        expires=until,
    )


def test_a_row_says_decision_failures_losses_next_end_rules_and_flags(
    web: Client, fleet: list[Design], alice: User
) -> None:
    attested(fleet[0], alice, timezone.now().date() + timedelta(days=5))
    services.freeze_revision(fleet[0], actor=Actor(alice))
    shown = text(web.get("/fleet/"))
    failed = evidence_services.judge(fleet[0])
    assert f"{sum(one.verdict == 'fail' for one in failed)} failed" in shown
    assert "HSM over PKCS#11" in shown
    assert "No restart without: The whole HSM cluster" in shown
    assert "attestation of C-GV-01" in shown
    assert services.current_ruleset().version in shown
    assert "Nothing is frozen yet" in shown
    assert "2 designs" in shown
    assert "Elsewhere" not in shown


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?q=arch", ["Archive"]),
        ("?status=open", ["Archive"]),
        ("?status=recommended", ["Payments"]),
        ("?status=nonsense&sort=title", ["Archive", "Payments"]),
        ("?flagged=yes", []),
        ("?sort=failed", ["Payments", "Archive"]),
        ("?sort=decision", ["Payments", "Archive"]),
        ("?sort=end", ["Archive", "Payments"]),
    ],
)
def test_it_is_narrowed_and_ordered(
    web: Client, fleet: list[Design], alice: User, query: str, expected: list[str]
) -> None:
    attested(fleet[1], alice, timezone.now().date())
    assert names(web, query) == expected


def test_a_page_costs_the_same_queries_however_many_designs_it_shows(
    web: Client, fleet: list[Design], alice: User
) -> None:
    web.get("/fleet/")
    with CaptureQueriesContext(connection) as few:
        web.get("/fleet/")
    for number in range(6):
        more = factories.design(alice)
        services.record_answer(more, "clusters", actor=Actor(alice), value="one" if number % 2 else "many")
        evidence_services.receive_evidence(more, actor=Actor(alice), name="vault.hcl", data=factories.VAULT_HCL)
    web.get("/fleet/")
    with CaptureQueriesContext(connection) as many:
        web.get("/fleet/")
    assert len(many) == len(few)
    assert len(few) < 30


def test_it_goes_on_page_by_page_with_the_same_choice(
    web: Client, fleet: list[Design], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evidence.views.fleet.SHOWN", 1)
    first = web.get("/fleet/?sort=title")
    assert names(web, "?sort=title") == ["Archive"]
    (further,) = tree(first).xpath("//a[@rel='next']/@href")
    assert names(web, further) == ["Payments"]


def test_too_many_to_judge_for_an_order_are_said_and_not_judged(
    web: Client, fleet: list[Design], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "JUDGED_AT_MOST", 1)
    answer = web.get("/fleet/?sort=failed")
    assert (answer.status_code, "too many to judge" in text(answer)) == (422, True)
    assert web.get("/api/v1/fleet/?sort=failed").status_code == 422


def test_the_file_has_the_same_rows_and_runs_no_formula(web: Client, fleet: list[Design], alice: User) -> None:
    services.edit_design(fleet[1], actor=Actor(alice), title="=HYPERLINK(1)")
    rows = list(csv.DictReader(io.StringIO(web.get("/fleet/fleet.csv?sort=title").content.decode())))
    assert [row["title"] for row in rows] == ["'=HYPERLINK(1)", "Payments"]
    assert (rows[1]["status"], rows[1]["seal"]) == ("recommended", "HSM over PKCS#11")


def test_the_api_pages_by_cursor_and_shows_only_what_the_caller_sees(
    web: Client, fleet: list[Design], signed_in: Callable[[User], Client]
) -> None:
    first = web.get("/api/v1/fleet/?limit=1&sort=title").json()
    assert [one["title"] for one in first["results"]] == ["Archive"]
    second = web.get(first["next"]).json()
    assert [one["title"] for one in second["results"]] == ["Payments"]
    assert second["next"] is None
    assert second["results"][0]["controls_failed"] >= 1
    for wrong in ("x", "%FF", "LTE=", "OTk5OTk5OTk5OQ=="):
        assert web.get(f"/api/v1/fleet/?cursor={wrong}").status_code == 422
    mallory = factories.member("mallory", "administrator", Organisation.objects.create(name="Third"))
    assert signed_in(mallory).get("/api/v1/fleet/").json()["results"] == []
    assert names(signed_in(mallory)) == []
    assert Client().get("/fleet/").status_code == 302
