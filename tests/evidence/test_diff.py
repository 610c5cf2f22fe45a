"""Two packages side by side: only what changed, by area and name."""

from __future__ import annotations

from datetime import date

import pytest

from evidence.core import archive, zip_layout
from evidence.core.diff import Change, NotAPackage, diff
from evidence.core.facts import Evidence
from evidence.core.results import Verdict
from seal_advisor.core.record import replace
from tests.evidence import packages


def packed(**changes: object) -> bytes:
    """A package without the cost of rendering: the report is no part of a comparison."""
    drafted = archive.draft(packages.package(**changes), packages.key())
    files = [("manifest.json", drafted.manifest), *((one.path, one.data) for one in drafted.members)]
    return b"".join(zip_layout.chunks(files))


OLD = packed()


def test_nothing_changed_is_nothing() -> None:
    assert diff(OLD, packed()) == ()


def test_a_verdict_that_turned_is_named() -> None:
    turned = tuple(replace(one, verdict=Verdict.PASS) if one.control == "C-PN-01" else one for one in packages.RESULTS)
    assert diff(OLD, packed(results=turned)) == (Change("controls", "C-PN-01", "fail", "pass"),)


def test_the_decision_and_its_answers_are_compared() -> None:
    decision = {**packages.DECISION, "status": "tie", "recommended": ["pkcs11", "shamir"]}
    answers = {"answers": {**packages.ANSWERS, "budget": "tens"}}
    assert diff(OLD, packed(decision=decision, answers=answers)) == (
        Change("decision", "recommended", "pkcs11", "pkcs11, shamir"),
        Change("decision", "status", "recommended", "tie"),
        Change("answers", "budget", "not known", "tens"),
    )


def test_evidence_that_came_went_or_changed_is_named() -> None:
    vault, tls, _ = packages.ARTEFACTS
    now = Evidence((replace(vault, sha256="cd" * 32), tls, replace(tls, name="new.json", sha256="ef" * 32)))
    changes = diff(OLD, packed(evidence=now))
    assert [(one.what, one.before is None, one.after is None) for one in changes] == [
        ("hsm-audit.txt", False, True),
        ("new.json", True, False),
        ("vault.hcl", False, False),
    ]
    assert changes[1].line == f"evidence: new.json: new: sha256 {'ef' * 32}"


def test_a_prolonged_waiver_is_a_change() -> None:
    (change,) = diff(OLD, packed(waivers=(replace(packages.WAIVER, expires=date(2028, 1, 1)),)))
    assert (change.area, change.what) == ("exceptions", "waiver of C-DR-06")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"".join(zip_layout.chunks([("a", b"")]))])
def test_what_is_no_package_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(NotAPackage, match="the new package"):
        diff(OLD, data)
