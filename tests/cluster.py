"""Processes started with compose's commands and environment; only addresses and paths are this machine's."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import boto3
import yaml

from tests import services

ROOT = Path(__file__).resolve().parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
IMAGE_COMMAND = json.loads(re.search(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE).group(1))  # type: ignore[union-attr]
PATIENCE_SECONDS = 90


class Cluster:
    """Processes started with compose's commands and environment; only addresses and paths are this machine's."""

    def __init__(self, home: Path, environment: dict[str, str]) -> None:
        self.home, self.running = home, {}  # type: ignore[var-annotated]
        self.environment = {
            **{k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")},
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "DJANGO_SETTINGS_MODULE": "seal_advisor.settings",
            "PYTHONPATH": str(ROOT),
            **environment,
        }

    def command(self, service: str, port: int = 0) -> list[str]:
        words = [str(word) for word in COMPOSE["services"][service].get("command") or IMAGE_COMMAND]
        return [word.replace("0.0.0.0:8000", f"127.0.0.1:{port}").replace("/tmp/", f"{self.home}/") for word in words]

    def data(self, name: str) -> dict[str, str]:
        """A data directory of its own for each: nothing that one writes there is seen by another."""
        return {**self.environment, "SEAL_ADVISOR_DATA": str(self.home / name)}

    def run(self, name: str, *words: str) -> str:
        done = subprocess.run(words, cwd=ROOT, env=self.data(name), capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self, name: str, service: str, port: int = 0) -> None:
        log = open(self.home / f"{name}.log", "wb")  # noqa: SIM115 - the child's, closed with the test
        self.running[name] = subprocess.Popen(
            self.command(service, port), cwd=ROOT, env=self.data(name), stdout=log, stderr=log, start_new_session=True
        )

    def logs(self) -> str:
        return "\n".join(
            f"== {path.name}\n{path.read_text(errors='replace')[-1500:]}" for path in self.home.glob("*.log")
        )

    def stop(self) -> None:
        for process in self.running.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def prepared(home: Path, postgresql: services.Service, redis: services.Service, s3: services.Service) -> Cluster:
    """A cluster with a database and a bucket of its own, after compose's first step; nothing runs yet."""
    name = f"cluster-{uuid.uuid4().hex[:8]}"
    database = name.replace("-", "_")
    subprocess.run(["psql", postgresql.address, "-qc", f"CREATE DATABASE {database}"], check=True, capture_output=True)
    keys = {"aws_access_key_id": "tests", "aws_secret_access_key": "tests", "region_name": "us-east-1"}
    store = boto3.client("s3", endpoint_url=s3.address, **keys)
    store.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    secrets = {
        "database_url": f"{postgresql.address.rsplit('/', 1)[0]}/{database}",
        "redis_url": redis.address,
        "ca": "",
        "secret_key": uuid.uuid4().hex * 2,
        "s3_key": "tests",
        "s3_secret": "tests",
    }
    assert set(secrets) == set(COMPOSE["x-seal"]["secrets"])
    for word, value in secrets.items():
        (home / word).write_text(value)
    drawn = {k: str(v).replace("/run/secrets/", f"{home}/") for k, v in COMPOSE["x-seal"]["environment"].items()}
    drawn = {k: re.sub(r"\$\{SITE:-(\w+)\}", r"\1", v) for k, v in drawn.items()}
    here = {
        "S3_BUCKET": name,
        "S3_ENDPOINT_URL": s3.address,
        "S3_REGION": "us-east-1",
    }
    made = Cluster(home, {**drawn, **here})
    # The key that signs is handed to each process as a file, as a Secret does; the one that a trial makes serves here.
    made.run("prepare", "python", "manage.py", "make_signing_key")
    made.environment["SIGNING_KEY_FILE"] = str(home / "prepare/signing_key.p12")
    assert "Sign in as" in made.run("prepare", *made.command("prepare"))
    return made


def call(port: int, method: str, path: str, token: str = "", body: bytes = b"", kind: str = "application/json") -> Any:
    headers = {"Content-Type": kind, "Host": "localhost", "X-Forwarded-Proto": "https"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body or None, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        found = answer.read()
    return json.loads(found) if answer.headers["Content-Type"].startswith("application/json") else found


def wait_until_ready(cluster: Cluster, port: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            assert call(port, "GET", "/readyz")["status"] == "ok"
            return
        except (urllib.error.URLError, OSError):
            assert time.monotonic() < deadline, cluster.logs()
            time.sleep(0.3)
