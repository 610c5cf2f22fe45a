"""The blob store: content-addressed, whole or absent, hashed on every read; files and S3 alike."""

from __future__ import annotations

import hashlib
from pathlib import Path

import boto3
import pytest
from django.core.files.storage import storages

from evidence import storage
from tests import services

CONTENT = b"redacted bytes\n"


@pytest.fixture
def files(tmp_path: Path, settings: object) -> Path:
    folder = tmp_path / "blobs"
    use(settings, {"BACKEND": "evidence.storage.BlobFiles", "OPTIONS": {"location": str(folder)}})
    return folder


@pytest.fixture
def bucket(s3: services.Service, settings: object) -> str:
    """A bucket with Object Lock on the S3-compatible store; every blob is kept for a day."""
    name = "evidence"
    keys = {"access_key": "tests", "secret_key": "tests", "endpoint_url": s3.address, "region_name": "us-east-1"}
    client = boto3.client(
        "s3",
        endpoint_url=s3.address,
        region_name="us-east-1",
        aws_access_key_id="tests",
        aws_secret_access_key="tests",
    )
    client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=True)
    options = {**keys, "bucket_name": name, "default_acl": None, "lock_mode": "COMPLIANCE", "lock_days": 1}
    use(settings, {"BACKEND": "evidence.objects.BlobObjects", "OPTIONS": options})
    return name


def use(settings: object, blobs: dict[str, object]) -> None:
    settings.STORAGES = {**settings.STORAGES, "blobs": blobs}  # type: ignore[attr-defined]


def test_a_blob_lies_under_its_own_hash_for_its_owner_to_read_only(files: Path) -> None:
    key, digest = storage.put_blob(CONTENT)
    assert digest == hashlib.sha256(CONTENT).hexdigest()
    assert storage.put_blob(CONTENT) == (key, digest)
    assert storage.get_blob(key, digest) == CONTENT
    (only,) = [path for path in files.rglob("*") if path.is_file()]
    assert (only.name, only.stat().st_mode & 0o777) == (digest, 0o400)


def test_a_write_that_dies_leaves_nothing_under_the_good_name(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(descriptor: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(storage.os, "fsync", dies)
    with pytest.raises(OSError, match="no space"):
        storage.put_blob(CONTENT)
    assert [path for path in files.rglob("*") if path.is_file()] == []


def test_changed_or_lost_bytes_are_never_handed_out(files: Path) -> None:
    key, digest = storage.put_blob(CONTENT)
    path = files / key
    path.chmod(0o600)
    path.write_bytes(CONTENT + b"x")
    with pytest.raises(storage.BlobChanged, match=digest[:16]):
        storage.get_blob(key, digest)
    path.unlink()
    with pytest.raises(storage.BlobChanged, match="gone"):
        storage.get_blob(key, digest)


def test_an_s3_store_keeps_blobs_under_object_lock(bucket: str) -> None:
    key, digest = storage.put_blob(CONTENT)
    assert storage.put_blob(CONTENT) == (key, digest)
    assert storage.get_blob(key, digest) == CONTENT
    store = storages["blobs"]
    versions = store.connection.meta.client.list_object_versions(Bucket=bucket, Prefix=key)["Versions"]
    assert len(versions) == 1, "known bytes are not written again"
    head = store.connection.meta.client.head_object(Bucket=bucket, Key=key)
    assert head["ObjectLockMode"] == "COMPLIANCE"
    with pytest.raises(storage.BlobChanged, match="gone"):
        storage.get_blob("aa/none", "aa" * 32)
