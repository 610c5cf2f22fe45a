"""`kill -9` of the supervisor, the web server or the worker at random moments while a client works through the API.

What was acknowledged must be there: every upload, the last answers, every package, each exactly once.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path
from typing import Any

from tests import services
from tests.served import ROOT, Served, is_celery

ANSWERS = json.loads((ROOT / "tests/data/archetypes/bank_on_premises.json").read_text(encoding="utf-8"))["answers"]
CONFIG = (ROOT / "tests/data/samples/conf/strict-fips.hcl").read_bytes()
VICTIMS = ("supervisor", "web", "web child", "worker")
PATIENCE_SECONDS = 120
# One round: how long the client works, and in how many rounds it asks for a package.
ROUND_SECONDS, PACKAGE_EVERY = 0.6, 5


class Client:
    """Writes without a pause and remembers what was acknowledged."""

    def __init__(self, token: str) -> None:
        self.token, self.port, self.design = token, 0, ""
        self.uploads: set[str] = set()
        self.packages: set[str] = set()
        self.answered: int | None = None
        self.maybe: int | None = None
        self.strange: list[str] = []
        self._number = 0

    def call(self, method: str, path: str, body: bytes = b"", kind: str = "application/json", **more: str) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind, **more}
        address = f"http://127.0.0.1:{self.port}/api/v1/{path}"
        request = urllib.request.Request(address, body or None, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())

    def create(self) -> None:
        body = json.dumps({"title": "Kills", "answers": ANSWERS}).encode()
        self.design = self.call("POST", "designs/", body)["id"]

    def work(self, until: float, *, package: bool) -> None:
        while time.monotonic() < until:
            self._number += 1
            try:
                self._upload()
                self._answer()
                if package:
                    asked = self.call(
                        "POST", f"designs/{self.design}/packages/", b"{}", **{"Idempotency-Key": f"p{self._number}"}
                    )
                    self.packages.add(asked["id"])
                    package = False
                time.sleep(0.1)
            except urllib.error.HTTPError as error:
                self.strange.append(f"{error.code} {error.url}: {error.read()[:200]!r}")
            except (OSError, ValueError):
                time.sleep(0.05)  # the server is gone, or its answer was cut: not acknowledged

    def _upload(self) -> None:
        name = f"config-{self._number}.hcl"
        data = CONFIG + f"# {self._number}\n".encode()
        self.call("PUT", f"designs/{self.design}/evidence/raw/?name={name}", data, "application/octet-stream")
        self.uploads.add(name)

    def _answer(self) -> None:
        minutes = 1 + self._number % 90
        self.maybe = minutes
        answers = {**ANSWERS, "rto": f"PT{minutes}M"}
        self.call(
            "PUT", f"designs/{self.design}/answers/", json.dumps({"answers": answers}).encode(), **{"If-Match": "*"}
        )
        self.answered, self.maybe = minutes, None


def run(folder: Path, rounds: int, chance: random.Random) -> list[str]:
    """That many rounds on one installation in this folder; every loss as a sentence."""
    data = folder / "data"
    served = _up(data)
    try:
        client = Client(_token(data))
        client.port = served.port
        client.create()
        for number in range(rounds):
            victim = chance.choice(VICTIMS)
            moment = chance.uniform(0.05, ROUND_SECONDS)
            until = time.monotonic() + ROUND_SECONDS
            worker = threading.Thread(
                target=client.work, args=(until,), kwargs={"package": number % PACKAGE_EVERY == 0}
            )
            worker.start()
            time.sleep(moment)
            _kill(served, victim)
            worker.join()
            if victim == "supervisor":
                served.process.wait(30)
                _none_left(served)
                served = _up(data)
                client.port = served.port
            _answers(client)
        return [*client.strange, *_losses(client, data)]
    finally:
        served.close()


def _up(data: Path) -> Served:
    served = Served(data, services.free_port())
    served.wait_until_up()
    return served


def _token(data: Path) -> str:
    command = [sys.executable, "manage.py", "create_token", "admin"]
    environment = {**os.environ, "SEAL_ADVISOR_DATA": str(data)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout.strip()


def _kill(served: Served, victim: str) -> None:
    others = sorted(served.pids() - {served.process.pid})
    web = [pid for pid in others if _is_gunicorn(pid)]
    chosen = {
        "supervisor": [served.process.pid],
        "web": web[:1],
        "web child": web[1:2],
        "worker": [pid for pid in others if is_celery(pid)][:1],
    }[victim]
    for pid in chosen:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _is_gunicorn(pid: int) -> bool:
    try:
        return b"gunicorn" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _none_left(served: Served) -> None:
    deadline = time.monotonic() + 30
    while served.pids() and time.monotonic() < deadline:
        time.sleep(0.1)


def _answers(client: Client) -> None:
    """Wait until the server answers again: nobody has to lend a hand."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            client.call("GET", f"designs/{client.design}/")
            return
        except OSError:
            if time.monotonic() > deadline:
                client.strange.append("the server did not come back by itself")
                return
            time.sleep(0.1)


def _losses(client: Client, data: Path) -> list[str]:
    lost = []
    deadline = time.monotonic() + PATIENCE_SECONDS
    for package in client.packages:
        while (state := client.call("GET", f"packages/{package}/"))["state"] not in ("done", "failed", "cancelled"):
            if time.monotonic() > deadline:
                break
            time.sleep(0.3)
        if state["state"] != "done":
            lost.append(f"package {package} is {state['state']}: {state.get('error')}")
    with closing(sqlite3.connect(data / "seal-advisor.sqlite3")) as rows:
        kept = {name for (name,) in rows.execute("SELECT name FROM evidence_artefact")}
        builds = rows.execute("SELECT count(*) FROM evidence_package").fetchone()[0]
    lost += [f"upload {name} was acknowledged and is gone" for name in sorted(client.uploads - kept)]
    if builds < len(client.packages):
        lost.append(f"{len(client.packages)} packages were acknowledged, {builds} are there")
    now = client.call("GET", f"designs/{client.design}/")["answers"]["rto"]
    if now not in {f"PT{minutes}M" for minutes in (client.answered, client.maybe) if minutes}:
        lost.append(f"the last answers acknowledged said PT{client.answered}M; now they say {now}")
    check = [sys.executable, "manage.py", "verify_ledger"]
    environment = {**os.environ, "SEAL_ADVISOR_DATA": str(data)}
    done = subprocess.run(check, cwd=ROOT, env=environment, capture_output=True, text=True)
    return lost + ([f"verify_ledger: {done.stderr.strip()[:300]}"] if done.returncode else [])
