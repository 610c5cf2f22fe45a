"""The report's appendices: by framework, by day, by reviewer, what changed; and how all lists share one room."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from evidence.core import archive, contents, pdf
from evidence.core.contents import PackageInput
from evidence.core.controls import CONTROLS
from evidence.core.diff import Change
from evidence.core.facts import Evidence
from evidence.core.report import room
from evidence.core.results import Finding, Result, Verdict
from evidence.core.sign_offs import SignOff
from evidence.core.waivers import Attestation, Waiver
from seal_advisor.core import explain, rules, ruleset
from seal_advisor.core.answers import parse
from seal_advisor.core.record import replace
from tests.evidence import packages
from tests.evidence.pdf_rules import faults

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
BANK = Path(__file__).parent.parent / "data/archetypes/bank_on_premises.json"
RITA = SignOff("Rita", "Reviewer", "signed_off", NOW, 3, "ab" * 32)


def html(**changes: Any) -> str:
    return archive.draft(packages.package(**changes), packages.key()).html


def chapter(page: str, anchor: str) -> str:
    """The text of one chapter, with single spaces."""
    (found,) = re.findall(rf'<section[^>]*><h2 id="{anchor}">.*?</section>', page, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", found).split())


def test_a_revision_that_nobody_reviewed_says_so() -> None:
    assert "Nobody has reviewed this revision" in chapter(html(), "sign-offs")


def test_a_sign_off_names_who_role_when_and_the_hash_of_its_revision() -> None:
    dora = SignOff("Dora", "Compliance officer", "conditions", NOW, 3, "cd" * 32, "A third member by May")
    said = chapter(html(sign_offs=(dora, RITA)), "sign-offs")
    for words in ("Dora", "Compliance officer", "Approved with a condition", "A third member by May", "Signed off"):
        assert words in said
    assert "24 November 2026, 09:30 UTC" in said
    assert "Revision 3 abababababababab abababababababab" in said


def test_sign_offs_and_minutes_travel_in_the_package() -> None:
    given = packages.package(sign_offs=(RITA,), minutes={"001-minutes.md": b"# Minutes\n"})
    members = {one.path: one for one in contents.members(given)}
    assert members["reviews/001-minutes.md"].data == b"# Minutes\n"
    assert b'"signed_off"' in members["sign-offs.json"].data


def test_the_first_package_says_nothing_of_changes() -> None:
    page = html()
    assert 'id="changes"' not in page
    assert "Changes since" not in page


def test_what_changed_since_the_last_package_is_an_appendix_and_a_member() -> None:
    turned = tuple(replace(one, verdict=Verdict.PASS) if one.control == "C-PN-01" else one for one in packages.RESULTS)
    old = packages.package()
    new = packages.package(results=turned, before=(old.said, NOW - timedelta(days=7)))
    assert new.changes == (Change("controls", "C-PN-01", "fail", "pass"),)
    said = chapter(archive.draft(new, packages.key()).html, "changes")
    assert said.startswith("Changes since the last package 1 change compared with the package of 17 November 2026")
    assert "Controls: C-PN-01 ✕ Fail ✓ Pass" in said
    (member,) = [one for one in contents.members(new) if one.path == "changes.json"]
    assert b'"before": "fail"' in member.data


def test_a_package_like_the_last_one_says_that_nothing_changed() -> None:
    old = packages.package()
    assert "Nothing, compared with" in chapter(html(before=(old.said, NOW)), "changes")


def test_each_requirement_names_its_controls_their_evidence_and_the_worst_verdict() -> None:
    failed = Result("C-RO-01", "t", Verdict.FAIL, "r", (), (), (packages.ARTEFACTS[1].sha256,))
    passed = Result("C-RO-02", "t", Verdict.PASS, "r")
    said = chapter(html(results=(failed, passed), frameworks=("dora",)), "frameworks")
    assert "DORA" in said
    assert "PCI" not in said
    assert re.search(r"RTS 7\(1\) keys are managed through their whole lifecycle ✕ Fail C-RO-01 C-RO-02 .*?E2", said)
    assert "Nothing judged: RTS 6, RTS 7(2), RTS 7(3), RTS 7(5)." in said, "what no control spoke to is not met"


def test_where_the_room_ends_every_framework_has_had_its_share() -> None:
    failed = tuple(Result(one.ID, "t", Verdict.FAIL, "r") for one in CONTROLS)
    said = chapter(html(results=failed), "frameworks")
    for title in ("DORA", "ISO/IEC 27001", "PCI DSS", "SOC 2", "SP 800-53"):
        assert re.search(rf"{title}.*? Id What it is about .*? ✕ Fail", said), title


def test_all_frameworks_stand_in_the_table_whatever_the_appendix_shows() -> None:
    (member,) = [one for one in contents.members(packages.package()) if one.path == "facts/frameworks.csv"]
    lines = member.data.decode().splitlines()
    assert {line.split(",")[0] for line in lines[1:]} == {
        "dora", "iso_27001_2022", "pci_dss_4", "soc_2", "sp_800_53_r5"
    }  # fmt: skip


def test_the_calendar_shows_controls_with_evidence_and_counts_the_others() -> None:
    said = chapter(html(), "coverage")
    assert "For 5 there is no evidence of any day." in said
    assert "C-RK-01 24/90" in said


def test_a_decision_without_evidence_has_no_chapter_about_evidence() -> None:
    page = html(judged=False, results=(), evidence=Evidence(()))
    assert not re.search(r'id="(frameworks|coverage|controls|evidence)"', page)


def test_room_is_shared_smallest_wish_first_and_controls_before_all() -> None:
    got = room.shared({"controls": 100, "findings": 900, "evidence": 30, "changes": 5}, 200).lines
    assert got == {"controls": 100, "changes": 5, "evidence": 30, "findings": 65}
    assert sum(got.values()) == 200


@cache
def decided() -> dict[str, Any]:
    """A bank's design under the released rules, whose reasons fill more pages than the ones made by hand."""
    released = rules.load(ruleset.current())
    answers = parse(json.loads(BANK.read_text(encoding="utf-8")), released)
    return {
        "decision": explain.document(released, answers),
        "answers": answers.as_json(),
        "ruleset": released.files,
    }


def flood(files: int) -> PackageInput:
    """More of everything than any report can show."""
    long = "/".join(["very-long-name"] * 40)
    results = tuple(
        Result(
            f"C-XX-{n:02d}", "title " * 20, Verdict.FAIL, "why " * 60,
            tuple(Finding(f"{n} {m} {long}", "x" * 300, m, f"{n}{m}\n{long}\n" * 20, f"{long}{m}") for m in range(12)),
        )
        for n in range(57)
    )  # fmt: skip
    artefacts = tuple(replace(packages.ARTEFACTS[0], name=f"{n}-{long}", sha256=f"{n:064x}") for n in range(files))
    waived = tuple(Waiver("C-XX-01", long, long, long, date(2027, 1, 1)) for _ in range(300))
    stated = tuple(Attestation("C-XX-02", long, long, date(2026, 1, 1), date(2027, 1, 1)) for _ in range(300))
    said = tuple(replace(RITA, name=f"Reviewer {n}", remark=long) for n in range(300))
    old = packages.package(**decided(), evidence=Evidence(artefacts[: files // 2]))
    return packages.package(
        **decided(), results=results, evidence=Evidence(artefacts), waivers=waived, attestations=stated,
        sign_offs=said, before=(old.said, NOW),
    )  # fmt: skip


def test_a_flood_of_everything_stays_within_forty_pages() -> None:
    drafted = archive.draft(flood(1200), packages.key())
    assert pdf.render(drafted.html, (), now=NOW).pages <= archive.MAX_PAGES
    for missing in ("further file", "further finding", "further change", "further entries in sign-offs.json"):
        assert missing in drafted.html


JAPANESE = {
    "title": "決済基盤の Vault（本番）シール設計",
    "waivers": (Waiver("C-DR-06", "移行までは二つのゾーンのみ", "鈴木", "田中", date(2027, 3, 31)),),
    "sign_offs": (SignOff("山田 花子", "レビュー担当", "signed_off", NOW, 3, "ab" * 32, "鍵の儀式を確認した"),),
}


@pytest.mark.parametrize("language", ["english", "japanese"])
def test_english_and_japanese_are_set_in_embedded_fonts(language: str, tmp_path: Path, japanese_font: str) -> None:
    """Read back by poppler, another hand than the one that wrote it; and no rule of ours is broken."""
    given = JAPANESE if language == "japanese" else {}
    drafted = archive.draft(packages.package(**given), packages.key())
    file = tmp_path / "report.pdf"
    file.write_bytes(pdf.render(drafted.html, drafted.attached, now=NOW).pdf)
    read = "".join(subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True, check=True).stdout.split())
    fonts = subprocess.run(["pdffonts", file], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert fonts
    assert all(re.search(r"yes yes yes", line) for line in fonts), "embedded, a subset, readable as text"
    assert any("CJK" in line for line in fonts) is (language == "japanese")
    wanted = ("決済基盤のVault（本番）シール設計", "移行までは二つのゾーンのみ", "鍵の儀式を確認した", "山田花子")
    for words in wanted if language == "japanese" else ("PaymentsVault,production",):
        assert words in read
    assert faults(file.read_bytes()) == []
