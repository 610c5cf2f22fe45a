"""A cluster as docker-compose.yml draws it, on this machine: its commands, its environment, real engines.

There is no container engine where the tests run, so the images themselves are not built here; what they would start is.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from django.utils import timezone

from evidence.core.verify import verify
from seal_advisor import settings
from tests import factories, load, services, soak
from tests.cluster import COMPOSE, IMAGE_COMMAND, PATIENCE_SECONDS, ROOT, Cluster, call, prepared, wait_until_ready

OURS = ("prepare", "web", "worker", "beat")


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


@pytest.fixture(scope="module")
def cluster(
    tmp_path_factory: pytest.TempPathFactory,
    postgresql: services.Service,
    redis_server: services.Service,
    s3: services.Service,
) -> Iterator[tuple[Cluster, list[int]]]:
    made = prepared(tmp_path_factory.mktemp("cluster"), postgresql, redis_server, s3)
    ports = [services.free_port(), services.free_port()]
    try:
        for number, port in enumerate(ports, 1):
            made.start(f"web{number}", "web", port)
        for number in (1, 2, 3):
            made.start(f"worker{number}", "worker")
        made.start("beat", "beat")
        yield made, ports
    finally:
        made.stop()


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


def test_a_few_at_once_see_no_fault_and_lose_nothing(cluster: tuple[Cluster, list[int]]) -> None:
    """The sample of `load` and `soak`, which `make torture` runs at a hundred times the size and for half an hour."""
    made, ports = cluster
    for port in ports:
        wait_until_ready(made, port)
    here = load.Site(made, ports, load.seed(made, 2))
    wrong, measures = load.crowd(here, 2, random.Random(20261124), builds=0)
    assert wrong == []
    assert {"p99 of upload, s", "p99 of edit, s", "p99 of poll, s"} <= set(measures)
    wrong, sizes = soak.work(here, 1, random.Random(20261124))
    assert wrong == []
    assert min(sizes.values()) > 1
