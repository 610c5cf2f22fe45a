"""One `serve` as a user runs it, with its log and its descendants; for tests and for the torture rows."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATIENCE_SECONDS = 60


class Served:
    """One `serve` with its log; pids() are its living descendants and itself."""

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
        return next(pid for pid in self.pids() if is_celery(pid))

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


def is_celery(pid: int) -> bool:
    try:
        return b"celery" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
