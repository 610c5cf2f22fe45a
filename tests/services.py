"""The real services: started once a session, each in a folder and a session of its own, ended by process id."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests import bao

PATIENCE_SECONDS = 30
_started: list[tuple[subprocess.Popen[bytes], Path]] = []


@dataclass(frozen=True, slots=True)
class Service:
    """A server that answers. address: how the product's settings name it."""

    address: str
    process: int


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a service cannot be had on this machine."""

    what: str
    why: str


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def listening() -> Iterator[int]:
    """A port that somebody has."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield int(server.getsockname()[1])


def postgresql_programs() -> Path | None:
    """The folder of initdb and postgres, which Debian keeps off the PATH."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb"), Path(shutil.which("initdb") or "/nowhere").resolve()]
    whole = [one.parent for one in found if one.exists() and one.with_name("pg_isready").exists()]
    return max(whole, default=None)


@cache
def postgresql() -> Service | Missing:
    programs, port = postgresql_programs(), free_port()
    if programs is None:
        return Missing("PostgreSQL", "initdb is not installed (apt-get install postgresql)")
    home = _folder("pg")
    # PostgreSQL refuses to run as root; Debian's package brings the user that it runs as.
    other = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if other:
        user = pwd.getpwnam("postgres")
        os.chown(home, user.pw_uid, user.pw_gid)
    setup = [*other, str(programs / "initdb"), "-D", f"{home}/data", "-A", "trust", "-U", "tests", "-N", "-E", "UTF8"]
    done = subprocess.run([*setup, "--locale=C"], cwd="/", capture_output=True, text=True)
    if done.returncode:
        return Missing("PostgreSQL", done.stderr.strip().splitlines()[-1])
    quick = "fsync=off synchronous_commit=off full_page_writes=off max_connections=60 listen_addresses=127.0.0.1"
    options = [part for setting in [*quick.split(), f"unix_socket_directories={home}"] for part in ("-c", setting)]
    server = [*other, str(programs / "postgres"), "-D", f"{home}/data", "-p", str(port), *options]
    process = _start(server, home)
    ready = [str(programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port), "-U", "tests", "-d", "postgres"]
    if not _until(lambda: subprocess.run(ready).returncode == 0, process):
        return Missing("PostgreSQL", _log(home))
    create = [str(programs / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "tests", "seal_advisor"]
    subprocess.run(create, check=True, capture_output=True)
    return Service(f"postgres://tests:tests@127.0.0.1:{port}/seal_advisor", process.pid)


@cache
def redis() -> Service | Missing:
    program = shutil.which("redis-server")
    if program is None:
        return Missing("Redis", "redis-server is not installed (apt-get install redis-server)")
    home, port = _folder("redis"), free_port()
    process = _start([program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(home)], home)
    if not _until(lambda: _listens(port), process):
        return Missing("Redis", _log(home))
    return Service(f"redis://127.0.0.1:{port}/0", process.pid)


@cache
def s3() -> Service | Missing:
    program = Path(sys.executable).with_name("moto_server")
    if not program.exists():
        return Missing("S3", "moto_server is not installed (requirements/test.txt)")
    home, port = _folder("s3"), free_port()
    process = _start([str(program), "-H", "127.0.0.1", "-p", str(port)], home)
    if not _until(lambda: _listens(port), process):
        return Missing("S3", _log(home))
    return Service(f"http://127.0.0.1:{port}", process.pid)


def kms() -> Service | Missing:
    """AWS KMS: the same moto server answers for it."""
    server = s3()
    return Missing("AWS KMS", server.why) if isinstance(server, Missing) else server


def font(language: str, package: str) -> str | Missing:
    """A font that has the language's glyphs; language: as fontconfig names it."""
    program = shutil.which("fc-list")
    found = (
        subprocess.run([program, f":lang={language}", "family"], capture_output=True, text=True) if program else None
    )
    if found is None or not found.stdout.strip():
        return Missing(f"a font for {language}", f"it is not installed (apt-get install {package})")
    return found.stdout.splitlines()[0]


def program(name: str, package: str) -> Path | Missing:
    """A program of Debian's package."""
    found = shutil.which(name)
    return Path(found) if found else Missing(name, f"it is not installed (apt-get install {package})")


def openbao_2_6() -> Path | Missing:
    """The last OpenBao with built-in cloud seals."""
    return bao.BAO_2_6 if bao.BAO_2_6.exists() else Missing("OpenBao 2.6", f"no {bao.BAO_2_6} (make test installs it)")


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path | Missing]:
    """A file system of that size of its own, which only root can mount."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        yield Missing("a small disk", done.stderr.strip() or "mount refused")
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def stop_all() -> None:
    """End every server that this session started, by its own group."""
    while _started:
        process, home = _started.pop()
        for number in (signal.SIGINT, signal.SIGKILL):
            try:
                os.killpg(process.pid, number)
                process.wait(10)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        shutil.rmtree(home, ignore_errors=True)


def _folder(name: str) -> Path:
    return Path(tempfile.mkdtemp(prefix=f"seal-advisor-{name}-"))


def _start(command: list[str], home: Path) -> subprocess.Popen[bytes]:
    with open(home / "log", "wb") as log:
        process = subprocess.Popen(
            command, cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    _started.append((process, home))
    return process


def _until(ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if ready():
            return True
        time.sleep(0.1)
    return False


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _log(home: Path) -> str:
    lines = (home / "log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "it did not start in time"
