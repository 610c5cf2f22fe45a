"""The services as compose starts them, with what deploy/secrets made: nobody comes in without password and TLS."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import services
from tests.cluster import COMPOSE, ROOT

# What a process of ours asks of each: by which road it came, a value of the cache, a message.
ASKS = """
import django; django.setup()
from django.core.cache import cache
from django.db import connection
from seal_advisor.celery import app
with connection.cursor() as cursor:
    cursor.execute("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    print("database", cursor.fetchone()[0])
cache.set("colour", ("blue", 7))
print("cache", cache.get("colour"))
cache.clear()
with app.connection_for_write() as broker:
    queue = broker.SimpleQueue("tests")
    queue.put({"wake": "up"})
    print("broker", queue.get(timeout=5).payload)
    queue.close()
"""


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """What deploy/secrets makes, open to the database's own user; run twice, since what is there must stay."""
    with tempfile.TemporaryDirectory(prefix="seal-advisor-compose-") as home:
        folder = Path(home) / "secrets"
        for _ in range(2):
            subprocess.run([ROOT / "deploy/secrets", folder], check=True, capture_output=True)
        assert folder.stat().st_mode & 0o077 == 0
        Path(home).chmod(0o711)
        folder.chmod(0o711)
        yield folder


@pytest.fixture(scope="module")
def redis_port(made: Path) -> Iterator[int]:
    """Redis by compose's own command."""
    port = services.free_port()
    words = [str(word) for word in COMPOSE["services"]["redis"]["command"]]
    words = [word.replace("/run/secrets", str(made)).replace("6379", str(port)) for word in words]
    process = subprocess.Popen([*words, "--dir", str(made.parent)], stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        _wait_for(port, process)
        yield port
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def database_port(made: Path, postgresql: services.Service) -> Iterator[int]:
    """PostgreSQL by compose's own options, set up as its image does it."""
    folder, home, port = services.postgresql_programs(), made.parent / "database", services.free_port()
    assert folder is not None
    home.mkdir()
    password, key = home / "password", home / "database.key"
    for path, source in ((password, "database_password"), (key, "database.key")):
        path.write_bytes((made / source).read_bytes())
        path.chmod(0o600)
    other: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        other = ["runuser", "-u", "postgres", "--"]
        for path in (home, password, key):
            shutil.chown(path, "postgres")
    drawn = COMPOSE["services"]["database"]
    asked = drawn["environment"]["POSTGRES_INITDB_ARGS"].split()
    setup = [*other, folder / "initdb", "-D", home / "data", "-U", "seal", f"--pwfile={password}", "-N", *asked]
    subprocess.run(setup, check=True, capture_output=True, cwd="/")
    words = [
        str(word).replace("/run/secrets", str(made)).replace("/tmp/database.key", str(key)) for word in drawn["command"]
    ]
    place = ["-D", home / "data", "-p", str(port), "-c", f"unix_socket_directories={home}"]
    with open(made.parent / "database.log", "wb") as log:
        process = subprocess.Popen(
            [*other, folder / words[0], *words[1:], *place], stdout=log, stderr=log, cwd="/", start_new_session=True
        )
    try:
        _wait_for(port, process)
        yield port
    finally:
        os.kill(_server(home), signal.SIGINT)
        process.wait(20)


def _server(home: Path) -> int:
    return int((home / "data/postmaster.pid").read_text().split()[0])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + services.PATIENCE_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "it ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("it did not start in time")


def asked(made: Path, data: Path, *, database: str, redis: str) -> subprocess.CompletedProcess[str]:
    inherited = {k: v for k, v in os.environ.items() if k not in ("SECRET_KEY", "DATABASE_URL", "REDIS_URL")}
    here = {
        "SEAL_ADVISOR_DATA": str(data),
        "DJANGO_SETTINGS_MODULE": "seal_advisor.settings",
        "SECRET_KEY_FILE": str(made / "secret_key"),
        "DATABASE_URL": database,
        "REDIS_URL": redis,
    }
    command = [sys.executable, "-c", ASKS]
    return subprocess.run(command, cwd=ROOT, env={**inherited, **here}, capture_output=True, text=True, timeout=90)


@pytest.fixture
def addresses(made: Path, redis_port: int, database_port: int) -> dict[str, str]:
    """The addresses of the secrets, at this machine's ports. The database of the image's name is `postgres` here."""
    database = (
        (made / "database_url").read_text().replace("@database:5432/seal", f"@localhost:{database_port}/postgres")
    )
    redis = (made / "redis_url").read_text().replace("@redis:6379", f"@localhost:{redis_port}")
    return {
        name: text.replace("/run/secrets", str(made)) for name, text in {"database": database, "redis": redis}.items()
    }


def test_ours_come_in_by_tls_with_their_passwords(made: Path, tmp_path: Path, addresses: dict[str, str]) -> None:
    done = asked(made, tmp_path, **addresses)
    assert done.stdout.splitlines() == [
        "database TLSv1.3",
        "cache ('blue', 7)",
        "broker {'wake': 'up'}",
    ], done.stderr[-1500:]


def test_another_authority_s_certificate_is_not_believed(made: Path, tmp_path: Path, addresses: dict[str, str]) -> None:
    subprocess.run([ROOT / "deploy/secrets", tmp_path / "other"], check=True, capture_output=True)
    other = {name: text.replace(f"{made}/ca", f"{tmp_path}/other/ca") for name, text in addresses.items()}
    done = asked(made, tmp_path, **other)
    assert (done.returncode != 0, "certificate verify failed" in done.stderr) == (True, True), done.stderr[-800:]


def test_nobody_comes_in_without_the_password(made: Path, tmp_path: Path, addresses: dict[str, str]) -> None:
    wrong = (made / "database_password").read_text()
    done = asked(made, tmp_path, database=addresses["database"].replace(wrong, "guessed"), redis=addresses["redis"])
    assert "password authentication failed" in done.stderr
    port = addresses["redis"].split("@localhost:")[1].split("/")[0]
    cli = ["redis-cli", "-p", port, "--tls", "--cacert", str(made / "ca")]
    assert "NOAUTH" in subprocess.run([*cli, "get", "x"], capture_output=True, text=True).stdout
    plain = subprocess.run(["redis-cli", "-p", port, "get", "x"], capture_output=True, text=True)
    assert plain.returncode != 0 or "Error" in plain.stdout + plain.stderr


def test_ours_may_not_configure_redis_or_run_scripts_in_it(made: Path, addresses: dict[str, str]) -> None:
    port = addresses["redis"].split("@localhost:")[1].split("/")[0]
    cli = ["redis-cli", "-p", port, "--tls", "--cacert", str(made / "ca"), "--user", "seal"]
    environment = {**os.environ, "REDISCLI_AUTH": (made / "redis_password").read_text()}
    for words in (["config", "get", "*"], ["eval", "return 1", "0"], ["replicaof", "no", "one"], ["acl", "list"]):
        done = subprocess.run([*cli, *words], capture_output=True, text=True, env=environment)
        assert "NOPERM" in done.stdout + done.stderr, words


def test_every_connection_of_compose_asks_for_tls_and_a_password_from_a_file(made: Path) -> None:
    drawn = COMPOSE["x-seal"]["environment"]
    assert "sslmode=verify-full" in (made / "database_url").read_text()
    assert (made / "redis_url").read_text().startswith("rediss://")
    assert drawn["S3_ENDPOINT_URL"].startswith("https://")
    assert "REDIS_URL" not in drawn
    assert {one["file"].removeprefix("./secrets/") for one in COMPOSE["secrets"].values()} <= {
        path.name for path in made.iterdir()
    }
    used = [
        one["source"] if isinstance(one, dict) else one
        for s in COMPOSE["services"].values()
        for one in s.get("secrets", ())
    ]
    assert set(used) == set(COMPOSE["secrets"])


def test_a_word_about_tls_that_is_not_libpq_s_stops_the_start(made: Path, tmp_path: Path) -> None:
    done = asked(made, tmp_path, database="postgres://a:b@localhost/x?sslmod=require", redis="")
    assert "'sslmod' is none of" in done.stderr
