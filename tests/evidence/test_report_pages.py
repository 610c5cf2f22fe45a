"""The pictures of the sample report in docs/screenshots/ are those of the report as it is: as many, with the same text.

`UPDATE_DOCS=1 pytest tests/evidence/test_report_pages.py` draws them anew; whoever does looks at every one of them.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from pathlib import Path

import pikepdf
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from evidence.core import pdf
from tests.evidence import sample_report
from tests.evidence.pdf_rules import faults

FOLDER = Path(__file__).resolve().parents[2] / "docs/screenshots"
MARK = "Text-SHA256"  # in a picture: the digest of its page's text
DOTS_PER_INCH = 100
BODY = 9.5  # pt
FOOT = 8.5  # pt: title and page number at the foot
UNSEEN = 1.0  # pt
COLUMN = 170 / 25.4 * 72  # pt: the width of a drawing


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    drafted = sample_report.draft()
    file = tmp_path_factory.mktemp("report") / "report.pdf"
    file.write_bytes(pdf.render(drafted.html, drafted.attached, now=sample_report.NOW).pdf)
    return file


@pytest.fixture(scope="module")
def texts(report: Path) -> list[str]:
    """The text of each page as poppler reads it."""
    return subprocess.run(
        ["pdftotext", "-layout", report, "-"], capture_output=True, text=True, check=True
    ).stdout.split("\f")[:-1]


def digest(page: str) -> str:
    """Of the words alone: blanks between columns differ from one poppler to the next, and there is nothing to look at
    in a hash, while those of ruleset and manifest change with every word of theirs.
    """
    words = re.sub(r"\b[0-9a-f]{16}\b", "", page).split()
    return hashlib.sha256("".join(sorted("".join(words))).encode()).hexdigest()


def draw(report: Path, texts: list[str], folder: Path) -> None:
    for old in FOLDER.glob("report-page-*.png"):
        old.unlink()
    subprocess.run(["pdftoppm", "-r", str(DOTS_PER_INCH), "-png", report, folder / "page"], check=True)
    for number, (drawn, page) in enumerate(zip(sorted(folder.glob("page-*.png")), texts, strict=True), 1):
        marked = PngInfo()
        marked.add_text(MARK, digest(page))
        with Image.open(drawn) as picture:
            few = picture.quantize(256, dither=Image.Dither.NONE)
            few.save(FOLDER / f"report-page-{number:02d}.png", optimize=True, pnginfo=marked)


def test_the_pictures_are_those_of_the_report(report: Path, texts: list[str], tmp_path: Path) -> None:
    if os.environ.get("UPDATE_DOCS") == "1":
        draw(report, texts, tmp_path)
    pictures = sorted(FOLDER.glob("report-page-*.png"))
    assert [int(one.stem[-2:]) for one in pictures] == list(range(1, len(texts) + 1))
    other = [one.name for one, page in zip(pictures, texts, strict=True) if Image.open(one).info[MARK] != digest(page)]
    assert other == [], "the report says something else there: draw the pictures anew and look at them"


def test_no_page_is_nearly_empty(texts: list[str]) -> None:
    """But for the last, each page has a third of its lines or a drawing."""
    lines = [sum(bool(line.strip()) for line in page.splitlines()) for page in texts]
    assert [number for number, count in enumerate(lines[:-1], 1) if count < 15] == []


def test_no_heading_is_left_at_the_foot_of_its_page(texts: list[str]) -> None:
    headings = set(re.findall(r"<h[23][^>]*>([^<]+)", sample_report.draft().html))
    for number, page in enumerate(texts, 1):
        *_, before, last, _foot = [line.strip() for line in page.splitlines() if line.strip()]
        assert not headings & {before, last}, f"page {number} ends with a heading: {before}, {last}"


def test_no_text_is_smaller_than_nine_and_a_half_points() -> None:
    """Drawings included. Two texts are: what repeats at the foot of a page, and the title that only feeds it."""
    page = sample_report.draft().html
    sizes = sorted(float(size) for size in re.findall(r"font(?:-size)?: ([\d.]+)pt", page))
    assert [size for size in sizes if size < BODY] == [UNSEEN, FOOT, FOOT]
    drawn = re.findall(r'<svg[^>]*viewBox="0 0 (\d+) .*?</svg>', page, re.DOTALL)
    units = [float(size) for size in re.findall(r'font-size="([\d.]+)"', page)]
    assert drawn
    assert min(units) * COLUMN / max(map(float, drawn)) >= BODY


def test_the_report_breaks_no_rule_of_ours(report: Path) -> None:
    assert faults(report.read_bytes()) == []
    with pikepdf.open(report) as opened:
        assert len(opened.pages) <= 40
