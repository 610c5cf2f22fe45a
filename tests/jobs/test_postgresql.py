"""The same tests on the other engine: rows, triggers, locks and JSON behave alike on PostgreSQL."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests import services

ROOT = Path(__file__).resolve().parent.parent.parent
AGAIN = [
    "tests/jobs/test_append_only.py",
    "tests/jobs/test_register.py",
    "tests/jobs/test_erasing.py::test_the_bytes_the_facts_and_the_kept_answer_go_and_a_tombstone_stays",
    "tests/jobs/test_erasing.py::test_a_tombstone_can_be_neither_changed_nor_deleted",
    "tests/evidence/test_meetings.py::test_the_database_itself_refuses_an_author_who_approves",
    "tests/evidence/test_meetings.py::test_the_database_itself_refuses_a_sign_off_by_an_author",
    "tests/evidence/test_meetings.py::test_what_was_said_and_signed_only_grows",
    "tests/api/test_designs.py",
    "tests/api/test_evidence.py",
    "tests/jobs/test_package_job.py::test_a_job_builds_a_package_that_verifies_and_says_who_uploaded",
    "tests/jobs/test_package_job.py::test_a_worker_that_was_given_up_changes_nothing",
]


def test_the_important_tests_pass_on_postgresql(postgresql: services.Service, tmp_path: Path) -> None:
    environment = {**os.environ, "DATABASE_URL": postgresql.address, "SEAL_ADVISOR_DATA": str(tmp_path)}
    command = [sys.executable, "-m", "pytest", "-q", *AGAIN]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "skipped" not in done.stdout
