"""A file without a name: whole under its name, or nothing; written once, past the page cache where that can be done."""

from __future__ import annotations

import errno
import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from evidence import storage, unnamed
from evidence.unnamed import BLOCK, Unnamed

# Shorter than a block, as long, longer by less than a page, and two with a tail; handed over in pieces of odd lengths.
SIZES = (0, 1, BLOCK - 1, BLOCK, BLOCK + 1, BLOCK + 4096, 2 * BLOCK + 777)


@pytest.fixture
def files(tmp_path: Path, settings: object) -> Path:
    folder = tmp_path / "blobs"
    blobs = {"BACKEND": "evidence.storage.BlobFiles", "OPTIONS": {"location": str(folder)}}
    settings.STORAGES = {**settings.STORAGES, "blobs": blobs}  # type: ignore[attr-defined]
    return folder


def written(folder: Path, size: int) -> tuple[Unnamed, bytes]:
    content = (b"0123456789abcdef\n" * (size // 17 + 1))[:size]
    file = Unnamed(folder)
    for start in range(0, size, 99_991):
        file.write(content[start : start + 99_991])
    return file, content


def refusing(monkeypatch: pytest.MonkeyPatch, flags: int) -> None:
    """A file system that knows none of these flags."""
    known = os.open

    def opened(path: object, wanted: int, *more: object, **named: object) -> int:
        if wanted & flags == flags:
            raise OSError(errno.EOPNOTSUPP, "not here")
        return known(path, wanted, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(unnamed.os, "open", opened)


@pytest.mark.parametrize("size", SIZES)
def test_what_was_written_is_what_gets_the_name(tmp_path: Path, size: int) -> None:
    file, content = written(tmp_path, size)
    assert list(tmp_path.iterdir()) == []
    assert file.take_name(tmp_path / "kept")
    file.close()
    assert ((tmp_path / "kept").read_bytes(), file.size) == (content, size)
    assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o400


@pytest.mark.parametrize("size", SIZES)
def test_what_was_written_can_be_read_back(tmp_path: Path, size: int) -> None:
    file, content = written(tmp_path, size)
    with file.read_back() as back:
        assert back.read() == content
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("flags", [unnamed._DIRECT | unnamed._NAMELESS, unnamed._NAMELESS])
def test_a_file_system_that_knows_less_loses_nothing(files: Path, monkeypatch: pytest.MonkeyPatch, flags: int) -> None:
    refusing(monkeypatch, flags)
    with storage.Spool() as spool:
        for _ in range(3):
            spool.write(b"redacted\n" * 50_000)
        key, digest = spool.store()
    assert digest == hashlib.sha256(b"redacted\n" * 150_000).hexdigest()
    assert storage.get_blob(key, digest) == b"redacted\n" * 150_000
    assert [path.name for path in files.rglob("*") if path.is_file()] == [digest]


def test_a_spool_becomes_the_blob_itself(files: Path) -> None:
    with storage.Spool() as spool:
        spool.write(b"a secret stood here\n" * 100_000)
        with spool.again() as before:
            spool.write(before.read().replace(b"secret", b"[gone]"))
        node = os.fstat(spool._file._file.fileno()).st_ino
        key, digest = spool.store()
    assert (files / key).stat().st_ino == node
    assert storage.get_blob(key, digest) == b"a [gone] stood here\n" * 100_000


def test_the_first_of_two_that_store_the_same_bytes_stays(files: Path) -> None:
    with storage.Spool() as first, storage.Spool() as second:
        for spool in (first, second):
            spool.write(b"the same\n")
        key, digest = first.store()
        node = (files / key).stat().st_ino
        assert storage.blobs().adopt(key, second._file)  # type: ignore[attr-defined]
    assert ((files / key).stat().st_ino, storage.get_blob(key, digest)) == (node, b"the same\n")


def test_a_full_disk_leaves_nothing_under_the_good_name(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    with storage.Spool() as spool:
        spool.write(b"redacted\n")
        monkeypatch.setattr(unnamed.os, "fsync", dies)
        with pytest.raises(OSError, match="no space"):
            spool.store()
    assert [path for path in files.rglob("*") if path.is_file()] == []


def test_a_killed_process_leaves_nothing_behind(tmp_path: Path) -> None:
    script = (
        "import pathlib, sys, time; from evidence.unnamed import Unnamed; file = Unnamed(pathlib.Path(sys.argv[1]));"
        "file.write(b'x' * 3_000_000); print('written', flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    with process.stdout as said:
        assert said.readline() == b"written\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert list(tmp_path.iterdir()) == []
