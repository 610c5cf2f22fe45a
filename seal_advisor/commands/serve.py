"""`serve`: the whole web application in one command, on one machine, from nothing.

Database, static files, first administrator; then a web server and a worker as children, and the sweeper between. A
child that dies is started again. When this process ends, however it ends, its children end: they run in process groups
of their own, and the kernel tells them when their parent is gone.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from importlib import import_module
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent.parent
PR_SET_PDEATHSIG = 1
PATIENCE_SECONDS = 10
DAY = 86_400.0  # seconds
# Celery warns whoever runs it as root, as a container does; its messages are JSON, which is what the warning is about.
QUIET_ROOT = ("-W", "ignore:You're running the worker with superuser privileges")
# A child that dies this often in this time will not live by being started once more.
DEATHS_AT_MOST, DEATHS_WITHIN_SECONDS = 5, 30.0


@dataclass(slots=True)
class Child:
    """One long-running process. deaths: the moments of its recent ends."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    deaths: list[float] = field(default_factory=list)

    def start(self) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own interpreter with fixed arguments
            self.command,
            cwd=ROOT,
            env=_environment(),
            start_new_session=True,
            preexec_fn=_die_with(os.getpid()),  # noqa: PLW1509 - this process has one thread
        )

    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def signal(self, number: int) -> None:
        """To the whole group, so that what the child started hears it too."""
        if self.process is not None:
            with suppress(ProcessLookupError):  # an empty group is what was wanted
                os.killpg(self.process.pid, number)


def run(arguments: list[str]) -> int:
    """Serves until SIGINT, SIGTERM or SIGHUP. 0 when stopped, 1 when a child cannot live, 2 when it cannot start.

    `--prepare` ends before that: a cluster starts its processes by itself (docker-compose.yml).
    """
    options = _parsed(arguments)
    if options.prepare:
        print(prepare())
        return 0
    if not _free(options.host, options.port):
        print(f"serve: {options.host}:{options.port} is taken; choose another with PORT=...", file=sys.stderr)
        return 2
    # Only a note: an exception out of a handler could come between a fork and the note that there is a child, and a
    # threading.Event could be set while its own lock is held.
    asked_to_end: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: asked_to_end.append(number))
    children = _children(options.host, options.port)
    try:
        how_to_sign_in = prepare()
        for child in children:
            child.start()
        _wait_until_up(options.host, options.port, lambda: bool(asked_to_end) or any(map(Child.ended, children)))
        print(_welcome(options.host, options.port, how_to_sign_in), flush=True)
        return supervise(children, asked_to_end)
    finally:
        stop(children)


def prepare() -> str:
    """Database, static files, keys and the first administrator. Returns the line that says how to sign in."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seal_advisor.settings")
    django.setup()
    for folder in ("queue", "processed", "control"):
        (settings.BROKER / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
    call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
    if _key_needs_a_look():
        call_command("make_signing_key", verbosity=0, skip_checks=True)
    _collect_static()
    call_command("reevaluate", verbosity=0, skip_checks=True)  # a new ruleset comes with a new release
    line = _first_administrator()
    connection.close()
    return line


def _key_needs_a_look() -> bool:
    """A configured key is tried at every start. A trial key that is there is not: the signer's libraries take most of a
    second to load, and the second start is to be quick.
    """
    configured = settings.SIGNING_KEY_FILE or settings.SIGNING_PKCS11_MODULE
    return bool(configured) or not (settings.DATA / settings.TRIAL_KEY_NAME).exists()


def supervise(children: list[Child], asked_to_end: list[int]) -> int:
    """Start again what dies, sweep the jobs; 0 when asked to end, 1 when a child keeps dying."""
    swept = renewed = 0.0
    while not asked_to_end:
        for child in children:
            if child.ended() and not _revived(child):
                print(f"serve: {child.name} ended {DEATHS_AT_MOST} times in a row; see above", file=sys.stderr)
                return 1
        if time.monotonic() - swept >= settings.JOB_SWEEP_SECONDS:
            call_command("sweep", verbosity=0, skip_checks=True)
            swept = time.monotonic()
        if time.monotonic() - renewed >= DAY or not renewed:
            call_command("renew_packages", background=True, skip_checks=True)
            renewed = time.monotonic()
        time.sleep(0.2)
    return 0


def stop(children: list[Child]) -> None:
    """TERM to every group, then KILL to what is left of it. A second Ctrl-C changes nothing any more."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for child in children:
        child.signal(signal.SIGTERM)
    deadline = time.monotonic() + PATIENCE_SECONDS
    for child in children:
        if child.process is not None:
            with suppress(subprocess.TimeoutExpired):  # killed below, with its group
                child.process.wait(max(0.1, deadline - time.monotonic()))
    for child in children:
        child.signal(signal.SIGKILL)
        if child.process is not None:
            child.process.wait()


def _parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="seal-advisor serve", description="The web application in one command.")
    parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1")
    parser.add_argument("--port", type=int, default=os.environ.get("PORT") or "8000")
    parser.add_argument("--prepare", action="store_true", help="only database, keys and first administrator, then end")
    return parser.parse_args(arguments)


def _free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _children(host: str, port: int) -> list[Child]:
    bind = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    web = f"-m gunicorn seal_advisor.wsgi --bind {bind} --worker-class gthread --workers 1 --threads 8"
    worker = "-m celery --quiet -A seal_advisor.celery worker --pool solo --without-gossip --without-mingle -l WARNING"
    return [
        Child("web server", [sys.executable, *web.split(), "--graceful-timeout", "5", "--log-level", "warning"]),
        Child("worker", [sys.executable, *QUIET_ROOT, *worker.split()]),
    ]


def _environment() -> dict[str, str]:
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "seal_advisor.settings", "PYTHONUNBUFFERED": "1"}


def _die_with(parent: int) -> Callable[[], None]:
    """For the child, before it becomes its program: end when the parent ends, even by SIGKILL (Linux)."""
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def arrange() -> None:
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != parent:
                os._exit(1)  # the parent ended before the kernel knew

    return arrange


def _revived(child: Child) -> bool:
    now = time.monotonic()
    child.deaths = [death for death in child.deaths if now - death < DEATHS_WITHIN_SECONDS] + [now]
    if len(child.deaths) >= DEATHS_AT_MOST:
        return False
    child.signal(signal.SIGKILL)  # whatever the dead one had started
    child.start()
    return True


def _wait_until_up(host: str, port: int, given_up: Callable[[], bool]) -> None:
    """Until the server answers, or there is no more to wait for: supervise() then says why."""
    address = f"{_address(host, port)}healthz"
    for _ in range(600):
        if given_up():
            return
        try:
            with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310 - our own address
                if answer.status == 200:
                    return
        except urllib.error.HTTPError:
            return  # it answers, if only to refuse this name for the host
        except OSError:
            time.sleep(0.05)


def _address(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}/"


def _welcome(host: str, port: int, how_to_sign_in: str) -> str:
    return "\n".join(
        [
            "",
            f"  Seal Advisor is at  {_address(host, port)}",
            f"  {how_to_sign_in}",
            '  New here? Press "Try the sample design" on the first page.',
            f"  Everything it keeps is in {settings.DATA}. Ctrl-C stops it.",
            "",
        ]
    )


def _collect_static() -> None:
    """Only when a file changed: it costs most of a second. An image has collected its own when it was built."""
    if not settings.STATIC_ROOT.is_relative_to(settings.DATA):
        return
    folders = [*map(Path, settings.STATICFILES_DIRS), *(Path(app.path) / "static" for app in apps.get_app_configs())]
    digest = sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
            if path.is_file():
                status = path.stat()
                digest.update(f"{path} {status.st_size} {status.st_mtime_ns}\n".encode())
    mark = settings.DATA / "static.sha256"
    if not mark.exists() or mark.read_text(encoding="ascii") != digest.hexdigest():
        call_command("collectstatic", interactive=False, verbosity=0, clear=True, skip_checks=True)
        mark.write_text(digest.hexdigest(), encoding="ascii")


def _first_administrator() -> str:
    """Makes the first administrator and organisation when there is nobody. The password is shown once, kept nowhere."""
    users = apps.get_model("seal_advisor", "User").objects
    if users.exists():
        name = users.filter(is_superuser=True, is_active=True).order_by("pk").values_list("username", flat=True).first()
        return f"Sign in as {name}. Forgotten the password? manage.py changepassword {name}"
    password = secrets.token_urlsafe(15)
    user = users.create_superuser("admin", password=password)
    organisation, _ = apps.get_model("seal_advisor", "Organisation").objects.get_or_create(name="My organisation")
    apps.get_model("seal_advisor", "Membership").objects.create(
        organisation=organisation, user=user, role="administrator"
    )
    after = {"name": organisation.name, "members": {"admin": "administrator"}}
    trail = import_module("seal_advisor.trail")  # it knows models, which exist only now
    trail.record("first start", "organisation.created", organisation.pk, organisation=organisation, after=after)
    return f"Sign in as  admin  with the password  {password}  (shown this once; change it at /account/password/)"
