"""OSCAL: valid by NIST's own schema and by trestle, for what a package may hold, and refused when it is not."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from evidence.core import contents, oscal
from evidence.core.facts import Evidence
from evidence.core.results import Finding, Result, Verdict
from tests.evidence import packages

SCHEMAS = Path(__file__).resolve().parents[1] / "data/oscal"
RESULTS, POAM = "oscal/assessment-results.json", "oscal/poam.json"
SCHEMA_OF = {RESULTS: "oscal_assessment-results_schema.json", POAM: "oscal_poam_schema.json"}
SOURCE_SHA256 = {
    "oscal_assessment-results_schema.json": "4f9e277a177adbcca9527612ce450a33dc6096773fa229d413d801d196c61985",
    "oscal_poam_schema.json": "c02062bbc6f5092012286cbc6161b643eb6aecfbb918cb5790be777860da2c11",
}


@cache
def validator(document: str) -> jsonschema_rs.Validator:
    schema = json.loads((SCHEMAS / SCHEMA_OF[document]).read_bytes())
    return jsonschema_rs.validator_for(schema, validate_formats=True)


def faults(document: str, value: Mapping[str, Any]) -> list[str]:
    return [f"{'/'.join(map(str, one.instance_path))}: {one.message}" for one in validator(document).iter_errors(value)]


def documents(**changes: Any) -> dict[str, dict[str, Any]]:
    members = {one.path: one.data for one in contents.members(packages.package(**changes))}
    return {name: json.loads(members[name]) for name in SCHEMA_OF}


def every_verdict() -> tuple[Result, ...]:
    """One result of each verdict, with what people write: line breaks, quotes, nothing at all, other alphabets."""
    found = Finding("a\n\n b \t", "vault.hcl", 3, "do\nthis", "s")
    plain = Finding("", "", None, "", "")
    said = ("", "one line", "two\nlines", '"quoted" <b>', "日本語", " " * 3, "x" * 5000)
    return tuple(
        Result(f"C-XX-{number:02}", words or " ", verdict, words, (found, plain), (), (packages.CONFIG_SHA, "ab" * 32))
        for number, (verdict, words) in enumerate(zip(Verdict, [*said, *said], strict=False))
    )


@pytest.mark.parametrize("name", sorted(SOURCE_SHA256))
def test_the_schema_is_nist_s_own(name: str) -> None:
    data = (SCHEMAS / name).read_bytes()
    assert sha256(data).hexdigest() == SOURCE_SHA256[name]
    assert f"/oscal/{oscal.OSCAL}/" in json.loads(data)["$id"]


@pytest.mark.parametrize("document", sorted(SCHEMA_OF))
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"results": ()},
        {"results": (), "evidence": Evidence(()), "waivers": (), "attestations": ()},
        {"results": every_verdict()},
        {"results": (Result("C-KB-01", "t", Verdict.PASS, "r"),)},
        {"title": "  \n "},
        {"title": "日本語の題名\n次の行"},
    ],
    ids=["a package", "no result", "nothing at all", "every verdict", "all pass", "no title", "other letters"],
)
def test_what_we_write_is_valid_by_the_schema(document: str, changes: dict[str, Any]) -> None:
    assert faults(document, documents(**changes)[document]) == []


def without(value: dict[str, Any], *path: str | int) -> dict[str, Any]:
    """A copy without what stands at the path."""
    changed = copy.deepcopy(value)
    inner: Any = changed
    for step in path[:-1]:
        inner = inner[step]
    del inner[path[-1]]
    return changed


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (RESULTS, ("assessment-results", "import-ap")),
        (RESULTS, ("assessment-results", "metadata", "last-modified")),
        (RESULTS, ("assessment-results", "results", 0, "reviewed-controls")),
        (RESULTS, ("assessment-results", "results", 0, "findings", 0, "target", "status")),
        (POAM, ("plan-of-action-and-milestones", "poam-items")),
        (POAM, ("plan-of-action-and-milestones", "metadata", "oscal-version")),
    ],
)
def test_the_schema_refuses_what_is_not_whole(document: str, path: tuple[str | int, ...]) -> None:
    assert faults(document, without(documents()[document], *path))


def test_every_reference_leads_somewhere() -> None:
    """A schema does not follow references: each uuid that is named stands in the same document."""
    value = documents(results=every_verdict())[RESULTS]["assessment-results"]
    known = {one["uuid"] for one in value["back-matter"]["resources"]}
    (result,) = value["results"]
    observed = {one["uuid"] for one in result["observations"]}
    named = {one["href"] for found in result["observations"] for one in found.get("relevant-evidence", ())}
    assert {value["import-ap"]["href"], *named} <= {f"#{uuid}" for uuid in known}
    assert {
        one["observation-uuid"] for found in result["findings"] for one in found["related-observations"]
    } <= observed


def test_trestle_validates_both_and_sees_a_broken_one(tmp_path: Path) -> None:
    """The whole tool as a user runs it, not its models only."""
    (tmp_path / ".trestle").mkdir()
    (tmp_path / ".trestle/config.ini").touch()

    def written(kind: str, value: dict[str, Any]) -> None:
        (tmp_path / kind / "package").mkdir(parents=True, exist_ok=True)
        (tmp_path / kind / "package" / f"{kind}.json").write_text(json.dumps(value))

    def validated() -> subprocess.CompletedProcess[str]:
        trestle = Path(sys.executable).with_name("trestle")
        return subprocess.run([trestle, "validate", "--all"], cwd=tmp_path, capture_output=True, text=True)

    found = documents(results=every_verdict())
    written("assessment-results", found[RESULTS])
    written("plan-of-action-and-milestones", found[POAM])
    done = validated()
    assert (done.returncode, done.stdout.count("VALID: Model")) == (0, 2), done.stdout + done.stderr
    observations = found[POAM]["plan-of-action-and-milestones"]["observations"]
    observations[0]["uuid"] = observations[1]["uuid"]
    written("plan-of-action-and-milestones", found[POAM])
    done = validated()
    assert done.returncode != 0
    assert "INVALID: Model" in done.stdout + done.stderr
