"""A program for `test_every_step_killed.py`: workers as forks of a process that knows Django, killed where it is asked.

`every-step`: a job whose worker dies at each point of POINTS in turn, then one that lives. `two-at-once`: two jobs of
two designs, each with a worker of its own, at the same time. Prints one line of JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "seal_advisor.settings"
django.setup()

from django.core.management import call_command  # noqa: E402 - Django comes first
from django.db import connections  # noqa: E402
from django.utils import timezone  # noqa: E402

from evidence import jobs, ledger, ledger_check, packaging, services, tasks  # noqa: E402
from evidence.core.verify import verify  # noqa: E402
from evidence.jobs import Claim  # noqa: E402
from evidence.models import Job, LedgerEntry, Package  # noqa: E402
from evidence.storage import get_blob  # noqa: E402
from seal_advisor.access import Actor  # noqa: E402
from tests import factories  # noqa: E402

# In the order of a build: at the beginning of each step, between the ledger's entries and their commit, and with both
# files stored and no row.
POINTS = [f"step {number}" for number in range(len(packaging.STEPS))]
POINTS.insert(POINTS.index("step 3"), "entered, not committed")
POINTS.append("stored, no row")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying_at(point: str) -> None:
    """From now on this process dies there."""
    step, append, finish = packaging._step, ledger.append, Claim.finish

    def stepping(held: Claim, number: int) -> None:
        step(held, number)
        if point == f"step {number}":
            die()

    def appending(*arguments: Any, **named: Any) -> int:
        first = append(*arguments, **named)
        if point == "entered, not committed":
            die()
        return first

    def finishing(held: Claim) -> None:
        if point == "stored, no row":
            die()
        finish(held)

    packaging._step, ledger.append, Claim.finish = stepping, appending, finishing  # type: ignore[method-assign]


def forked(work: Callable[[], None]) -> int:
    """A process of its own with connections of its own; returns its id."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        work()
        connections.close_all()
        os._exit(0)
    return child


def killed(child: int) -> bool:
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def asked(title: str, name: str) -> Package:
    alice = factories.member("alice", "architect")
    design = factories.design(alice)
    services.receive_evidence(design, actor=Actor(alice), name=name, data=factories.VAULT_HCL + f"# {title}\n".encode())
    return services.start_package(design, actor=Actor(alice))


def whole(package: Package) -> bytes:
    package.refresh_from_db()
    return get_blob(package.archive_blob, package.archive_sha256)


def every_step() -> dict[str, Any]:
    package = asked("one", "vault.hcl")
    killed_at = []
    for point in POINTS:

        def work(point: str = point) -> None:
            dying_at(point)
            tasks.run_job(str(package.job_id))

        if killed(forked(work)):
            killed_at.append(point)
        Job.objects.filter(pk=package.job_id).update(lease_until=timezone.now())
        jobs.sweep()
    os.waitpid(forked(lambda: tasks.run_job(str(package.job_id))), 0)
    data = whole(package)
    entered = LedgerEntry.objects.filter(kind="packaged").count()
    return {
        "points": POINTS,
        "killed_at": killed_at,
        "state": package.job.state,
        "attempts": package.job.attempts,
        "packages": Package.objects.exclude(archive_blob="").count(),
        "valid": verify(data, now=timezone.now()).differences == (),
        "faults": ledger_check.faults(),
        "entered_once": package.ledger_size == (package.ledger_first or 0) + entered,
    }


def two_at_once() -> dict[str, Any]:
    packages = [asked("one", "first.hcl"), asked("two", "second.hcl")]
    children = [forked(lambda job=one.job_id: tasks.run_job(str(job))) for one in packages]
    overlapped = False
    while Job.objects.filter(state__in=("queued", "running")).exists():
        overlapped = overlapped or Job.objects.filter(state="running").count() == len(packages)
        time.sleep(0.05)
    for child in children:
        os.waitpid(child, 0)
    archives = [whole(one) for one in packages]
    return {
        "overlapped": overlapped,
        "states": [one.job.state for one in packages],
        "valid": [verify(data, now=timezone.now()).differences == () for data in archives],
        "faults": ledger_check.faults(),
        "evidence": [evidence_in(data) for data in archives],
    }


def evidence_in(data: bytes) -> list[str]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        listed = json.loads(archive.read("manifest.json"))["members"]
    return [one["original"]["name"] for one in listed if one["original"]]


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    print(json.dumps({"every-step": every_step, "two-at-once": two_at_once}[sys.argv[1]]()))
