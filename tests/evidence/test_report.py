"""The report: the decision first, red rows first, bounded whatever the evidence, and nothing fetched or smuggled in."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pikepdf
import pytest

from evidence.core import archive, pdf
from evidence.core.facts import Evidence
from evidence.core.report.decided import decision_sentence, verdict_sentence
from evidence.core.report.model import Report, Signature
from evidence.core.results import Finding, Result, Verdict
from seal_advisor.core.record import replace
from tests.evidence import packages

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def html(**changes: Any) -> str:
    return archive.draft(packages.package(**changes), packages.key()).html


def report(**changes: Any) -> Report:
    signature = Signature("Alice", "ab" * 32, "PKCS#12 file", self_issued=False)
    values = {
        "title": "t",
        "created_at": NOW,
        "generator": "g",
        "decision": packages.DECISION,
        "answers": packages.ANSWERS,
        "results": packages.RESULTS,
        "records": (),
        "signature": signature,
        "manifest_sha256": "",
        "ledger_size": 0,
        "ledger_root": "",
    }
    return Report(**{**values, **changes})


@pytest.mark.parametrize(
    ("status", "recommended", "sentence"),
    [
        ("recommended", ["pkcs11"], "Keep the seal key in an HSM and let Vault unseal over PKCS#11."),
        ("tie", ["pkcs11", "shamir"], "Equally good: pkcs11 and shamir."),
        ("none", [], "No option satisfies these answers."),
        ("open", [], "Not decided yet: more answers are needed."),
    ],
)
def test_the_decision_is_one_sentence(status: str, recommended: list[str], sentence: str) -> None:
    decision = {**packages.DECISION, "status": status, "recommended": recommended}
    assert decision_sentence(report(decision=decision)) == sentence
    assert sentence in html(decision=decision) or status == "tie"


def test_the_verdict_is_one_sentence() -> None:
    assert (
        verdict_sentence(report()) == "1 of 6 controls failed, 1 passed, and 1 is not proven by the evidence at hand."
    )


def test_red_rows_stand_first() -> None:
    order = [result.control for result in report().ordered]
    assert order == ["C-PN-01", "C-TL-02", "C-KB-05", "C-DR-06", "C-RK-01", "C-KB-01"]


def test_every_verdict_is_shown_by_shape_and_word() -> None:
    page = html()
    for shape, word in (
        ("✕", "Fail"),
        ("○", "Not proven"),
        ("▲", "Warning"),
        ("✓", "Pass"),
        ("✎", "Attested"),
        ("◇", "Waived"),
    ):
        assert f'<span class="shape">{shape}</span> {word}' in page


def test_a_trial_signature_says_so_on_the_face_and_another_does_not() -> None:
    assert "Self-issued trial certificate." in html()
    named = replace(packages.key(), self_issued=False)
    assert "Self-issued trial certificate." not in archive.draft(packages.package(), named).html


def test_a_finding_says_what_where_why_and_what_to_write() -> None:
    page = html()
    assert "The PIN of the HSM token stands in the file as a literal" in page
    assert "<code>vault.hcl:3</code>" in page
    assert "pin = &quot;file:///etc/vault.d/hsm.pin&quot;" in page
    assert packages.SOURCE in page


def test_excluded_options_quote_the_answer_that_excluded_them() -> None:
    page = html()
    assert "You answered: Where may the seal key exist in plain text? dedicated hsm." in page
    assert "Rule R042" in page


def test_text_of_an_artefact_cannot_become_markup() -> None:
    evil = '</td><script>alert(1)</script><img src="file:///etc/passwd">'
    found = Finding(evil, evil, 1, evil, evil)
    judged = Result("C-TL-01", evil, Verdict.FAIL, evil, (found,))
    page = html(results=(judged,), title=evil, evidence=Evidence((replace(packages.ARTEFACTS[0], name=evil),)))
    assert not re.search(r"<script|<img", page)


def test_nothing_is_fetched_whatever_the_page_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    original = pdf.NothingFromOutside.fetch

    def watched(self: pdf.NothingFromOutside, url: str, headers: dict[str, str] | None = None) -> Any:
        asked.append(url)
        return original(self, url, headers)

    monkeypatch.setattr(pdf.NothingFromOutside, "fetch", watched)
    page = (
        '<html lang="en"><head><title>t</title><link rel="stylesheet" href="http://127.0.0.1:9/x.css">'
        '<style>@import "file:///etc/passwd"; body { background: url(http://127.0.0.1:9/y.png) }</style></head>'
        '<body><img alt="x" src="file:///etc/passwd"><object data="file:///etc/hostname"></object>'
        '<a rel="attachment" href="file:///etc/passwd">x</a>'
        '<svg width="9" height="9"><title>t</title><image href="file:///etc/passwd"/></svg></body></html>'
    )
    rendered = pdf.render(page, (), now=NOW)
    assert [url for url in asked if url.startswith(("file:///etc/passwd", "http://127.0.0.1:9/"))]
    assert b"root:" not in rendered.pdf
    with pikepdf.open(BytesIO(rendered.pdf)) as opened:
        assert list(opened.attachments) == []


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "http://127.0.0.1/", "FILE:///etc/passwd", "ftp://x/y", "/etc/passwd", "datax:1"]
)
def test_the_fetcher_refuses_everything_but_data(url: str) -> None:
    with pytest.raises(ValueError, match="fetches nothing"):
        pdf.NothingFromOutside().fetch(url)


def test_the_report_stays_within_forty_pages_whatever_the_evidence() -> None:
    long = "/".join(["very-long-name"] * 40)
    findings = tuple(
        Finding(f"{n} {long}", "x" * 300, n, f"line\n{long}\n" * 20 + str(n), long + str(n)) for n in range(12)
    )
    results = tuple(Result(f"C-XX-{n:02d}", "title " * 30, Verdict.FAIL, long, findings) for n in range(150))
    many = Evidence(tuple(replace(packages.ARTEFACTS[0], name=f"{n}-{long}", sha256=f"{n:064x}") for n in range(300)))
    drafted = archive.draft(packages.package(results=results, evidence=many), packages.key())
    rendered = pdf.render(drafted.html, (), now=NOW)
    assert rendered.pages <= archive.MAX_PAGES - 6  # the real ruleset's reasons take six pages more than the ones here


def test_all_controls_of_the_catalogue_are_listed() -> None:
    """57 controls, each not proven for a reason of two lines, still fit; the cap is for evidence, not for controls."""
    reason = "missing: the record of the restore test and the audit log of the HSM or KMS for the period under review"
    title = "A backup of the seal key exists and was restored in a test"
    results = tuple(Result(f"C-XX-{n:02d}", title, Verdict.NOT_PROVEN, reason) for n in range(57))
    page = html(results=results)
    assert all(result.control in page for result in results)
    assert "further control" not in page


def test_a_setting_s_name_keeps_its_case_at_the_start_of_a_sentence() -> None:
    judged = Result(
        "C-TL-01", "t", Verdict.FAIL, "tls_disable is on", (Finding("seal.pkcs11.pin is a literal", "v.hcl", 1),)
    )
    page = html(results=(judged,))
    assert "tls_disable is on" in page
    assert "seal.pkcs11.pin is a literal" in page


def test_too_much_to_embed_is_refused() -> None:
    with pytest.raises(pdf.TooMuchAttached):
        pdf.render("<p>", (pdf.Attached("x", b"\0" * (pdf.MAX_ATTACHED + 1), ""),), now=NOW)


def test_the_document_is_archivable_tagged_and_bookmarked() -> None:
    """PDF/A-3a's and PDF/UA-1's marks, language, structure, embedded fonts, header cells with scope, an outline."""
    with pikepdf.open(BytesIO(packages.built().report)) as opened:
        root = opened.Root
        assert str(root.Lang) == "en"
        assert bool(root.MarkInfo.Marked)
        assert root.Outlines.First.Title == "Payments Vault, production"
        xmp = root.Metadata.read_bytes()
        assert b"pdfaid" in xmp
        assert re.search(rb'pdfuaid:part="1"|<pdfuaid:part>1<', xmp)
        assert "/OutputIntents" in root
        assert str(root.AF[0].AFRelationship) == "/Data"
        items = [one for one in opened.objects if isinstance(one, pikepdf.Dictionary)]
        heads = [one for one in items if one.get("/S") == "/TH"]
        assert heads
        assert all(
            str(one.A.Scope if isinstance(one.A, pikepdf.Dictionary) else one.A[0].Scope) == "/Column" for one in heads
        )
        figures = [one for one in items if one.get("/S") == "/Figure"]
        assert len(figures) == 4
        assert all(str(one.get("/Alt", "")) for one in figures)
        fonts = [one for one in items if one.get("/Type") == "/FontDescriptor"]
        assert fonts
        assert all("/FontFile2" in one or "/FontFile3" in one for one in fonts)
