"""A disk that is really full: people read that, nothing half-written stays, and with room it goes on by itself."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import factories, services
from tests.conftest import _or_skip
from tests.served import ROOT, Served

MEGABYTES = 48


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    (tmp_path / "disk").mkdir()
    with services.small_disk(tmp_path / "disk", MEGABYTES) as disk:
        running = Served(_or_skip(disk) / "data", services.free_port())
        try:
            running.wait_until_up()
            yield running
        finally:
            running.close()


def call(served: Served, token: str, method: str, path: str, body: bytes, kind: str) -> Any:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": kind}
    address = f"http://127.0.0.1:{served.port}/api/v1/{path}"
    with urllib.request.urlopen(
        urllib.request.Request(address, body or None, headers, method=method), timeout=30
    ) as answer:
        return json.loads(answer.read())


def _fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        while True:
            try:
                file.write(b"x" * 4096)
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                return


def test_a_full_disk_is_said_and_when_there_is_room_uploads_go_on(served: Served) -> None:
    environment = {**os.environ, "SEAL_ADVISOR_DATA": str(served.data)}
    command = [sys.executable, "manage.py", "create_token", "admin"]
    token = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()
    answers = json.dumps({"title": "Payments", "answers": factories.ANSWERS}).encode()
    design = call(served, token, "POST", "designs/", answers, "application/json")["id"]

    def upload(name: str) -> Any:
        data = factories.VAULT_HCL + f"# {name}\n".encode() * 20_000
        path = f"designs/{design}/evidence/raw/?name={name}"
        return call(served, token, "PUT", path, data, "application/octet-stream")

    upload("before.hcl")
    ballast = served.data / "ballast"
    _fill(ballast)
    with pytest.raises(urllib.error.HTTPError) as caught:
        upload("full.hcl")
    said = json.loads(caught.value.read())
    assert (said["status"], said["type"].rsplit("#", 1)[1]) == (507, "problem-disk-full")
    assert "disk is full" in said["detail"]
    ballast.unlink()
    upload("after.hcl")
    listed = call(served, token, "GET", f"designs/{design}/evidence/", b"", "application/json")["results"]
    assert {each["name"] for each in listed} == {"before.hcl", "after.hcl"}
    check = [sys.executable, "manage.py", "verify_ledger"]
    done = subprocess.run(check, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
