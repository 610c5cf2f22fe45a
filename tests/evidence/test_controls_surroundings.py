"""Controls that KMS descriptions, HSM listings, hosts and clocks settle: what passes, what fails, what is missing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from evidence.core.demands import Settings
from evidence.core.facts import Artefact, KeyEvent, KeyStoreLogFacts, ServerLogFacts
from evidence.core.facts.cluster import ClusterNode, HaStatusFacts
from evidence.core.facts.host import ClockFacts, FileEntry, FileListingFacts, SwapFacts
from evidence.core.facts.hsm_members import HsmMember, HsmMembersFacts
from evidence.core.facts.kms import Grant, KmsKeyFacts, KmsPolicyFacts, KmsVaultFacts
from evidence.core.upload import intake
from seal_advisor.core.record import replace
from tests.evidence.judging import GOOD_LISTENER, HSM_SEAL, NOW, config, decided, fails, judge, verdict
from tests.evidence.test_parsers_surroundings import ARN, AWS_KEY, GCP_NAME

CLOUD = f'seal "awskms" {{\n  region     = "eu-west-1"\n  kms_key_id = "{ARN}"\n}}\n'
KEY = KmsKeyFacts(
    provider="aws",
    key=ARN,
    customer_managed=True,
    state="enabled",
    protection="hsm",
    origin="AWS_KMS",
    created=NOW - timedelta(days=100),
)
ROLE = "arn:aws:iam::123456789012:role/vault"
VAULT_ROLE = Grant(True, (ROLE,), ("kms:Encrypt", "kms:Decrypt"), False, 9)
DENY = Grant(False, ("*",), ("kms:ScheduleKeyDeletion", "kms:DisableKey"), True, 20)
POLICY = KmsPolicyFacts("aws", (VAULT_ROLE, DENY))
LOG = KeyStoreLogFacts(
    format="cloudtrail_kms",
    records=10,
    first=NOW - timedelta(days=60),
    last=NOW,
    counts={"decrypt": 10},
    gaps=(),
    numbered=False,
    integrity="not_checkable",
    integrity_reason="",
    principals=("arn:aws:sts::123456789012:assumed-role/vault/i-1",),
)
MEMBERS = HsmMembersFacts(
    vendor="aws_cloudhsm",
    cluster="cluster-a",
    members=(HsmMember("hsm-a", "eu-west-1a", True, "ACTIVE"), HsmMember("hsm-b", "eu-west-1b", True, "ACTIVE")),
    fips=True,
)
DEMANDS = decided("cloud_kms")
HSM = decided("pkcs11")


def of(facts: object, name: str = "capture.json", node: str | None = None, days: int = 1) -> Artefact:
    return Artefact(name, "2" * 64, 1, "capture", facts=facts, node=node, observed_to=NOW - timedelta(days=days))


def key(**changes: object) -> Artefact:
    return of(replace(KEY, **changes), "key.json")


def cloud(text: str = CLOUD) -> Artefact:
    return config(GOOD_LISTENER + text)


# --- C-KB-07 ----------------------------------------------------------------------------------------------------------


def test_an_own_enabled_hsm_key_passes() -> None:
    assert verdict("C-KB-07", cloud(), key(), demands=DEMANDS) == "pass"


def test_a_real_description_proves_it_from_the_file() -> None:
    described = intake("key.json", json.dumps(AWS_KEY).encode())
    assert verdict("C-KB-07", cloud(), described, demands=DEMANDS) == "pass"


@pytest.mark.parametrize(
    ("changes", "wanted", "word"),
    [
        ({"customer_managed": False}, "fail", "managed by the provider"),
        ({"state": "disabled"}, "fail", "disabled"),
        ({"state": "pending_deletion"}, "fail", "pending deletion"),
        ({"exportable": True}, "fail", "exported"),
        ({"protection": "software", "provider": "gcp"}, "fail", "software"),
        ({"protection": None}, "not_proven", "level"),
        ({"customer_managed": None}, "not_proven", "who manages"),
        ({"state": None}, "not_proven", "state"),
        ({"inconclusive": "the description has no KeyState"}, "not_proven", "KeyState"),
        ({"protection": "external"}, "pass", ""),
    ],
)
def test_a_key_is_judged_by_its_description(changes: dict[str, object], wanted: str, word: str) -> None:
    result = judge("C-KB-07", cloud(), key(**changes), demands=DEMANDS)
    assert result.verdict.value == wanted
    assert word in result.reason or wanted == "pass"


def test_software_is_enough_where_nobody_demands_a_module() -> None:
    demands = decided("cloud_kms", fips_standard="none", fips_level="none")
    assert verdict("C-KB-07", cloud(), key(protection="software", provider="gcp"), demands=demands) == "pass"


def test_a_description_of_another_key_proves_nothing() -> None:
    other = key(key=ARN.replace("1234abcd", "ffffffff"))
    result = judge("C-KB-07", cloud(), other, demands=DEMANDS)
    assert result.verdict.value == "not_proven"
    assert any("no configuration names that key" in finding.message for finding in result.findings)
    assert any("no description of the key" in finding.message for finding in result.findings)


def test_an_alias_names_no_key_so_the_description_counts() -> None:
    assert verdict("C-KB-07", cloud(CLOUD.replace(ARN, "alias/vault")), key(), demands=DEMANDS) == "pass"


def test_an_azure_key_is_known_by_its_name_in_the_address() -> None:
    seal = 'seal "azurekeyvault" {\n  tenant_id = "t"\n  vault_name = "bank"\n  key_name = "vault-seal"\n}\n'
    azure = key(provider="azure", key="https://bank.vault.azure.net/keys/vault-seal/0123", origin=None)
    assert verdict("C-KB-07", cloud(seal), azure, demands=DEMANDS) == "pass"


def test_the_rotation_status_alone_describes_no_key_and_adds_to_the_description() -> None:
    rotation = of(KmsKeyFacts(provider="aws", key=ARN, rotates=True, rotation_days=365), "rotation.json")
    assert verdict("C-KB-07", cloud(), rotation, demands=DEMANDS) == "not_proven"
    assert verdict("C-KB-07", cloud(), rotation, key(), demands=DEMANDS) == "pass"
    assert verdict("C-RO-02", cloud(), rotation, key(created=None), demands=DEMANDS) == "pass"


def test_an_old_description_is_stale_and_none_is_missing() -> None:
    assert verdict("C-KB-07", cloud(), of(KEY, days=200), demands=DEMANDS) == "stale"
    result = judge("C-KB-07", cloud(), demands=DEMANDS)
    assert (result.verdict.value, result.missing) == ("not_proven", ("kms_key",))
    assert verdict("C-KB-07", config(GOOD_LISTENER + HSM_SEAL), demands=HSM) == "not_applicable"


# --- C-KB-08 ----------------------------------------------------------------------------------------------------------


def test_a_denied_deletion_passes_and_a_policy_without_it_fails() -> None:
    assert verdict("C-KB-08", cloud(), key(), of(POLICY), demands=DEMANDS) == "pass"
    open_ = KmsPolicyFacts("aws", (VAULT_ROLE,))
    result = judge("C-KB-08", cloud(), key(), of(open_), demands=DEMANDS)
    assert fails(result)
    assert "kms:ScheduleKeyDeletion and kms:DisableKey" in result.reason


def test_without_a_policy_or_a_description_nothing_is_shown() -> None:
    missing = judge("C-KB-08", cloud(), key(), demands=DEMANDS)
    assert (missing.verdict.value, "kms_policy" in missing.reason) == ("not_proven", True)
    nothing = judge("C-KB-08", cloud(), demands=DEMANDS)
    assert (nothing.verdict.value, nothing.missing) == ("not_proven", ("kms_key", "kms_policy"))


def test_a_key_that_waits_for_its_deletion_fails_with_the_day() -> None:
    gone = key(state="pending_deletion", deletion_at=datetime(2026, 12, 24, tzinfo=UTC))
    result = judge("C-KB-08", cloud(), gone, of(POLICY), demands=DEMANDS)
    assert "2026-12-24" in result.reason
    assert result.verdict.value == "fail"


@pytest.mark.parametrize(("ok", "wanted"), [(True, "fail"), (None, "fail"), (False, "warn")])
def test_an_attempt_in_the_log_is_named_with_its_line(ok: bool | None, wanted: str) -> None:
    event = KeyEvent("disable", NOW, 17, ok, "eve", ARN, "DisableKey")
    result = judge("C-KB-08", cloud(), key(), of(POLICY), of(replace(LOG, events=(event,))), demands=DEMANDS)
    assert result.verdict.value == wanted
    assert [(each.line, "eve" in each.message) for each in result.findings] == [(17, True)]


def test_azure_is_guarded_by_purge_protection() -> None:
    azure = {"provider": "azure", "key": "https://v/keys/k/1"}
    free = cloud('seal "azurekeyvault" {\n  tenant_id = "t"\n  vault_name = "v"\n  key_name = "k"\n}\n')
    assert verdict("C-KB-08", free, key(**azure, purgeable=False), demands=DEMANDS) == "pass"
    assert verdict("C-KB-08", free, key(**azure, purgeable=True), demands=DEMANDS) == "fail"
    assert verdict("C-KB-08", free, key(**azure), demands=DEMANDS) == "not_proven"
    vault = of(KmsVaultFacts("v", "vault", True, 90), "vault.json")
    assert verdict("C-KB-08", free, key(**azure), vault, demands=DEMANDS) == "pass"
    loose = of(KmsVaultFacts("v", "managed_hsm", False, 7), "vault.json")
    assert verdict("C-KB-08", free, key(**azure, purgeable=False), loose, demands=DEMANDS) == "fail"


@pytest.mark.parametrize(("days", "wanted"), [(30, "pass"), (1, "warn"), (None, "not_proven")])
def test_google_is_guarded_by_the_time_that_a_destruction_waits(days: int | None, wanted: str) -> None:
    seal = 'seal "gcpckms" {\n  project = "bank"\n  region = "global"\n  key_ring = "vault"\n  crypto_key = "seal"\n}\n'
    google = key(provider="gcp", key=GCP_NAME, deletes_after_days=days)
    assert verdict("C-KB-08", cloud(seal), google, demands=DEMANDS) == wanted


# --- C-KB-09 ----------------------------------------------------------------------------------------------------------


def test_one_role_in_policy_and_log_passes() -> None:
    assert verdict("C-KB-09", cloud(), of(POLICY), of(LOG), demands=DEMANDS) == "pass"


def test_everybody_fails_unless_a_condition_holds_them() -> None:
    everybody = Grant(True, ("*",), ("kms:*",), False, 4)
    result = judge("C-KB-09", cloud(), of(KmsPolicyFacts("aws", (everybody,))), of(LOG), demands=DEMANDS)
    assert [line for line, _ in fails(result)] == [4]
    held = KmsPolicyFacts("aws", (replace(everybody, conditional=True), VAULT_ROLE))
    assert verdict("C-KB-09", cloud(), of(held), of(LOG), demands=DEMANDS) == "pass"


def test_iam_may_add_to_a_policy_that_leaves_it_to_the_account() -> None:
    root = Grant(True, ("arn:aws:iam::123456789012:root",), ("kms:*",), False, 3)
    found = KmsPolicyFacts("aws", (root, VAULT_ROLE))
    assert verdict("C-KB-09", cloud(), of(found), of(LOG), demands=DEMANDS) == "warn"


def test_two_principals_need_a_word_and_a_stranger_in_the_log_is_named() -> None:
    two = KmsPolicyFacts("aws", (replace(VAULT_ROLE, principals=(ROLE, ROLE + "2")),))
    assert verdict("C-KB-09", cloud(), of(two), of(LOG), demands=DEMANDS) == "not_proven"
    seen = replace(LOG, principals=(*LOG.principals, "arn:aws:iam::123456789012:user/eve"))
    result = judge("C-KB-09", cloud(), of(POLICY), of(seen), demands=DEMANDS)
    assert (result.verdict.value, "user/eve" in result.reason) == ("warn", True)


def test_policy_and_log_are_both_needed() -> None:
    assert judge("C-KB-09", cloud(), of(POLICY), demands=DEMANDS).missing == ("key_store_log",)
    assert judge("C-KB-09", cloud(), of(LOG), demands=DEMANDS).missing == ("kms_policy",)
    assert judge("C-KB-09", cloud(), demands=DEMANDS).missing == ("kms_policy", "key_store_log")
    silent = replace(LOG, counts={"admin": 2})
    assert verdict("C-KB-09", cloud(), of(POLICY), of(silent), demands=DEMANDS) == "not_proven"


# --- C-AU-03 ----------------------------------------------------------------------------------------------------------


def digest(sha256: str) -> Artefact:
    covered = replace(LOG, format="cloudtrail_digest", records=0, counts={}, covers=(sha256,), inconclusive="a digest")
    return of(covered, "digest.json")


def test_a_digest_names_a_trail_by_its_own_hash_or_by_that_of_its_gzip() -> None:
    trail = Artefact("t.json.gz!t.json", "3" * 64, 1, "x", facts=LOG, within=(("t.json.gz", "4" * 64),))
    for sha256 in ("3" * 64, "4" * 64):
        result = judge("C-AU-03", trail, digest(sha256))
        assert (result.verdict.value, "unchanged as digest.json" in result.reason) == ("not_proven", True)
        assert "validate-logs" in result.findings[0].remedy
    stranger = judge("C-AU-03", trail, digest("5" * 64))
    assert "only by its own word" in stranger.reason
    assert "digest files" in stranger.findings[0].remedy


def test_a_digest_alone_is_no_log_and_a_vendor_s_log_is_checked_by_the_vendor() -> None:
    assert judge("C-AU-03", digest("3" * 64)).missing == ("key_store_log",)
    luna = judge("C-AU-03", of(replace(LOG, format="thales_luna", integrity_reason="check with audit log verify")))
    assert "audit log verify" in luna.reason
    assert "vendor" in luna.findings[0].remedy


# --- C-DR-01, C-CM-02 -------------------------------------------------------------------------------------------------


def test_two_members_in_two_zones_pass() -> None:
    assert verdict("C-DR-01", of(MEMBERS), demands=HSM) == "pass"


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"members": MEMBERS.members[:1]}, "fail"),
        ({"members": (*MEMBERS.members, HsmMember("hsm-c", "eu-west-1c", False, "DEGRADED"))}, "fail"),
        ({"members": tuple(replace(each, zone="eu-west-1a") for each in MEMBERS.members)}, "fail"),
        ({"members": tuple(replace(each, zone=None) for each in MEMBERS.members)}, "not_proven"),
        ({"synchronised": False}, "fail"),
        ({"inconclusive": "2 clusters are listed"}, "not_proven"),
    ],
)
def test_members_are_judged_by_state_zone_and_sync(changes: dict[str, object], wanted: str) -> None:
    assert verdict("C-DR-01", of(replace(MEMBERS, **changes)), demands=HSM) == wanted


def test_no_listing_of_members_is_missing_and_an_old_one_stale() -> None:
    assert judge("C-DR-01", demands=HSM).missing == ("hsm_members",)
    assert verdict("C-DR-01", of(MEMBERS, days=200), demands=HSM) == "stale"
    assert verdict("C-DR-01", cloud(), of(MEMBERS), demands=DEMANDS) == "not_applicable"


@pytest.mark.parametrize(("fips", "wanted"), [(True, "pass"), (False, "fail"), (None, "not_proven")])
def test_the_mode_of_a_cluster_is_its_approved_mode(fips: bool | None, wanted: str) -> None:
    assert verdict("C-CM-02", of(replace(MEMBERS, fips=fips)), demands=HSM) == wanted


def test_no_mode_is_missing() -> None:
    assert judge("C-CM-02", demands=HSM).missing == ("hsm_policy",)


# --- C-AU-05 ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clock", "wanted"),
    [
        (ClockFacts("chrony", True, 0.00001), "pass"),
        (ClockFacts("timedatectl", True, None), "pass"),
        (ClockFacts("chrony", True, 7.5), "fail"),
        (ClockFacts("chrony", False, 0.0), "fail"),
        (ClockFacts("chrony", True, None, None, "it does not say"), "not_proven"),
    ],
)
def test_a_clock_follows_a_reference_and_is_near_it(clock: ClockFacts, wanted: str) -> None:
    assert verdict("C-AU-05", of(clock)) == wanted


def test_no_report_of_the_clock_is_missing() -> None:
    assert judge("C-AU-05").missing == ("time_sync",)


def test_a_log_that_ran_backwards_and_a_node_that_is_off_speak_against_the_clock() -> None:
    log = ServerLogFacts(first=None, last=None, records=1, events=(), steps_back=((12, 90),))
    clock = of(ClockFacts("chrony", True, 0.0))
    result = judge("C-AU-05", clock, of(log, "vault.log"))
    assert (result.verdict.value, result.findings[0].line) == ("warn", 12)
    nodes = HaStatusFacts((ClusterNode("n1", True, "1", 0, None), ClusterNode("n2", False, "1", -9000, None)))
    assert "n2" in judge("C-AU-05", clock, of(nodes)).reason
    assert verdict("C-AU-05", of(log, "vault.log")) == "not_proven"


# --- C-HD-01, C-PN-02, C-RO-02 ----------------------------------------------------------------------------------------

UNIT = (
    b"[Unit]\nDescription=x\n[Service]\nExecStart=/usr/bin/bao server -config=/etc/vault.hcl\nUser=vault\nLimitCORE=0\n"
)


def test_a_node_without_swap_needs_no_limit_in_its_unit() -> None:
    server = config(GOOD_LISTENER + 'storage "raft" {\n  path = "/d"\n}\n', product="openbao", version="2.7.2")
    unit = intake("vault.service", UNIT)
    assert verdict("C-HD-01", server, unit) == "fail"
    assert verdict("C-HD-01", server, unit, of(SwapFacts(()), "swap.txt")) == "pass"
    assert verdict("C-HD-01", server, unit, of(SwapFacts((("/dev/dm-1", 2),)), "swap.txt")) == "fail"
    assert verdict("C-HD-01", server, unit, of(SwapFacts(()), "swap.txt", node="other")) == "fail"


def test_a_listing_can_fail_the_pin_file_and_not_prove_it() -> None:
    server = config(GOOD_LISTENER + HSM_SEAL.replace("env://VAULT_HSM_PIN", "file:///etc/vault.d/hsm.pin"))

    def listing(mode: str, path: str = "/etc/vault.d/hsm.pin") -> Artefact:
        return of(FileListingFacts((FileEntry(path, mode, "vault", None, 8, 3),)), "files.txt")

    result = judge("C-PN-02", server, listing("0644"))
    assert fails(result) == [
        (3, "/etc/vault.d/hsm.pin has mode 0644: others than the server can read or change the PIN")
    ]
    good = judge("C-PN-02", server, listing("0400"))
    assert (good.verdict.value, good.missing) == ("not_proven", ("doctor",))
    assert any("mode 0400" in finding.message for finding in good.findings)
    assert judge("C-PN-02", server, listing("0644", "/etc/other")).verdict.value == "not_proven"


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, "pass"),
        ({"created": NOW - timedelta(days=900)}, "warn"),
        ({"created": NOW - timedelta(days=900), "rotates": True, "rotation_days": 365}, "pass"),
        ({"rotates": True, "rotation_days": 2560}, "warn"),
        ({"created": None}, "not_proven"),
    ],
)
def test_a_seal_key_rotates_or_is_young(changes: dict[str, object], wanted: str) -> None:
    assert verdict("C-RO-02", cloud(), key(**changes), demands=DEMANDS, settings=Settings(NOW)) == wanted


def test_the_age_of_no_key_is_missing() -> None:
    assert judge("C-RO-02", cloud(), demands=DEMANDS).missing == ("hsm_objects", "kms_key")
