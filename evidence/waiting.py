"""Waiting for a build within a request, without letting those who wait take the server from everybody else.

A server has a handful of threads. So at most WAITING_AT_MOST requests of a process wait at a time, and none longer than
LONGEST_SECONDS; every other is answered at once with what is known, and asks again.
"""

from __future__ import annotations

import threading
import time

from evidence.models import Job, JobState, Package

LONGEST_SECONDS = 25
WAITING_AT_MOST = 2
LOOK_SECONDS = 0.25
UNDER_WAY = (JobState.QUEUED, JobState.RUNNING)
_places = threading.BoundedSemaphore(WAITING_AT_MOST)


def wait_for(package: Package, seconds: int) -> None:
    """Until the package's job has ended, at most so long; then the package is read anew. 0 seconds: nothing is done."""
    if not seconds:
        return
    if _places.acquire(blocking=False):
        try:
            deadline = time.monotonic() + min(seconds, LONGEST_SECONDS)
            while _under_way(package) and time.monotonic() < deadline:
                time.sleep(LOOK_SECONDS)
        finally:
            _places.release()
    package.refresh_from_db()


def _under_way(package: Package) -> bool:
    return Job.objects.filter(pk=package.job_id, state__in=UNDER_WAY).exists()
