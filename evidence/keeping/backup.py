"""One file that holds everything: rows as JSON lines, blobs by their hash, the head of the ledger.

    about.json              version, moment, migrations, rows by table, head of the ledger
    rows/APP.MODEL.jsonl    one row a line, as Django serialises it: the same on both database engines
    blobs/AB/ABCD...        redacted evidence, reports, packages
    SHA256SUMS              of every member before it, as `sha256sum` writes it

The file is as secret as the database: it holds password hashes and second factors. It holds no signing key and no
SECRET_KEY: those belong where the bank keeps keys.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
import tempfile
from collections.abc import Iterator
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import IO, Any

from django.core import serializers
from django.core.files.base import File
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Model, QuerySet
from django.utils import timezone

from evidence.keeping.tables import kept, label
from evidence.models import Artefact, LedgerHead, Package
from evidence.storage import blobs
from seal_advisor import __version__

FORM = 1
BATCH = 500
BLOCK = 1 << 20


class BackupError(Exception):
    """The backup cannot be written or restored; the message says what to do."""


class Writer:
    """A tar archive whose last member lists the SHA-256 of all others."""

    def __init__(self, file: IO[bytes]) -> None:
        self._tar = tarfile.open(fileobj=file, mode="w")  # noqa: SIM115 - closed by close()
        self._sums: list[str] = []

    def add(self, name: str, source: IO[bytes], size: int) -> str:
        """One member; returns its SHA-256. Raises BackupError when the source is shorter than its size."""
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        hashed = _Hashed(source)
        try:
            self._tar.addfile(member, hashed)  # type: ignore[arg-type]
        except OSError as error:
            raise BackupError(f"{name}: {error}") from error
        self._sums.append(f"{hashed.digest.hexdigest()}  {name}\n")
        return hashed.digest.hexdigest()

    def close(self) -> None:
        sums = "".join(self._sums).encode()
        self.add("SHA256SUMS", BytesIO(sums), len(sums))
        self._tar.close()


class _Hashed:
    """Passes bytes on and hashes them."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source, self.digest = source, hashlib.sha256()

    def read(self, size: int) -> bytes:
        part = self._source.read(size)
        self.digest.update(part)
        return part


def write(file: IO[bytes]) -> dict[str, Any]:
    """Everything into the file, as it was at one moment; returns what `about.json` says. Raises BackupError."""
    writer = Writer(file)
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        counts = {label(model): write_rows(writer, model._default_manager.all()) for model in kept()}
        keys = sorted(set(blob_keys()))
        head = LedgerHead.objects.filter(pk=1).first() or LedgerHead()
        about = {
            "form": FORM,
            "version": __version__,
            "made_at": timezone.now().isoformat(),
            "engine": connection.vendor,
            "migrations": migrations(),
            "rows": counts,
            "blobs": len(keys),
            "ledger": {"size": head.size, "peaks": head.peaks},
        }
    write_blobs(writer, keys)
    text = json.dumps(about, indent=1, sort_keys=True).encode()
    writer.add("about.json", BytesIO(text), len(text))
    writer.close()
    return about


def write_rows(writer: Writer, rows: QuerySet[Any]) -> int:
    """The rows of one table as JSON lines; returns how many."""
    with tempfile.TemporaryFile() as raw:
        lines = TextIOWrapper(raw, encoding="utf-8", newline="\n", write_through=True)
        number = 0
        for row in rows.order_by("pk").iterator(BATCH):
            serializers.serialize("jsonl", [row], stream=lines)
            number += 1
        size = raw.seek(0, 2)
        raw.seek(0)
        writer.add(f"rows/{label(rows.model)}.jsonl", raw, size)
        lines.detach()
    return number


def blob_keys(design_ids: list[Any] | None = None) -> Iterator[str]:
    """The key of every blob that a row speaks of, of all designs or of these."""
    for model, names in ((Artefact, ("blob",)), (Package, ("report_blob", "archive_blob"))):
        rows: QuerySet[Any] = model._default_manager.all()
        if design_ids is not None:
            rows = rows.filter(design_id__in=design_ids)
        for name in names:
            yield from rows.exclude(**{name: ""}).values_list(name, flat=True).iterator(BATCH)


def write_blobs(writer: Writer, keys: list[str]) -> None:
    """The blobs under these keys; a key is the hash of its bytes. Raises BackupError for one that is gone or changed.

    A blob never changes, so it may be read after the rows; one whose retention ended meanwhile is named.
    """
    store = blobs()
    for key in keys:
        try:
            with store.open(key, "rb") as blob:
                digest = writer.add(f"blobs/{key}", blob, store.size(key))
        except FileNotFoundError as error:
            raise BackupError(
                f"blob {key[:19]} is gone from the store; `manage.py verify_ledger` says whose"
            ) from error
        if digest != key.rsplit("/", 1)[-1]:
            raise BackupError(f"blob {key[:19]} is not what was stored; `manage.py verify_ledger` says whose it is")


def migrations() -> dict[str, str]:
    """App -> its latest migration in this database."""
    applied = MigrationRecorder(connection).applied_migrations()
    return {app: max(name for a, name in applied if a == app) for app in sorted({app for app, _ in applied})}


def restore(path: Path) -> dict[str, Any]:
    """Everything out of the file into an empty, migrated database and the blob store; returns what it says of itself.

    Nothing is written before every byte of the file was checked; rows come in one transaction. Raises BackupError.
    """
    with tarfile.open(path, "r:") as tar:
        _check_sums(tar)
        about: dict[str, Any] = json.loads(_member(tar, "about.json").read())
        _check_fit(about)
        store = blobs()
        for member in tar.getmembers():
            if member.name.startswith("blobs/") and not store.exists(member.name.removeprefix("blobs/")):
                store.save(member.name.removeprefix("blobs/"), File(_member(tar, member.name), name=member.name))
        with transaction.atomic():
            for model in kept():
                _load(tar, model)
            _reset_sequences()
    return about


def _check_sums(tar: tarfile.TarFile) -> None:
    lines = _member(tar, "SHA256SUMS").read().decode().splitlines()
    sums = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
    for member in tar.getmembers():
        if not member.isreg():
            raise BackupError(f"{member.name} is no file; this is no backup of Seal Advisor")
        if member.name == "SHA256SUMS":
            continue
        digest = hashlib.file_digest(_member(tar, member.name), "sha256").hexdigest()  # type: ignore[arg-type]
        if sums.pop(member.name, None) != digest:
            raise BackupError(f"{member.name} is not what was written; take another copy of the backup")
        if member.name.startswith("blobs/") and member.name.rsplit("/", 1)[-1] != digest:
            raise BackupError(f"{member.name} has another hash than its name says")
    if sums:
        raise BackupError(f"{min(sums)} is missing; take another copy of the backup")


def _check_fit(about: dict[str, Any]) -> None:
    if about.get("form") != FORM:
        raise BackupError(f"a backup of form {about.get('form')}; this version reads form {FORM}")
    here = migrations()
    for app, name in about["migrations"].items():
        if here.get(app) != name:
            raise BackupError(
                f"the backup's tables are at {app} {name}, this database is at {here.get(app, 'none')}: restore with"
                f" version {about['version']} into an empty database and migrate after that"
            )
    for model in kept():
        if model._default_manager.exists():
            raise BackupError(f"table {label(model)} holds rows already; restore into an empty, migrated database")


def _load(tar: tarfile.TarFile, model: type[Model]) -> None:
    batch: list[Model] = []
    for found in serializers.deserialize("jsonl", _member(tar, f"rows/{label(model)}.jsonl")):
        batch.append(found.object)
        if len(batch) == BATCH:
            model._default_manager.bulk_create(batch)
            batch = []
    model._default_manager.bulk_create(batch)


def _reset_sequences() -> None:
    statements = connection.ops.sequence_reset_sql(no_style(), kept())
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _member(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    try:
        found = tar.extractfile(name)
    except KeyError:
        found = None
    if found is None:
        raise BackupError(f"{name} is missing; this is no complete backup of Seal Advisor")
    return found
