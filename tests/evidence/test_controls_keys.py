"""Seal, keys, credentials, logs and starts: C-KB, C-PN, C-AU, C-RK, C-RO, C-ST, C-CM."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from evidence.core.controls.c_kb_05 import number
from evidence.core.demands import Settings
from evidence.core.facts import (
    Artefact,
    HsmObject,
    HsmObjectsFacts,
    KeyEvent,
    KeyStatusFacts,
    KeyStoreLogFacts,
    RotationFacts,
    SealBackendsFacts,
    SequenceGap,
    ServerLogFacts,
    StatusFacts,
)
from evidence.core.upload import intake
from seal_advisor.core.record import replace
from tests.evidence.judging import GOOD_LISTENER, HSM_SEAL, NOW, config, decided, fails, judge, sample, verdict

STATUS = StatusFacts(
    origin="status",
    seal_type="pkcs11",
    initialized=True,
    sealed=False,
    threshold=3,
    shares=5,
    version="1.21.0+ent.hsm",
    recovery_seal=True,
    recovery_seal_type="shamir",
    storage_type="raft",
    ha_enabled=True,
)
LOG = KeyStoreLogFacts(
    format="aws_cloudhsm",
    records=120,
    first=NOW - timedelta(days=60),
    last=NOW - timedelta(hours=1),
    counts={"login": 4},
    gaps=(),
    numbered=True,
    integrity="not_checkable",
    integrity_reason="AWS signs no audit record",
)
SERVER = ServerLogFacts(
    first=NOW - timedelta(hours=2),
    last=NOW - timedelta(hours=1),
    records=40,
    events=(("started", 1, NOW - timedelta(hours=2)), ("unsealed", 9, NOW - timedelta(hours=2))),
)
CLOUD_SEAL = 'seal "awskms" {\n  region = "eu-west-1"\n  kms_key_id = "alias/vault"\n}\n'


def of(facts: object, name: str = "capture.json") -> Artefact:
    return Artefact(name, "1" * 64, 1, "capture", facts=facts)


def status(**changes: object) -> Artefact:
    return of(replace(STATUS, **changes), "status.json")


def log(**changes: object) -> Artefact:
    return of(replace(LOG, **changes), "hsm.log")


def server(**changes: object) -> Artefact:
    return of(replace(SERVER, **changes), "vault.log")


# C-KB-01


def test_the_file_alone_never_proves_the_seal_in_use() -> None:
    result = judge("C-KB-01", config(HSM_SEAL))
    assert (result.verdict, result.missing) == ("not_proven", ("status",))


def test_file_and_running_server_with_one_seal_pass() -> None:
    assert verdict("C-KB-01", config(HSM_SEAL), status()) == "pass"
    assert verdict("C-KB-01", config(HSM_SEAL), status(), demands=decided("pkcs11")) == "pass"


def test_another_seal_than_the_decision_fails_from_the_file_alone_at_its_line() -> None:
    text = GOOD_LISTENER + CLOUD_SEAL
    result = judge("C-KB-01", config(text), demands=decided("pkcs11"))
    line = text.splitlines().index('seal "awskms" {') + 1
    assert fails(result) == [(line, "the seal here is awskms; the decision is pkcs11")]


def test_no_seal_block_is_shamir_and_fails_a_decision_for_an_hsm() -> None:
    [(line, message)] = fails(judge("C-KB-01", sample("conf/strict-fips.hcl"), demands=decided("pkcs11")))
    assert line is None
    assert "shamir" in message


def test_a_seal_that_the_answers_do_not_exclude_is_a_warning() -> None:
    demands = decided("pkcs11", possible=("cloud_kms",))
    assert verdict("C-KB-01", config(CLOUD_SEAL), status(seal_type="awskms"), demands=demands) == "warn"


def test_a_running_seal_that_is_not_the_files_fails_and_names_the_environment() -> None:
    result = judge("C-KB-01", config(HSM_SEAL), status(seal_type="shamir", recovery_seal=False))
    assert "VAULT_SEAL_TYPE" in result.findings[0].remedy


def test_an_auto_unseal_without_recovery_seal_fails() -> None:
    assert verdict("C-KB-01", config(HSM_SEAL), status(recovery_seal=False)) == "fail"


def test_a_software_seal_fails_where_the_answers_demand_hardware() -> None:
    demands = decided("transit", boundary="dedicated_hsm")
    seal = 'seal "transit" {\n  address = "https://v:8200"\n  key_name = "a"\n  mount_path = "transit/"\n}\n'
    assert verdict("C-KB-01", config(seal), demands=demands) == "fail"


def test_a_setting_that_the_seal_does_not_know_and_openbao_refuses_is_found_at_its_line() -> None:
    seal = HSM_SEAL.replace("lib         =", "library     =")
    result = judge("C-KB-01", config(seal, product="openbao", version="2.6.0"))
    assert 3 in [line for line, _ in fails(result)]


# C-KB-02, C-KB-03

KEY = HsmObject(
    "Secret Key; AES length 32",
    "vault-prod",
    "01",
    5,
    frozenset(),
    frozenset({"sensitive", "never extractable", "local"}),
)


def listing(*keys: HsmObject, software: bool | None = None) -> Artefact:
    return of(HsmObjectsFacts(keys, software=software), "objects.txt")


def test_a_local_key_that_was_never_extractable_passes() -> None:
    assert verdict("C-KB-02", config(HSM_SEAL), listing(KEY)) == "pass"


@pytest.mark.parametrize(
    ("attributes", "wanted"),
    [
        ({"extractable"}, "fail"),
        ({"sensitive", "local"}, "fail"),
        ({"sensitive", "never extractable"}, "warn"),
        (set(), "not_proven"),
    ],
)
def test_a_key_is_judged_by_its_attributes(attributes: set[str], wanted: str) -> None:
    key = replace(KEY, attributes=frozenset(attributes))
    assert verdict("C-KB-02", config(HSM_SEAL), listing(key)) == wanted


def test_a_listing_without_the_seals_key_proves_nothing() -> None:
    assert verdict("C-KB-02", config(HSM_SEAL), listing(replace(KEY, label="other"))) == "not_proven"


def test_softhsm_keeps_no_key_in_hardware() -> None:
    assert verdict("C-KB-02", config(HSM_SEAL), listing(KEY, software=True)) == "fail"


def test_a_label_that_exists_twice_fails_at_the_second_key() -> None:
    result = judge("C-KB-03", config(HSM_SEAL), listing(KEY, replace(KEY, id="02", line=12)))
    assert [line for line, _ in fails(result)] == [12]
    assert verdict("C-KB-03", config(HSM_SEAL), listing(KEY)) == "pass"


# C-KB-04, C-KB-05


@pytest.mark.parametrize(
    ("line", "wanted"), [("", "pass"), ('generate_key = "false"', "pass"), ("generate_key = true", "fail")]
)
def test_generate_key_must_be_off(line: str, wanted: str) -> None:
    assert verdict("C-KB-04", config(HSM_SEAL.replace("}", f"  {line}\n}}"))) == wanted


def test_generate_key_is_about_pkcs11_only() -> None:
    assert verdict("C-KB-04", config(CLOUD_SEAL)) == "not_applicable"
    assert verdict("C-KB-04") == "not_proven"


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ('mechanism = "0x1087"', "pass"),
        ('mechanism = "4231"', "pass"),
        ('mechanism = "0x1085"\n  hmac_key_label = "vault-hmac"', "pass"),
        ('mechanism = "0x1085"', "fail"),
        ('mechanism = "0x1082"\n  hmac_key_label = "vault-hmac"', "warn"),
        ('mechanism = "0x0009"', "not_proven"),
        ('mechanism = "0x0009"\n  rsa_oaep_hash = "sha1"', "fail"),
        ('mechanism = "0x0001"', "fail"),
        ('mechanism = "best"', "fail"),
        ('mechanism = "0x1086"', "fail"),
        ("", "warn"),
    ],
)
def test_a_mechanism_is_judged_by_its_number(lines: str, wanted: str) -> None:
    assert verdict("C-KB-05", config(HSM_SEAL.replace('mechanism   = "0x1087"', lines))) == wanted


def test_a_mechanism_may_be_hex_decimal_or_a_name() -> None:
    assert [number(word) for word in ("0x1085", "4229", "CKM_AES_CBC_PAD", "aes_gcm", "none")] == [4229] * 3 + [
        4231,
        None,
    ]


def test_seal_wrap_needs_the_servers_own_word() -> None:
    assert verdict("C-KB-06", config(HSM_SEAL)) == "not_proven"
    assert verdict("C-KB-06", of(SealBackendsFacts(True, True))) == "pass"
    needed = decided("pkcs11", seal_wrap="needed")
    assert verdict("C-KB-06", of(SealBackendsFacts(True, False)), demands=needed) == "fail"
    assert verdict("C-KB-06", config("disable_sealwrap = true\n" + HSM_SEAL), demands=needed) == "fail"
    assert verdict("C-KB-06", config(HSM_SEAL, product="openbao", version="2.6.0")) == "not_applicable"


# C-PN


def test_indirect_secrets_pass_and_one_slash_does_not() -> None:
    assert verdict("C-PN-01", config(HSM_SEAL)) == "pass"
    result = judge("C-PN-01", config(HSM_SEAL.replace("env://VAULT_HSM_PIN", "file:/etc/vault/hsm.pin")))
    assert [line for line, _ in fails(result)] == [5]
    assert "file:///etc/vault/hsm.pin" in result.findings[0].remedy


def test_a_secret_in_a_comment_is_found_too() -> None:
    result = judge("C-PN-01", config('# token = "hvs.CAESIJ1yVx2Q7yQ8pQ9rS0tU1vW2xY3z"\n' + GOOD_LISTENER))
    assert [line for line, _ in fails(result)] == [1]


def test_a_static_cloud_key_fails_also_behind_an_environment_variable() -> None:
    seal = CLOUD_SEAL.replace("}", '  access_key = "env://AWS_ACCESS_KEY_ID"\n}')
    assert [line for line, _ in fails(judge("C-PN-04", config(seal)))] == [4]
    assert verdict("C-PN-04", config(CLOUD_SEAL)) == "pass"
    assert verdict("C-PN-04", config(HSM_SEAL)) == "not_applicable"
    assert verdict("C-PN-04") == "not_proven"


# C-AU-03, C-AU-06


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, "pass"),
        ({"gaps": (SequenceGap("reboot 1", 5, 9, 61),)}, "fail"),
        ({"integrity": "broken"}, "fail"),
        ({"numbered": False}, "not_proven"),
        ({"numbered": False, "integrity": "verified"}, "pass"),
        ({"records": 0}, "not_proven"),
        ({"bad_lines": ((7, 300),)}, "not_proven"),
        ({"inconclusive": "a header only"}, "not_proven"),
        ({"software": True}, "not_proven"),
        ({"last": NOW - timedelta(days=200), "first": NOW - timedelta(days=300)}, "stale"),
    ],
)
def test_a_key_stores_log_is_complete_by_its_numbers_or_its_own_proof(changes: dict[str, object], wanted: str) -> None:
    assert verdict("C-AU-03", log(**changes)) == wanted


def test_a_log_that_covers_only_a_part_of_the_period_is_not_proven() -> None:
    settings = Settings(NOW, NOW - timedelta(days=90), NOW - timedelta(days=1))
    assert verdict("C-AU-03", log(), settings=settings) == "not_proven"
    whole = Settings(NOW, NOW - timedelta(days=50), NOW - timedelta(days=1))
    assert verdict("C-AU-03", log(), settings=whole) == "pass"


def test_without_a_log_the_reader_is_told_who_has_it() -> None:
    result = judge("C-AU-03", config(HSM_SEAL))
    assert "HSM or cloud administrator" in result.findings[0].remedy


def test_an_unseal_that_the_hsm_did_not_see_fails_where_its_log_covers_the_moment() -> None:
    near = KeyEvent("login", NOW - timedelta(hours=2, seconds=20), 3, True)
    far = KeyEvent("login", NOW - timedelta(hours=9), 3, True)
    assert verdict("C-AU-06", server(), log(events=(near,))) == "pass"
    assert verdict("C-AU-06", server(), log(events=(far,))) == "fail"
    outside = log(events=(far,), last=NOW - timedelta(hours=5))
    assert verdict("C-AU-06", server(), outside) == "not_proven"


# C-RK-01, C-RK-04, C-RO-01


@pytest.mark.parametrize(
    ("threshold", "shares", "wanted"),
    [(3, 5, "pass"), (2, 3, "pass"), (1, 5, "fail"), (2, 2, "fail"), (4, 3, "fail"), (None, 3, "not_proven")],
)
def test_shares_need_two_of_three_at_least(threshold: int | None, shares: int, wanted: str) -> None:
    assert verdict("C-RK-01", status(threshold=threshold, shares=shares)) == wanted


def test_recovery_shares_are_rekeyed_as_recovery_shares() -> None:
    assert "-target=recovery" in judge("C-RK-01", status(threshold=1)).findings[0].remedy


def test_the_barrier_key_rotates_within_its_limit() -> None:
    age = of(KeyStatusFacts(3, NOW - timedelta(days=30), 1000), "key.json")
    policy = RotationFacts(True, 3_865_470_566, 0)
    assert verdict("C-RO-01", of(policy), age) == "pass"
    assert verdict("C-RO-01", of(replace(policy, enabled=False)), age) == "fail"
    assert verdict("C-RO-01", of(replace(policy, max_operations=2**33)), age) == "fail"
    assert verdict("C-RO-01", of(replace(policy, interval_seconds=86_400)), age) == "fail"
    assert verdict("C-RO-01", age) == "not_proven"


# C-ST-01, C-ST-04


def test_an_unseal_in_the_log_and_an_unsealed_server_prove_the_auto_unseal() -> None:
    assert verdict("C-ST-01", config(HSM_SEAL), status(), server()) == "pass"
    assert verdict("C-ST-01", sample("runtime/transit-seal.status.json"), sample_log()) == "pass"


def sample_log() -> Artefact:
    return intake("vault.log", b"2026-11-24T10:07:31.000Z [INFO]  core: vault is unsealed\n")


def test_an_unsealed_server_without_a_restart_in_the_log_proves_nothing() -> None:
    assert verdict("C-ST-01", config(HSM_SEAL), status()) == "not_proven"
    assert verdict("C-ST-01", config(HSM_SEAL), status(), server(events=())) == "not_proven"


def test_a_sealed_server_with_an_auto_unseal_fails() -> None:
    assert verdict("C-ST-01", status(sealed=True), server()) == "fail"


def test_shamir_has_no_auto_unseal_and_fails_only_where_one_is_demanded() -> None:
    shamir = sample("runtime/strict-unsealed-shamir.status.json")
    assert verdict("C-ST-01", shamir) == "not_applicable"
    assert verdict("C-ST-01", shamir, demands=decided("shamir", unattended_start="required")) == "fail"


def test_a_seal_failure_in_the_server_log_is_found_by_its_signature() -> None:
    line = (
        b"2026-11-24T10:00:00.000Z [ERROR] core: failed to encrypt seal health test value: error=CKR_DEVICE_REMOVED\n"
    )
    result = judge("C-ST-04", config(HSM_SEAL), intake("vault.log", line))
    assert {found for found, _ in fails(result)} == {1}
    assert verdict("C-ST-04", config(HSM_SEAL), server()) == "pass"


# C-CM-01, C-CM-03


def test_a_certificate_is_demanded_unless_nobody_demands_a_module() -> None:
    assert verdict("C-CM-01", config(HSM_SEAL)) == "not_proven"
    nothing = decided("shamir", fips_standard="none", fips_level="none")
    assert verdict("C-CM-01", config(HSM_SEAL), demands=nothing) == "not_applicable"


def test_a_fips_build_is_demanded_where_the_whole_product_is_in_scope() -> None:
    plain = intake("version.txt", b"Vault v1.21.0+ent.hsm (abc), built 2026-01-01T00:00:00Z\n")
    fips = intake("version.txt", b"Vault v1.21.0+ent.hsm.fips1403 (abc), built 2026-01-01T00:00:00Z\n")
    whole = decided("pkcs11", fips_scope="whole_product")
    assert verdict("C-CM-03", plain, demands=whole) == "fail"
    assert verdict("C-CM-03", fips, demands=whole) == "pass"
    assert verdict("C-CM-03", plain, demands=decided("pkcs11", fips_scope="key_only")) == "not_applicable"
    assert verdict("C-CM-03", demands=whole) == "not_proven"


def test_a_status_older_than_90_days_is_stale() -> None:
    old = status(at=datetime(2026, 1, 1, tzinfo=UTC))
    assert verdict("C-RK-01", old) == "stale"
    assert verdict("C-KB-01", config(HSM_SEAL), old) == "stale"
