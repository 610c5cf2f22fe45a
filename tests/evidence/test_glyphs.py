"""What print cannot show as itself is printed by its number, and the first page says so."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evidence.core import archive, glyphs, pdf
from evidence.core.results import Finding, Result, Verdict
from tests.evidence import packages

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
NOTE = "[U+XXXX] stands for the character of that number"
NOWHERE = "\U000e0fff"  # assigned to nothing: no font has it


def read(drafted: archive.Draft, folder: Path) -> str:
    """The report's text as poppler reads it, in one line."""
    file = folder / "report.pdf"
    file.write_bytes(pdf.render(drafted.html, (), now=NOW).pdf)
    return " ".join(subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True, check=True).stdout.split())


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ("vault\u202elch.hcl", "vault[U+202E]lch.hcl"),
        ("a\x00b\x1bc", "a[U+0000]b[U+001B]c"),
        ("a\u200bb\ufeff", "a[U+200B]b[U+FEFF]"),
        ("a\tb\u00a0c\u3000d", "a b c d"),
        ("one\ntwo", "one\ntwo"),
        ("鈴木 עברית ü ✓", "鈴木 עברית ü ✓"),
    ],
)
def test_what_has_no_shape_is_named_by_its_number(given: str, seen: str) -> None:
    assert glyphs.visible(given) == seen


def test_a_character_that_no_font_has_is_printed_by_its_number_and_the_first_page_says_so(tmp_path: Path) -> None:
    odd = f"key \U0001d173 and \ue000 and {glyphs.number(NOWHERE)[0]}\u0ba9\u0cde"
    judged = Result("C-TL-01", "t", Verdict.FAIL, odd, (Finding(odd, "v.hcl", 1),))
    said = read(archive.draft(packages.package(results=(judged,)), packages.key()), tmp_path)
    assert "[U+E000]" in said, "a private character is in no font"
    assert "\ue000" not in said
    assert NOTE in said


def test_right_to_left_words_are_printed_with_their_letters(tmp_path: Path) -> None:
    judged = Result("C-TL-01", "t", Verdict.FAIL, "name שלום and سلام", ())
    said = read(archive.draft(packages.package(results=(judged,)), packages.key()), tmp_path)
    assert "שלום" in said or "םולש" in said
    assert NOTE not in said


def test_a_report_whose_characters_are_all_there_says_nothing_of_numbers_and_is_drawn_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = []
    original = pdf._drawn

    def counted(*given: object) -> tuple[bytes, int]:
        drawn.append(str(given[0]))
        return original(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(pdf, "_drawn", counted)
    pdf.render(archive.draft(packages.package(), packages.key()).html, (), now=NOW)
    (page,) = drawn
    assert NOTE not in page
    assert glyphs.PLACE not in page
