"""What the evidence of a design adds up to: what is missing, which days are covered, what happened when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from evidence import services
from evidence.core import collect, coverage, timeline
from evidence.core.approved import approved
from evidence.core.collect import Plan
from evidence.core.coverage import Age, Calendar
from evidence.core.demands import Settings
from evidence.core.facts import Evidence
from evidence.core.results import Result
from evidence.core.timeline import Happening
from evidence.models import Artefact
from evidence.register.services import statements_at
from seal_advisor.core.record import replace
from seal_advisor.models import Design
from seal_advisor.services import decision_of, draft_of


@dataclass(frozen=True, slots=True)
class Overview:
    """One reading of all of a design's evidence."""

    results: tuple[Result, ...]
    plan: Plan
    calendar: Calendar
    happenings: tuple[Happening, ...]
    ages: tuple[Age, ...]


def overview_of(
    design: Design, *, observed_from: datetime | None = None, observed_to: datetime | None = None
) -> Overview:
    """observed_from, observed_to: the period to look at; None: the last ninety days.

    Raises storage.BlobChanged when a blob is not what was received.
    """
    now = timezone.now()
    evidence, settings = read(design, now), services.thresholds(now)
    period = settings
    if observed_from and observed_to:
        period = replace(settings, observed_from=observed_from, observed_to=observed_to)
    results = services.judge(design)
    attestations = statements_at(design, now).attestations
    return Overview(
        results=results,
        plan=collect.plan(evidence, approved(decision_of(design)), results, period, declared=declared_kinds(design)),
        calendar=coverage.calendar(results, evidence, period, attestations=attestations),
        happenings=timeline.events(evidence),
        ages=coverage.ages(evidence, period),
    )


def read(design: Design, now: datetime) -> Evidence:
    """All of the design's evidence, with its register."""
    rows = Artefact.objects.filter(design=design).order_by("received_at", "pk")
    return services.with_register(services.evidence_of(rows, draft_of(design).values, contents=False), design, now)


def plan_of(design: Design) -> Plan:
    """What is still to be collected. Raises storage.BlobChanged."""
    now = timezone.now()
    settings: Settings = services.thresholds(now)
    return collect.plan(
        read(design, now),
        approved(decision_of(design)),
        services.judge(design),
        settings,
        declared=declared_kinds(design),
    )


def declared_kinds(design: Design) -> dict[str, str]:
    """SHA-256 of each file that no reader recognised -> what somebody said it is."""
    rows = Artefact.objects.filter(design=design).exclude(declared_kind="")
    return dict(rows.values_list("sha256", "declared_kind"))
