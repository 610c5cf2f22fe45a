"""Every sample of a real tool gets the verdict that tests/data/samples/README.md gives it."""

from __future__ import annotations

import pytest

from tests.evidence.judging import fails, judge, sample, verdict

STRICT = {"C-TL-01": "pass", "C-TL-02": "pass", "C-TL-03": "warn", "C-TL-04": "warn"}
LOOSE = {"C-TL-01": "fail", "C-TL-02": "fail", "C-TL-04": "fail"}
TABLE = [
    ("conf/strict-fips.hcl", {"C-TL-01": "pass", "C-TL-02": "pass", "C-PN-01": "pass", "C-HD-02": "pass"}),
    ("conf/loose.hcl", {"C-TL-01": "fail", "C-TL-02": "fail", "C-HD-02": "warn"}),
    ("conf/seed-fips-example.hcl", {"C-TL-02": "fail"}),
    ("conf/seed-fips-example-stringsuites.hcl", {"C-TL-01": "pass", "C-TL-02": "warn"}),
    ("conf/invalid-storage-file-openbao27.hcl", {"C-DR-06": "fail"}),
    ("conf/transit-seal.hcl", {"C-TL-01": "fail", "C-HD-02": "fail", "C-PN-01": "fail", "C-TL-05": "fail"}),
    ("conf/static-seal.hcl", {"C-CM-01": "fail", "C-TL-01": "fail"}),
    ("conf/pkcs11-softhsm.hcl", {"C-CM-01": "fail", "C-PN-01": "fail", "C-KB-04": "pass", "C-KB-05": "pass"}),
    ("conf/dev-audit-raw.hcl", {"C-AU-02": "fail", "C-TL-01": "not_proven"}),
    ("tls/strict.testssl-flat.json", {"C-TL-01": "pass", "C-TL-02": "pass", "C-TL-03": "warn", "C-TL-04": "warn"}),
    ("tls/loose.testssl-flat.json", {"C-TL-01": "fail", "C-TL-02": "fail", "C-TL-04": "fail"}),
    ("tls/seed.testssl-flat.json", {"C-TL-01": "pass", "C-TL-02": "fail", "C-TL-04": "warn"}),
    *(
        (f"tls/strict.{kind}", STRICT)
        for kind in ("sslyze.json", "sslscan.xml", "nmap.xml", "testssl.csv", "testssl-pretty.json")
    ),
    *(
        (f"tls/loose.{kind}", LOOSE)
        for kind in ("sslyze.json", "sslscan.xml", "nmap.xml", "testssl.csv", "testssl-pretty.json")
    ),
    *((f"tls/seed.{kind}", {"C-TL-02": "fail"}) for kind in ("sslyze.json", "sslscan.xml", "nmap.xml")),
    ("tls/strict.s_client-tls13.txt", {"C-TL-01": "not_proven", "C-TL-02": "not_proven", "C-TL-04": "not_proven"}),
    ("tls/loose.s_client-tls11.txt", {"C-TL-01": "fail"}),
    ("runtime/strict-uninitialized.status.json", {"C-RK-01": "not_proven", "C-KB-01": "not_proven"}),
    ("runtime/strict-unsealed-shamir.status.json", {"C-RK-01": "pass", "C-ST-01": "not_applicable"}),
    ("runtime/transit-seal.status.json", {"C-RK-01": "pass", "C-ST-01": "not_proven"}),
    ("runtime/static-seal-uninit.status.json", {"C-RK-01": "not_proven", "C-ST-01": "not_proven"}),
    ("runtime/dev.status.json", {"C-RK-01": "fail", "C-HD-02": "fail"}),
    ("runtime/loose-unsealed-shamir.seal-backend-status.json", {"C-KB-06": "not_proven", "C-RK-01": "not_proven"}),
    ("runtime/strict.audit-list.json", {"C-AU-01": "warn", "C-AU-02": "pass"}),
    ("runtime/strict.raft-list-peers.json", {"C-DR-06": "fail"}),
    ("runtime/strict.raft-autopilot-state.json", {"C-DR-06": "fail"}),
    ("runtime/strict-fips.diagnose.json", {"C-HD-02": "warn"}),
    ("runtime/pkcs11-softhsm.diagnose.json", {"C-HD-02": "fail"}),
    ("runtime/pkcs11-unknown-wrapper.server-log.text.log", {"C-ST-01": "fail"}),
    ("runtime/seed-list-suites-rejected.server-log.text.log", {"C-HD-02": "fail"}),
    ("runtime/dev.server-log-with-root-token.log", {"C-HD-02": "fail", "C-PN-01": "fail"}),
    ("runtime/bao.version.txt", {"C-CM-04": "not_proven", "C-CM-03": "warn"}),
    ("hsm/softhsm-pkcs11-tool-O.txt", {"C-KB-02": "fail"}),
    ("hsm/softhsm-keygen-aes-sensitive.txt", {"C-KB-02": "pass", "C-KB-03": "pass"}),
    ("hsm/softhsm2-syslog-raw.txt", {"C-AU-03": "not_proven", "C-CM-01": "fail"}),
    ("hsm/cloudhsm-complete.log", {"C-AU-03": "pass"}),
    ("hsm/cloudhsm-gap.log", {"C-AU-03": "fail"}),
    ("audit/bao-audit-file.jsonl", {"C-AU-02": "pass"}),
    ("audit/bao-audit-file-LOG_RAW-secrets.jsonl", {"C-AU-02": "fail"}),
]


@pytest.mark.parametrize(("name", "wanted"), TABLE, ids=[name for name, _ in TABLE])
def test_a_sample_gets_the_verdict_of_its_readme(name: str, wanted: dict[str, str]) -> None:
    artefact = sample(name)
    assert {control: verdict(control, artefact) for control in wanted} == wanted


def test_file_status_and_log_of_one_server_prove_seal_and_unattended_start() -> None:
    transit = [
        sample("conf/transit-seal.hcl"),
        sample("runtime/transit-seal.status.json"),
        sample("runtime/transit-seal.server-log.text.log"),
    ]
    assert [verdict(control, *transit) for control in ("C-KB-01", "C-ST-01", "C-ST-04")] == ["pass"] * 3
    shamir = [sample("conf/strict-fips.hcl"), sample("runtime/strict-unsealed-shamir.status.json")]
    assert verdict("C-KB-01", *shamir) == "pass"
    assert verdict("C-KB-01", shamir[0], transit[1]) == "fail"


def test_the_seeds_list_of_suites_fails_on_its_line_with_the_line_that_works() -> None:
    result = judge("C-TL-02", sample("conf/seed-fips-example.hcl"))
    [(line, message)] = fails(result)
    assert line == 10
    assert "list" in message
    good = 'tls_cipher_suites = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"'
    assert good in result.findings[0].remedy


def test_the_seeds_suites_as_a_string_are_no_false_pass() -> None:
    result = judge("C-TL-02", sample("conf/seed-fips-example-stringsuites.hcl"))
    assert "TLS_CHACHA20_POLY1305_SHA256" in result.reason
    assert "does not act on TLS 1.3" in result.reason


def test_loose_tls_has_the_same_reasons_in_the_file_and_in_the_scan() -> None:
    weak = ("RC4_128_SHA", "3DES_EDE_CBC_SHA", "TLS_RSA_WITH_AES_256_CBC_SHA", "ECDHE_RSA_WITH_CHACHA20")
    for name in ("conf/loose.hcl", "tls/loose.testssl-flat.json"):
        text = " ".join(message for _, message in fails(judge("C-TL-02", sample(name))))
        assert [part for part in weak if part not in text] == []


def test_every_scanner_names_the_same_reasons() -> None:
    names = ("testssl-flat.json", "sslyze.json", "sslscan.xml", "nmap.xml", "testssl.csv")
    reasons = [{message for _, message in fails(judge("C-TL-02", sample(f"tls/loose.{name}")))} for name in names]
    assert all(found == reasons[0] for found in reasons)
    assert len(reasons[0]) == 5


def test_the_scan_of_the_seeds_listener_fails_for_chacha20_alone() -> None:
    [(_, message)] = fails(judge("C-TL-02", sample("tls/seed.testssl-flat.json")))
    assert message.startswith("TLS_CHACHA20_POLY1305_SHA256 is offered")


def test_the_literal_pin_is_a_finding_on_its_line_and_nowhere_in_the_result() -> None:
    result = judge("C-PN-01", sample("conf/pkcs11-softhsm.hcl"))
    [(line, message)] = fails(result)
    assert (line, message.split(" ")[0]) == (14, "seal.pkcs11.pin")
    assert "98765432" not in repr(result)
