"""The doctor's report as evidence: read back, and judged by C-KB-02, C-KB-03, C-KB-05 and C-PN-02."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import timedelta
from typing import Any

import pytest

from evidence.core.demands import Settings
from evidence.core.doctor_facts import DoctorFacts
from evidence.core.facts import Artefact
from evidence.core.refusal import Refused
from evidence.core.upload import intake
from tests.evidence.judging import HSM_SEAL, NOW, config, fails, judge, sample, verdict

KEY = {
    "role": "wrapping", "class": "secret", "type": "AES", "bits": 256, "key_label": "vault-prod", "key_id": "01",
    "selected": True, "on_token": True, "sensitive": True, "extractable": False, "always_sensitive": True,
    "never_extractable": True, "local": True,
}  # fmt: skip
PIN = {
    "form": "file", "path": "/etc/vault.d/hsm.pin", "mode": "0400", "owner": "vault", "server_user": "vault",
    "owner_basis": "declared", "trailing_newline": False, "single_slash": False,
}  # fmt: skip
SEAL = {
    "kind": "pkcs11",
    "key_labels": ["vault-prod"],
    "software": None,
    "keys": [KEY],
    "pin_file": PIN,
    "mechanism": {"number": 0x1087, "basis": "configured", "oaep_hash": None},
    "round_trip": {"matches": True, "bytes": 32},
    "sessions": {"limit": 8},
    "latency_ms": {"samples": 20, "encrypt_p50": 1.5},
    "checks": [],
}
REPORT = {
    "seal_advisor_doctor": 1,
    "taken_at": "2026-11-24T10:00:00Z",
    "node": "n1",
    "product": "vault",
    "config": {"name": "vault.hcl", "sha256": "0" * 64},
    "environment": [],
    "seals": [SEAL],
}


def report(*, seal: dict[str, Any] | None = None, **changes: Any) -> Artefact:
    """A report of a sound HSM seal, with changes."""
    document = {**deepcopy(REPORT), **changes}
    document["seals"][0].update(seal or {})
    return intake("doctor.json", json.dumps(document, indent=2, sort_keys=True).encode())


def with_key(**changes: Any) -> Artefact:
    return report(seal={"keys": [{**KEY, **changes}]})


def with_pin(**changes: Any) -> Artefact:
    return report(seal={"pin_file": {**PIN, **changes}})


def failing(check: str, message: str = "CKR_MECHANISM_INVALID", **seal: Any) -> Artefact:
    return report(seal={"checks": [{"check": check, "state": "failed", "message": message}], **seal})


def test_a_report_of_another_schema_is_refused() -> None:
    with pytest.raises(Refused, match="another schema than 1"):
        report(seal_advisor_doctor=2)


def test_a_check_of_an_unknown_state_is_refused_with_its_line() -> None:
    with pytest.raises(Refused, match="'fine'") as refused:
        report(seal={"checks": [{"check": "login", "state": "fine"}]})
    assert refused.value.line


def test_what_the_report_leaves_out_is_unknown_and_never_a_no() -> None:
    facts = intake("doctor.json", b'{"seal_advisor_doctor": 1, "seals": [{"kind": "pkcs11"}]}').facts
    assert isinstance(facts, DoctorFacts)
    (seal,) = facts.seals
    assert (seal.mechanism, seal.round_trip, seal.software, seal.pin, facts.at) == (None, None, None, None, None)
    assert [verdict(control, intake("d.json", b'{"seal_advisor_doctor": 1, "seals": [{"kind": "pkcs11"}]}'))
            for control in ("C-KB-02", "C-KB-03", "C-KB-05", "C-PN-02")] == ["not_proven"] * 4  # fmt: skip


@pytest.mark.parametrize("control", ["C-KB-02", "C-KB-03", "C-KB-05", "C-PN-02"])
def test_a_sound_seal_passes_alone_and_beside_its_configuration(control: str) -> None:
    assert verdict(control, report()) == "pass"
    assert verdict(control, report(), config(HSM_SEAL)) == "pass"
    assert verdict(control) == "not_proven"
    assert verdict(control, report(seal={"kind": "awskms"})) == "not_applicable"


@pytest.mark.parametrize("control", ["C-KB-02", "C-KB-03", "C-KB-05", "C-PN-02"])
def test_a_report_older_than_ninety_days_is_stale(control: str) -> None:
    later = Settings(NOW + timedelta(days=120))
    assert verdict(control, report(), settings=later) in ("stale", "not_proven")
    assert "stale" in {f.severity for f in judge(control, report(), settings=later).findings}


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"extractable": True, "never_extractable": False}, "fail"),
        ({"sensitive": False}, "fail"),
        ({"never_extractable": False}, "fail"),
        ({"local": False}, "warn"),
        ({"extractable": None}, "not_proven"),
        ({"never_extractable": None}, "not_proven"),
        ({"sensitive": None}, "not_proven"),
    ],
)
def test_a_key_is_judged_by_what_the_library_said(changes: dict[str, Any], wanted: str) -> None:
    assert verdict("C-KB-02", with_key(**changes)) == wanted


def test_a_finding_stands_at_the_keys_line() -> None:
    artefact = with_key(sensitive=False)
    [(line, message)] = fails(judge("C-KB-02", artefact))
    assert '"class"' in artefact.content.decode().splitlines()[(line or 0) - 1]
    assert message == "key vault-prod is not sensitive: its value may be shown"


def test_a_software_token_keeps_no_key() -> None:
    assert verdict("C-KB-02", report(seal={"software": True})) == "fail"


def test_two_keys_of_one_label_fail() -> None:
    assert verdict("C-KB-03", report(seal={"keys": [KEY, {**KEY, "key_id": "02"}]})) == "fail"


def test_a_report_without_keys_says_why() -> None:
    artefact = failing("login", "C_Login: pkcs11: 0xA0: CKR_PIN_INCORRECT", keys=[])
    for control in ("C-KB-02", "C-KB-03"):
        result = judge(control, artefact)
        assert result.verdict == "not_proven"
        assert any("CKR_PIN_INCORRECT" in finding.message for finding in result.findings)


def test_the_label_in_effect_counts_where_the_environment_beats_the_file() -> None:
    file = config(HSM_SEAL.replace("vault-prod", "elsewhere"))
    same = report(config={"name": "vault.hcl", "sha256": file.sha256})
    assert verdict("C-KB-02", file, same) == "pass"
    assert verdict("C-KB-02", file, report()) == "not_proven"


RSA = {**KEY, "class": "private", "type": "RSA", "bits": 3072}


@pytest.mark.parametrize(
    ("seal", "wanted"),
    [
        ({"mechanism": {"number": 0x1085}}, "pass"),
        ({"mechanism": {"number": 0x1082}}, "warn"),
        ({"mechanism": {"number": 0x0001}}, "fail"),
        ({"mechanism": {"number": 0x0009, "oaep_hash": "sha256"}, "keys": [RSA]}, "pass"),
        ({"mechanism": {"number": 0x0009, "oaep_hash": "sha1"}, "keys": [RSA]}, "fail"),
        ({"mechanism": {"number": 0x0009, "oaep_hash": "sha256"}, "keys": [{**RSA, "bits": 2048}]}, "fail"),
        ({"mechanism": {"number": 0x0009, "oaep_hash": "sha256"}, "keys": [{**RSA, "bits": None}]}, "not_proven"),
        ({"mechanism": None}, "not_proven"),
        ({"round_trip": None}, "not_proven"),
    ],
)
def test_the_mechanism_in_effect_is_judged(seal: dict[str, Any], wanted: str) -> None:
    assert verdict("C-KB-05", report(seal=seal)) == wanted


def test_an_operation_that_the_token_refused_fails() -> None:
    assert verdict("C-KB-05", failing("round_trip", round_trip=None)) == "fail"
    assert verdict("C-KB-05", failing("mechanism", round_trip=None)) == "fail"


def test_the_report_settles_what_the_file_leaves_open() -> None:
    for line in ("", 'mechanism = "0x0009"'):
        file = config(HSM_SEAL.replace('mechanism   = "0x1087"', line))
        assert verdict("C-KB-05", file) in ("warn", "not_proven")
        seal = {"mechanism": {"number": 0x0009, "oaep_hash": "sha256"}, "keys": [RSA]} if line else {}
        tried = report(seal=seal, config={"name": "vault.hcl", "sha256": file.sha256})
        assert verdict("C-KB-05", file, tried) == "pass"


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"mode": "0600"}, "pass"),
        ({"mode": "0640"}, "fail"),
        ({"mode": "0404"}, "fail"),
        ({"owner": "root"}, "fail"),
        ({"owner_basis": "assumed"}, "not_proven"),
        ({"owner_basis": "account"}, "pass"),
        ({"trailing_newline": True}, "fail"),
        ({"trailing_newline": None}, "not_proven"),
        ({"single_slash": True}, "fail"),
        ({"mode": None}, "not_proven"),
        ({"form": "literal"}, "fail"),
        ({"form": "absent"}, "not_proven"),
        ({"form": "environment", "path": None, "mode": None}, "not_proven"),
        ({"form": "environment", "trailing_newline": None}, "pass"),
        ({"form": "environment", "mode": "0644"}, "fail"),
    ],
)
def test_a_pin_file_is_judged(changes: dict[str, Any], wanted: str) -> None:
    assert verdict("C-PN-02", with_pin(**changes)) == wanted


def test_a_report_from_softhsm_is_true_about_the_key_and_no_proof_of_hardware() -> None:
    artefact = sample("doctor/softhsm-aes-gcm.json")
    assert (artefact.kind, artefact.redactions) == ("doctor", ())
    wanted = {"C-KB-02": "fail", "C-KB-03": "pass", "C-KB-05": "pass", "C-PN-02": "not_proven"}
    assert {control: verdict(control, artefact) for control in wanted} == wanted
