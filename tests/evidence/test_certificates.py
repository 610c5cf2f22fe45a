"""The register of FIPS certificates: read from TOML, written back, and judged by C-CM-01 as a person's word."""

from __future__ import annotations

from datetime import date

import pytest

from evidence.core.facts import Artefact, CertificateFacts
from evidence.core.parsers.module_certificate import parse, written
from evidence.core.refusal import Refused
from evidence.core.upload import Declared, intake
from tests.evidence.judging import config, decided, judge

GOOD = """\
[[certificate]]
module = "Luna K7 Cryptographic Module"
number = "4684"
standard = "fips_140_3"
level = 3
status = "active"
checked_on = 2026-11-02
checked_by = "Vera Reader"
source = "https://csrc.nist.gov/projects/cryptographic-module-validation-program/certificate/4684"
"""
SEAL = 'seal "pkcs11" {\n  lib = "/opt/hsm/libhsm.so"\n  key_label = "k"\n  mechanism = "0x1087"\n}\n'


def register(*changes: tuple[str, str], text: str = GOOD) -> Artefact:
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    return intake("register.toml", text.encode())


def test_a_register_is_recognised_by_its_content_and_read_with_lines() -> None:
    artefact = register(text=f"# ours\n{GOOD}\n{GOOD.replace('4684', '4700')}")
    assert artefact.kind == "module_certificate"
    assert isinstance(artefact.facts, CertificateFacts)
    first, second = artefact.facts.certificates
    assert (first.number, first.level, first.checked_on, first.line) == ("4684", 3, date(2026, 11, 2), 2)
    assert (second.number, second.line) == ("4700", 12)


def test_what_is_written_is_read_back_to_the_same_values_whatever_the_words() -> None:
    facts = parse(GOOD.replace("Luna K7", 'Luna \\"K7\\" \\\\ \\u007f [[certificate]]'), Declared())
    again = parse(written(facts.certificates), Declared())
    assert [one.module for one in again.certificates] == ['Luna "K7" \\ \x7f [[certificate]] Cryptographic Module']


@pytest.mark.parametrize(
    ("before", "after", "reason", "line"),
    [
        ("level = 3", "level = 5", "level is 5", 1),
        ("level = 3", "level = true", "level is True", 1),
        ('"fips_140_3"', '"fips_140_4"', "no standard", 1),
        ('"active"', '"fine"', "no status", 1),
        ("2026-11-02", '"2026-11-02"', "checked_on is no day", 1),
        ("level = 3\n", "", "level of a certificate is missing", 1),
        ("level = 3", "levle = 3", "no field 'levle'", 1),
        ("level = 3", "level = ", "no TOML", 5),
        ("[[certificate]]", "[[certificate]]\n[[certificate]]", "is missing", 1),
        ("level = 3", 'level = 3\n[other]\nx = 1', "not other", None),
    ],
)  # fmt: skip
def test_a_field_that_is_wrong_is_refused_by_name(before: str, after: str, reason: str, line: int | None) -> None:
    with pytest.raises(Refused) as refused:
        register((before, after))
    assert reason in refused.value.reason
    assert refused.value.line == line


def test_a_certificate_attests_and_never_proves() -> None:
    found = judge("C-CM-01", config(SEAL), register(), demands=decided("pkcs11", fips_level="l3"))
    assert found.verdict.value == "attested"
    assert "certificate 4684 (FIPS 140-3 level 3, active), read by Vera Reader on 2026-11-02" in found.reason
    assert register().sha256 in found.artefacts


@pytest.mark.parametrize(
    ("change", "verdict", "words"),
    [
        (("level = 3", "level = 2"), "fail", "level 3 is demanded"),
        (('"active"', '"revoked"'), "fail", "revoked"),
        (('"active"', '"historical"'), "fail", "no longer on the active list"),
        (('"fips_140_3"', '"fips_140_2"'), "fail", "the demand is FIPS 140-3"),
        (("2026-11-02", "2026-08-01"), "stale", "115 days ago; at most 90 days count"),
    ],
)
def test_a_certificate_below_the_demand_fails_and_an_old_reading_is_stale(
    change: tuple[str, str], verdict: str, words: str
) -> None:
    found = judge("C-CM-01", config(SEAL), register(change), demands=decided("pkcs11", fips_level="l3"))
    assert found.verdict.value == verdict
    assert words in found.findings[0].message
    assert found.findings[0].line == 1


def test_where_the_auditor_accepts_fips_140_2_an_old_certificate_warns() -> None:
    demands = decided("pkcs11", fips_level="l3", fips_standard="fips_140_2_legacy")
    old = register(('"fips_140_3"', '"fips_140_2"'), ('"active"', '"historical"'))
    assert judge("C-CM-01", config(SEAL), old, demands=demands).verdict.value == "warn"


def test_a_certificate_does_not_help_a_software_token() -> None:
    soft = config(SEAL.replace("/opt/hsm/libhsm.so", "/usr/lib/softhsm/libsofthsm2.so"))
    assert judge("C-CM-01", soft, register(), demands=decided("pkcs11", fips_level="l3")).verdict.value == "fail"


def test_without_a_certificate_nothing_is_proven() -> None:
    found = judge("C-CM-01", config(SEAL), demands=decided("pkcs11", fips_level="l3"))
    assert (found.verdict.value, found.missing) == ("not_proven", ("module_certificate",))


def test_a_certificate_of_another_kind_of_seal_says_nothing_here() -> None:
    of_cloud = register(('number = "4684"\n', 'number = "4684"\nseal = "awskms"\n'))
    of_hsm = register(('number = "4684"\n', 'number = "4684"\nseal = "pkcs11"\n'))
    demands = decided(fips_required="fips_140_3", fips_level="l3")
    assert judge("C-CM-01", config(SEAL), of_cloud, demands=demands).verdict.value == "not_proven"
    assert judge("C-CM-01", config(SEAL), of_hsm, demands=demands).verdict.value == "attested"
    assert judge("C-CM-01", of_cloud, demands=demands).verdict.value == "attested"  # no seal is known to run
    assert isinstance(of_hsm.facts, CertificateFacts)
    assert parse(written(of_hsm.facts.certificates), Declared()).certificates[0].seal == "pkcs11"
    with pytest.raises(Refused, match="no seal 'shamir'"):
        register(("level = 3", 'level = 3\nseal = "shamir"'))
