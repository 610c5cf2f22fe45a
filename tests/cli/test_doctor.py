"""`doctor` as a command: exit codes, what it prints, and what it says about seals without a PKCS#11 library."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from evidence.core.upload import intake
from seal_advisor import cli
from tests.evidence.doctor_tokens import PIN, USER, Token, make


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Token:
    made = make(tmp_path_factory.mktemp("doctor"))
    made.key("wrap", "AES:32", "--sensitive")
    return made


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, token: Token) -> Token:
    """The token, in an environment of its own."""
    for name, value in token.environment.items():
        monkeypatch.setenv(name, value)
    return token


def config(folder: Path, seal: str) -> str:
    path = folder / "vault.hcl"
    path.write_text(seal)
    return str(path)


def seal_of(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    out = capsys.readouterr().out
    artefact = intake("doctor.json", out.encode())
    assert (artefact.kind, artefact.redactions) == ("doctor", ())
    (seal,) = json.loads(out)["seals"]
    return dict(seal)


def states(seal: dict[str, Any], name: str) -> list[str]:
    return [check["state"] for check in seal["checks"] if check["check"] == name]


def test_all_good_is_0_and_a_failed_check_is_1(bare: Token, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--samples", "1", "--user", USER]
    assert cli.main(["doctor", "--config", str(bare.config()), *words]) == 0
    assert "  warned  hardware" in capsys.readouterr().out
    assert cli.main(["doctor", "--config", str(bare.config(key_label="none")), *words]) == 1
    out = capsys.readouterr().out
    assert "  failed  keys            no objects found" in out
    assert "do:    list the objects on the token [T24]" in out


def test_json_is_one_document_the_same_as_the_file_and_without_the_pin(
    bare: Token, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "evidence.json"
    words = ["--config", str(bare.config()), "-o", str(path), "--format", "json", "--samples", "1"]
    assert cli.main(["doctor", *words]) == 0
    out, err = capfd.readouterr()
    assert out == path.read_text()
    assert (PIN in out, err) == (False, "")


def test_a_wrong_pin_shows_neither_itself_nor_a_traceback(
    bare: Token, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VAULT_HSM_PIN", "wrong-4711-pin")
    assert cli.main(["doctor", "--config", str(bare.config(pin=None))]) == 1
    out, err = capfd.readouterr()
    assert ("4711" in out + err, err) == (False, "")
    assert "[T09]" in out


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([], "no --config"),
        (["--config", "/nowhere/vault.hcl"], "No such file"),
        (["vault.hcl"], "write --config vault.hcl"),
        (["--config", "x", "--formt", "json"], "did you mean '--format'?"),
        (["--config", "x", "--format", "yaml"], "--format 'yaml'"),
    ],
)
def test_a_command_that_cannot_be_understood_is_2(
    words: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["doctor", *words]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert reason in err


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('seal "pkcs11" {\n  lib = \n}\n', "vault.hcl:3"),
        ("hello\n", "vault.hcl"),
        ('seal "pkcs11" {\n  pin = "4711-secret"\n  pin = "4711-secret"\n}\n', "vault.hcl:3"),
    ],
)
def test_a_configuration_that_cannot_be_read_is_2(
    text: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["doctor", "--config", config(tmp_path, text)]) == 2
    err = capsys.readouterr().err
    assert reason in err
    assert "4711" not in err


@pytest.mark.parametrize("words", [["--samples", "0"], ["--sessions", "257"], ["--timeout", "soon"]])
def test_a_number_out_of_range_is_2(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor", "--config", config(tmp_path, 'storage "raft" {\n}\n'), *words]) == 2
    assert "a whole number from 1 to" in capsys.readouterr().err


def test_an_environment_file_that_is_none_is_2_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "vault.env"
    file.write_text("# fine\nVAULT_HSM_PIN secret-4711\n")
    words = ["--config", config(tmp_path, 'storage "raft" {\n}\n'), "--env-file", str(file)]
    assert cli.main(["doctor", *words]) == 2
    err = capsys.readouterr().err
    assert "vault.env:2: not NAME=VALUE" in err
    assert "4711" not in err


# Seals without a library


def test_shamir_has_nothing_to_try_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = config(tmp_path, 'storage "raft" {\n  path = "/srv"\n}\n')
    assert cli.main(["doctor", "--config", path, "--format", "json"]) == 0
    seal = seal_of(capsys)
    assert (seal["kind"], states(seal, "parameters"), states(seal, "service")) == ("shamir", ["ok"], ["not_run"])


def test_the_seal_type_may_come_from_the_environment_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAULT_SEAL_TYPE", "awskms")
    assert cli.main(["doctor", "--config", config(tmp_path, 'storage "raft" {\n}\n'), "--format", "json"]) == 1
    seal = seal_of(capsys)
    assert (seal["kind"], states(seal, "config")) == ("awskms", ["failed"])
    monkeypatch.setenv("VAULT_AWSKMS_SEAL_KEY_ID", "alias/vault")
    assert cli.main(["doctor", "--config", config(tmp_path, 'storage "raft" {\n}\n'), "--format", "json"]) == 0
    assert "called" not in states(seal_of(capsys), "service")


def test_a_cloud_seal_is_never_called_and_that_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = 'seal "awskms" {\n  region = "eu-west-1"\n  kms_key_id = "alias/vault"\n}\n'
    assert cli.main(["doctor", "--config", config(tmp_path, text), "--format", "json"]) == 0
    seal = seal_of(capsys)
    service = next(check for check in seal["checks"] if check["check"] == "service")
    assert (service["state"], service["message"][:11]) == ("not_run", "not checked")


def test_files_and_variables_of_a_transit_seal_are_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_text("pem")
    text = (
        'seal "transit" {\n  address = "https://v:8200"\n  key_name = "unseal"\n  mount_path = "transit/"\n'
        f'  token = "env://UNSEAL_TOKEN"\n  tls_ca_cert = "{ca}"\n  tls_client_key = "{tmp_path}/none.key"\n}}\n'
    )
    path = config(tmp_path, text)
    assert cli.main(["doctor", "--config", path, "--format", "json"]) == 1
    seal = seal_of(capsys)
    assert (states(seal, "files"), states(seal, "environment")) == (["ok", "failed"], ["failed"])
    monkeypatch.setenv("UNSEAL_TOKEN", "s.4711")
    (tmp_path / "none.key").write_text("key")
    os.chmod(tmp_path / "none.key", 0o644)
    assert cli.main(["doctor", "--config", path, "--format", "json"]) == 0
    seal = seal_of(capsys)
    assert (states(seal, "files"), states(seal, "environment")) == (["ok", "warned"], ["ok"])
    assert "4711" not in json.dumps(seal)


@pytest.mark.parametrize(("size", "code"), [(32, 0), (33, 1), (64, 0), (65, 1)])
def test_a_static_key_has_the_size_of_a_key(
    size: int, code: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "seal.key"
    key.write_bytes(b"k" * size)
    key.chmod(0o400)
    text = f'seal "static" {{\n  current_key_id = "1"\n  current_key = "file://{key}"\n}}\n'
    assert cli.main(["doctor", "--config", config(tmp_path, text), "--format", "json"]) == code
    assert states(seal_of(capsys), "key_size") == [["ok", "failed"][code]]


def test_a_folder_is_read_for_the_file_that_holds_the_seal(
    bare: Token, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "vault.d"
    folder.mkdir()
    (folder / "storage.hcl").write_text('storage "raft" {\n  path = "/d"\n  node_id = "n7"\n}\n')
    (folder / "README.md").write_text("not read")
    whole = bare.config().read_text()
    seal = whole[whole.index('seal "pkcs11"') :]
    seal = seal[: seal.index("}") + 2]
    (folder / "seal.hcl").write_text(seal)
    words = ["--samples", "1", "--user", USER, "--format", "json"]
    assert cli.main(["doctor", "--config", str(folder), *words]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["config"]["name"], document["node"]) == ("seal.hcl", "n7")
    (folder / "seal2.hcl").write_text(seal)
    assert cli.main(["doctor", "--config", str(folder), *words]) == 2
    assert "name one of them with --config" in capsys.readouterr().err


def test_a_folder_without_a_configuration_is_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["doctor", "--config", str(tmp_path)]) == 2
    assert "no .hcl or .json file in this folder" in capsys.readouterr().err
