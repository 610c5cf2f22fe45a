"""`serve`, as a user runs it: everything from nothing, a way to sign in, and no process left behind however it ends."""

from __future__ import annotations

import http.cookiejar
import os
import re
import signal
import stat
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import services

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE_SECONDS = 60


class Served:
    """One `serve` with its log; pids() are its living descendants."""

    def __init__(self, data: Path, port: int) -> None:
        self.data, self.port, self.log = data, port, data.parent / f"serve-{time.monotonic_ns()}.log"
        inherited = {name: value for name, value in os.environ.items() if name != "SECRET_KEY"}
        environment = {**inherited, "SEAL_ADVISOR_DATA": str(data), "PORT": str(port), "HOST": "127.0.0.1"}
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def text(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def wait_until_up(self) -> None:
        self.wait(lambda: "Ctrl-C stops it" in self.text())

    def wait(self, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not ready():
            assert self.process.poll() is None, self.text()
            assert time.monotonic() < deadline, self.text()
            time.sleep(0.1)

    def pids(self) -> set[int]:
        """Every living process whose environment names this data directory: children, and children's children."""
        mark = f"SEAL_ADVISOR_DATA={self.data}".encode()
        found = set()
        for folder in Path("/proc").iterdir():
            if folder.name.isdecimal() and int(folder.name) != os.getpid():
                try:
                    if mark in (folder / "environ").read_bytes().split(b"\0"):
                        found.add(int(folder.name))
                except OSError:
                    continue  # gone meanwhile, or somebody else's
        return found

    def worker(self) -> int:
        return next(pid for pid in self.pids() if _is_celery(pid))

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)

    def close(self) -> None:
        for pid in self.pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait(10)


@pytest.fixture
def serve(data_directory: Path) -> Iterator[Callable[[], Served]]:
    started: list[Served] = []

    def start() -> Served:
        started.append(Served(data_directory, services.free_port()))
        return started[-1]

    yield start
    for one in started:
        one.close()


def gone(served: Served) -> bool:
    deadline = time.monotonic() + 15
    while served.pids() and time.monotonic() < deadline:
        time.sleep(0.1)
    return not served.pids()


def sign_in(port: int, name: str, password: str) -> int:
    """Status of the first page after signing in as a browser would."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    address = f"http://127.0.0.1:{port}/sign-in/"
    page = browser.open(address).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    form = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], "username": name, "password": password})
    request = urllib.request.Request(address, form.encode(), {"Referer": address})
    with browser.open(request) as answer:
        return answer.status if "/sign-in/" not in answer.url else 401


def test_serve_from_nothing_to_signed_in_and_nothing_left_after_sigterm(serve: Callable[[], Served]) -> None:
    first = serve()
    first.wait_until_up()
    said = re.search(r"Sign in as\s+(\S+)\s+with the password\s+(\S+)", first.text())
    assert said, first.text()
    assert sign_in(first.port, said[1], said[2]) == 200
    for name in ("secret_key", "signing_key.p12"):
        assert stat.S_IMODE((first.data / name).stat().st_mode) == 0o600
    assert len(first.pids()) >= 3
    assert first.end(signal.SIGTERM) == 0
    assert gone(first)

    second = serve()
    second.wait_until_up()
    assert "with the password" not in second.text()
    assert "Sign in as admin" in second.text()
    killed = second.worker()
    os.kill(killed, signal.SIGKILL)
    second.wait(lambda: any(pid != killed for pid in second.pids() if _is_celery(pid)))
    assert second.end(signal.SIGINT) == 0
    assert gone(second)


def test_children_end_when_serve_itself_is_killed(serve: Callable[[], Served]) -> None:
    served = serve()
    served.wait_until_up()
    served.process.kill()
    served.process.wait(10)
    assert gone(served)


def test_a_port_that_is_taken_is_said_in_one_line(data_directory: Path) -> None:
    with services.listening() as port:
        environment = {**os.environ, "SEAL_ADVISOR_DATA": str(data_directory), "PORT": str(port)}
        command = [sys.executable, "-m", "seal_advisor.cli", "serve"]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.strip().splitlines() == [f"serve: 127.0.0.1:{port} is taken; choose another with PORT=..."]


def _is_celery(pid: int) -> bool:
    try:
        return b"celery" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
