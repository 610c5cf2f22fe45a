"""What Prometheus reads: jobs, queue age, refusals, ledger height, stale evidence. Alerts name nothing else."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from evidence import services
from evidence.core.refusal import Refused
from evidence.models import Artefact, LedgerEntry
from seal_advisor.access import Actor
from tests import factories

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent.parent
DEPLOY = ROOT / "deploy"


def scraped(client: Client) -> dict[str, float]:
    text = client.get("/metrics").content.decode()
    rows = (line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("seal_advisor_"))
    return {name: float(value) for name, value in rows}


def test_every_state_of_the_installation_is_a_number(client: Client) -> None:
    cache.clear()
    alice = factories.member("alice", "architect")
    design = factories.design(alice)
    services.receive_evidence(design, actor=Actor(alice), name="vault.hcl", data=factories.VAULT_HCL)
    with pytest.raises(Refused):
        services.receive_evidence(design, actor=Actor(alice), name="empty", data=b"")
    package = services.start_package(design, actor=Actor(alice))
    package.job.created_at = timezone.now() - timedelta(minutes=5)
    package.job.save()
    found = scraped(client)
    assert found['seal_advisor_jobs{kind="package",state="queued"}'] == 1
    assert 299 < found["seal_advisor_queue_age_seconds"] < 320
    assert found['seal_advisor_artefacts{kind="vault_config"}'] == 1
    assert found['seal_advisor_uploads_refused_total{status="422"}'] == 1
    assert found["seal_advisor_ledger_entries"] == LedgerEntry.objects.count() > 0
    assert found["seal_advisor_stale_artefacts"] == 0
    Artefact.objects.update(received_at=timezone.now() - timedelta(days=100))
    assert scraped(client)["seal_advisor_stale_artefacts"] == 1


def names(text: str) -> set[str]:
    return set(re.findall(r"\b(?:seal_advisor|django)_[a-z_]+", text))


def test_dashboard_and_alerts_ask_only_for_what_is_there(client: Client) -> None:
    client.get("/healthz")
    exported = client.get("/metrics").content.decode()
    dashboard = json.loads((DEPLOY / "grafana/seal-advisor.json").read_text(encoding="utf-8"))
    asked = {t["expr"] for panel in dashboard["panels"] for t in panel.get("targets", ())}
    alerts = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text(encoding="utf-8"))
    rules = [rule for group in alerts["groups"] for rule in group["rules"]]
    assert all(rule["annotations"]["summary"] and rule["annotations"]["action"] for rule in rules)
    asked |= {rule["expr"] for rule in rules}
    declared = set(re.findall(r"^# TYPE (\S+) ", exported, re.MULTILINE))
    for name in {name for expr in asked for name in names(expr)}:
        family = re.sub(r"_(?:total|bucket|count|sum|created)$", "", name)
        assert {name, family} & declared or f"{name} " in exported or f"{name}{{" in exported, name
