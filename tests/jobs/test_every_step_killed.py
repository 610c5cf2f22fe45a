"""`kill -9` at every step of a build, one after the other: the last attempt leaves one valid package. And two builds at
once: each package holds its own evidence, and the ledger of both has no gap.

Real processes over a real SQLite file, forked so that Django starts once.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.jobs.test_killed_worker import Installation

PROGRAM = Path(__file__).with_name("dying.py")


@pytest.fixture
def house(data_directory: Path) -> Installation:
    for folder in ("queue", "processed", "control"):
        (data_directory / "broker" / folder).mkdir(parents=True)
    return Installation(data_directory, {"JOB_ATTEMPTS": "50"})


def ran(house: Installation, what: str) -> dict[str, object]:
    done = subprocess.run([sys.executable, str(PROGRAM), what], env=house.environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_a_build_that_is_killed_at_every_step_ends_as_one_valid_package(house: Installation) -> None:
    found = ran(house, "every-step")
    assert found["killed_at"] == found["points"], "each point was reached, and the worker died there by SIGKILL"
    assert (found["state"], found["packages"], found["valid"], found["faults"]) == ("done", 1, True, [])
    assert found["attempts"] == len(found["points"]) + 1  # type: ignore[arg-type]
    assert found["entered_once"] is True


def test_two_builds_at_once_do_not_mix(house: Installation) -> None:
    found = ran(house, "two-at-once")
    assert (found["states"], found["valid"], found["faults"]) == (["done", "done"], [True, True], [])
    assert found["evidence"] == [["first.hcl"], ["second.hcl"]]
    assert found["overlapped"] is True, "both were being built at the same time"
