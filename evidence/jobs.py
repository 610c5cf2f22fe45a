"""Jobs: the row is the truth. Claim with a lease and a fence, beat while working, sweep what was left behind.

Every write of a worker says `WHERE fence = its own`. A worker that was given up for dead and comes back finds a higher
fence and changes nothing (`Fenced`).
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import F, Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from evidence.models import Job, JobState
from seal_advisor.celery import app

logger = structlog.get_logger(__name__)
# How soon a worker in a long step learns that its job was cancelled.
NOTICED_WITHIN_SECONDS = 2.0


class Fenced(Exception):
    """Another worker has the job by now, or it has ended or was cancelled: stop, and change nothing more."""


class CannotFinish(Exception):
    """The job cannot be done, for a reason that a person can act on. The message names it and becomes the job's."""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on a job until the lease runs out. Every method raises Fenced when the right is gone."""

    job_id: UUID
    fence: int

    def progress(self, done: int, total: int, step: str) -> None:
        """done: steps that are finished; step: what is being done now, in plain words."""
        self._write(steps_done=done, steps_total=total, step=step, **_lease())

    def beat(self) -> None:
        self._write(**_lease())

    def finish(self) -> None:
        """Call it in the transaction that stores the job's outcome: both or neither."""
        self._write(
            state=JobState.DONE,
            steps_done=F("steps_total"),
            step="",
            error="",
            lease_until=None,
            finished_at=timezone.now(),
        )

    def fail(self, error: str) -> None:
        self._write(state=JobState.FAILED, error=error, lease_until=None, finished_at=timezone.now())

    def later(self, at: datetime, step: str) -> None:
        """Back into the queue until then: the sweeper wakes it. step: why, in plain words."""
        self._write(state=JobState.QUEUED, step=step, lease_until=at)

    def _write(self, **values: object) -> None:
        rows = Job.objects.filter(pk=self.job_id, fence=self.fence, state=JobState.RUNNING)
        if rows.update(**values) == 0:
            raise Fenced(f"job {self.job_id}: fence {self.fence} is no longer valid")


def wake(job_id: UUID) -> None:
    """Tell a worker to look. A broker that is down is no reason to fail: the sweeper says it again."""
    ask("evidence.tasks.run_job", str(job_id))


def ask(task: str, *arguments: str) -> None:
    """Send a worker this task, for which it is no loss to be lost."""
    try:
        app.send_task(task, args=arguments)
    except (OperationalError, OSError) as error:
        logger.warning("broker does not answer; it will be asked again", task=task, args=arguments, error=str(error))


def claim(job_id: UUID) -> Claim | None:
    """Take the job if it waits, or if its worker's lease ran out. None when somebody has it or it has ended."""
    now = timezone.now()
    job = Job.objects.filter(pk=job_id).first()
    if job is None:
        return None
    free = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lt=now)
    taken = Job.objects.filter(free, pk=job_id, fence=job.fence).update(
        state=JobState.RUNNING,
        fence=job.fence + 1,
        attempts=F("attempts") + 1,
        worker=f"{socket.gethostname()}:{os.getpid()}",
        started_at=job.started_at or now,
        **_lease(),
    )
    return Claim(job_id, job.fence + 1) if taken else None


def cancel(job_id: UUID) -> bool:
    """End a job that has not ended. Its worker learns it at its next write and changes nothing more.

    False when it had ended before, or is just now storing its outcome: then it is done.
    """
    under_way = Job.objects.filter(pk=job_id, state__in=(JobState.QUEUED, JobState.RUNNING))
    return bool(
        under_way.update(
            state=JobState.CANCELLED,
            fence=F("fence") + 1,
            step="",
            lease_until=None,
            finished_at=timezone.now(),
        )
    )


@contextmanager
def heartbeat(held: Claim) -> Iterator[threading.Event]:
    """Renew the lease from a thread while a long step runs. The event is set when the claim was lost."""
    stop, lost = threading.Event(), threading.Event()

    def beat() -> None:
        try:
            while not stop.wait(min(settings.JOB_LEASE_SECONDS / 3, NOTICED_WITHIN_SECONDS)):
                try:
                    held.beat()
                except Fenced:
                    lost.set()
                    return
                except DatabaseError as error:
                    # The lease outlives two missed beats; the next one may find the database back.
                    logger.warning("heartbeat failed", job=str(held.job_id), error=str(error))
                    connection.close()
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name=f"heartbeat-{held.job_id}", daemon=True)
    thread.start()
    try:
        yield lost
    finally:
        stop.set()
        thread.join()


def sweep() -> int:
    """Bring back every job whose worker is gone, and repeat wake-ups that a broker lost. Returns how many were woken.

    A job that was tried too often fails with a reason instead of killing worker after worker.
    """
    now = timezone.now()
    dead = Job.objects.filter(state=JobState.RUNNING, lease_until__lt=now)
    dead.filter(attempts__gte=settings.JOB_ATTEMPTS).update(
        state=JobState.FAILED,
        error=f"given up after {settings.JOB_ATTEMPTS} attempts: the worker died each time",
        lease_until=None,
        finished_at=now,
    )
    dead.update(state=JobState.QUEUED, step="waiting for a worker again", lease_until=now)
    unheard = timedelta(seconds=settings.JOB_SWEEP_SECONDS)
    waiting = Q(lease_until=None, created_at__lt=now - unheard) | Q(lease_until__lte=now)
    woken = 0
    for job in Job.objects.filter(waiting, state=JobState.QUEUED).order_by("created_at"):
        # The next wake-up, should this one get lost too, is due after another while.
        Job.objects.filter(pk=job.pk, state=JobState.QUEUED).update(lease_until=now + unheard)
        wake(job.pk)
        woken += 1
    return woken


def _lease() -> dict[str, object]:
    now = timezone.now()
    return {"heartbeat_at": now, "lease_until": now + timedelta(seconds=settings.JOB_LEASE_SECONDS)}
