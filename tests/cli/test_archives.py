"""Archives on the command line: `check`, `inspect` and `package` see the members; an unfit one ends with exit 2."""

from __future__ import annotations

import gzip
import hashlib
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evidence.commands import check, inputs, inspect, package
from evidence.core.facts import Declared
from tests.archives import tarred, zipped

SAMPLES = Path(__file__).resolve().parent.parent / "data/samples"
CONFIG = (SAMPLES / "conf/pkcs11-softhsm.hcl").read_bytes()
LOG = (SAMPLES / "runtime/strict.server-log.mixed-json.log").read_bytes()
PIN = "98765432"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def checked(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, dict[str, object]], str]:
    """(exit code, path -> artefact, stderr) of `check --format json`."""
    code = check.run([*map(str, words), "--format", "json"])
    out, err = capsys.readouterr()
    return code, {each["path"]: each for each in json.loads(out)["artefacts"]}, err


@pytest.mark.parametrize(("name", "make"), [("q3.zip", zipped), ("q3.tgz", tarred)])
def test_check_reads_every_member_and_a_secret_of_one_leaves_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, make
) -> None:
    path = tmp_path / name
    path.write_bytes(make({"node-a/vault.hcl": CONFIG, "notes.txt": f"the PIN {PIN} was typed\n".encode()}))
    code, found, _ = checked(capsys, path)
    assert code in (0, 1)
    assert found[str(path)]["kind"] == "archive"
    config, notes = found[f"{path}!node-a/vault.hcl"], found[f"{path}!notes.txt"]
    assert (config["kind"], config["sha256"]) == ("vault_config", hashlib.sha256(CONFIG).hexdigest())
    assert config["within"] == [{"name": name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}]
    assert [each["what"] for each in notes["redactions"]] == ["known_secret"]
    assert PIN not in json.dumps(found)


def test_a_hidden_member_is_listed_and_ends_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "q3.zip"
    path.write_bytes(zipped({"vault.hcl": CONFIG, "__MACOSX/._vault.hcl": b"\0"}))
    code, found, err = checked(capsys, path)
    assert (code in (0, 1), err) == (True, "")
    assert set(found) == {str(path), f"{path}!vault.hcl"}
    assert "__MACOSX" in json.dumps(found[str(path)]["facts"])


def test_a_folder_of_an_archive_may_be_a_node(tmp_path: Path) -> None:
    path = tmp_path / "q3.zip"
    path.write_bytes(zipped({"a/vault.hcl": CONFIG, "a/logs/vault.log": LOG, "b/vault.hcl": CONFIG + b"\n"}))
    nodes = {f"{path}!a": "vault-a", f"{path}!b/": "vault-b"}
    found = inputs.read([str(path), *nodes], nodes, Declared(), NOW)
    assert [one.node for one in found] == [None, "vault-a", "vault-a", "vault-b"]
    assert {one.node for one in inputs.read([str(path)], {str(path): "all"}, Declared(), NOW)} == {"all"}


def test_a_gzipped_log_is_judged_as_the_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "vault.log.gz"
    path.write_bytes(gzip.compress(LOG))
    _, found, _ = checked(capsys, path)
    assert list(found) == [f"{path}!vault.log"]
    plain = tmp_path / "vault.log"
    plain.write_bytes(LOG)
    _, other, _ = checked(capsys, plain)
    assert found[f"{path}!vault.log"]["facts"] == other[str(plain)]["facts"]


def test_a_large_member_is_read_as_a_stream(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evidence.commands.packed.TEXT_BYTES", 64 * 1024)
    path = tmp_path / "q3.zip"
    path.write_bytes(zipped({"vault.log": LOG, "a.txt": b"x"}))
    _, found, _ = checked(capsys, path)
    assert (found[f"{path}!vault.log"]["size"], found[f"{path}!vault.log"]["kind"]) == (len(LOG), "server_log")
    assert found[f"{path}!vault.log"]["sha256"] == hashlib.sha256(LOG).hexdigest()


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (gzip.compress(bytes(40 << 20)), "100 times"),
        (zipped({"vault.hcl": CONFIG, "x": bytes(40 << 20)}), "100 times"),
        (zipped({"vault.hcl": CONFIG, "../x": b"x"}), "leads out"),
        (zipped({"vault.hcl": CONFIG})[:-1], "breaks off"),
        (tarred({"vault.hcl": CONFIG})[:-20], "breaks off"),
    ],
)
def test_an_unfit_archive_is_refused_and_the_other_files_are_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, word: str
) -> None:
    path, other = tmp_path / "bad", tmp_path / "vault.hcl"
    path.write_bytes(content)
    other.write_bytes(CONFIG)
    code, found, err = checked(capsys, path, other)
    assert code == 2
    assert (found[str(path)]["kind"], found[str(other)]["kind"]) == ("refused", "vault_config")
    assert word in str(found[str(path)]["error"])
    assert word in err
    assert len(err.splitlines()) == 1
    assert inspect.run([str(path)]) == 2
    assert word in capsys.readouterr().err


def test_too_much_for_memory_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evidence.commands.packed.HELD_BYTES", 1024)
    path = tmp_path / "q3.zip"
    path.write_bytes(zipped({"vault.log": LOG}))
    code, found, _ = checked(capsys, path)
    assert (code, found[str(path)]["kind"]) == (2, "refused")


def test_inspect_shows_the_archive_and_its_members(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "q3.zip"
    path.write_bytes(zipped({"vault.hcl": CONFIG, "tool": b"\x7fELF"}))
    assert inspect.run([str(path), "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["path"], document["kind"]) == (str(path), "archive")
    assert [each["kind"] for each in document["members"]] == ["vault_config", "refused"]
    assert inspect.run([str(path)]) == 0
    out = capsys.readouterr().out
    assert "refused this is a program" in out
    assert PIN not in out


def test_inspect_of_a_gzipped_file_is_one_artefact(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "vault.hcl.gz"
    path.write_bytes(gzip.compress(CONFIG))
    assert inspect.run([str(path), "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["path"], document["kind"]) == (f"{path}!vault.hcl", "vault_config")
    assert document["redactions"] == [{"line": 14, "what": "seal.pkcs11.pin"}]


def test_a_package_keeps_the_members_and_both_hashes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, answers, out = tmp_path / "q3.zip", tmp_path / "answers.json", tmp_path / "out.zip"
    path.write_bytes(zipped({"a/vault.hcl": CONFIG, "vault.log.gz": gzip.compress(LOG)}))
    answers.write_text(json.dumps({"answers": {"platform": "vault_enterprise_hsm", "boundary": "dedicated_hsm"}}))
    assert package.run([str(path), "--answers", str(answers), "-o", str(out)]) in (0, 1)
    with zipfile.ZipFile(out) as archive:
        listed = json.loads(archive.read("manifest.json"))["members"]
        kept = {name: archive.read(name) for name in archive.namelist() if name.startswith("evidence/")}
    originals = {each["original"]["name"]: each["original"] for each in listed if each["original"]}
    assert set(originals) == {"q3.zip", "q3.zip!a/vault.hcl", "q3.zip!vault.log.gz!vault.log"}
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert originals["q3.zip!a/vault.hcl"]["within"] == [{"name": "q3.zip", "sha256": digest}]
    assert len(originals["q3.zip!vault.log.gz!vault.log"]["within"]) == 2
    assert "within" not in originals["q3.zip"]
    assert originals["q3.zip"]["sha256"] == digest
    assert len(kept) == 3
    assert not any(PIN.encode() in content for content in kept.values())
