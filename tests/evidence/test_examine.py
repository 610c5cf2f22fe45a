"""All controls together: the whole catalogue, the sum, waivers and attestations, the demands of a decision."""

from __future__ import annotations

import re
from datetime import date
from importlib import import_module
from types import SimpleNamespace

import pytest

from evidence.core.controls import CONTROLS, CatalogueError, read
from evidence.core.demands import Settings, from_decision, strict
from evidence.core.examine import examine, summary
from evidence.core.facts import Evidence
from evidence.core.results import Verdict
from evidence.core.waiver_files import WaiverError, read_attestations, read_waivers
from evidence.core.wanted import WANTED
from tests.evidence.judging import NOW, SAMPLES, sample

WAIVER = """
[[waiver]]
control = "C-TL-01"
reason = "the old client is replaced in January"
owner = "alice"
approved_by = "bob"
expires = 2026-12-31
"""
ATTESTATION = """
[[attestation]]
control = "C-GV-01"
statement = "the inventory was reviewed"
by = "carol"
on = 2026-11-01
expires = 2027-11-01
reference = "DOC-7"
"""


def results(*names: str, waivers: str = "", attestations: str = "") -> dict[str, object]:
    evidence = Evidence(tuple(sample(name) for name in names))
    judged = examine(
        evidence,
        strict(),
        Settings(NOW),
        waivers=read_waivers(waivers),
        attestations=read_attestations(attestations),
    )
    return {result.control: result for result in judged}


def test_all_57_controls_are_judged_in_catalogue_order() -> None:
    judged = list(results("conf/loose.hcl"))
    assert len(judged) == 57
    assert judged[:5] == ["C-CM-01", "C-CM-02", "C-CM-03", "C-CM-04", "C-TL-01"]
    assert judged[-3:] == ["C-GV-01", "C-GV-02", "C-GV-03"]


def test_without_evidence_nothing_passes_and_every_result_says_why() -> None:
    judged = examine(Evidence(()), strict(), Settings(NOW))
    assert {result.verdict for result in judged} == {Verdict.NOT_PROVEN}
    assert all(result.reason and result.findings[0].source for result in judged)


def test_every_control_names_its_sources_and_only_known_evidence() -> None:
    for control in CONTROLS:
        assert control.TITLE[0].isupper() or control.TITLE[0] == "`", control.ID
        assert control.SOURCES, control.ID
        assert set(control.NEEDS) <= set(WANTED), control.ID


def test_every_source_has_an_address() -> None:
    named = {source for control in CONTROLS for source in control.SOURCES} - {"Seal Advisor, evidence rules"}
    assert [source for source in named if not re.search(r": https://\S+$", source)] == []


def test_every_finding_over_all_samples_has_a_source() -> None:
    names = [str(path.relative_to(SAMPLES)) for path in sorted(SAMPLES.rglob("*")) if path.suffix == ".hcl"]
    for name in names:
        for result in results(name).values():
            assert [finding.message for finding in result.findings if not finding.source] == []


def test_the_sum_has_all_nine_words() -> None:
    counts = summary(examine(Evidence(()), strict(), Settings(NOW)))
    assert list(counts) == [verdict.value for verdict in Verdict]
    assert counts["not_proven"] == 57


def test_a_file_that_is_no_control_refuses_at_import(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "catalogue_for_test"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "c_tl_99.py").write_text("ID = 'C-TL-99'\n")
    (folder / "c_tl_98.py").write_text("ID = 'C-TL-97'\nTITLE = 't'\nNEEDS = ()\nSOURCES = ()\ncheck = None\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import_module("catalogue_for_test")
    with pytest.raises(CatalogueError, match="has no TITLE, NEEDS, SOURCES, check"):
        read(["c_tl_99"], "catalogue_for_test")
    with pytest.raises(CatalogueError, match="its ID is C-TL-97"):
        read(["c_tl_98"], "catalogue_for_test")


def test_openbao_is_told_its_own_commands() -> None:
    remedies = [f.remedy for r in results("conf/strict-fips.hcl").values() for f in r.findings]
    assert any(remedy.endswith("bao status -format=json") for remedy in remedies)
    assert [remedy for remedy in remedies if "vault status" in remedy or "vault operator" in remedy] == []


# Waivers and attestations


def test_a_waiver_makes_a_fail_waived_never_a_pass() -> None:
    assert results("conf/loose.hcl")["C-TL-01"].verdict == "fail"
    waived = results("conf/loose.hcl", waivers=WAIVER)["C-TL-01"]
    assert waived.verdict == "waived"
    assert waived.reason == "waived until 2026-12-31 by alice, approved by bob: the old client is replaced in January"
    assert waived.findings[0].line == 14


def test_a_waiver_does_nothing_to_what_does_not_fail() -> None:
    assert results("conf/strict-fips.hcl", waivers=WAIVER)["C-TL-01"].verdict == "pass"


def test_an_expired_waiver_does_nothing_and_is_named() -> None:
    result = results("conf/loose.hcl", waivers=WAIVER.replace("2026-12-31", "2026-11-23"))["C-TL-01"]
    assert result.verdict == "fail"
    assert "expired on 2026-11-23" in result.findings[-1].message


def test_a_waiver_holds_on_its_last_day() -> None:
    assert results("conf/loose.hcl", waivers=WAIVER.replace("2026-12-31", "2026-11-24"))["C-TL-01"].verdict == "waived"


def test_an_attestation_makes_not_proven_attested_and_nothing_else() -> None:
    judged = results("conf/loose.hcl", attestations=ATTESTATION)
    assert judged["C-GV-01"].verdict == "attested"
    assert "carol" in judged["C-GV-01"].reason
    failed = results("conf/loose.hcl", attestations=ATTESTATION.replace("C-GV-01", "C-TL-01"))
    assert failed["C-TL-01"].verdict == "fail"


def test_an_expired_or_future_attestation_does_nothing_and_is_named() -> None:
    old = results("conf/loose.hcl", attestations=ATTESTATION.replace("2027-11-01", "2026-11-02"))["C-GV-01"]
    assert (old.verdict, "expired" in old.findings[-1].message) == ("not_proven", True)
    later = results("conf/loose.hcl", attestations=ATTESTATION.replace("2026-11-01", "2026-12-01"))["C-GV-01"]
    assert (later.verdict, "from 2026-12-01" in later.findings[-1].message) == ("not_proven", True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("C-TL-01", "C-TL-1"), "no control 'C-TL-1'; did you mean 'C-TL-01'?"),
        (("reason", "reasons"), "no field 'reasons'; did you mean 'reason'?"),
        (('owner = "alice"\n', ""), "owner is missing"),
        (('"bob"', '"Alice"'), "nobody approves their own waiver"),
        (("2026-12-31", '"soon"'), "expires must be a day"),
        (("[[waiver]]", "[waiver]"), "write \\[\\[waiver\\]\\] with two brackets"),
        (("[[waiver]]", "[[waivers]]"), "did you mean \\[\\[waiver\\]\\]"),
        (('"alice"', "'"), "not TOML"),
    ],
)
def test_a_waiver_that_cannot_be_understood_says_what_is_wrong(change: tuple[str, str], message: str) -> None:
    with pytest.raises(WaiverError, match=message):
        read_waivers(WAIVER.replace(*change))


def test_dates_may_be_dates_or_text() -> None:
    assert read_waivers(WAIVER.replace("2026-12-31", '"2026-12-31"'))[0].expires == date(2026, 12, 31)


# Demands


def decision(status: str, recommended: tuple[str, ...], **states: str) -> SimpleNamespace:
    options = tuple(SimpleNamespace(id=name, state=state) for name, state in states.items())
    answers = SimpleNamespace(values={"platform": "openbao_2_7", "boundary": "dedicated_hsm", "fips_level": None})
    return SimpleNamespace(status=status, recommended=recommended, options=options, answers=answers)


def test_a_decision_admits_what_it_recommends_and_knows_what_is_possible() -> None:
    demands = from_decision(
        decision("recommended", ("pkcs11",), pkcs11="recommended", kmip="possible", shamir="excluded")
    )
    assert (demands.seals, demands.possible) == ({"pkcs11"}, {"kmip"})
    assert (demands.product, demands.version, demands.hardware) == ("openbao", "2.7", True)


def test_an_open_decision_admits_what_is_not_excluded_and_none_admits_nothing() -> None:
    assert from_decision(decision("open", (), pkcs11="open", shamir="excluded")).seals == {"pkcs11"}
    assert from_decision(decision("none", (), pkcs11="excluded")).seals == frozenset()


def test_an_unanswered_fips_question_reads_as_the_strict_profile() -> None:
    assert from_decision(decision("none", (), pkcs11="excluded")).fips_level == strict().fips_level
