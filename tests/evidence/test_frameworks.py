"""Framework mappings: every id is listed, every control maps, and the corrected cells stay corrected."""

from __future__ import annotations

import re

import pytest

from evidence.core.controls import CONTROLS
from evidence.core.frameworks import FrameworkError, current, load, rows
from evidence.core.results import Result, Verdict

SHAPES = {
    "sp_800_53_r5": r"[A-Z]{2}-\d{1,2}(\(\d{1,2}\))?",
    "pci_dss_4": r"\d{1,2}(\.\d{1,2}){2,3}",
    "iso_27001_2022": r"A\.[5-8]\.\d{1,2}",
    "soc_2": r"(CC|A|C)\d\.\d",
    "dora": r"RTS \d(\(\d\))?",
}
FRAMEWORKS = {framework.id: framework for framework in current()}


def ids(framework: str, control: str) -> set[str]:
    return {link.requirement for link in FRAMEWORKS[framework].of(control)}


def test_the_frameworks_are_the_five_promised_ones() -> None:
    assert set(FRAMEWORKS) == set(SHAPES)


@pytest.mark.parametrize("name", SHAPES)
def test_every_id_has_the_shape_of_its_standard_and_is_used(name: str) -> None:
    framework = FRAMEWORKS[name]
    assert [r.id for r in framework.requirements if not re.fullmatch(SHAPES[name], r.id)] == []
    assert {r.id for r in framework.requirements} == {link.requirement for link in framework.links}
    assert framework.source.startswith("https://")


@pytest.mark.parametrize("name", ["sp_800_53_r5", "iso_27001_2022", "soc_2"])
def test_every_control_speaks_to_these_standards(name: str) -> None:
    assert [control.ID for control in CONTROLS if not FRAMEWORKS[name].of(control.ID)] == []


def test_ids_that_did_not_fit_are_not_back() -> None:
    assert "IA-7" not in ids("sp_800_53_r5", "C-CM-01")
    assert "CP-9(8)" not in ids("sp_800_53_r5", "C-KB-08") | ids("sp_800_53_r5", "C-DR-05")
    assert "MP-6" not in ids("sp_800_53_r5", "C-RO-03")
    assert ids("sp_800_53_r5", "C-GV-03") == {"AU-10(3)", "SI-7"}
    assert ids("pci_dss_4", "C-TL-06") == ids("pci_dss_4", "C-ST-01") == ids("pci_dss_4", "C-DR-01") == set()
    assert not {"3.5.1", "3.6.1.3", "3.6.1.4"} & {r.id for r in FRAMEWORKS["pci_dss_4"].requirements}
    assert ids("soc_2", "C-RO-03") == {"C1.2"}
    assert "CC5.1" in ids("soc_2", "C-SD-01") & ids("soc_2", "C-RK-01")


@pytest.mark.parametrize(
    ("framework", "control", "requirement", "words"),
    [
        ("pci_dss_4", "C-TL-01", "4.2.1", "open, public networks"),
        ("pci_dss_4", "C-PN-01", "8.6.2", "interactive login"),
        ("sp_800_53_r5", "C-KB-07", "SA-9(6)", "exclusive control"),
    ],
)
def test_a_conditional_id_is_printed_with_its_condition(
    framework: str, control: str, requirement: str, words: str
) -> None:
    [link] = [link for link in FRAMEWORKS[framework].of(control) if link.requirement == requirement]
    assert words in link.condition


def test_the_worst_verdict_speaks_for_a_requirement() -> None:
    judged = [Result("C-TL-01", "", Verdict.PASS, ""), Result("C-TL-02", "", Verdict.FAIL, "")]
    by_id = {row.requirement.id: row for row in rows(FRAMEWORKS["sp_800_53_r5"], judged)}
    assert by_id["SC-8(1)"].verdict is Verdict.FAIL
    assert by_id["SC-8"].verdict is Verdict.PASS
    assert by_id["AU-8"].verdict is None


GOOD = """id = "x"
title = "X"
source = "https://x"
[requirements]
"1" = "one"
[[mapping]]
control = "C-TL-01"
ids = ["1"]
"""


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("C-TL-01", "C-TL-77"), "no control 'C-TL-77'"),
        (('ids = ["1"]', 'ids = ["2"]'), "does not list"),
        (('ids = ["1"]', 'ids = ["1", "1"]'), "twice"),
        (('title = "X"\n', ""), "title missing"),
        (("[[mapping]]", "[[mapping"), "x.toml"),
    ],
)
def test_a_wrong_file_refuses_loudly(change: tuple[str, str], message: str) -> None:
    with pytest.raises(FrameworkError, match=message):
        load({"x.toml": GOOD.replace(*change)})
