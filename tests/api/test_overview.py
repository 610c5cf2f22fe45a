"""Frameworks, plan and coverage by the API."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from seal_advisor.models import Design

pytestmark = pytest.mark.django_db


def test_an_unknown_framework_is_refused_with_the_nearest_one(api: APIClient, design: Design) -> None:
    refused = api.post("/api/v1/designs/", {"title": "x", "frameworks": ["pci_dss"]})
    assert refused.status_code == 422
    assert "no framework 'pci_dss'; did you mean 'pci_dss_4'?" in str(refused.json()["errors"])
    assert Design.objects.filter(title="x").count() == 0
    changed = api.patch(f"/api/v1/designs/{design.pk}/", {"frameworks": ["soc_3"]})
    assert (changed.status_code, "soc_2" in str(changed.json())) == (422, True)
    good = api.patch(f"/api/v1/designs/{design.pk}/", {"frameworks": ["soc_2", "dora"]})
    assert (good.status_code, good.json()["frameworks"]) == (200, ["soc_2", "dora"])
    page = api.get(f"/api/v1/designs/{design.pk}/frameworks/soc-2/")
    assert (page.status_code, "did you mean 'soc_2'" in page.json()["detail"]) == (422, True)


def test_a_framework_is_read_as_json_and_as_a_table(api: APIClient, design: Design) -> None:
    found = api.get(f"/api/v1/designs/{design.pk}/frameworks/dora/").json()
    assert found["requirements"][0]["verdict"] in {"not_proven", "fail", "pass", "warn", None}
    table = api.get(f"/api/v1/designs/{design.pk}/frameworks/dora/table.csv")
    assert table.content.decode().splitlines()[0].startswith("requirement,about,requirement_verdict,control")


def test_the_plan_and_the_coverage_are_the_pages_in_json(api: APIClient, design: Design) -> None:
    plan = api.get(f"/api/v1/designs/{design.pk}/collect-plan/").json()
    assert plan["missing"] == sum(len(role["errands"]) for role in plan["roles"]) > 20
    address = f"/api/v1/designs/{design.pk}/coverage/"
    covered = api.get(f"{address}?observed_from=2026-07-01&observed_to=2026-09-30").json()
    assert (covered["begin"], covered["end"]) == ("2026-07-01", "2026-09-30")
    assert covered["rows"][0]["gaps"] == [["2026-07-01", "2026-09-30"]]
    for query in ("observed_from=2026-07-01", "observed_from=2026-07-02&observed_to=2026-07-01", "observed_from=x"):
        assert api.get(f"{address}?{query}").status_code == 422
