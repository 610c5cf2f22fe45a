"""What a supervisor's graphs show: read from the database at each scrape, so that every web process says the same.

Refusals leave no row; they are counted in the cache that the processes share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from functools import wraps
from typing import ParamSpec, TypeVar

import structlog
from django.core.cache import cache
from django.db.models import Count, Min, Q
from django.utils import timezone
from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from evidence.core.demands import Settings
from evidence.core.refusal import Refused
from evidence.models import Artefact, Job, JobState, LedgerHead, Package

log = structlog.get_logger(__name__)
P, R = ParamSpec("P"), TypeVar("R")
REFUSED_STATUSES = (413, 415, 422)
NEVER = None  # how long the cache keeps a count


def counts_refusals(take: Callable[P, R]) -> Callable[P, R]:
    """The same function; each Refused that leaves it is counted by its status."""

    @wraps(take)
    def counted(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return take(*args, **kwargs)
        except Refused as refused:
            count_refusal(refused)
            raise

    return counted


def count_refusal(refused: Refused) -> None:
    key = _key(refused.status)
    cache.add(key, 0, NEVER)
    cache.incr(key)
    log.warning("upload_refused", status=refused.status, reason=refused.reason)


def _key(status: int) -> str:
    return f"refused:{status}"


class Installation(Collector):
    """The gauges of this installation."""

    def describe(self) -> Iterable[Metric]:
        """Nothing before the first scrape: registering must not ask the database."""
        return ()

    def collect(self) -> Iterator[Metric]:
        yield from _jobs()
        yield from _evidence()
        head = LedgerHead.objects.filter(pk=1).values_list("size", flat=True).first()
        yield _gauge("seal_advisor_ledger_entries", "Entries in the ledger.", head or 0)
        untimed = Package.objects.exclude(shortfall="").count()
        yield _gauge("seal_advisor_packages_below_level", "Packages signed below the configured level.", untimed)


def _jobs() -> Iterator[Metric]:
    jobs = GaugeMetricFamily("seal_advisor_jobs", "Jobs by kind and state.", labels=("kind", "state"))
    for kind, state, number in Job.objects.order_by().values_list("kind", "state").annotate(Count("pk")):
        jobs.add_metric((kind, state), number)
    yield jobs
    now = timezone.now()
    waiting = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lt=now)
    oldest = Job.objects.filter(waiting).aggregate(Min("created_at"))["created_at__min"]
    age = (now - oldest).total_seconds() if oldest else 0.0
    yield _gauge("seal_advisor_queue_age_seconds", "How long the oldest job waits for a living worker.", age)


def _evidence() -> Iterator[Metric]:
    artefacts = GaugeMetricFamily("seal_advisor_artefacts", "Artefacts by kind.", labels=("kind",))
    for kind, number in Artefact.objects.order_by().values_list("kind").annotate(Count("pk")):
        artefacts.add_metric((kind,), number)
    yield artefacts
    yield _gauge("seal_advisor_stale_artefacts", "Captures and scans older than the controls accept.", _stale())
    refused = CounterMetricFamily("seal_advisor_uploads_refused", "Uploads refused, by status.", labels=("status",))
    for status in REFUSED_STATUSES:
        refused.add_metric((str(status),), cache.get(_key(status), 0))
    yield refused


def _stale() -> int:
    """Series (kind and node of a design) without a fresh artefact: an old one beside a new one is history."""
    limit = timezone.now() - _shortest_age()
    fresh = Q(observed_to__gte=limit) | Q(observed_to=None, received_at__gte=limit)
    series = Artefact.objects.order_by().values("design", "kind", "node")
    return series.annotate(fresh=Count("pk", filter=fresh)).filter(fresh=0).count()


def _shortest_age() -> timedelta:
    known = Settings(now=timezone.now())
    return min(known.scan_max_age, known.runtime_max_age)


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=value)


# Whoever takes evidence in loads this module; the commands that do not are not asked for numbers.
REGISTRY.register(Installation())
