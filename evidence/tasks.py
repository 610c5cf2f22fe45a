"""Celery's side: a task is only a wake-up. Losing it, or getting it twice, changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import structlog

from evidence import jobs, packaging
from evidence.jobs import Claim, Fenced
from evidence.models import Job
from evidence.services import PACKAGE_JOB
from seal_advisor.celery import app

logger = structlog.get_logger(__name__)
RUNNERS: dict[str, Callable[[Claim], None]] = {PACKAGE_JOB: packaging.run}


@app.task(name="evidence.tasks.run_job")
def run_job(job_id: str) -> None:
    """Do the job if nobody has it. Whatever goes wrong ends in the row: a known cause in words, else "our mistake"."""
    held = jobs.claim(UUID(job_id))
    if held is None:
        return
    kind = Job.objects.values_list("kind", flat=True).get(pk=held.job_id)
    try:
        try:
            with jobs.heartbeat(held):
                RUNNERS[kind](held)
        except packaging.CannotBuild as error:
            held.fail(str(error))
        except Fenced:
            raise
        except Exception:
            logger.exception("a job failed", job=job_id, kind=kind)
            held.fail("this is our mistake; it was logged. Start the build again, or tell the administrator")
    except Fenced:
        logger.warning("another worker has the job by now; nothing was written", job=job_id, fence=held.fence)


@app.task(name="evidence.tasks.sweep")
def sweep() -> None:
    """For Celery beat."""
    jobs.sweep()
