"""A cluster as docker-compose.yml draws it, on this machine: its commands, its environment, real engines.

There is no container engine where the tests run, so the images themselves are not built here; what they would start is.
"""

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
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from django.utils import timezone

from evidence.core.verify import verify
from seal_advisor import settings
from tests import factories, services

ROOT = Path(__file__).resolve().parent.parent.parent
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
IMAGE_COMMAND = json.loads(re.search(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(), re.MULTILINE).group(1))  # type: ignore[union-attr]
OURS = ("prepare", "web", "worker", "beat")
PATIENCE_SECONDS = 90


def manifests() -> list[dict[str, Any]]:
    files = sorted((ROOT / "deploy/kubernetes").glob("*.yaml"))
    every = (document for file in files for document in yaml.safe_load_all(file.read_text(encoding="utf-8")))
    return [document for document in every if document["kind"] != "Kustomization"]


def workloads() -> dict[str, dict[str, Any]]:
    found = {}
    for document in manifests():
        if document["kind"] in ("Deployment", "Job"):
            (container,) = document["spec"]["template"]["spec"]["containers"]
            found[container["name"]] = {**document["spec"]["template"]["spec"], "container": container}
    return found


def test_kubernetes_starts_what_compose_starts() -> None:
    assert set(workloads()) == set(OURS)
    for name, pod in workloads().items():
        wanted = COMPOSE["services"][name].get("command") or IMAGE_COMMAND
        assert pod["container"]["command"] == [str(word) for word in wanted], name


def test_every_process_of_ours_has_no_root_no_capability_and_a_read_only_system() -> None:
    for name in OURS:
        drawn = COMPOSE["services"][name]
        assert (drawn["read_only"], drawn["cap_drop"], drawn["tmpfs"]) == (True, ["ALL"], ["/tmp"]), name
        pod = workloads()[name]
        assert pod["securityContext"]["runAsNonRoot"] is True
        held = pod["container"]["securityContext"]
        assert (held["readOnlyRootFilesystem"], held["allowPrivilegeEscalation"]) == (True, False)
        assert held["capabilities"] == {"drop": ["ALL"]}
    assert re.search(r"^USER 10001$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)


def test_every_variable_of_the_manifests_is_a_setting_and_every_secret_a_file() -> None:
    known = set(re.findall(r"[A-Z][A-Z0-9_]{3,}", settings.__doc__ or ""))
    config = next(each for each in manifests() if each["kind"] == "ConfigMap")["data"]
    names = set(config) | set(COMPOSE["x-seal"]["environment"])
    names |= {each["name"] for pod in workloads().values() for each in pod["container"]["env"]}
    assert {name for name in names if name.removesuffix("_FILE") not in known and name not in known} == set()
    assert not {
        name for name in names if re.search(r"KEY|SECRET|PASSWORD|DATABASE", name) and not name.endswith("_FILE")
    }


def test_the_proxy_keeps_what_operators_ask_to_itself() -> None:
    caddy = (ROOT / "deploy/proxy/Caddyfile").read_text(encoding="utf-8")
    assert "@internal path /metrics /metrics/* /healthz /readyz" in caddy
    assert "ports" not in COMPOSE["services"]["web"]


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


@pytest.fixture
def cluster(
    tmp_path: Path, postgresql: services.Service, redis_server: services.Service, s3: services.Service
) -> Iterator[tuple[Cluster, list[int]]]:
    name = f"cluster-{uuid.uuid4().hex[:8]}"
    database = name.replace("-", "_")
    subprocess.run(["psql", postgresql.address, "-qc", f"CREATE DATABASE {database}"], check=True, capture_output=True)
    keys = {"aws_access_key_id": "tests", "aws_secret_access_key": "tests", "region_name": "us-east-1"}
    store = boto3.client("s3", endpoint_url=s3.address, **keys)
    store.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    secrets = {
        "database_url": f"{postgresql.address.rsplit('/', 1)[0]}/{database}",
        "secret_key": uuid.uuid4().hex * 2,
        "s3_key": "tests",
        "s3_secret": "tests",
    }
    assert set(secrets) == set(COMPOSE["x-seal"]["secrets"])
    for word, value in secrets.items():
        (tmp_path / word).write_text(value)
    drawn = {k: str(v).replace("/run/secrets/", f"{tmp_path}/") for k, v in COMPOSE["x-seal"]["environment"].items()}
    drawn = {k: re.sub(r"\$\{SITE:-(\w+)\}", r"\1", v) for k, v in drawn.items()}
    here = {
        "REDIS_URL": redis_server.address,
        "S3_BUCKET": name,
        "S3_ENDPOINT_URL": s3.address,
        "S3_REGION": "us-east-1",
    }
    made = Cluster(tmp_path, {**drawn, **here})
    # The key that signs is handed to each process as a file, as a Secret does; the one that a trial makes serves here.
    made.run("prepare", "python", "manage.py", "make_signing_key")
    made.environment["SIGNING_KEY_FILE"] = str(tmp_path / "prepare/signing_key.p12")
    ports = [services.free_port(), services.free_port()]
    try:
        assert "Sign in as" in made.run("prepare", *made.command("prepare"))
        for number, port in enumerate(ports, 1):
            made.start(f"web{number}", "web", port)
        for number in (1, 2, 3):
            made.start(f"worker{number}", "worker")
        made.start("beat", "beat")
        yield made, ports
    finally:
        made.stop()


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


def test_two_webs_three_workers_and_no_shared_disk_build_one_package(cluster: tuple[Cluster, list[int]]) -> None:
    made, (one, other) = cluster
    for port in (one, other):
        wait_until_ready(made, port)
    token = made.run("prepare", "python", "manage.py", "create_token", "admin").strip()
    answers = json.dumps({"title": "Payments", "answers": factories.ANSWERS}).encode()
    design = call(one, "POST", "/api/v1/designs/", token, answers)["id"]
    name = f"/api/v1/designs/{design}/evidence/raw/?name=vault.hcl"
    call(other, "PUT", name, token, factories.VAULT_HCL, "application/octet-stream")
    assert [each["name"] for each in call(one, "GET", f"/api/v1/designs/{design}/evidence/", token)["results"]] == [
        "vault.hcl"
    ]
    package = call(other, "POST", f"/api/v1/designs/{design}/packages/", token, b"{}")["id"]
    os.killpg(made.running["worker1"].pid, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (state := call(one, "GET", f"/api/v1/packages/{package}/", token))["state"] not in ("done", "failed"):
        assert time.monotonic() < deadline, made.logs()
        time.sleep(0.5)
    assert state["state"] == "done", state
    whole = call(other, "GET", f"/api/v1/packages/{package}/package.zip", token)
    outcome = verify(whole, now=timezone.now())
    assert outcome.differences == ()
    assert len(call(one, "GET", f"/api/v1/designs/{design}/packages/", token)["results"]) == 1
