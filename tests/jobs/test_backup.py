"""Everything out of one installation and into another, on both engines and stores and across them."""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import subprocess
import sys
import tarfile
import uuid
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest

from tests import services

ROOT = Path(__file__).resolve().parent.parent.parent
FILLING = (ROOT / "tests/jobs/filling.py").read_text(encoding="utf-8")


class Installation:
    """A data directory and a database of its own; `manage` runs a command in it."""

    def __init__(self, data: Path, **environment: str) -> None:
        inherited = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "SECRET_KEY", "S3_BUCKET")}
        self.environment = {**inherited, "SEAL_ADVISOR_DATA": str(data), **environment}
        self.manage("migrate", "-v", "0")

    def manage(self, *words: str, code: int = 0, feed: str = "") -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            input=feed,
            capture_output=True,
            text=True,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Installation]:
    return lambda **environment: Installation(tmp_path_factory.mktemp("data"), **environment)


@pytest.fixture(scope="module")
def filled(fresh: Callable[..., Installation], tmp_path_factory: pytest.TempPathFactory) -> tuple[Installation, Path]:
    """An installation on SQLite and files with a design, its evidence and a package; and its backup."""
    here = fresh()
    here.manage("shell", "--no-imports", "-c", FILLING)
    target = tmp_path_factory.mktemp("backup") / "backup.tar"
    assert "ledger of" in here.manage("backup", str(target))
    return here, target


def contents(path: Path) -> dict[str, str]:
    with tarfile.open(path) as tar:
        return {m.name: hashlib.sha256(tar.extractfile(m).read()).hexdigest() for m in tar.getmembers()}  # type: ignore[union-attr]


def data_of(path: Path) -> dict[str, object]:
    """Rows as values (PostgreSQL keeps the keys of a JSON document in an order of its own), blobs by their hash."""
    with tarfile.open(path) as tar:
        rows = {m.name: tar.extractfile(m).read() for m in tar.getmembers() if m.name.startswith("rows/")}  # type: ignore[union-attr]
    blobs = {name: digest for name, digest in contents(path).items() if name.startswith("blobs/")}
    return {**{name: [json.loads(line) for line in text.splitlines()] for name, text in rows.items()}, **blobs}


def _same(one: Path, other: Path) -> None:
    """Table by table, so that a difference is short enough to read."""
    here, there = data_of(one), data_of(other)
    assert here.keys() == there.keys()
    for name, rows in here.items():
        assert rows == there[name], name


def test_a_backup_is_for_its_owner_only_and_holds_rows_and_blobs(filled: tuple[Installation, Path]) -> None:
    _, path = filled
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    names = set(contents(path))
    assert {"about.json", "SHA256SUMS", "rows/evidence.ledgerentry.jsonl", "rows/seal_advisor.design.jsonl"} <= names
    assert len([name for name in names if name.startswith("blobs/")]) == 3  # the file, the report, the package
    assert not any("private" in name or "key" in name for name in names)


def test_it_goes_to_postgresql_and_an_object_store_and_back_without_a_changed_value(
    filled: tuple[Installation, Path],
    fresh: Callable[..., Installation],
    postgresql: services.Service,
    s3: services.Service,
    tmp_path: Path,
) -> None:
    _, path = filled
    name = f"restored_{uuid.uuid4().hex[:8]}"
    subprocess.run(["psql", postgresql.address, "-qc", f"CREATE DATABASE {name}"], check=True, capture_output=True)
    address = f"{postgresql.address.rsplit('/', 1)[0]}/{name}"
    there = fresh(DATABASE_URL=address, **bucket(s3, name.replace("_", "-")))
    assert "every blob are as they were written" in there.manage("restore", str(path))
    again = tmp_path / "again.tar"
    there.manage("backup", str(again))
    _same(again, path)
    # New rows take new numbers: the sequences were set.
    there.manage("shell", "--no-imports", "-c", "from tests import factories; factories.member('new', 'auditor')")
    back = fresh()
    back.manage("restore", str(again))
    last = tmp_path / "last.tar"
    back.manage("backup", str(last))
    _same(last, path)


def bucket(s3: services.Service, name: str) -> dict[str, str]:
    keys = {"aws_access_key_id": "tests", "aws_secret_access_key": "tests", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=s3.address, **keys).create_bucket(Bucket=name)
    return {
        "S3_BUCKET": name,
        "S3_ENDPOINT_URL": s3.address,
        "S3_REGION": "us-east-1",
        "S3_ACCESS_KEY": "tests",
        "S3_SECRET_KEY": "tests",
    }


def test_a_database_that_is_not_empty_is_left_alone(filled: tuple[Installation, Path]) -> None:
    here, path = filled
    before = here.manage("verify_ledger")
    assert "holds rows already; restore into an empty" in here.manage("restore", str(path), code=1)
    assert here.manage("verify_ledger") == before


def damaged(path: Path, target: Path, change: Callable[[str, bytes], tuple[str, bytes] | None]) -> Path:
    with tarfile.open(path) as old, tarfile.open(target, "w") as new:
        for member in old.getmembers():
            changed = change(member.name, old.extractfile(member).read())  # type: ignore[union-attr]
            if changed is not None:
                info = tarfile.TarInfo(changed[0])
                info.size = len(changed[1])
                new.addfile(info, io.BytesIO(changed[1]))
    return target


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda n, d: (n, d[:-9] + b"X" + d[-8:]) if n == "rows/evidence.artefact.jsonl" else (n, d),
            "is not what was written",
        ),
        (lambda n, d: None if n.startswith("blobs/") else (n, d), "is missing"),
        (lambda n, d: None if n == "SHA256SUMS" else (n, d), "SHA256SUMS is missing"),
        (lambda n, d: ("rows/../../x", d) if n == "about.json" else (n, d), "is not what was written"),
    ],
    ids=["a changed row", "a lost blob", "no sums", "another name"],
)
def test_a_damaged_backup_is_named_and_nothing_is_written(
    filled: tuple[Installation, Path],
    fresh: Callable[..., Installation],
    tmp_path: Path,
    change: Callable[[str, bytes], tuple[str, bytes] | None],
    said: str,
) -> None:
    there = filled[0]
    assert said in there.manage("restore", str(damaged(filled[1], tmp_path / "bad.tar", change)), code=1)


def test_no_backup_hides_a_blob_that_was_changed(filled: tuple[Installation, Path], tmp_path: Path) -> None:
    here, _ = filled
    blob = next(p for p in (Path(here.environment["SEAL_ADVISOR_DATA"]) / "blobs").rglob("*") if p.is_file())
    before = blob.read_bytes()
    blob.chmod(0o600)
    blob.write_bytes(before + b"\n")
    assert "is not what was stored" in here.manage("backup", str(tmp_path / "b.tar"), code=1)
    assert list(tmp_path.iterdir()) == []
    blob.write_bytes(before)
