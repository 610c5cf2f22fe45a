"""Celery's side: a task is only a wake-up. Losing it, or getting it twice, changes nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from uuid import UUID

import structlog
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils import timezone

from evidence import jobs, packaging, renewal
from evidence.jobs import CannotFinish, Claim, Fenced
from evidence.models import Job, Package
from evidence.reminding import service as reminders
from evidence.resumable import services as uploads
from evidence.services import PACKAGE_JOB
from evidence.upkeep import notices, retention, schedules
from evidence.upkeep.notices import NOTICE_JOB
from evidence.webhooks import services as webhooks
from seal_advisor.celery import app
from seal_advisor.revisions import reevaluate_after_house_rules

logger = structlog.get_logger(__name__)
REEVALUATED = 20  # revisions at a time; changed house rules may leave more to judge than one sweep should take
# The event is set when the claim was lost: a runner that does something long looks at it.
RUNNERS: dict[str, Callable[[Claim, threading.Event], None]] = {
    PACKAGE_JOB: packaging.run,
    NOTICE_JOB: notices.run,
    webhooks.JOB: webhooks.run,
}


@app.task(name="evidence.tasks.run_job")
def run_job(job_id: str) -> None:
    """Do the job if nobody has it. Whatever goes wrong ends in the row: a known cause in words, else "our mistake"."""
    held = jobs.claim(UUID(job_id))
    if held is None:
        return
    kind = Job.objects.values_list("kind", flat=True).get(pk=held.job_id)
    try:
        try:
            with jobs.heartbeat(held) as lost:
                RUNNERS[kind](held, lost)
        except CannotFinish as error:
            _failed(held, kind, str(error))
        except Fenced:
            raise
        except Exception:
            logger.exception("a job failed", job=job_id, kind=kind)
            _failed(held, kind, "this is our mistake; it was logged. Start the build again, or tell the administrator")
    except Fenced:
        logger.warning("another worker has the job by now; nothing was written", job=job_id, fence=held.fence)


def _failed(held: Claim, kind: str, reason: str) -> None:
    """End the job; whoever asked to be told of failed packages is told."""
    with transaction.atomic():
        held.fail(reason)
        if kind == PACKAGE_JOB:
            package = Package.objects.select_related("design").get(job=held.job_id)
            webhooks.announce(package.design, "package.failed", {"package": str(package.pk), "error": reason})


@app.task(name="evidence.tasks.sweep")
def sweep() -> None:
    """For Celery beat."""
    jobs.sweep()


@app.task(name="evidence.tasks.keep_up")
def keep_up() -> None:
    """What is done by itself, for Celery beat: due packages, notices, deletion in due time, reminders, house rules."""
    now = timezone.now()
    schedules.run_due(now)
    notices.ask_due()
    retention.purge(now)
    uploads.sweep(now)
    reminders.make(now)
    reminders.send(now)
    reevaluate_after_house_rules(REEVALUATED)


@app.task(name="evidence.tasks.renew_packages")
def renew_packages() -> None:
    """For Celery beat: archive time-stamps again, a quarter before they end. What could not be is tried every night."""
    try:
        for one in renewal.renew(now=timezone.now(), within=renewal.WITHIN):
            tell = logger.info if one.renewed else logger.error
            tell("a package's time-stamps", package=str(one.package.pk), renewed=one.renewed, said=one.said)
    except ImproperlyConfigured as error:
        if renewal.renewable().exists():
            logger.error("the time-stamps of packages cannot be renewed", why=str(error))
