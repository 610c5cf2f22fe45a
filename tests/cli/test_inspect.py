"""`seal-advisor inspect`: one artefact object, or one line and exit 2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evidence.commands.inspect import run

SAMPLES = Path(__file__).resolve().parent.parent / "data/samples"


def test_json_is_one_artefact_object(capsys: pytest.CaptureFixture[str]) -> None:
    path = SAMPLES / "conf/pkcs11-softhsm.hcl"
    assert run([str(path), "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert {"path", "sha256", "kind", "facts", "redactions"} <= set(document)
    assert (document["path"], document["kind"]) == (str(path), "vault_config")
    assert document["redactions"] == [{"line": 14, "what": "seal.pkcs11.pin"}]
    assert document["facts"]["server_accepts"] in (True, False)
    assert "98765432" not in json.dumps(document)


def test_text_names_kind_hash_and_what_was_removed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([str(SAMPLES / "conf/transit-seal.hcl")]) == 0
    out = capsys.readouterr().out
    assert "kind    vault_config" in out
    assert "removed line 13: seal.transit.token" in out
    assert "s.U8nQLJtL0MAEirkyBDikkNsm" not in out


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b'storage "raft" {\n  path = "/a"\n  path = "/b"\n}\n', ":3: "),
        (b"-----BEGIN PRIVATE KEY-----\nMIIE\n", "private key"),
        (b'listener "tcp" {\n', "block"),
        (b'listener "tcp" {\n  address = "\xe9"\n}\n', ":2: "),
    ],
)
def test_a_refusal_is_one_line_and_exit_2(
    data: bytes, word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "vault.hcl"
    path.write_bytes(data)
    assert run([str(path), "--format", "json"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith(str(path))
    assert word in err


@pytest.mark.parametrize("name", ["absent.hcl", "."])
def test_a_path_that_cannot_be_read_is_exit_2(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([str(tmp_path / name)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_product_decides_about_a_duplicate(tmp_path: Path) -> None:
    path = tmp_path / "x.hcl"
    path.write_text('storage "raft" {\n  path = "/a"\n  path = "/b"\n}\n')
    assert run([str(path), "--product", "vault:1.21.3"]) == 2
    assert run([str(path), "--product", "openbao"]) == 0


@pytest.mark.parametrize(
    "words",
    [
        ["vault.hcl", "--product", "consul"],
        ["vault.hcl", "--product", "openbao:new"],
        ["vault.hcl", "--format", "xml"],
        ["vault.hcl", "other.hcl"],
        [],
    ],
)
def test_a_wrong_word_is_one_line_and_exit_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(words) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
