"""`decide`, `explain`, `next`: exit codes, one JSON document, one line for each error."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from seal_advisor import cli

EXAM = {
    "fips_level": "l3",
    "boundary": "dedicated_hsm",
    "unattended_start": "required",
    "operator_keys": "forbidden",
    "platform": "vault_enterprise_hsm",
    "hsm": "clustered",
}
NONE = {"boundary": "dedicated_hsm", "platform": "vault_community"}


@pytest.fixture
def answers(tmp_path: Path) -> Any:
    def write(values: dict[str, str | None], **more: object) -> str:
        path = tmp_path / "answers.json"
        path.write_text(json.dumps({"answers": values, **more}))
        return str(path)

    return write


@pytest.mark.parametrize(("values", "status", "code"), [(EXAM, "recommended", 0), (NONE, "none", 3), ({}, "open", 4)])
def test_the_exit_code_says_the_status(
    answers: Any, capsys: pytest.CaptureFixture[str], values: dict[str, str], status: str, code: int
) -> None:
    assert cli.main(["decide", answers(values), "--format", "json"]) == code
    out, err = capsys.readouterr()
    assert json.loads(out)["status"] == status
    assert err == ""


def test_the_three_formats_say_the_same(answers: Any, capsys: pytest.CaptureFixture[str]) -> None:
    path = answers(EXAM)
    said = {}
    for form in ("text", "json", "markdown"):
        assert cli.main(["decide", path, "--format", form]) == 0
        said[form] = capsys.readouterr().out
    assert "Keep the seal key in an HSM and let Vault unseal over PKCS#11." in said["text"]
    assert said["markdown"].startswith("# ")
    assert "Keep the seal key in an HSM and let Vault unseal over PKCS#11." in said["markdown"]
    document = json.loads(said["json"])
    assert document["ruleset"]["sha256"] in said["text"]
    assert document["ruleset"]["sha256"] in said["markdown"]
    assert all(rule["rule"] in said["markdown"] for option in document["options"] for rule in option["reasons"])


def test_explain_quotes_the_answer_and_names_the_smallest_change(
    answers: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["explain", answers(EXAM), "--option", "cloud_kms"]) == 0
    said = capsys.readouterr().out
    assert "boundary = dedicated_hsm" in said
    assert "would be admitted by boundary: anywhere or validated_module or shared_hsm" in said
    assert cli.main(["explain", answers(EXAM), "--option", "cloud_kms", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["option"]["id"] == "cloud_kms"


def test_next_names_a_question_until_none_matters(answers: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["next", answers({}), "--format", "json"]) == 0
    asked = json.loads(capsys.readouterr().out)
    assert asked["next_question"] in asked["still_open"]
    assert cli.main(["next", answers({}), "--format", "text"]) == 0
    assert capsys.readouterr().out.startswith(f"{asked['next_question']}: ")
    assert cli.main(["next", answers(EXAM), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["next_question"] is None


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"answers": {"boundry": "x"}}', "answers.json:1: answers: no question 'boundry'; did you mean 'boundary'?"),
        (b'{"answers":\n{"kms": null,\n"hsm": "one"}}', "answers.json:3: hsm: no value 'one'"),
        (b'{"answers": {"rto": "15 minutes"}}', ":1: rto: '15 minutes' is no ISO 8601 duration; did you mean 'PT15M'?"),
        (b'{"answers":\n{"hsm" "none"}}', "answers.json:2: no JSON"),
        (b'{"answers":\n{"hsm": "\xff"}}', "answers.json:2: not UTF-8"),
        (b'{"answers": {"hsm": "none",\n"hsm": "single"}}', "answers.json:2: 'hsm' stands twice"),
        (b'{"answers": {},\n"unsure": ["hsm",\n"qqqqqqqqqqqq"]}', ":3: unsure: no question 'qqqqqqqqqqqq'; did you"),
        (b'{"notes": {"hsm": "rto"}, "answers": {"hsm": "none",\n"rto": 5}}', "answers.json:2: rto: must be a text"),
        (b"", "answers.json: empty"),
        (b"[" * 1000, "answers.json:1: nested more than 24 levels deep"),
        (b"x" * 2_000_000, "answers.json: longer than"),
        (b'{"ruleset": "1999.1.0", "answers": {}}', "answers.json:1: ruleset: no version '1999.1.0'"),
        (b'{"ruleset": ["x"], "answers": {}}', "answers.json:1: ruleset: no version"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", [["decide"], ["next"], ["explain", "--option", "pkcs11"]])
def test_what_cannot_be_understood_is_one_line_and_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str], data: bytes, message: str
) -> None:
    path = tmp_path / "answers.json"
    path.write_bytes(data)
    assert cli.main([*command, str(path)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1


def test_a_file_that_cannot_be_opened_is_one_line_and_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in (tmp_path / "missing.json", tmp_path, "a\0b"):
        assert cli.main(["decide", str(path)]) == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_an_unknown_option_is_refused_with_the_nearest(answers: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["explain", answers({}), "--option", "shamr"]) == 2
    assert capsys.readouterr().err == "--option: no option 'shamr'; did you mean 'shamir'?\n"


def test_answers_that_name_the_released_version_are_decided_by_it(
    answers: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["decide", answers(EXAM, ruleset="2026.11.0"), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["ruleset"]["version"] == "2026.11.0"


def test_the_program_reads_standard_input_and_writes_utf_8_in_any_locale() -> None:
    document = json.dumps({"answers": EXAM, "notes": {"hsm": "確認済み"}}, ensure_ascii=False).encode()
    done = subprocess.run(
        [sys.executable, "-m", "seal_advisor.cli", "decide", "-", "--format", "json"],
        input=document,
        capture_output=True,
        env={"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii:strict"},
        cwd=Path(__file__).parents[2],
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout.decode("utf-8"))["answers"]["notes"]["hsm"] == "確認済み"


@pytest.mark.parametrize("words", [["decide"], ["decide", "x", "--format", "xml"], ["rules"], ["explain", "x"]])
def test_a_wrong_command_line_is_one_line_and_exit_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        cli.main(words)
    assert stopped.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_reader_that_closes_the_pipe_ends_the_program_quietly_and_with_no_yes(answers: Any) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    words = [sys.executable, "-m", "seal_advisor.cli", "decide", answers(EXAM)]
    done = subprocess.run(words, stdout=writer, stderr=subprocess.PIPE, cwd=Path(__file__).parents[2], check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, b"")
