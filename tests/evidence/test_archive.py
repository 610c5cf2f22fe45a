"""The archive: one lawful layout, the same bytes for the same input, tables that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trestle.oscal.assessment_results import Model as AssessmentResults
from trestle.oscal.poam import Model as Poam

from evidence.core import archive, contents, pdf, zip_layout
from evidence.core.custody import TreeHead
from evidence.core.facts import Artefact, Evidence
from evidence.core.results import Finding, Result, Verdict
from evidence.core.zip_layout import NotAnArchive
from tests.evidence import packages

ROOT = Path(__file__).resolve().parents[2]


def test_the_archive_holds_what_was_put_in() -> None:
    with zipfile.ZipFile(io.BytesIO(packages.whole())) as opened:
        assert opened.testzip() is None
        assert {name: opened.read(name) for name in opened.namelist()} == dict(packages.built().files)


@given(
    st.lists(
        st.tuples(st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1), st.binary()), max_size=5
    )
)
@settings(max_examples=25, deadline=None)
def test_what_is_written_is_lawful(files: list[tuple[str, bytes]]) -> None:
    once = list(dict(files).items())
    read = zip_layout.read(b"".join(zip_layout.chunks(once)))
    assert (list(read.members.items()), read.faults) == (once, ())


def test_another_writer_s_archive_of_the_same_files_is_not_lawful() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as other:
        for name, data in packages.built().files:
            other.writestr(name, data)
    assert zip_layout.read(out.getvalue()).faults


@pytest.mark.parametrize("data", [b"", b"hello", b"%PDF-1.7", b"\0" * 100])
def test_what_never_was_an_archive_is_refused(data: bytes) -> None:
    with pytest.raises(NotAnArchive):
        zip_layout.read(data)


def test_a_bomb_costs_no_more_than_it_declares() -> None:
    honest = b"".join(zip_layout.chunks([("a", b"\0" * 10_000_000)]))
    lying = honest.replace((10_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    assert any("a: cannot be read" in fault for fault in zip_layout.read(lying).faults)


def test_a_package_of_the_same_values_has_the_same_members_in_any_process(tmp_path: Path) -> None:
    program = (
        "import sys; from hashlib import sha256; from evidence.core import archive; "
        "from tests.evidence import packages; "
        "drafted = archive.draft(packages.package(), packages.key()); "
        "print(sha256(drafted.manifest).hexdigest(), *(sha256(m.data).hexdigest() for m in drafted.members))"
    )
    said = []
    for zone, locale, folder in (("UTC", "C", "/"), ("Asia/Tokyo", "de_DE.UTF-8", str(tmp_path))):
        environment = {**os.environ, "TZ": zone, "LC_ALL": locale, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "random"}
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=folder, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        said.append(done.stdout)
    assert said[0] == said[1]


def test_the_unsigned_report_is_reproducible() -> None:
    drafted = archive.draft(packages.package(), packages.key())
    first = pdf.render(drafted.html, drafted.attached, now=drafted.now)
    assert pdf.render(drafted.html, drafted.attached, now=drafted.now) == first


def test_only_redacted_content_goes_in() -> None:
    assert not [name for name, data in packages.built().files if b"4711" in data]


def test_a_refused_file_is_named_and_not_kept() -> None:
    refused = Artefact("init.json", "ab" * 32, 9, "refused", error="init output: rotate these keys")
    package = packages.package(evidence=Evidence((*packages.ARTEFACTS, refused)))
    assert not [one.path for one in contents.members(package) if "init" in one.path]
    assert package.refused[0]["error"] == "init output: rotate these keys"


def test_a_cell_that_a_spreadsheet_would_run_is_quoted() -> None:
    found = Finding("=HYPERLINK(1)", "+x.hcl", 3, "@SUM(A1)", "-s")
    judged = Result("C-TL-01", "t", Verdict.FAIL, "r", (found,))
    members = {one.path: one.data for one in contents.members(packages.package(results=(judged,)))}
    row = list(csv.reader(io.StringIO(members["facts/findings.csv"].decode())))[1]
    assert row[2:] == ["'=HYPERLINK(1)", "'+x.hcl", "3", "'@SUM(A1)", "'-s"]


def test_oscal_is_understood_by_trestle() -> None:
    files = dict(packages.built().files)
    results = AssessmentResults.model_validate_json(files["oscal/assessment-results.json"]).assessment_results
    assert results.metadata.oscal_version.root.root == "1.2.1"
    findings = {one.target.target_id: one.target.status.state.value for one in results.results[0].findings}
    assert findings["C-KB-01"] == "satisfied"
    assert findings["C-TL-02"] == "not-satisfied"  # not proven is never satisfied
    items = Poam.model_validate_json(files["oscal/poam.json"]).plan_of_action_and_milestones.poam_items
    assert [item.title.split()[0] for item in items] == ["C-TL-02", "C-PN-01", "C-KB-05", "C-DR-06"]


def test_oscal_of_a_clean_sheet_still_has_its_item() -> None:
    passed = Result("C-KB-01", "t", Verdict.PASS, "r")
    members = {one.path: one.data for one in contents.members(packages.package(results=(passed,)))}
    Poam.model_validate_json(members["oscal/poam.json"])
    Poam.model_validate_json(dict(contents_of_nothing())["oscal/poam.json"])
    AssessmentResults.model_validate_json(dict(contents_of_nothing())["oscal/assessment-results.json"])


def contents_of_nothing() -> list[tuple[str, bytes]]:
    empty = packages.package(results=(), evidence=Evidence(()), waivers=(), attestations=())
    return [(one.path, one.data) for one in contents.members(empty)]


def test_a_package_without_evidence_can_be_drafted() -> None:
    empty = packages.package(results=(), evidence=Evidence(()), waivers=(), attestations=())
    assert "No evidence was handed in." in archive.draft(empty, packages.key()).html


def test_the_ledger_of_the_last_package_is_proved_to_be_the_beginning_of_this_one() -> None:
    last = packages.built()
    drafted = archive.draft(packages.package(ledger=last.ledger, previous=last.head), packages.key())
    value = json.loads(drafted.consistency or b"")
    assert (value["previous"]["size"], value["size"]) == (last.head.size, 2 * last.head.size)
    with pytest.raises(ValueError, match="no earlier ledger"):
        archive.draft(packages.package(previous=TreeHead(99, b"", "")), packages.key())
