"""`costs`: a template, a file of figures, the decision beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seal_advisor import cli


def test_figures_and_answers_give_amounts_and_states(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figures, answers = tmp_path / "figures.toml", tmp_path / "answers.json"
    figures.write_text('currency = "EUR"\n[static]\ndistribution = 10\nstaff_hours = 2\n[staff]\nrate = 45.5\n')
    answers.write_text('{"answers": {"platform": "vault_community"}}')
    assert cli.main(["costs", str(figures), "--answers", str(answers), "--format", "json"]) == 0
    options = {one["id"]: one for one in json.loads(capsys.readouterr().out)["options"]}
    assert (options["static"]["total"], options["static"]["state"]) == ("101.00", "excluded")
    assert (options["pkcs11"]["total"], options["pkcs11"]["lines"][0]["missing"][0]) == (None, "hsm.count")
    assert cli.main(["costs", str(figures)]) == 0
    said = capsys.readouterr().out
    assert "101.00 EUR a year" in said
    assert "no total: not given are hsm.count" in said


def test_the_template_is_read_as_it_stands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["costs", "--template"]) == 0
    path = tmp_path / "figures.toml"
    path.write_text(capsys.readouterr().out)
    assert cli.main(["costs", str(path)]) == 0
    assert " a year" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "message"), [("[hms]\n", "no table 'hms'; did you mean 'hsm'?"), ("", "empty"), (None, "cannot be read")]
)
def test_what_cannot_be_understood_is_one_line_and_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str | None, message: str
) -> None:
    path = tmp_path / "figures.toml"
    if text is not None:
        path.write_text(text)
    assert cli.main(["costs", str(path)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert message in err
