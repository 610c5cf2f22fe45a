"""C-TL-01 to C-TL-06: what a listener offers, by file and by scan."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from evidence.core.controls.c_tl_04 import fits
from evidence.core.demands import Settings
from evidence.core.facts import Artefact, ScannedCertificate, Suite, TlsScanFacts
from evidence.core.upload import intake
from seal_advisor.core.record import replace
from tests.evidence.judging import (
    GOOD_LISTENER,
    LISTENER,
    NOW,
    config,
    decided,
    fails,
    judge,
    sample,
    verdict,
)

CERTIFICATE = ScannedCertificate(
    subject="vault-1.example.com",
    names=("vault-1.example.com",),
    key_type="RSA",
    key_bits=3072,
    signature="SHA256 with RSA",
    not_before=datetime(2026, 6, 1, tzinfo=UTC),
    not_after=datetime(2027, 6, 1, tzinfo=UTC),
    fingerprint="ab" * 32,
    self_signed=False,
    trusted=True,
)
SCAN = TlsScanFacts(
    tool="testssl",
    tool_version="3.0.8",
    host="10.0.0.1",
    ip="10.0.0.1",
    port=8200,
    started=NOW - timedelta(hours=2),
    protocols={"SSLv3": False, "TLSv1.0": False, "TLSv1.1": False, "TLSv1.2": True, "TLSv1.3": False},
    protocol_lines={},
    suites=(Suite("TLSv1.2", 0xC030, 7),),
    suites_complete=frozenset({"TLSv1.2"}),
    certificates=(CERTIFICATE,),
)


def scan(**changes: object) -> Artefact:
    return Artefact("scan.json", "0" * 64, 1, "tls_scan", facts=replace(SCAN, **changes))


def certificate(**changes: object) -> Artefact:
    return scan(certificates=(replace(CERTIFICATE, **changes),))


@pytest.mark.parametrize("control", ["C-TL-01", "C-TL-02", "C-TL-03", "C-TL-04", "C-TL-05", "C-TL-06"])
def test_without_evidence_no_tls_control_passes_and_each_names_what_is_missing(control: str) -> None:
    result = judge(control)
    assert result.verdict == "not_proven"
    assert result.missing
    assert result.findings[0].remedy


def test_every_listener_is_judged_not_only_the_first() -> None:
    text = GOOD_LISTENER + LISTENER + '  tls_min_version = "tls10"\n}\n' + 'listener "tcp" {\n  tls_disable = 1\n}\n'
    assert len(fails(judge("C-TL-01", config(text)))) == 2


def test_a_listener_on_a_unix_socket_needs_no_tls() -> None:
    text = 'listener "unix" {\n  address = "/run/vault.sock"\n  tls_disable = true\n}\n' + GOOD_LISTENER
    assert verdict("C-TL-01", config(text)) == "pass"


def test_an_old_protocol_in_a_scan_fails_although_the_file_is_good() -> None:
    old = scan(protocols={**SCAN.protocols, "TLSv1.1": True}, protocol_lines={"TLSv1.1": 38})
    assert fails(judge("C-TL-01", config(GOOD_LISTENER), old)) == [(38, "TLSv1.1 is offered at 10.0.0.1:8200")]


def test_a_scan_that_failed_or_tested_too_little_is_no_pass() -> None:
    assert verdict("C-TL-01", scan(inconclusive="the target did not answer")) == "not_proven"
    assert verdict("C-TL-01", scan(protocols={"TLSv1.2": True})) == "not_proven"


def test_a_scan_before_the_period_under_review_is_stale_and_its_content_is_not_judged() -> None:
    settings = Settings(NOW, datetime(2026, 11, 24, 11, 0, tzinfo=UTC), NOW)
    assert verdict("C-TL-01", scan(protocols={"TLSv1.0": True}), settings=settings) == "stale"


def test_a_scan_older_than_90_days_is_stale() -> None:
    assert verdict("C-TL-02", scan(started=NOW - timedelta(days=91))) == "stale"
    assert verdict("C-TL-02", scan(started=NOW - timedelta(days=89))) == "pass"


def test_tls_1_3_in_the_file_fails_for_a_build_that_is_known_to_be_no_fips_build() -> None:
    text = GOOD_LISTENER.replace('tls_max_version   = "tls12"', "")
    assert verdict("C-TL-02", config(text, product="openbao", version="2.6.0")) == "fail"
    assert verdict("C-TL-02", config(text)) == "warn"


def test_a_fips_build_excludes_chacha20_so_tls_1_3_passes() -> None:
    text = GOOD_LISTENER.replace('tls_max_version   = "tls12"', "")
    build = intake("version.txt", b"Vault v1.21.0+ent.hsm.fips1403 (abc), built 2026-01-01T00:00:00Z\n")
    assert verdict("C-TL-02", config(text), build) == "pass"


def test_a_complete_scan_of_the_listener_settles_what_the_file_leaves_open() -> None:
    text = GOOD_LISTENER.replace('tls_max_version   = "tls12"', "")
    both = scan(
        protocols={**SCAN.protocols, "TLSv1.3": True},
        suites=(Suite("TLSv1.3", 0x1302), Suite("TLSv1.2", 0xC030)),
        suites_complete=frozenset({"TLSv1.2", "TLSv1.3"}),
    )
    assert verdict("C-TL-02", config(text), both) == "pass"


def test_a_scan_of_another_host_settles_nothing() -> None:
    text = GOOD_LISTENER.replace('tls_max_version   = "tls12"', "")
    assert verdict("C-TL-02", config(text), scan(host="10.9.9.9", ip="10.9.9.9")) == "warn"


def test_the_lists_of_suites_must_be_whole_for_each_protocol_offered() -> None:
    assert verdict("C-TL-02", scan(suites_complete=frozenset())) == "not_proven"


def test_rsa_key_transport_fails_the_strict_profile_and_is_a_warning_for_legacy_fips_140_2() -> None:
    rsa = scan(suites=(Suite("TLSv1.2", 0x009C, 3),))
    assert verdict("C-TL-02", rsa) == "fail"
    assert verdict("C-TL-02", rsa, demands=decided("pkcs11", fips_standard="fips_140_2_legacy")) == "warn"


def test_a_suite_that_no_table_knows_is_not_approved() -> None:
    assert verdict("C-TL-02", scan(suites=(Suite("TLSv1.2", 0xFEFE, 3),))) == "fail"


def test_tls_1_3_suites_in_the_list_are_never_called_restricted() -> None:
    text = GOOD_LISTENER.replace("GCM_SHA384", "GCM_SHA384,TLS_AES_256_GCM_SHA384").replace(
        'tls_max_version   = "tls12"', ""
    )
    result = judge("C-TL-02", config(text, product="openbao", version="2.6.0"))
    assert result.verdict == "fail"
    assert "tls_cipher_suites does not act on TLS 1.3" in result.reason


def test_tls_1_3_off_and_x25519_are_warnings_for_people() -> None:
    result = judge("C-TL-03", scan(curves=("X25519", "P-256")))
    assert result.verdict == "warn"
    assert [finding.message.split(" ")[0] for finding in result.findings] == ["TLS", "review:"]


def test_tls_1_3_offered_passes_and_a_file_alone_does_not() -> None:
    assert verdict("C-TL-03", scan(protocols={**SCAN.protocols, "TLSv1.3": True})) == "pass"
    assert verdict("C-TL-03", config(LISTENER + "}\n")) == "not_proven"


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, "pass"),
        ({"not_after": NOW - timedelta(days=1)}, "fail"),
        ({"not_before": NOW + timedelta(days=1)}, "fail"),
        ({"not_after": NOW + timedelta(days=20)}, "warn"),
        ({"key_bits": 1024}, "fail"),
        ({"key_type": "EC", "key_bits": 224}, "fail"),
        ({"key_type": "EC", "key_bits": 256}, "pass"),
        ({"signature": "SHA1 with RSA"}, "fail"),
        ({"signature": None}, "not_proven"),
        ({"self_signed": True}, "warn"),
        ({"trusted": False}, "warn"),
        ({"not_after": None}, "not_proven"),
    ],
)
def test_a_certificate_is_judged_by_dates_key_signature_and_trust(changes: dict[str, object], wanted: str) -> None:
    assert verdict("C-TL-04", certificate(**changes)) == wanted


def test_a_certificate_must_name_the_host_of_api_addr() -> None:
    api = 'api_addr = "https://vault-9.example.com:8200"\n'
    assert fails(judge("C-TL-04", config(GOOD_LISTENER + api), scan())) != []
    assert fails(judge("C-TL-04", config(GOOD_LISTENER + api.replace("-9", "-1")), scan())) == []


def test_a_star_covers_one_label_only() -> None:
    assert fits("a.example.com", "*.example.com")
    assert not fits("a.b.example.com", "*.example.com")


RAFT = 'storage "raft" {\n  path = "/var/lib/vault"\n  node_id = "n1"\n  retry_join {\n    %s\n  }\n}\n'


@pytest.mark.parametrize(
    ("join", "wanted"),
    [
        ('leader_api_addr = "https://v:8200"\n    leader_ca_cert_file = "/etc/ca.pem"', "pass"),
        ('leader_api_addr = "http://v:8200"', "fail"),
        ('leader_api_addr = "https://v:8200"', "warn"),
        ('auto_join = "provider=aws tag_key=vault"\n    auto_join_scheme = "http"', "fail"),
    ],
)
def test_a_join_needs_https_and_a_named_ca(join: str, wanted: str) -> None:
    text = GOOD_LISTENER + RAFT % join + 'api_addr = "https://v1:8200"\n'
    assert verdict("C-TL-05", config(text)) == wanted


def test_an_api_address_over_http_fails_on_its_line_with_the_right_address() -> None:
    result = judge("C-TL-05", config('api_addr = "http://v1:8200"\n' + GOOD_LISTENER))
    assert fails(result)[0][0] == 1
    assert result.findings[0].remedy == 'api_addr = "https://v1:8200"'


def test_scan_and_file_of_one_listener_agree_on_the_real_samples() -> None:
    assert verdict("C-TL-06", sample("conf/strict-fips.hcl"), sample("tls/strict.testssl-flat.json")) == "pass"


def test_a_scan_of_another_port_is_unbound_and_proves_nothing() -> None:
    result = judge("C-TL-06", sample("conf/strict-fips.hcl"), sample("tls/loose.testssl-flat.json"))
    assert result.verdict == "not_proven"
    assert "unbound" in result.reason


def test_a_protocol_that_the_file_forbids_and_the_scan_saw_is_a_contradiction() -> None:
    both = scan(protocols={**SCAN.protocols, "TLSv1.3": True})
    assert "TLSv1.3 is offered" in judge("C-TL-06", config(GOOD_LISTENER), both).reason


def test_a_suite_that_the_file_does_not_list_and_the_scan_saw_is_a_contradiction() -> None:
    strange = scan(suites=(Suite("TLSv1.2", 0xC030, 7), Suite("TLSv1.2", 0xC02F, 8)))
    assert fails(judge("C-TL-06", config(GOOD_LISTENER), strange))[0][0] == 8


def test_two_scans_with_two_certificates_of_one_listener_do_not_agree() -> None:
    assert verdict("C-TL-06", config(GOOD_LISTENER), scan(), certificate(fingerprint="cd" * 32)) == "fail"


def test_file_and_scan_of_different_days_are_not_compared() -> None:
    file = replace(config(GOOD_LISTENER), observed_to=NOW - timedelta(days=20))
    assert verdict("C-TL-06", file, scan()) == "not_proven"
    assert verdict("C-TL-06", replace(file, observed_to=NOW), scan()) == "pass"
