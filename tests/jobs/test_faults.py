"""What people see while Redis, the database, the store or a time-stamp authority is away; and that everything goes
on by itself afterwards.
"""

from __future__ import annotations

import contextlib
import errno
import json
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from seal_advisor.outages import outage_of
from tests import factories, services, timestamps
from tests.cluster import PATIENCE_SECONDS, ROOT, Cluster, call, prepared, wait_until_ready


class Wire:
    """A door in front of a server that can be shut: connections are then refused, as when the server is gone."""

    def __init__(self, target: int) -> None:
        self.port, self._target, self._door = services.free_port(), target, None
        self._open: list[socket.socket] = []
        self.plug()

    def plug(self) -> None:
        self._door = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._serve, args=(self._door,), daemon=True).start()

    def cut(self) -> None:
        assert self._door is not None
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for each in self._open:
            each.close()
        self._open.clear()

    def _serve(self, door: socket.socket) -> None:
        while True:
            try:
                near, _ = door.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                return
            self._open += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=_pour, args=(one, other), daemon=True).start()


def _pour(one: socket.socket, other: socket.socket) -> None:
    try:
        while part := one.recv(1 << 16):
            other.sendall(part)
        other.shutdown(socket.SHUT_WR)
    except OSError:
        return


def wired(service: services.Service) -> tuple[services.Service, Wire]:
    """The same service through a wire of the test's own."""
    port = int(service.address.rsplit(":", 1)[1].split("/")[0])
    wire = Wire(port)
    return services.Service(service.address.replace(f":{port}", f":{wire.port}"), service.process), wire


class Site:
    """One web, one worker, beat; each dependency behind a wire."""

    def __init__(self, cluster: Cluster, port: int, wires: dict[str, Wire]) -> None:
        self.cluster, self.port, self.wires = cluster, port, wires
        self.token = cluster.run("prepare", "python", "manage.py", "create_token", "admin").strip()
        answers = json.dumps({"title": "Payments", "answers": factories.ANSWERS}).encode()
        self.design = self.call("POST", "designs/", answers)["id"]

    def call(self, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> Any:
        return call(self.port, method, f"/api/v1/{path}", self.token, body, kind)

    def upload(self, name: str) -> Any:
        data = factories.VAULT_HCL + f"# {name}\n".encode()
        return self.call("PUT", f"designs/{self.design}/evidence/raw/?name={name}", data, "application/octet-stream")

    def names(self) -> set[str]:
        found: set[str] = set()
        page: str | None = f"designs/{self.design}/evidence/"
        while page:
            said = self.call("GET", page)
            found |= {each["name"] for each in said["results"]}
            page = said["next"] and said["next"].partition("/api/v1/")[2]
        return found

    def refused(self, *words: Any) -> dict[str, Any]:
        with pytest.raises(urllib.error.HTTPError) as caught:
            self.call(*words) if len(words) > 1 else self.upload(words[0])
        assert caught.value.headers["Retry-After"] == "5"
        return dict(json.loads(caught.value.read()))

    def ask_for_a_package(self) -> str:
        return str(self.call("POST", f"designs/{self.design}/packages/", b"{}")["id"])

    def ended(self, package: str) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (state := self.call("GET", f"packages/{package}/"))["state"] not in ("done", "failed"):
            assert time.monotonic() < deadline, self.cluster.logs()
            time.sleep(0.5)
        return dict(state)

    def comes_back(self) -> None:
        wait_until_ready(self.cluster, self.port)


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory,
    postgresql: services.Service,
    redis_server: services.Service,
    s3: services.Service,
) -> Iterator[Site]:
    pairs = {"database": wired(postgresql), "redis": wired(redis_server), "store": wired(s3)}
    cluster = prepared(tmp_path_factory.mktemp("faults"), *(service for service, _ in pairs.values()))
    port = services.free_port()
    with contextlib.ExitStack() as stack:
        tsa = stack.enter_context(timestamps.authority()).tsa()
        pairs["authority"] = wired(services.Service(tsa, 0))
        address = pairs["authority"][0].address
        cluster.environment |= {"TSA_URL": address, "TSA_SECONDS": "2", "TSA_ATTEMPTS": "1"}
        stack.callback(cluster.stop)
        cluster.start("web", "web", port)
        cluster.start("worker", "worker")
        cluster.start("beat", "beat")
        wait_until_ready(cluster, port)
        yield Site(cluster, port, {name: wire for name, (_, wire) in pairs.items()})


def test_while_redis_is_away_people_work_on_and_the_package_is_built_when_it_is_back(site: Site) -> None:
    site.wires["redis"].cut()
    site.upload("without-redis.hcl")
    package = site.ask_for_a_package()
    with pytest.raises(urllib.error.HTTPError) as caught:
        call(site.port, "GET", "/readyz")
    assert "ConnectionError" in caught.value.read().decode() or caught.value.code == 503
    site.wires["redis"].plug()
    state = site.ended(package)
    assert state["state"] == "done", state
    site.comes_back()


def test_while_the_time_stamp_authority_is_away_the_package_says_so_and_the_next_one_has_the_time(site: Site) -> None:
    site.wires["authority"].cut()
    site.upload("without-authority.hcl")
    state = site.ended(site.ask_for_a_package())
    assert (state["state"], state["signature_level"]) == ("done", "B-B")
    assert "Signed without a time-stamp" in state["shortfall"]
    site.wires["authority"].plug()
    site.upload("after-authority.hcl")
    state = site.ended(site.ask_for_a_package())
    assert (state["state"], state["signature_level"], state["shortfall"]) == ("done", "B-T", "")


def test_while_the_database_is_away_the_answer_says_so_and_nothing_half_done_stays(site: Site) -> None:
    before = site.names()
    site.wires["database"].cut()
    said = site.refused("without-database.hcl")
    assert (said["status"], said["type"].rsplit("#", 1)[1]) == (503, "problem-database-away")
    assert "does not answer" in said["detail"]
    site.wires["database"].plug()
    site.comes_back()
    assert site.names() == before
    site.upload("after-database.hcl")
    assert site.names() == before | {"after-database.hcl"}


def test_while_the_store_is_away_nothing_is_stored_and_the_answer_says_so(site: Site) -> None:
    before = site.names()
    site.wires["store"].cut()
    said = site.refused("without-store.hcl")
    assert (said["status"], said["type"].rsplit("#", 1)[1]) == (503, "problem-store-away")
    site.wires["store"].plug()
    site.comes_back()
    assert site.names() == before
    site.upload("after-store.hcl")


NEXT = """
from django.db import migrations, models
class Migration(migrations.Migration):
    dependencies = [("seal_advisor", "{before}")]
    operations = [
        migrations.CreateModel("Colour", [("id", models.BigAutoField(primary_key=True))]),
        migrations.AddField("design", "colour", models.CharField(max_length=40, db_default="blue")),
        migrations.RunSQL("SELECT pg_sleep(1)"),
        migrations.AddIndex("design", models.Index(fields=["title"], name="by_title")),
    ]
"""


def test_while_the_next_version_migrates_the_old_one_serves_and_goes_on_afterwards(site: Site, tmp_path: Path) -> None:
    """A copy of this tree with one migration more stands for the next version."""
    for name in ("seal_advisor", "evidence", "templates", "locale"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "manage.py", tmp_path)
    folder = tmp_path / "seal_advisor/migrations"
    before = max(path.stem for path in folder.glob("0*.py"))
    (folder / "9999_next.py").write_text(NEXT.format(before=before))
    environment = {**site.cluster.data("prepare"), "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "manage.py", "migrate", "-v", "0"]
    migrating = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)
    number = 0
    while migrating.poll() is None or number < 3:
        number += 1
        site.upload(f"migrating-{number}.hcl")
        site.call("GET", f"designs/{site.design}/")
        answers = json.dumps({"title": f"Design {number}", "answers": factories.ANSWERS}).encode()
        site.call("POST", "designs/", answers)
    assert migrating.returncode == 0, migrating.communicate()[1][-2000:]
    done = site.call("POST", "designs/", answers)["id"]
    assert site.call("GET", f"designs/{done}/")["title"] == f"Design {number}"
    assert {f"migrating-{each + 1}.hcl" for each in range(number)} <= site.names()


def test_a_full_disk_is_507_and_an_error_of_our_own_is_none() -> None:
    full = OSError(errno.ENOSPC, "No space left on device")
    found = outage_of(full)
    assert found is not None
    assert (found.status, found.what) == (507, "disk_full")
    try:
        raise RuntimeError from OperationalError("gone")
    except RuntimeError as error:
        wrapped = outage_of(error)
    assert wrapped is not None
    assert wrapped.what == "database_away"
    assert outage_of(ValueError("ours")) is None
    for said in ("database or disk is full", "could not extend file: No space left on device"):
        outage = outage_of(OperationalError(said))
        assert (outage.status if outage else None) == 507, said
