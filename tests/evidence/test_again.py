"""A package decides and judges once more: what was signed follows from what lies beside it, or it is named."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from evidence.commands import inputs
from evidence.core import again, archive, manifest, verify
from evidence.core.approved import approved
from evidence.core.contents import PackageInput
from evidence.core.demands import Settings
from evidence.core.examine import examine
from evidence.core.facts import Declared, Evidence
from evidence.core.pdf_check import Check
from evidence.core.results import Verdict
from evidence.core.waivers import Attestation, Exclusion, Waiver
from seal_advisor import __version__
from seal_advisor.core import explain, loader, rules, ruleset
from seal_advisor.core.answers import parse
from seal_advisor.core.record import fields, replace
from tests.evidence import packages

SAMPLES = Path(__file__).resolve().parents[1] / "data/samples"
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
ANSWERS = {"platform": "vault_enterprise_hsm", "fips_level": "l3", "boundary": "dedicated_hsm", "hsm": "clustered"}
WAIVED = Waiver("C-TL-01", "Until the move", "Bob", "Alice", NOW.date() + timedelta(days=30))
SAID = Attestation("C-RK-01", "Five holders", "Carol", NOW.date(), NOW.date() + timedelta(days=30), "minutes 7")
EXCLUDED = Exclusion("C-DR-06", "One site by decision", "Dora", NOW.date())


@cache
def package() -> PackageInput:
    """A real judgement over every sample there is, with a file that is refused and a folder that is read as one."""
    rules_now = loader.load(ruleset.current())
    answers = parse({"answers": ANSWERS}, rules_now)
    demands = approved(rules.decide(rules_now, answers))
    settings = Settings(NOW, scan_max_age=timedelta(days=40))
    declared = Declared(product="vault", version="1.21.3", source="test", product_basis="answers")
    folders = [str(SAMPLES / name) for name in ("conf", "hsm", "runtime", "tls")]
    taken = inputs.read(folders, {folders[2]: "vault-1"}, declared, NOW)
    named = tuple(replace(one, name=one.name.rpartition("/")[2]) for one in taken)
    evidence = Evidence(named)
    stated = {"waivers": (WAIVED,), "attestations": (SAID,), "exclusions": (EXCLUDED,)}
    return PackageInput(
        title="Every sample",
        decision=explain.document(rules_now, answers),
        answers=answers.as_json(),
        ruleset=rules_now.files,
        evidence=evidence,
        results=examine(evidence, demands, settings, **stated),
        now=NOW,
        generator=f"Seal Advisor {__version__}",
        version=__version__,
        settings=settings,
        declared={one.sha256: declared for one in evidence.artefacts},
        **stated,
    )


def drafted(**changes: Any) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Files and manifest of a package that was made so from the beginning, as its own signer may have made it."""
    draft = archive.draft(replace(package(), **changes), packages.key())
    files = {one.path: one.data for one in draft.members}
    return files, manifest.parse(draft.manifest)


@cache
def honest() -> tuple[dict[str, bytes], dict[str, Any]]:
    return drafted()


def found(files: dict[str, bytes], listed: dict[str, Any], **named: Any) -> dict[str, Check]:
    return {one.name: one for one in again.checks(files, listed, **named)}


def test_every_sample_is_judged_again_to_the_byte() -> None:
    assert any(one.kind == "refused" for one in package().evidence.artefacts)
    assert any(one.folder for one in package().evidence.artefacts)
    checks = found(*honest())
    assert all(one.ok for one in checks.values()), checks
    assert checks[again.DECISION].detail == "decision.json comes out to the byte"
    assert "verdicts and 9 tables come out to the byte" in checks[again.CONTROLS].detail


def test_what_an_honest_looking_signer_made_up_is_named() -> None:
    """The signer himself turns a failure into a pass: every hash and proof holds, the evidence does not bear it out."""
    turned = next(one for one in package().results if one.verdict is Verdict.FAIL)
    results = tuple(replace(one, verdict=Verdict.PASS) if one is turned else one for one in package().results)
    check = found(*drafted(results=results))[again.CONTROLS]
    assert not check.ok
    assert f"{turned.control} is fail, the package says pass" in check.detail


def test_a_made_up_decision_is_named() -> None:
    decision = json.loads(json.dumps(package().decision))
    decision["recommended"] = ["cloud_kms"]
    check = found(*drafted(decision=decision))[again.DECISION]
    assert (check.ok, "another recommended" in check.detail) == (False, True)
    decision = {**package().decision, "warnings": ["All is well."]}
    check = found(*drafted(decision=decision))[again.DECISION]
    assert (check.ok, check.detail) == (False, "the same outcome, but not decision.json to the byte")


def test_a_finding_with_other_words_is_named_by_its_table() -> None:
    first = next(one for one in package().results if one.findings)
    softened = replace(first.findings[0], message="Nothing of importance")
    results = tuple(
        replace(one, findings=(softened, *one.findings[1:])) if one is first else one for one in package().results
    )
    assert "facts/findings.csv comes out differently" in [
        one.detail for one in again.checks(*drafted(results=results)) if not one.ok
    ]


@pytest.mark.parametrize(
    "broken",
    [
        {"answers.json": b"{"},
        {"answers.json": b'{"answers": {"platform": "no_such"}}'},
        {"exceptions.json": b'{"waivers": [{"control": "C-TL-01"}]}'},
        {"ruleset/questions.toml": b"= ="},
    ],
)
def test_what_cannot_be_read_again_is_one_check(broken: dict[str, bytes]) -> None:
    files, listed = honest()
    checks = [one for one in again.checks({**files, **broken}, listed) if not one.ok]
    assert [one.name for one in checks] == [again.DECISION]
    assert "cannot be read again" in checks[0].detail


def test_another_release_is_compared_by_outcomes() -> None:
    files, listed = drafted(generator="Seal Advisor 0.0.1", title="Older")
    reworded = files["facts/results.csv"].replace(b"not stated", b"nobody said")
    checks = found({**files, "facts/results.csv": reworded}, listed)
    assert all(one.ok for one in checks.values()), checks
    assert "words them differently than Seal Advisor 0.0.1" in checks[again.CONTROLS].detail
    rows = list(csv.reader(io.StringIO(files["facts/results.csv"].decode())))
    turned = next(row for row in rows if row[2] == "fail")
    other = files["facts/results.csv"].replace(f"{turned[0]},".encode(), b"C-XX-01,", 1)
    assert again.CONTROLS in found({**files, "facts/results.csv": other}, listed)


def test_a_public_page_runs_no_stranger_s_rules() -> None:
    files, listed = honest()
    strange = {**files, "ruleset/settings.toml": files["ruleset/settings.toml"] + b"# a stranger's\n"}
    check = found(strange, listed, strangers=False)
    assert list(check) == [again.DECISION]
    assert "not evaluated here" in check[again.DECISION].detail
    assert len(found(files, listed, strangers=False)) == 2  # what we published is evaluated there too


def test_an_older_package_that_does_not_name_what_it_was_judged_by_is_not_judged_again() -> None:
    files, listed = honest()
    checks = found(files, {name: value for name, value in listed.items() if name != "judgement"})
    assert (checks[again.CONTROLS].ok, "not judged again" in checks[again.CONTROLS].detail) == (True, True)


def test_a_package_of_the_decision_alone_is_decided_again() -> None:
    assert list(found(*drafted(judged=False, evidence=Evidence(()), results=()))) == [again.DECISION]


def test_thresholds_survive_the_manifest() -> None:
    given = Settings(NOW, NOW - timedelta(days=90), NOW, 0.2, timedelta(days=3))
    back = again.settings_from(json.loads(manifest.canonical(again.settings_to(given))), NOW)
    assert all(getattr(back, name) == getattr(given, name) for name in fields(Settings))


def test_verify_names_it_in_a_package_that_is_otherwise_whole() -> None:
    turned = next(one for one in package().results if one.verdict is Verdict.FAIL)
    results = tuple(replace(one, verdict=Verdict.PASS) if one is turned else one for one in package().results)
    for changes, differing in (({}, set()), ({"results": results}, {again.CONTROLS})):
        draft = archive.draft(replace(package(), **changes), packages.key())  # type: ignore[arg-type]
        whole = archive.seal(draft, packages.plain_page(draft), packages.key()).archive
        outcome = verify.verify(whole, now=NOW)
        assert {one.name for one in outcome.differences} == differing
        assert outcome.valid is not bool(differing)
    assert verify.verify(whole, now=NOW, again=False).valid


def test_other_evidence_than_was_judged_is_seen() -> None:
    """The signer hands in another file than the one that was judged."""
    files, listed = honest()
    path = next(one["path"] for one in listed["members"] if one["kind"] == "vault_config")
    assert not found({**files, path: b'storage "raft" {\n}\n'}, listed)[again.CONTROLS].ok
