"""Large logs on their way into a package: out of memory, in order, redacted."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest

from evidence.commands import inputs, package
from evidence.core import zip_layout
from evidence.core.facts import Declared
from evidence.core.upload import Refused
from evidence.spooling import Sheet, take

LINE = b"2026-11-24T10:00:00.000Z [INFO]  core: an ordinary line of a log\n"
TOKEN = b"2026-11-24T10:00:00.000Z [INFO]  token=hvs.CAESIJrWq0aPlantedTokenPlantedToken42\n"


def test_a_sheet_gives_back_what_was_written_last() -> None:
    sheet = Sheet()
    sheet.write(b"first")
    before = sheet.again()
    sheet.write(before.read().upper())
    content = sheet.content()
    assert (len(content), bytes(content)) == (5, b"FIRST")
    assert hashlib.sha256(content).hexdigest() == hashlib.sha256(b"FIRST").hexdigest()
    assert Sheet().content() == b""


def test_a_large_log_is_taken_redacted() -> None:
    taken = take("x.log", io.BytesIO(LINE * 300_000 + TOKEN), Declared())
    assert (taken.kind, taken.spooled) == ("server_log", False)
    assert len(taken.content) > 16 * 1024 * 1024
    assert taken.content[-90:].count(b"[redacted:") == 1


def test_what_is_refused_is_refused_here_too() -> None:
    with pytest.raises(Refused, match="private key"):
        take("x.log", io.BytesIO(LINE + b"-----BEGIN PRIVATE KEY-----\n"), Declared())


@pytest.mark.parametrize("data", [b"abc" * 100_000, hashlib.shake_128(b"noise").digest(300_000)])
def test_a_large_member_is_packed_in_parts_to_the_same_layout(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_layout, "LARGE", 1000)
    monkeypatch.setattr(zip_layout, "PART", 4096)
    parts = list(zip_layout.chunks([("a.txt", b"a"), ("large.log", data)]))
    assert max(map(len, parts)) < len(data) / 4
    read = zip_layout.read(b"".join(parts))
    assert (dict(read.members), read.faults) == ({"a.txt": b"a", "large.log": data}, ())


def test_a_package_holds_a_log_that_is_larger_than_a_text_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inputs, "TEXT_BYTES", 64 * 1024)
    monkeypatch.setattr(zip_layout, "LARGE", 64 * 1024)
    (tmp_path / "answers.json").write_text(json.dumps({"answers": {"platform": "openbao_2_6"}}))
    (tmp_path / "vault.hcl").write_text('seal "pkcs11" {\n  pin = "Tr0ub4dor-from-the-config"\n}\n')
    told = b"2026-11-24T10:00:00.000Z [INFO]  unsealed with Tr0ub4dor-from-the-config\n"
    data = LINE * 2_500 + told + LINE * 2_500 + TOKEN
    (tmp_path / "server.log").write_bytes(data)
    words = [
        str(tmp_path / "server.log"),
        str(tmp_path / "vault.hcl"),
        "--answers",
        str(tmp_path / "answers.json"),
        "-o",
        str(tmp_path / "p.zip"),
    ]
    assert package.run(words) in (0, 1)
    with zipfile.ZipFile(tmp_path / "p.zip") as opened:
        (name,) = [name for name in opened.namelist() if name.endswith("server.log")]
        content = opened.read(name)
        listed = json.loads(opened.read("manifest.json"))
    assert content.count(b"\n") == 5_002
    assert b"Planted" not in content
    assert b"Tr0ub4dor" not in content
    (member,) = [one for one in listed["members"] if one["path"] == name]
    assert member["sha256"] == hashlib.sha256(content).hexdigest()
    assert member["original"]["sha256"] == hashlib.sha256(data).hexdigest()
    assert [one["line"] for one in member["redactions"]] == [2_501, 5_002]
