"""docs/asvs.md answers every requirement of ASVS 5.0.0 level 1 and 2 once, and names nothing that is not there."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
STATES = ("met", "partly", "not met", "not applicable")
FOLDERS = "seal_advisor|evidence|tests|templates|static|docs|deploy|requirements|\\.ci"
PATH = re.compile(rf"`((?:{FOLDERS})/[^`:]*)(?:::(\w+))?`")
ALONE = re.compile(r"`(Dockerfile|docker-compose\.yml|SECURITY\.md)`")


def rows() -> list[tuple[str, str, str, str]]:
    """Each row of a chapter's table: id, what is asked, state, what holds it."""
    page = (ROOT / "docs/asvs.md").read_text(encoding="utf-8")
    cells = [
        tuple(cell.strip() for cell in line.strip("|").split("|")) for line in page.splitlines() if line[:3] == "| V"
    ]
    assert {len(row) for row in cells} == {4}, [row for row in cells if len(row) != 4]
    return [(row[0], row[1], row[2], row[3]) for row in cells]


def levels() -> dict[str, str]:
    """Level of each id, as the standard has it."""
    lines = (ROOT / "tests/data/asvs_5_0_ids.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.split() for line in lines if not line.startswith("#"))


@cache
def functions(path: str) -> frozenset[str]:
    return frozenset(re.findall(r"^(?:async )?def (\w+)", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE))


def test_every_requirement_is_answered_once_and_in_order() -> None:
    assert len(levels()) == 253
    assert [row[0] for row in rows()] == list(levels())


def test_every_answer_is_one_of_four_words_and_has_its_reason() -> None:
    assert {row[2] for row in rows()} == set(STATES)
    assert [row[0] for row in rows() if not (row[1] and row[3])] == []


@pytest.mark.parametrize("state", STATES)
def test_the_table_at_the_top_counts_the_rows(state: str) -> None:
    counted = Counter(levels()[row[0]] for row in rows() if row[2] == state)
    expected = f"| {state} | {counted['1']} | {counted['2']} | {counted.total()} |"
    assert expected in (ROOT / "docs/asvs.md").read_text(encoding="utf-8").splitlines()


def test_every_file_and_test_that_an_answer_names_is_there() -> None:
    named = [(row[0], path, name) for row in rows() for path, name in PATH.findall(row[3])]
    assert len(named) > 150
    assert [each for each in named if not (ROOT / each[1]).exists()] == []
    assert [each for each in named if each[2] and each[2] not in functions(each[1])] == []
    assert [name for row in rows() for name in ALONE.findall(row[3]) if not (ROOT / name).exists()] == []


def test_no_name_of_a_test_stands_without_its_file() -> None:
    unmarked = [row[0] for row in rows() if re.search(r"\btest_\w+", PATH.sub("", row[3]))]
    assert unmarked == []
