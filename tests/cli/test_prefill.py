"""`seal-advisor prefill CONFIG`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seal_advisor.cli import main

HSM = Path(__file__).resolve().parent.parent / "data" / "samples" / "conf" / "pkcs11-softhsm.hcl"


def test_text_names_file_line_and_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prefill", str(HSM)]) == 0
    shown = capsys.readouterr().out
    assert f'migrating_from = pkcs11\n  {HSM}:11: seal "pkcs11" is the live seal' in shown


def test_json_is_what_decide_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prefill", str(HSM), "--format", "json"]) == 0
    answers = tmp_path / "answers.json"
    answers.write_text(capsys.readouterr().out, encoding="utf-8")
    assert json.loads(answers.read_text(encoding="utf-8"))["answers"]["platform"] == "vault_enterprise_hsm"
    assert main(["decide", str(answers)]) == 4


@pytest.mark.parametrize("data", [b"a = = 1\n", b"\xff\n"])
def test_what_is_no_configuration_is_one_line_and_exit_2(
    data: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "vault.hcl"
    path.write_bytes(data)
    assert main(["prefill", str(path)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"{path}:1: ")
    assert shown.err.count("\n") == 1


def test_a_missing_file_is_one_line_and_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prefill", str(tmp_path / "none.hcl")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
