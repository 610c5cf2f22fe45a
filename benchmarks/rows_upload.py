"""P23-P25: uploads through the real API (gunicorn as `serve` starts it, token, row, ledger), two clients at once.

The file is an audit log of 100 MB (SIZE=full: 1 GB), another one at every upload: its first line is new, so nothing is
known already.
"""

from __future__ import annotations

import atexit
import hashlib
import http.client
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.ratio import Row
from benchmarks.rows_logs import FULL, MB, audit_lines, written
from tests.services import free_port

ROOT = Path(__file__).resolve().parent.parent
SIZE = 1000 * MB if FULL else 100 * MB
CLIENTS = 2
BOUNDARY = "frontier-of-the-benchmark"
SAMPLE_SECONDS = 0.05


class Server:
    """One installation in a folder of its own: the web server alone, an administrator's token, one design."""

    def __init__(self) -> None:
        self.port, self.home = free_port(), tempfile.mkdtemp(prefix="seal-bench-serve-")
        unthrottled = {"THROTTLE_USER": "100000/min", "THROTTLE_ANONYMOUS": "100000/min"}
        self._environment = {**os.environ, **unthrottled, "SEAL_ADVISOR_DATA": self.home}
        self._environment |= {"DJANGO_SETTINGS_MODULE": "seal_advisor.settings", "LOG_LEVEL": "ERROR"}
        self._run("-m", "seal_advisor.cli", "serve", "--prepare")
        self.token = self._run("manage.py", "create_token", "admin").strip().splitlines()[-1]
        web = (
            f"-m gunicorn seal_advisor.wsgi --bind 127.0.0.1:{self.port} --worker-class gthread --workers 1 --threads 8"
        )
        self._process = subprocess.Popen([sys.executable, *web.split()], cwd=ROOT, env=self._environment,
                                         start_new_session=True, stderr=subprocess.DEVNULL)  # fmt: skip
        atexit.register(self.stop)
        while not self._up():
            time.sleep(0.1)
        self.design = self.call("POST", "/api/v1/designs/", b'{"title": "Bench"}', "application/json", 201)["id"]

    def stop(self) -> None:
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(20)
        shutil.rmtree(self.home, ignore_errors=True)

    def memory(self) -> int:
        """Bytes of the server and of everything that it has started, shared pages divided among them."""
        total = 0
        for folder in Path("/proc").iterdir():
            if not folder.name.isdecimal():
                continue
            try:
                group = int((folder / "stat").read_text().rpartition(")")[2].split()[3])  # the session
                if group == self._process.pid:
                    lines = (folder / "smaps_rollup").read_text().splitlines()
                    total += next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
            except (OSError, StopIteration):
                continue  # it ended meanwhile
        return total

    def call(
        self, method: str, path: str, body: object, kind: str, wanted: int, length: int | None = None
    ) -> dict[str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": kind}
        if length is not None:
            headers["Content-Length"] = str(length)
        connection.request(method, path, body, headers)  # type: ignore[arg-type]
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        assert answer.status == wanted, text[:300]
        found: dict[str, str] = json.loads(text)
        return found

    def _run(self, *words: str) -> str:
        command = [sys.executable, *words]
        done = subprocess.run(command, cwd=ROOT, env=self._environment, check=True, capture_output=True, text=True)
        return done.stdout

    def _up(self) -> bool:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", urlsplit("/healthz").path)
            return connection.getresponse().status == 200
        except OSError:
            return False


@cache
def server() -> Server:
    return Server()


@cache
def log(size: int) -> Path:
    return written("upload.log", size, audit_lines)


def pieces(path: Path, first: bytes, last: bytes = b"") -> Iterator[bytes]:
    yield first
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            yield block
    yield last


def first_line() -> bytes:
    """A line that no upload had before, of a form that an audit log may have."""
    return b'{"time":"2026-11-24T10:00:00Z","type":"request","request":{"id":"%s"}}\n' % secrets.token_hex(8).encode()


def raw(size: int) -> str:
    line, path = first_line(), log(size)
    where = f"/api/v1/designs/{server().design}/evidence/raw/?name=audit.log"
    length = len(line) + path.stat().st_size
    return server().call("PUT", where, pieces(path, line), "application/octet-stream", 201, length)["kind"]


def form(size: int) -> str:
    line, path = first_line(), log(size)
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="audit.log"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    ).encode() + line
    tail = f"\r\n--{BOUNDARY}--\r\n".encode()
    length = len(head) + path.stat().st_size + len(tail)
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    where = f"/api/v1/designs/{server().design}/evidence/"
    return server().call("POST", where, pieces(path, head, tail), kind, 201, length)["kind"]


def at_once(work: Callable[[int], object], size: int) -> list[object]:
    server(), log(size)  # before the clients: each is made once
    with ThreadPoolExecutor(CLIENTS) as clients:
        return list(clients.map(work, [size] * CLIENTS))


def digest(size: int) -> str:
    found = hashlib.sha256()
    for piece in pieces(log(size), first_line()):
        found.update(piece)
    return found.hexdigest()


def peak(size: int) -> int:
    """The most that the server holds while two clients upload files of this size."""
    seen, done = [server().memory()], threading.Event()

    def watch() -> None:
        while not done.wait(SAMPLE_SECONDS):
            seen.append(server().memory())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        at_once(raw, size)
    finally:
        done.set()
        watcher.join()
    return max(seen)


def growth() -> float:
    """MB that two uploads of 100 MB need beyond what two of 1 MB need, once the server is warm."""
    at_once(raw, MB)
    small = peak(MB)
    return (peak(SIZE) - small) / MB


def all_logs(ours: object, baseline: object) -> None:
    assert set(ours if isinstance(ours, list) else [ours]) == {"audit_log"}, ours


def rows() -> list[Row]:
    return [
        Row("P23", f"{SIZE // MB} MB raw upload through the real API (token, row, ledger), 2 clients / SHA, 2 clients",
            lambda: at_once(raw, SIZE), lambda: at_once(digest, SIZE), 3.2, all_logs, baseline_name="SHA-256"),
        Row("P24", "multipart / raw, the same file",
            lambda: form(SIZE), lambda: raw(SIZE), 1.3, all_logs, baseline_name="raw upload"),
        Row("P25", f"server memory in MB: 2 uploads of {SIZE // MB} MB beyond 2 of 1 MB",
            growth, lambda: 1.0, 16, baseline_name="1 MB", amounts=True),
    ]  # fmt: skip
