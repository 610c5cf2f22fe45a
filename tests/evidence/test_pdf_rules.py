"""The report keeps every rule of `pdf_rules`, signed or not; and each rule is seen to break when the file breaks it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from typing import Any

import pikepdf
import pytest

from evidence.core import archive, pdf, signing
from tests.evidence import packages
from tests.evidence.pdf_rules import faults

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@cache
def unsigned() -> bytes:
    drafted = archive.draft(packages.package(), packages.key())
    return pdf.render(drafted.html, drafted.attached, now=NOW).pdf


def test_the_report_breaks_no_rule_before_it_is_signed() -> None:
    assert faults(unsigned()) == []


def test_the_signed_report_breaks_no_rule() -> None:
    assert faults(packages.built().report) == []


def test_the_field_for_the_signature_is_the_one_that_the_signer_fills() -> None:
    assert pdf.SIGNATURE_FIELD == signing.FIELD
    with pikepdf.open(BytesIO(packages.built().report)) as opened:
        (field,) = opened.Root.AcroForm.Fields
        assert (str(field.T), bool(field.V.ByteRange)) == (signing.FIELD, True)


def test_the_foot_of_a_page_is_no_content() -> None:
    with pikepdf.open(BytesIO(unsigned())) as opened:
        page = opened.pages[3]
        assert b"/Artifact <</Type /Pagination>> BDC" in page.Contents.read_bytes()


def first(document: pikepdf.Pdf, key: str, value: str) -> Any:
    return next(
        one
        for one in document.objects
        if isinstance(one, pikepdf.Dictionary | pikepdf.Stream) and str(one.get(key)) == value
    )


def without_language(document: pikepdf.Pdf) -> None:
    del document.Root["/Lang"]


def without_output_intent(document: pikepdf.Pdf) -> None:
    del document.Root["/OutputIntents"]


def with_suspect_tags(document: pikepdf.Pdf) -> None:
    document.Root.MarkInfo.Suspects = True


def without_bookmarks(document: pikepdf.Pdf) -> None:
    del document.Root["/Outlines"]


def with_a_header_cell_of_nothing(document: pikepdf.Pdf) -> None:
    del first(document, "/S", "/TH")["/A"]


def with_a_silent_figure(document: pikepdf.Pdf) -> None:
    del first(document, "/S", "/Figure")["/Alt"]


def with_a_skipped_heading(document: pikepdf.Pdf) -> None:
    first(document, "/S", "/H2").S = pikepdf.Name.H6


def without_a_font(document: pikepdf.Pdf) -> None:
    descriptor = first(document, "/Type", "/FontDescriptor")
    for key in ("/FontFile2", "/FontFile3"):
        if key in descriptor:
            del descriptor[key]


def with_a_script(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = document.make_indirect(pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)"))


def with_an_unknown_blend(document: pikepdf.Pdf) -> None:
    document.Root.Odd = document.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.ExtGState, BM=pikepdf.Name.Glow))


def with_loose_marks(document: pikepdf.Pdf) -> None:
    contents = document.pages[0].Contents
    contents.write(contents.read_bytes() + b"\n0 0 9 9 re f\n")


def with_a_link_out_of_the_structure(document: pikepdf.Pdf) -> None:
    del first(document, "/Subtype", "/Link")["/StructParent"]


def with_a_stray_attachment(document: pikepdf.Pdf) -> None:
    document.attachments["odd.txt"] = b"odd"


@pytest.mark.parametrize(
    ("broken", "clause"),
    [
        (without_language, "6.7.4"),
        (without_output_intent, "6.2.3"),
        (with_suspect_tags, "7.1"),
        (without_bookmarks, "7.17"),
        (with_a_header_cell_of_nothing, "7.5"),
        (with_a_silent_figure, "7.3"),
        (with_a_skipped_heading, "7.4.2"),
        (without_a_font, "6.2.11.4"),
        (with_a_script, "6.5.1"),
        (with_an_unknown_blend, "6.2.10"),
        (with_loose_marks, "page 1: 7.1"),
        (with_a_link_out_of_the_structure, "7.18.1"),
        (with_a_stray_attachment, "6.8"),
    ],
)
def test_a_broken_rule_is_named_with_its_clause(broken: Callable[[pikepdf.Pdf], None], clause: str) -> None:
    out = BytesIO()
    with pikepdf.open(BytesIO(unsigned())) as document:
        broken(document)
        document.save(out)
    found = faults(out.getvalue())
    assert found
    assert any(clause in line for line in found), found
