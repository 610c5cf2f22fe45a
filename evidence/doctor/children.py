"""Runs a step in a child process: a library that crashes, hangs or prints does no harm here."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seal_advisor.core.record import Record

ROOT = Path(__file__).resolve().parent.parent.parent


class Failure(Record):
    """A step without an answer. function: the PKCS #11 function, "dlopen", "crash" or "timeout"; text: for people."""

    function: str
    text: str


def run_step(
    step: str, job: Mapping[str, Any], environment: Mapping[str, str], timeout: float
) -> dict[str, Any] | Failure:
    """The answer of one step, or why there is none.

    environment: of the server (the library reads its own settings there). timeout: seconds; then the child is killed.
    """
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "evidence.doctor.probe"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**environment, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    failure = None
    try:
        output, _ = child.communicate(json.dumps({**job, "step": step}).encode(), timeout)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        output, _ = child.communicate()
        failure = Failure("timeout", f"no answer within {timeout:g} s; the child was killed")
    try:
        result = json.loads(output)
    except ValueError:
        return failure or _unanswered(child.returncode)
    if "error" in result:
        return Failure(result["error"]["function"], result["error"]["text"])
    # A complete answer counts even where the library hung or crashed afterwards, on its way out.
    answer: dict[str, Any] = result["answer"]
    return answer


def _unanswered(code: int) -> Failure:
    if code < 0:
        return Failure("crash", f"the library ended its process: {signal.Signals(-code).name}")
    return Failure("crash", f"the process ended with code {code} and without an answer")
