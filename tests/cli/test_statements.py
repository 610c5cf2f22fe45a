"""Statements on the command line: certificates as a file of evidence, the rest beside the attestations."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from evidence.commands import check, package
from tests.evidence.test_certificates import GOOD

ROOT = Path(__file__).resolve().parent.parent
CONF = ROOT / "data" / "samples" / "conf" / "strict-fips.hcl"
BANK = ROOT / "data" / "archetypes" / "bank_on_premises.json"
STATED = """\
[[attestation]]
control = "C-GV-02"
statement = "replacement is described"
by = "Carl"
on = 2026-11-01
expires = 2027-11-01
[[not_applicable]]
control = "C-RK-03"
reason = "one firm holds every share under contract"
by = "Nora, network"
on = 2026-11-01
"""


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795521600")


@pytest.fixture
def stated(tmp_path: Path) -> Path:
    path = tmp_path / "stated.toml"
    path.write_text(STATED)
    (tmp_path / "register.toml").write_text(GOOD)
    return path


def verdicts(capsys: pytest.CaptureFixture[str], *words: object) -> dict[str, str]:
    check.run([*map(str, words), "--format", "json"])
    return {one["control"]: one["verdict"] for one in json.loads(capsys.readouterr().out)["results"]}


def test_check_takes_certificates_as_evidence_and_exclusions_beside_attestations(
    stated: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = verdicts(capsys, CONF)
    after = verdicts(capsys, CONF, stated.parent / "register.toml", "--attestations", stated)
    wanted = ("C-CM-01", "C-GV-02", "C-RK-03")
    assert [before[one] for one in wanted] == ["not_proven"] * 3
    assert [after[one] for one in wanted] == ["attested", "attested", "not_applicable"]


def test_a_package_names_what_does_not_apply_in_machine_form_and_in_its_report(stated: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.zip"
    package.run([str(CONF), "--answers", str(BANK), "--attestations", str(stated), "-o", str(out)])
    with zipfile.ZipFile(out) as archive:
        said = json.loads(archive.read("exceptions.json"))
    assert [(one["control"], one["by"]) for one in said["not_applicable"]] == [("C-RK-03", "Nora, network")]
    assert said["erased"] == []


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("[[not_applicable]]", "[[notapplicable]]", "no table 'notapplicable'"),
        ('by = "Nora, network"', "", "by is missing"),
        ("C-RK-03", "C-RK-33", "no control 'C-RK-33'"),
    ],
)
def test_an_exclusion_without_a_name_or_a_control_is_refused(
    stated: Path, capsys: pytest.CaptureFixture[str], before: str, after: str, words: str
) -> None:
    stated.write_text(STATED.replace(before, after))
    assert check.run([str(CONF), "--attestations", str(stated)]) == 2
    assert words in capsys.readouterr().err
