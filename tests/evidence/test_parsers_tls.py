"""TLS scans: whichever tool looked, the same server yields the same facts; a failed scan never reads as a clean one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evidence.core.ciphers import verdict_of
from evidence.core.facts import TlsScanFacts
from evidence.core.upload import Refused, intake
from seal_advisor.core.record import replace

TLS = Path(__file__).resolve().parent.parent / "data/samples/tls"
TOOLS = ("testssl-flat.json", "testssl.csv", "sslyze.json", "sslscan.xml", "nmap.xml")
STRICT = {("TLSv1.2", 0xC02F), ("TLSv1.2", 0xC030)}
HEADER = b'"id","fqdn/ip","port","severity","finding","cve","cwe"\n'
SEED = STRICT | {("TLSv1.3", 0x1301), ("TLSv1.3", 0x1302), ("TLSv1.3", 0x1303)}


def scan(name: str, data: bytes | None = None) -> TlsScanFacts:
    artefact = intake(name, data if data is not None else (TLS / name).read_bytes())
    assert isinstance(artefact.facts, TlsScanFacts), artefact.kind
    return artefact.facts


def pairs(facts: TlsScanFacts) -> set[tuple[str, int]]:
    return {(suite.protocol, suite.id) for suite in facts.suites}


@pytest.mark.parametrize("tool", TOOLS)
def test_all_five_tools_see_the_strict_server_alike(tool: str) -> None:
    facts = scan(f"strict.{tool}")
    assert pairs(facts) == STRICT
    assert {name for name, offered in facts.protocols.items() if offered} == {"TLSv1.2"}
    assert facts.protocols["TLSv1.3"] is False
    assert "TLSv1.2" in facts.suites_complete
    assert {verdict_of(suite.id) for suite in facts.suites} == {"ok"}
    assert (facts.ip, facts.port, facts.inconclusive) == ("127.0.0.1", 18200, "")


@pytest.mark.parametrize("tool", TOOLS)
def test_all_five_tools_see_the_loose_server_alike(tool: str) -> None:
    facts = scan(f"loose.{tool}")
    assert pairs(facts) == pairs(scan("loose.testssl-flat.json"))
    assert {name for name, offered in facts.protocols.items() if offered} == {
        "TLSv1.0",
        "TLSv1.1",
        "TLSv1.2",
        "TLSv1.3",
    }
    assert {0x000A, 0x0005, 0x0035, 0xCCA8, 0x1303} <= {suite.id for suite in facts.suites}
    (certificate,) = facts.certificates
    assert (certificate.key_type, certificate.key_bits, certificate.self_signed) == ("RSA", 1024, True)
    assert "sha1" in (certificate.signature or "").lower()


@pytest.mark.parametrize("tool", ["testssl-flat.json", "sslyze.json", "sslscan.xml", "nmap.xml"])
def test_all_tools_see_chacha20_on_the_seed_server(tool: str) -> None:
    assert pairs(scan(f"seed.{tool}")) == SEED


@pytest.mark.parametrize("tool", TOOLS)
def test_the_certificate_is_the_same_for_every_tool(tool: str) -> None:
    (certificate,) = scan(f"strict.{tool}").certificates
    assert set(certificate.names) == {"vault.seal-advisor.test", "localhost", "127.0.0.1"}
    assert (certificate.key_type, certificate.key_bits) == ("RSA", 3072)
    assert certificate.not_after is not None
    assert certificate.not_after.isoformat()[:16] == "2027-11-24T08:50"
    assert certificate.fingerprint in (None, "536115132a55ede4602fd30cc9b7fc6c134eda38368743c1cdf3fe0efa379f40")


def test_the_pretty_file_knows_version_and_start_and_its_cipher_order_is_complete() -> None:
    facts = scan("strict.testssl-pretty.json")
    assert (facts.tool_version, facts.started is not None) == ("3.0.8", True)
    assert (pairs(facts), facts.suites_complete) == (STRICT, {"TLSv1.2"})


def test_a_finding_has_its_line_in_the_file() -> None:
    facts = scan("strict.testssl-flat.json")
    lines = (TLS / "strict.testssl-flat.json").read_text().splitlines()
    assert '"TLS1_2"' in lines[facts.protocol_lines["TLSv1.2"] - 1]
    assert {"cipher-tls1_2_xc02f", "cipher-tls1_2_xc030"} == {
        lines[(suite.line or 0) - 1].split('"')[3] for suite in facts.suites
    }


def rows(*entries: tuple[str, str, str]) -> bytes:
    return json.dumps(
        [{"id": i, "ip": "h/1.2.3.4", "port": "443", "severity": s, "finding": f} for i, s, f in entries]
    ).encode()


def test_testssl_3_2_names_are_understood() -> None:
    facts = scan(
        "x.json",
        rows(
            ("TLS1_2", "OK", "offered"),
            ("FS_ECDHE_curves", "OK", "prime256v1 secp384r1"),
            ("supportedciphers_TLSv1_2", "INFO", "ECDHE-RSA-AES128-GCM-SHA256"),
        ),
    )
    assert (facts.curves, pairs(facts), facts.suites_complete) == (
        ("P-256", "P-384"),
        {("TLSv1.2", 0xC02F)},
        {"TLSv1.2"},
    )


def test_without_a_cipher_list_nothing_is_complete() -> None:
    facts = scan("x.json", rows(("TLS1_2", "OK", "offered"), ("PFS_ciphers", "INFO", "ECDHE-RSA-AES128-GCM-SHA256")))
    assert (facts.suites, facts.suites_complete) == ((), frozenset())


def test_an_interrupted_scan_is_inconclusive_but_read() -> None:
    data = (TLS / "strict.testssl-flat.json").read_bytes().rstrip().removesuffix(b"]")
    facts = scan("x.json", data)
    assert "breaks off" in facts.inconclusive
    assert (facts.protocols["TLSv1.2"], facts.suites_complete) == (True, frozenset())


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("x.json", b"[\n]\n", "no result"),
        ("x.json", rows(("scanProblem", "FATAL", "Can't connect to '1.2.3.4:443'")), "Can't connect"),
        ("x.json", rows(("service", "INFO", "HTTP")), "no protocol"),
        ("x.csv", HEADER, "no result"),
        ("x.csv", HEADER + b'"scanProblem","h/1","443","FATAL","no","",""\n', "failed"),
        ("x.xml", b'<?xml version="1.0"?><nmaprun scanner="nmap" version="7"><host/></nmaprun>', "ssl-enum-ciphers"),
        ("x.xml", b'<document title="SSLScan Results" version="2"></document>', "no protocol"),
        ("x.json", b'{"server_scan_results": [], "sslyze_version": "6.3.1"}', "no server"),
    ],
)  # fmt: skip
def test_a_scan_that_tested_nothing_is_inconclusive(name: str, data: bytes, word: str) -> None:
    assert word in scan(name, data).inconclusive


def test_a_sslyze_command_that_did_not_complete_is_absent_not_refused() -> None:
    document = json.loads((TLS / "strict.sslyze.json").read_text())
    document["server_scan_results"][0]["scan_result"]["tls_1_0_cipher_suites"]["status"] = "ERROR"
    assert "TLSv1.0" not in scan("x.json", json.dumps(document).encode()).protocols


def test_a_sslyze_that_could_not_connect_is_inconclusive() -> None:
    document = json.loads((TLS / "strict.sslyze.json").read_text())
    document["server_scan_results"][0].update(connectivity_status="ERROR", scan_result=None)
    assert "ERROR" in scan("x.json", json.dumps(document).encode()).inconclusive


def test_sslyze_version_3_has_its_results_one_level_higher() -> None:
    document = json.loads((TLS / "strict.sslyze.json").read_text())
    server = document["server_scan_results"][0]
    commands = {name: command["result"] for name, command in server.pop("scan_result").items()}
    old = {"server_info": {"server_location": server["server_location"]}, "scan_commands_results": commands}
    facts = scan("x.json", json.dumps({"server_scan_results": [old], "sslyze_version": "3.0.7"}).encode())
    assert (pairs(facts), facts.port) == (STRICT, 18200)


def test_sslyze_version_5_is_read_as_its_schema_describes_it() -> None:
    """Made of a capture of version 6 by what json_output_schema.json of sslyze 5.0.0 and 5.2.0 says otherwise.

    Moments without a zone, alternative names under `dns`, `openssl_error_string`, keys named after private classes, no
    command for the extended master secret. sslyze's own report of 5.0.0b0 is read too, but not kept here.
    """
    document = json.loads((TLS / "strict.sslyze.json").read_text())
    document.update(sslyze_version="5.0.6", date_scans_started="2026-11-24T08:55:00.428661")
    (server,) = document["server_scan_results"]
    del server["scan_result"]["tls_extended_master_secret"]
    for deployment in server["scan_result"]["certificate_info"]["result"]["certificate_deployments"]:
        for each in deployment["path_validation_results"]:
            each["openssl_error_string"] = each.pop("validation_error")
        for certificate in deployment["received_certificate_chain"]:
            names = certificate["subject_alternative_name"]
            certificate["subject_alternative_name"] = {"dns": names["dns_names"]}
            certificate["not_valid_before"] = certificate["not_valid_before"].rstrip("Z")
            certificate["not_valid_after"] = certificate["not_valid_after"].rstrip("Z")
            certificate["public_key"]["algorithm"] = "_RSAPublicKey"
    old, new = scan("x.json", json.dumps(document).encode()), scan("x.json", (TLS / "strict.sslyze.json").read_bytes())
    assert (pairs(old), old.curves, old.inconclusive, old.tool_version) == (STRICT, new.curves, "", "5.0.6")
    assert old.started == datetime(2026, 11, 24, 8, 55, 0, 428661, tzinfo=UTC)
    (before,), (after,) = old.certificates, new.certificates
    assert before == replace(after, names=tuple(name for name in after.names if name != "127.0.0.1"))


def test_huge_integers_of_a_modulus_are_no_obstacle() -> None:
    data = (TLS / "strict.sslyze.json").read_bytes().replace(b'"rsa_e": 65537', b'"rsa_e": ' + b"9" * 6000)
    assert pairs(scan("x.json", data)) == STRICT


def test_several_targets_in_one_file_are_inconclusive() -> None:
    both = json.loads(rows(("TLS1_2", "OK", "offered")))
    both.append({**both[0], "ip": "other/5.6.7.8"})
    assert "2 targets" in scan("x.json", json.dumps(both).encode()).inconclusive


@pytest.mark.parametrize(
    ("name", "protocol", "offered", "suite"),
    [
        ("strict.s_client-tls12.txt", "TLSv1.2", True, 0xC02F),
        ("strict.s_client-tls11.txt", "TLSv1.1", False, None),
        ("loose.s_client-tls11.txt", "TLSv1.1", True, 0xC013),
        ("loose.s_client-tls13.txt", "TLSv1.3", True, 0x1301),
    ],
)
def test_one_handshake_is_one_data_point(name: str, protocol: str, offered: bool, suite: int | None) -> None:
    facts = scan(name)
    assert facts.protocols == {protocol: offered}
    assert [each.id for each in facts.suites] == ([suite] if suite else [])
    assert facts.inconclusive


def test_a_failed_handshake_is_refused_although_it_says_verification_ok() -> None:
    facts = scan("strict.s_client-tls13.txt")
    assert "refused" in facts.inconclusive
    assert (facts.suites, facts.certificates) == ((), ())


@pytest.mark.parametrize("name", ["strict.s_client-tls12.txt", "loose.s_client-tls13.txt"])
def test_session_secrets_of_s_client_are_removed(name: str) -> None:
    content = intake(name, (TLS / name).read_bytes()).content.decode()
    for secret in ("0989A0A3856CABD9", "5C59BD79F87574CE", "99 40 c8 31", "0928C7A47A3BD39B"):
        assert secret not in content


def ssl_labs(**endpoint: object) -> bytes:
    details = {
        "protocols": [{"id": 771, "name": "TLS", "version": "1.2"}],
        "suites": [{"protocol": 771, "list": [{"id": 49199, "name": "a"}, {"id": 49200, "name": "b"}]}],
        "namedGroups": {"list": [{"id": 23, "name": "secp256r1"}]},
    }
    whole = {"ipAddress": "1.2.3.4", "statusMessage": "Ready", "details": details, **endpoint}
    host = {"host": "h", "port": 443, "startTime": 1795514802000, "engineVersion": "2.1", "endpoints": [whole]}
    return json.dumps([host]).encode()


def test_ssl_labs_suites_are_numbers() -> None:
    facts = scan("x.json", ssl_labs())
    assert (pairs(facts), facts.suites_complete, facts.curves) == (STRICT, {"TLSv1.2"}, ("P-256",))
    assert (facts.protocols["TLSv1.2"], facts.protocols["TLSv1.0"], facts.inconclusive) == (True, False, "")


def test_an_endpoint_that_ssl_labs_could_not_assess_is_inconclusive() -> None:
    facts = scan("x.json", ssl_labs(statusMessage="Unable to connect to the server", details={}))
    assert ("Unable to connect" in facts.inconclusive, facts.protocols) == (True, {})


def test_nmap_s_doctype_is_no_entity() -> None:
    assert b"<!DOCTYPE" in (TLS / "strict.nmap.xml").read_bytes()
    assert scan("strict.nmap.xml").protocols


@pytest.mark.parametrize("name", ["strict.nmap.xml", "strict.sslscan.xml", "strict.sslyze.json"])
def test_a_truncated_file_is_refused(name: str) -> None:
    data = (TLS / name).read_bytes()
    with pytest.raises(Refused, match="not valid"):
        intake(name, data[: len(data) // 2])


def test_deep_xml_is_refused() -> None:
    with pytest.raises(Refused, match="deeper"):
        intake("x.xml", b'<nmaprun scanner="nmap">' + b"<a>" * 1000 + b"</a>" * 1000 + b"</nmaprun>")
