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
from tests.served import Served, is_celery

ROOT = Path(__file__).resolve().parent.parent.parent


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
    second.wait(lambda: any(pid != killed for pid in second.pids() if is_celery(pid)))
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
