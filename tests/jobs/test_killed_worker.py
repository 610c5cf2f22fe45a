"""`kill -9` of the worker during a build, with real processes: the job ends, and there is exactly one package.

Once with what `make run` uses (SQLite, folders as broker), once with what a cluster uses (PostgreSQL, Redis).
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from tests import services

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_SECONDS = 120
LEASE_SECONDS = 5
ASK = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
from evidence import services as evidence
from seal_advisor.access import Actor
from tests import factories
alice = factories.member("alice", "architect")
design = factories.design(alice)
evidence.receive_evidence(design, actor=Actor(alice), name="vault.hcl", data=factories.VAULT_HCL)
print(evidence.start_package(design, actor=Actor(alice)).job_id)
"""
STATE = "SELECT state, attempts, steps_done, error FROM evidence_job"
OUTCOME = """
from django.utils import timezone
from evidence import ledger_check
from evidence.core.verify import verify
from evidence.models import LedgerEntry, Package
from evidence.storage import get_blob
package = Package.objects.get()
whole = get_blob(package.archive_blob, package.archive_sha256)
outcome = verify(whole, now=timezone.now())
entered = LedgerEntry.objects.filter(kind="packaged").count()
print(outcome.valid, ledger_check.faults(), entered == package.ledger_size - package.ledger_first)
"""


class Installation:
    """A data directory with a worker of its own; programs run in it as the product would run them."""

    def __init__(self, data: Path, environment: dict[str, str]) -> None:
        self.data = data
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("REQUIRE")},
            "SEAL_ADVISOR_DATA": str(data),
            "DJANGO_SETTINGS_MODULE": "seal_advisor.settings",
            "PYTHONPATH": str(ROOT),
            "JOB_LEASE_SECONDS": str(LEASE_SECONDS),
            "JOB_SWEEP_SECONDS": "1",
            **environment,
        }
        self.worker: subprocess.Popen[bytes] | None = None

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def ask(self, program: str) -> str:
        return self.manage("shell", "--no-imports", "-c", program)

    def state(self) -> tuple[str, int, int, str]:
        """State, attempts, steps done and error of the only job, read past Django: a start of it costs seconds."""
        address = self.environment.get("DATABASE_URL")
        if address is not None:
            with psycopg.connect(address) as connection:
                row = connection.execute(STATE).fetchone()
        else:
            with closing(sqlite3.connect(self.data / "seal-advisor.sqlite3", timeout=20)) as connection:
                row = connection.execute(STATE).fetchone()
        assert row is not None
        return row

    def start_worker(self) -> None:
        command = "-m celery -A seal_advisor.celery worker --pool solo --without-gossip --without-mingle -l INFO"
        with open(self.data / "worker.log", "ab") as log:
            self.worker = subprocess.Popen(
                [sys.executable, *command.split()],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill_worker(self) -> None:
        """SIGKILL to the worker alone, as the kernel's memory killer would."""
        assert self.worker is not None
        os.kill(self.worker.pid, signal.SIGKILL)
        self.worker.wait(10)

    def close(self) -> None:
        if self.worker is not None and self.worker.poll() is None:
            os.killpg(self.worker.pid, signal.SIGKILL)
            self.worker.wait(10)


@pytest.fixture
def installation(data_directory: Path) -> Iterator[Callable[[dict[str, str]], Installation]]:
    made: list[Installation] = []

    def make(environment: dict[str, str]) -> Installation:
        for folder in ("queue", "processed", "control"):
            (data_directory / "broker" / folder).mkdir(parents=True)
        made.append(Installation(data_directory, environment))
        return made[-1]

    yield make
    for one in made:
        one.close()


def kill_during_the_build(house: Installation) -> None:
    """Ask for a package, kill the worker while it builds, start another, sweep: the job ends with one package."""
    house.ask(ASK)
    house.start_worker()
    _until(lambda: house.state()[2] >= 3)
    house.kill_worker()
    state, attempts, *_ = house.state()
    assert (state, attempts) == ("running", 1), "killed in the middle, the row still says running"
    house.start_worker()
    time.sleep(LEASE_SECONDS)
    house.manage("sweep", "-v", "0")
    _until(lambda: house.state()[0] in {"done", "failed"})
    state, attempts, _, error = house.state()
    assert (state, attempts, error) == ("done", 2, "")
    assert house.ask(OUTCOME) == "True [] True"


def _until(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not ready():
        assert time.monotonic() < deadline, "nothing happened in time"
        time.sleep(0.1)


def test_a_killed_worker_leaves_one_package_with_sqlite_and_folders(
    installation: Callable[[dict[str, str]], Installation],
) -> None:
    kill_during_the_build(installation({}))


def test_a_killed_worker_leaves_one_package_with_postgresql_and_redis(
    installation: Callable[[dict[str, str]], Installation],
    postgresql: services.Service,
    redis_server: services.Service,
) -> None:
    kill_during_the_build(installation({"DATABASE_URL": postgresql.address, "REDIS_URL": redis_server.address}))
