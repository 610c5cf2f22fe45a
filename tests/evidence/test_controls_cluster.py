"""Node against node, hardening and the evidence itself: C-CA-02, C-CM-04, C-DR-06, C-HD, C-AU-01, C-GV-03."""

from __future__ import annotations

from datetime import timedelta

import pytest

from evidence.core.demands import Settings
from evidence.core.facts import Artefact, AuditDevice, AuditDevicesFacts, Declared, RaftPeersFacts
from evidence.core.upload import intake, intake_all
from seal_advisor.core.record import replace
from tests.evidence.judging import GOOD_LISTENER, HSM_SEAL, NOW, SAMPLES, config, fails, judge, sample, verdict

RAFT = 'storage "raft" {\n  path = "/var/lib/vault"\n  node_id = "%s"\n}\n'
SKIPPED = """seal "transit" {
  address         = "https://v:8200"
  token           = "env://T"
  key_name        = "a"
  mount_path      = "t/"
  tls_skip_verify = "true"
}
"""
ADDRESSES = 'api_addr = "https://v1:8200"\ncluster_addr = "https://v1:8201"\n'
UNIT = """[Unit]
Description=Vault
[Service]
User=vault
ExecStart=/usr/bin/vault server -config=/etc/vault.d
LimitCORE=0
MemorySwapMax=0
"""


def node(name: str, seal: str = HSM_SEAL) -> Artefact:
    return config(RAFT % name + seal, node=name)


def version(text: str, name: str | None = None) -> Artefact:
    return intake(
        f"{name}.txt", f"Vault v{text} (abc), built 2026-01-01T00:00:00Z\n".encode(), declared=Declared(node=name)
    )


def peers(*voters: str, **more: object) -> Artefact:
    facts = RaftPeersFacts(voters, (), voters[0], **more)
    return Artefact("peers.json", "2" * 64, 1, "raft_peers", facts=facts)


def devices(*given: AuditDevice) -> Artefact:
    return Artefact("audit.json", "3" * 64, 1, "audit_list", facts=AuditDevicesFacts(given))


def unit(text: str = UNIT) -> Artefact:
    return intake("vault.service", text.encode())


# C-CA-02


def test_equal_seal_stanzas_on_two_nodes_pass() -> None:
    assert verdict("C-CA-02", node("a"), node("b")) == "pass"


def test_one_node_or_two_files_of_one_node_prove_nothing() -> None:
    assert verdict("C-CA-02", node("a")) == "not_proven"
    assert verdict("C-CA-02", node("a"), node("a")) == "not_proven"
    assert verdict("C-CA-02") == "not_proven"


def test_drift_between_nodes_names_setting_values_and_line() -> None:
    other = HSM_SEAL.replace("vault-prod", "vault-old")
    [(line, message)] = fails(judge("C-CA-02", node("a"), node("b", other)))
    assert line == 10
    assert message == (
        "seal.pkcs11.key_label is vault-old here, but vault-prod in a.hcl (line 10): the two use different keys: a "
        "node with the other key cannot unseal the shared data"
    )


def test_a_setting_that_only_one_node_has_is_drift_and_the_slot_is_not() -> None:
    more = HSM_SEAL.replace("}", '  max_parallel = 4\n  slot = "7"\n}')
    [(_, message)] = fails(judge("C-CA-02", node("a"), node("b", more)))
    assert message == "seal.pkcs11.max_parallel stands here, but not in a.hcl"


def test_a_member_of_the_cluster_without_its_file_is_missing() -> None:
    result = judge("C-CA-02", node("a"), node("b"), peers("a", "b", "c"))
    assert (result.verdict, "no configuration of c" in result.reason) == ("not_proven", True)


def test_a_storage_for_one_node_has_no_other_node_to_compare() -> None:
    assert verdict("C-CA-02", config('storage "file" {\n  path = "/data"\n}\n' + HSM_SEAL)) == "not_applicable"


# C-CM-04


def test_one_version_on_two_nodes_passes_and_two_versions_fail() -> None:
    assert verdict("C-CM-04", version("1.21.0", "a"), version("1.21.0", "b")) == "pass"
    assert verdict("C-CM-04", version("1.21.0", "a"), version("1.20.4", "b")) == "fail"
    assert verdict("C-CM-04", version("1.21.0+ent", "a"), version("1.21.0+ent.hsm", "b")) == "fail"


def test_versions_without_their_nodes_prove_nothing() -> None:
    assert verdict("C-CM-04", version("1.21.0"), version("1.21.0")) == "not_proven"
    assert verdict("C-CM-04") == "not_proven"


# C-DR-06


@pytest.mark.parametrize(
    ("members", "more", "wanted"),
    [
        ("abc", {}, "pass"),
        ("abcde", {"zones": {"a": "1", "b": "2", "c": "3"}}, "pass"),
        ("a", {}, "fail"),
        ("abcd", {}, "fail"),
        ("abc", {"healthy": False}, "fail"),
        ("abc", {"failure_tolerance": 0}, "fail"),
        ("abc", {"zones": {"a": "1", "b": "1", "c": "1"}}, "warn"),
        ("abc", {"inconclusive": "permission denied"}, "not_proven"),
    ],
)
def test_a_quorum_is_odd_three_or_more_and_spread(members: str, more: dict[str, object], wanted: str) -> None:
    assert verdict("C-DR-06", peers(*members, **more)) == wanted


# C-HD-01


def test_swap_core_and_user_stand_in_the_unit_not_in_the_file() -> None:
    good = config("disable_mlock = true\n" + RAFT % "a")
    assert verdict("C-HD-01", good) == "not_proven"
    assert verdict("C-HD-01", good, unit()) == "pass"
    assert verdict("C-HD-01") == "not_proven"


@pytest.mark.parametrize("line", ["User=vault", "LimitCORE=0", "MemorySwapMax=0"])
def test_a_unit_without_one_of_its_lines_fails(line: str) -> None:
    good = config("disable_mlock = true\n" + RAFT % "a")
    result = judge("C-HD-01", good, unit(UNIT.replace(line + "\n", "")))
    assert result.verdict == "fail"
    assert result.findings[0].remedy == line


def test_locked_memory_needs_no_swap_limit() -> None:
    text = UNIT.replace("MemorySwapMax=0\n", "")
    assert verdict("C-HD-01", config("disable_mlock = false\n" + RAFT % "a"), unit(text)) == "pass"


def test_an_unset_disable_mlock_depends_on_the_version() -> None:
    assert verdict("C-HD-01", config(RAFT % "a", version="1.21.0")) == "fail"
    assert verdict("C-HD-01", config(RAFT % "a", version="1.19.3")) == "not_proven"
    assert verdict("C-HD-01", config(RAFT % "a", version=None)) == "cannot_decide"


# C-HD-02


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "pass"),
        ("raw_storage_endpoint = true\n", "fail"),
        ("introspection_endpoint = true\n", "warn"),
        ('log_level = "trace"\n', "warn"),
        ("enable_response_header_hostname = true\n", "warn"),
        ('telemetry {\n  unauthenticated_metrics_access = true\n}\n', "warn"),
        (SKIPPED, "fail"),
    ],
)  # fmt: skip
def test_a_dangerous_switch_is_found(text: str, wanted: str) -> None:
    good = "disable_mlock = true\n" + RAFT % "a" + GOOD_LISTENER + ADDRESSES
    assert verdict("C-HD-02", config(good + text)) == wanted


def test_profiles_for_anybody_inside_a_listener_fail_on_their_line() -> None:
    text = GOOD_LISTENER.rstrip().removesuffix("}") + "  profiling {\n    unauthenticated_pprof_access = true\n  }\n}\n"
    [(line, _)] = fails(judge("C-HD-02", config("disable_mlock = true\n" + RAFT % "a" + text)))
    assert line == 15


def test_a_storage_that_openbao_2_7_dropped_is_refused_there_and_not_by_vault() -> None:
    name = "conf/invalid-storage-file-openbao27.hcl"
    refused = sample(name, Declared(product="openbao", version="2.7.2"))
    assert refused.facts.server_accepts is False
    assert 5 in [line for line, _ in fails(judge("C-HD-02", refused))]
    assert fails(judge("C-HD-02", sample(name))) == []


@pytest.mark.parametrize(
    "text",
    [
        'listener "tcp" {\n  tls_disable = "maybe"\n}\n',
        'listener "tcp" {\n  tls_min_version = "tls99"\n  tls_cert_file = "a"\n  tls_key_file = "b"\n}\n',
        'listener "tcp" {\n  tls_cipher_suites = "TLS_FANCY"\n  tls_cert_file = "a"\n  tls_key_file = "b"\n}\n',
        'listener "carrier-pigeon" {\n}\n',
        'seal "unheard-of" {\n}\n' + GOOD_LISTENER,
        'log_level = "loud"\n' + GOOD_LISTENER,
    ],
)
def test_whatever_the_server_refuses_fails_under_exactly_one_control(text: str) -> None:
    artefact = config("disable_mlock = true\n" + text)
    assert artefact.facts.server_accepts is False
    refused = [problem for problem in artefact.facts.problems if problem.effect == "refused"]
    owners = ("C-TL-01", "C-TL-02", "C-KB-01", "C-KB-04", "C-KB-05", "C-PN-01", "C-PN-04", "C-HD-01", "C-HD-02")
    found = [(c, line) for c in owners for line, message in fails(judge(c, artefact)) if message == refused[0].message]
    assert len(found) == 1
    assert found[0][1] == refused[0].line


# C-AU-01, C-AU-02


def test_two_devices_one_off_the_host() -> None:
    file, remote = AuditDevice("file/", "file"), AuditDevice("remote/", "socket")
    assert verdict("C-AU-01", devices(file, remote)) == "pass"
    assert verdict("C-AU-01", devices(file, AuditDevice("second/", "file"))) == "warn"
    assert verdict("C-AU-01", devices(file)) == "warn"
    assert verdict("C-AU-01", devices()) == "fail"
    assert verdict("C-AU-01") == "not_proven"


def test_raw_values_fail_in_a_listing_and_in_openbaos_file() -> None:
    assert verdict("C-AU-02", devices(AuditDevice("file/", "file", raw=True))) == "fail"
    assert [line for line, _ in fails(judge("C-AU-02", sample("conf/dev-audit-raw.hcl")))] == [4]


# C-GV-03


def collected(**changes: object) -> Artefact:
    artefact = sample("runtime/strict-unsealed-shamir.status.json", Declared(node="strict-1", source="collector.sh"))
    return replace(artefact, received_at=NOW, **changes)


def test_a_hashed_artefact_with_collector_node_and_time_passes() -> None:
    assert verdict("C-GV-03", collected()) == "pass"


def test_a_missing_node_collector_or_any_evidence_at_all_is_not_proven() -> None:
    assert verdict("C-GV-03", collected(node=None)) == "not_proven"
    assert verdict("C-GV-03", collected(source="")) == "not_proven"
    assert verdict("C-GV-03") == "not_proven"


def test_a_configuration_and_a_scan_may_name_their_node_themselves() -> None:
    given = [sample("conf/strict-fips.hcl"), sample("tls/strict.testssl-flat.json")]
    known = [replace(artefact, source="collector.sh", received_at=NOW) for artefact in given]
    assert verdict("C-GV-03", *known) == "pass"


def test_dates_that_cannot_be_true_fail() -> None:
    assert verdict("C-GV-03", collected(observed_from=NOW, observed_to=NOW - timedelta(days=1))) == "fail"
    log = sample("runtime/transit-seal.server-log.text.log", Declared(node="a", source="journalctl"))
    early = replace(log, received_at=NOW - timedelta(days=300))
    assert verdict("C-GV-03", early, settings=Settings(NOW - timedelta(days=300))) == "fail"


def test_a_malformed_hash_fails() -> None:
    assert verdict("C-GV-03", collected(sha256="zz")) == "fail"


def test_a_refused_file_is_named_and_proves_nothing() -> None:
    data = (SAMPLES / "runtime/operator-init-SHAMIR-SECRETS.json").read_bytes()
    [refused] = intake_all([("init.json", data, None)])
    result = judge("C-GV-03", refused)
    assert result.verdict == "not_proven"
    assert "operator init" in result.reason
