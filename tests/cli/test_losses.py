"""`losses`: what is lost and how long a restart takes, for the options that the answers lead to."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from seal_advisor import cli

EXAM = {
    "fips_level": "l3",
    "boundary": "dedicated_hsm",
    "unattended_start": "required",
    "operator_keys": "forbidden",
    "platform": "vault_enterprise_hsm",
    "hsm": "clustered",
    "rto": "PT1H",
    "restarts": "weekly",
}


@pytest.fixture
def exam(tmp_path: Path) -> str:
    path = tmp_path / "answers.json"
    path.write_text(json.dumps({"answers": EXAM}))
    return str(path)


def test_without_an_option_the_recommended_ones_are_shown(exam: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["losses", exam, "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [one["option"] for one in document["options"]] == ["pkcs11"]
    assert document["options"][0]["platform"] == "vault_enterprise_hsm"
    inputs = {one["name"]: one["value"] for one in document["options"][0]["unseal_time"]["inputs"]}
    assert (inputs["rto_min"], inputs["restarts_a_month"]) == (60, 4)
    assert document["ruleset"]["sha256"]


def test_where_none_is_recommended_the_headline_options_are_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "answers.json"
    path.write_text('{"answers": {}}')
    assert cli.main(["losses", str(path)]) == 0
    out = capsys.readouterr().out
    assert [title in out for title in ("HSM over PKCS#11\n===", "Cloud KMS\n===", "Manual unseal (Shamir)\n===")] == [
        True
    ] * 3
    assert out.count("Recovery keys never replace the seal key.") == 3


def test_a_figure_of_your_own_takes_the_place_of_an_assumption(exam: str, capsys: pytest.CaptureFixture[str]) -> None:
    chosen = ["--option", "shamir", "--format", "json", "--input", "threshold=2", "--input", "holder_reached=0.5"]
    assert cli.main(["losses", exam, *chosen]) == 0
    document = json.loads(capsys.readouterr().out)["options"][0]["unseal_time"]
    inputs = {one["name"]: (one["value"], one["default"]) for one in document["inputs"]}
    assert (inputs["threshold"], inputs["holder_reached"]) == ((2, 3), (0.5, 0.9))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--option", "shamirr"], "--option: no option 'shamirr'; did you mean 'shamir'?"),
        (["--input", "nodes"], "--input nodes: write NAME=VALUE"),
        (["--input", "nodes=many"], "--input: nodes: 'many' is no whole number"),
        (["--input", "nods=3"], "--input: no input 'nods'; did you mean 'nodes'?"),
    ],
)
def test_what_is_not_understood_is_one_line_and_exit_2(
    exam: str, capsys: pytest.CaptureFixture[str], more: list[str], message: str
) -> None:
    assert cli.main(["losses", exam, *more]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", message + "\n")


def test_the_command_imports_no_framework() -> None:
    program = (
        "import sys, seal_advisor.commands.losses; "
        "print(sorted({'django', 'rest_framework', 'celery', 'weasyprint', 'random'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
