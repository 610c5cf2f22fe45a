"""`--house` on the commands, and `package --decision-only`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from evidence.commands import package
from seal_advisor import cli
from seal_advisor.core import answers, explain, history, rules

ROOT = Path(__file__).resolve().parents[2]
BANK = ROOT / "tests/data/house"
CONFIG = str(ROOT / "tests/data/samples/conf/pkcs11-softhsm.hcl")
GIVEN = {
    "platform": "vault_enterprise_hsm",
    "boundary": "anywhere",
    "clusters": "many",
    "operator_keys": "allowed",
    "hsm": "clustered",
    "hosting": "on_premises",
    "kms": "none",
}


@pytest.fixture
def given(tmp_path: Path) -> str:
    path = tmp_path / "answers.json"
    path.write_text(json.dumps({"answers": GIVEN}))
    return str(path)


@pytest.mark.parametrize("house", [BANK, BANK / "example-bank.toml"], ids=["folder", "file"])
def test_decide_under_a_house_quotes_its_rule_and_its_source(
    given: str, capsys: pytest.CaptureFixture[str], house: Path
) -> None:
    cli.main(["decide", given, "--house", str(house), "--format", "json"])
    document = json.loads(capsys.readouterr().out)
    shamir = next(one for one in document["options"] if one["id"] == "shamir")
    assert "H001" in [reason["rule"] for reason in shamir["reasons"]]
    assert "Example Bank, key management policy" in str(shamir["reasons"])
    assert (document["house"]["version"], document["house"]["weaker"]) == ("3", [])
    cli.main(["decide", given, "--format", "json"])
    released = json.loads(capsys.readouterr().out)
    assert released["house"] is None
    assert released["ruleset"]["sha256"] != document["ruleset"]["sha256"]


@pytest.mark.parametrize(
    "command",
    [["decide"], ["decide", "--format", "markdown"], ["explain", "--option", "shamir"], ["next"]],
    ids=" ".join,
)
def test_each_command_says_whose_rules_it_used(
    given: str, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    cli.main([*command, given, "--house", str(BANK)])
    assert "House rules" in (said := capsys.readouterr().out)
    assert "Example Bank 3" in said


def test_generate_names_the_house_in_what_it_writes(given: str, tmp_path: Path) -> None:
    assert cli.main(["generate", given, "--house", str(BANK), "--option", "pkcs11", "-o", str(tmp_path / "out")]) == 0
    for name in ("README.md", "vault.hcl", "adr.md"):
        assert "Example Bank 3" in (tmp_path / "out" / name).read_text(encoding="utf-8")


def test_rules_lint_and_diff_take_a_house(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["rules", "lint", "--house", str(BANK)]) == 0
    assert "no error" in capsys.readouterr().out
    assert cli.main(["rules", "diff", "current", "current", "--house", str(BANK)]) == 0
    said = capsys.readouterr().out
    assert said.startswith("# Ruleset 2026.11.0 to 2026.11.0 with the house rules Example Bank 3")
    assert "- rules added: H001, H002" in said
    assert said.endswith("weaker than its released ruleset:\n\n- in nothing\n")


@pytest.mark.parametrize(
    "words",
    [
        ["decide", "{answers}", "--house", "{house}"],
        ["rules", "lint", "--house", "{house}"],
        ["check", CONFIG, "--answers", "{answers}", "--house", "{house}"],
        ["package", "--decision-only", "--answers", "{answers}", "-o", "{out}", "--house", "{house}"],
    ],
)
@pytest.mark.parametrize(("text", "message"), [("[house\n", "line 1"), (None, "no *.toml file")])
def test_a_house_that_cannot_be_read_is_one_line_and_exit_2(
    given: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], text: str | None, message: str
) -> None:
    house = tmp_path / "house"
    house.mkdir()
    if text is not None:
        (house / "bank.toml").write_text(text)
    places = {"answers": given, "house": house, "out": tmp_path / "out.zip"}
    assert cli.main([word.format(**places) for word in words]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert message in err


def test_check_holds_the_evidence_against_the_decision_of_the_house(
    given: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the release the HSM is the choice, shown by no more than a configuration; the house forbids it."""
    (tmp_path / "bank.toml").write_text(
        '[house]\nname = "B"\nversion = "1"\n[source.p]\ntitle = "t"\n'
        'address = "https://b.example/"\nread = 2026-11-20\n'
        '[rule.H001]\neffect = "exclude"\noptions = ["pkcs11"]\nwhen.hsm = "clustered"\nwhy = "w"\nsource = "p"\n'
    )
    verdicts = []
    for house in ([], ["--house", str(tmp_path / "bank.toml")]):
        cli.main(["check", CONFIG, "--answers", given, *house, "--format", "json"])
        results = json.loads(capsys.readouterr().out)["results"]
        verdicts.append(next(one["verdict"] for one in results if one["control"] == "C-KB-01"))
    assert verdicts == ["not_proven", "fail"]
    assert cli.main(["check", CONFIG, "--house", str(BANK)]) == 2
    assert "--house needs --answers" in capsys.readouterr().err


@pytest.mark.parametrize("more", [[CONFIG], ["--waivers", "w.toml"], ["--observed", "2026-07-01/2026-09-30"]])
def test_a_decision_alone_takes_no_evidence(
    given: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    out = tmp_path / "out.zip"
    assert package.run(["--decision-only", "--answers", given, "-o", str(out), *more]) == 2
    assert capsys.readouterr().err == (
        f"seal-advisor package: --decision-only reads no evidence; leave out {more[0]}\n"
    )
    assert not out.exists()


def test_a_decision_alone_is_signed_verifies_and_evaluates_again_with_its_house(given: str, tmp_path: Path) -> None:
    (tmp_path / "bank.toml").write_text('[house]\nname = "B"\nversion = "1"\nremoves = ["R027"]\n')
    out = tmp_path / "out.zip"
    words = ["package", "--decision-only", "--answers", given, "-o", str(out), "--house", str(tmp_path / "bank.toml")]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "1795510800"}
    program = [sys.executable, "-m", "seal_advisor.cli"]
    done = subprocess.run([*program, *words], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "controls: none judged, no evidence was read" in done.stdout
    assert (
        subprocess.run([*program, "verify", str(out)], cwd=ROOT, env=environment, capture_output=True).returncode == 0
    )
    with zipfile.ZipFile(out) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    (tmp_path / "report.pdf").write_bytes(files["report.pdf"])
    printed = subprocess.run(
        ["pdftotext", "-layout", tmp_path / "report.pdf", "-"], capture_output=True, text=True
    ).stdout
    first, *others = printed.rstrip("\f").split("\f")
    assert "House rules weaker than the release." in first
    assert "No evidence was judged" in first
    assert all("No evidence was judged · House rules of B 1: weaker than the release" in page for page in others)
    texts = {
        name.removeprefix("ruleset/"): data.decode() for name, data in files.items() if name.startswith("ruleset/")
    }
    ruleset = rules.load(texts)
    again = explain.document(ruleset, answers.parse(json.loads(files["answers.json"]), ruleset))
    assert history.canonical(again) == history.canonical(json.loads(files["decision.json"]))
