"""The one door: what is refused, with which words and status, and what comes through."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.core.facts import Artefact, Declared
from evidence.core.upload import Refused, intake, intake_all

SAMPLES = Path(__file__).resolve().parent.parent / "data/samples"
PEM = "-----BEGIN {}PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END {}PRIVATE KEY-----\n"
CONFIG = 'storage "raft" {}\nlistener "tcp" {}\n'


def refusal(name: str, data: bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        intake(name, data)
    return caught.value


@pytest.mark.parametrize(
    "name", ["../../x", "a/b", "a\\b", "", ".", "..", "x\x00y", "x\ny", "x\u202egpj.lch", "n" * 256]
)
def test_a_name_that_is_no_plain_file_name_is_refused(name: str) -> None:
    assert "file name" in refusal(name, b"hello").reason


@pytest.mark.parametrize("data", [b"", b"   \n\t\n"])
def test_an_empty_file_is_refused(data: bytes) -> None:
    assert refusal("x.json", data).reason == "the file is empty"


@pytest.mark.parametrize(
    ("data", "status", "word"),
    [
        (b"PK\x03\x04rest", 415, "zip"),
        (b"\x1f\x8b\x08rest", 415, "gzip"),
        (b"\x7fELFrest", 415, "program"),
        (b"SQLite format 3\x00", 415, "SQLite"),
        (b"abc\x00def", 415, "binary"),
        (b"\xff\xfea\x00", 422, "UTF-16"),
        (b'listener "tcp" {}\n# caf\xe9', 422, "UTF-8"),
    ],
)
def test_what_is_no_text_is_refused_by_its_content(data: bytes, status: int, word: str) -> None:
    refused = refusal("vault.hcl", data)
    assert (refused.status, word in refused.reason) == (status, True)


def test_a_file_that_is_not_utf_8_is_refused_with_its_line() -> None:
    assert refusal("vault.hcl", b'a = "b"\nc = "\xe9"\n').line == 2


@pytest.mark.parametrize("kind", ["", "RSA ", "EC ", "ENCRYPTED ", "OPENSSH "])
@pytest.mark.parametrize("name", ["vault.hcl", "x.json", "x.log", "x.txt"])
def test_a_private_key_anywhere_is_refused(kind: str, name: str) -> None:
    key = PEM.format(kind, kind)
    text = {
        "vault.hcl": f'{CONFIG}seal "kmip" {{\n  client_key = <<EOF\n{key}EOF\n}}\n',
        "x.json": json.dumps({"a": {"b": [key]}}),
        "x.log": f"2026-11-24T10:00:00.000Z [INFO]  core: {key}",
        "x.txt": f"# a comment\n{key}",
    }[name]
    refused = refusal(name, text.encode())
    assert "private key" in refused.reason
    assert "MIIEvQ" not in str(refused)


def test_a_private_key_in_base64_is_refused() -> None:
    data = (
        "kind: Secret\ndata:\n  tls.key: LS0tLS1CRUdJTiBQUklWQVRFIEtFWS0tLS0tCk1JSUV2UUlCQURBTkJna3Foa2lHOXcwQkFRRUY=\n"
    )
    assert "private key" in refusal("secret.yaml", data.encode()).reason


def test_a_private_key_in_base64_over_several_lines_of_a_heredoc_is_refused() -> None:
    lines = ["LS0tLS1CRUdJTiBQUklWQVRFIEtF", "WS0tLS0tCk1JSUV2UUlCQURBTkJn", "a3Foa2lHOXcwQkFRRUY="]
    text = CONFIG + 'seal "kmip" {\n  ca = <<EOF\n' + "\n".join(lines) + "\nEOF\n}\n"
    assert "private key" in refusal("vault.hcl", text.encode()).reason


def test_a_certificate_is_no_private_key() -> None:
    pem = "-----BEGIN CERTIFICATE-----\nMIIEkzCCAvugAwIBAgIUcPM26cLnTxKinmJ9\n-----END CERTIFICATE-----\n"
    assert intake("cert.pem", pem.encode()).kind == "opaque"


@pytest.mark.parametrize("name", ["operator-init-SHAMIR-SECRETS.json", "operator-init-RECOVERY-SECRETS.json"])
def test_the_output_of_operator_init_is_refused(name: str) -> None:
    data = (SAMPLES / "runtime" / name).read_bytes()
    assert "operator init" in refusal(name, data).reason
    assert "operator init" in refusal("renamed.log", data).reason
    assert "operator init" in refusal("wrapped.json", b'{"data": ' + data + b"}").reason


@pytest.mark.parametrize(
    "text",
    [
        "Unseal Key 1: kCVDJaSlTSywJh2d7cqPjfU89WUiPJMjC3rwwFah2/w+\n\nInitial Root Token: s.yk7Ak2q03XLKgF3XzZoyg\n",
        "Recovery Key 1: kCVDJaSlTSywJh2d7cqPjfU89WUiPJMjC3rwwFah2/w+\n",
        "root_token: s.yk7Ak2q03XLKgF3XzZoygyOc\nunseal_keys_b64:\n- kCVDJaSlTSywJh2d7cqPjfU89WUiPJMjC3rwwFah2/w+\n",
    ],
)
def test_the_output_of_operator_init_as_text_is_refused(text: str) -> None:
    refused = refusal("init.txt", text.encode())
    assert "operator init" in refused.reason
    assert "kCVD" not in str(refused)


def test_init_lines_inside_a_log_are_removed_with_a_finding() -> None:
    artefact = intake("dev.log", (SAMPLES / "runtime/dev.server-log-with-root-token.log").read_bytes())
    assert [each.what for each in artefact.redactions] == ["shape:unseal_key", "shape:root_token"]
    assert "init_output" in [problem.code for problem in artefact.facts.problems]  # type: ignore[union-attr]
    assert artefact.facts.dev_mode  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("vault.hcl", 'listener "tcp" {\n'),
        ("vault.hcl", 'a = "unterminated\n'),
        ("vault.hcl", CONFIG + "x {" * 500 + "}" * 500),
        ("vault.hcl", 'listener "tcp" { address = "{{ addr }}" }\n'),
        ("vault.hcl", "\ufeff" + CONFIG),
        ("vault.hcl", "this is no configuration"),
        ("x.json", '{"a": '),
        ("x.json", "not json"),
        ("x.json", "[" * 1000 + "]" * 1000),
        ("x.json", '{"a": 1, "a": 2}'),
        ("x.json", '{"a": NaN}'),
        ("x.json", '{"listener": {"tcp": {}}, "a": {'),
    ],
)
def test_a_file_that_is_neither_configuration_nor_json_is_refused(name: str, text: str) -> None:
    refused = refusal(name, text.encode())
    assert refused.reason
    assert refused.remedy
    assert "\n" not in str(refused)


@pytest.mark.parametrize("name", ["vault.hcl", "no-ending"])
def test_a_configuration_of_5_mb_is_refused(name: str) -> None:
    assert refusal(name, (CONFIG + "# x\n" * 1_250_000).encode()).status == 413


def test_a_duplicate_attribute_is_refused_in_the_smallest_configuration_too() -> None:
    with pytest.raises(Refused) as refused:
        intake("vault.hcl", b"ui = true\nui = false\n")
    assert refused.value.line == 2
    assert intake("bao.hcl", b"ui = true\nui = false\n", declared=Declared(product="openbao")).kind != "refused"


def test_a_duplicate_attribute_is_refused_for_vault_with_the_second_line() -> None:
    refused = refusal("vault.hcl", b'storage "raft" {\n  path = "/a"\n  path = "/b"\n}\n')
    assert refused.line == 3


def test_json_evidence_may_start_with_a_byte_order_mark() -> None:
    data = (SAMPLES / "runtime/strict-sealed.status.json").read_bytes()
    assert intake("status.json", b"\xef\xbb\xbf" + data).kind == "status"


def test_the_hash_is_that_of_the_original_and_the_content_is_redacted() -> None:
    data = (SAMPLES / "conf/pkcs11-softhsm.hcl").read_bytes()
    artefact = intake("vault.hcl", data)
    assert (artefact.sha256, artefact.size) == (hashlib.sha256(data).hexdigest(), len(data))
    assert b"98765432" not in artefact.content


def test_a_file_object_is_read_like_bytes() -> None:
    data = (SAMPLES / "conf/strict-fips.hcl").read_bytes()
    assert intake("a.hcl", io.BytesIO(data)) == intake("a.hcl", data)


def test_what_was_declared_stays_with_the_artefact() -> None:
    declared = Declared(product="vault", node="a", source="cron")
    artefact = intake("vault.hcl", CONFIG.encode(), declared=declared)
    assert (artefact.node, artefact.source) == ("a", "cron")


@pytest.mark.parametrize("data", [b"just some words\n", b"col1,col2\n1,2\n", b'{"unknown": true}'])
def test_an_unknown_kind_is_kept_as_opaque(data: bytes) -> None:
    artefact = intake("x", data)
    assert (artefact.kind, artefact.facts, artefact.content) == ("opaque", None, data)


@pytest.mark.parametrize("data", [b"%PDF-1.7\n%%EOF", b"\x89PNG\r\n\x1a\nrest", b"\xff\xd8\xff\xe0rest"])
def test_documents_are_kept_as_they_are(data: bytes) -> None:
    artefact = intake("x", data)
    assert (artefact.kind, artefact.content) == ("document", data)


def test_a_document_with_a_visible_secret_is_refused() -> None:
    assert "secret" in refusal("x.pdf", b"%PDF-1.7\n(hvs.CAESIJrWq0aPlantedTokenPlantedToken42)\n%%EOF").reason


def test_one_refused_file_does_not_stop_the_others() -> None:
    found = intake_all([("bad.json", b"{", None), ("good.hcl", CONFIG.encode(), None)])
    assert [each.kind for each in found] == ["refused", "vault_config"]
    assert found[0].error
    assert found[0].content == b""


def test_a_refused_name_is_shown_without_control_characters() -> None:
    (found,) = intake_all([("../x\n", b"hello", None)])
    assert (found.kind, found.name) == ("refused", "../x?")


def test_entities_in_xml_cost_nothing() -> None:
    bomb = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    refused = refusal("scan.xml", f'{bomb}<nmaprun scanner="nmap">&b;</nmaprun>'.encode())
    assert "entit" in refused.reason


HOSTILE = (
    '{"\\',
    '{\\"',
    '\\"',
    '"\\',
    '"id":"\\',
    '{"a":',
    'seal "a" {\n',
    "<name>",
    "token ",
    "Time: 12/19/17 21:01:17.1 ",
    "A" * 20 + "\n",
    "-----BEGIN ",
    '"d":"' + "A" * 40 + '"',
)


@pytest.mark.parametrize("piece", HOSTILE)
@pytest.mark.parametrize("name", ["x.json", "x.log"])
def test_hostile_text_of_four_times_the_size_costs_no_more_than_its_share(piece: str, name: str) -> None:
    def cost(times: int) -> float:
        data = ("{" + piece * times).encode()
        started = time.process_time()
        with contextlib.suppress(Refused):
            intake(name, data)
        return time.process_time() - started

    small = 8000 // len(piece) + 1
    cost(small)  # imports and compiled patterns
    assert cost(4 * small) <= 10 * max(cost(small), 0.02)


HEADS = (
    'listener "tcp" {',
    '[{"id":"service","ip":"a/b","port":"1",',
    "Time: 12/19/17 21:01:17.140812, Sequence No Reboot counter Opcode",
    '{"sealed":true,"initialized":',
    '{"errors":[',
    '<?xml version="1.0"?><nmaprun scanner="nmap"><script id="ssl-enum-ciphers">',
    '<document title="SSLScan Results" version="2">',
    "2026-11-24T10:00:00Z [INFO] ",
    '{"Records":[{"eventSource":"kms.amazonaws.com","eventVersion":',
    '"id","fqdn/ip","port","severity","finding","cve","cwe"\n',
    "CONNECTED(00000003)\n",
    "item: 1 -- cmd: 0x",
    '{"sslyze_version":"6","server_scan_results":[',
    "Secret Key Object; ",
    '{"type":"request","time":"',
)


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=400),
        st.text(max_size=400).map(str.encode),
        st.builds(lambda head, tail: (head + tail).encode(), st.sampled_from(HEADS), st.text(max_size=200)),
    ),
    st.sampled_from(["x.hcl", "x.json", "x.log", "x.xml", "x"]),
)
def test_whatever_comes_in_is_an_artefact_or_one_refusal(data: bytes, name: str) -> None:
    try:
        artefact = intake(name, data)
    except Refused as refused:
        assert "\n" not in str(refused)  # noqa: PT017 - either outcome is right
    else:
        assert isinstance(artefact, Artefact)
        assert artefact.sha256 == hashlib.sha256(data).hexdigest()


LOG_LINE = b"2026-11-24T10:05:26.163Z [INFO]  core: "


@pytest.mark.parametrize("before", [b"", LOG_LINE + b"started\n"])
def test_a_line_of_a_log_is_read_up_to_64_kib_and_refused_beyond(before: bytes) -> None:
    longest = before + LOG_LINE + b"a" * (64 * 1024 - len(LOG_LINE))
    assert intake("server.log", longest + b"\n" + LOG_LINE + b"sealed\n").kind == "server_log"
    with pytest.raises(Refused) as refused:
        intake("server.log", longest + b"a\n")
    assert (refused.value.line, refused.value.status) == (1 + before.count(b"\n"), 413)


def test_a_private_key_written_in_escapes_is_refused_too() -> None:
    with pytest.raises(Refused, match="private key"):
        intake("x.json", b'{"a":"\\u002d----BEGIN \\u0050RIVATE KEY-----\\nMIIE"}')
