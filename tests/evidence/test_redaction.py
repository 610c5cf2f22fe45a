"""Nothing that looks like a secret outlives redaction, whatever the format and wherever it stands."""

from __future__ import annotations

import base64
import json

import pytest

from evidence.core.artefact_json import artefact_document
from evidence.core.facts import Artefact, ServerLogFacts
from evidence.core.redaction import redact
from evidence.core.secret_names import CERTAIN, HARMLESS, LIKELY, is_kept, judge
from evidence.core.shapes import spans
from evidence.core.upload import intake, intake_all

TOKEN = "hvs.CAESIJrWq0aPlantedTokenPlantedToken42"
LEGACY = "s.U8nQLJtL0MAEirkyBDikkNsm"
PIN = "98765432"
PASSWORD = "Tr0ub4dor&3-planted"
AWS_ID = "AKIAQ7PLANTEDPLANTED"
AWS_KEY = "wJalrXUtnFEMIK7MDENGbPxRfiCYPLANTEDKEY42"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIn0.c2lnbmF0dXJlLXBsYW50ZWQ"
SHARE = "kCVDJaSlTSywJh2d7cqPjfU89WUiPJMjC3rwwFah2/w+"
SECRETS = (TOKEN, LEGACY, PIN, PASSWORD, AWS_ID, AWS_KEY, JWT, SHARE)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def leaks(artefact: Artefact) -> list[str]:
    """Every planted secret that is still in what would be kept, shown or sent."""
    kept = artefact.content.decode() + json.dumps(artefact_document(artefact))
    wanted = [*SECRETS, *map(encoded, SECRETS)]
    return [secret for secret in wanted if secret in kept]


CONFIG = f"""
listener "tcp" {{
  address = "127.0.0.1:8200" # the old pin was {PIN}
}}
/* token = "{TOKEN}" */
storage "postgresql" {{
  connection_url = "postgres://vault:{PASSWORD}@db:5432/vault"
}}
storage "consul" {{ token = "{LEGACY}" }}
seal "pkcs11" {{
  lib       = "/usr/lib/softhsm/libsofthsm2.so"
  pin       = "{PIN}"
  key_label = "root"
}}
seal "awskms" {{
  access_key = "{AWS_ID}"
  secret_key = "{AWS_KEY}"
}}
seal "gcpckms" {{
  credentials = <<EOF
{{"type": "service_account", "client_secret": "{PASSWORD}"}}
{encoded(TOKEN + " is the token in base64")}
EOF
}}
telemetry {{ circonus_api_token = "{JWT}" }}
"""

JSON_LINES = "\n".join(
    (
        json.dumps({"time": "2026-11-24T10:00:00Z", "type": "request", "auth": {"client_token": TOKEN}}),
        json.dumps({"time": "2026-11-24T10:00:01Z", "type": "response", "request": {"data": {"value": PASSWORD}}}),
        json.dumps({"time": "2026-11-24T10:00:02Z", "type": "request", "inner": json.dumps({"pin": PIN})}),
    )
)

CASES = {
    "vault.hcl": CONFIG,
    "vault-crlf.hcl": CONFIG.replace("\n", "\r\n"),
    "config.json": json.dumps({"listener": {"tcp": {}}, "seal": {"pkcs11": {"pin": PIN}}, "storage": {"raft": {}}}),
    "report.json": json.dumps({"a": [{"client_secret": PASSWORD, "note": f"Authorization: Bearer {JWT}"}, TOKEN]}),
    "escaped.json": json.dumps({"log": json.dumps({"token": LEGACY, "deep": json.dumps({"hsm_pin": PIN})})}),
    "unicode.json": '{"note": "' + "".join(f"\\u{ord(c):04x}" for c in TOKEN) + '"}',
    "audit.jsonl": JSON_LINES,
    "server.log": (
        "2026-11-24T10:00:00.000Z [INFO]  core: vault is unsealed\n"
        f"Unseal Key 1: {SHARE}\nInitial Root Token: {LEGACY}\n"
        f"2026-11-24T10:00:01.000Z [ERROR] core: request: url=https://user:{PASSWORD}@host/ X-Vault-Token: {TOKEN}\n"
        f'2026-11-24T10:00:02.000Z [DEBUG] core: config="{{\\"seal\\":{{\\"pin\\":\\"{PIN}\\"}}}}"\n'
        f"command: pkcs11-tool --login --pin {PIN} --so-pin={PIN}\n"
    ),
    "unit.txt": f"Environment=VAULT_HSM_PIN={PIN} AWS_SECRET_ACCESS_KEY={AWS_KEY}\nexport VAULT_TOKEN='{TOKEN}'\n",
    "scan.xml": f'<scan><item password="{PASSWORD}"/><pin>{PIN}</pin><name>token</name><value>{TOKEN}</value></scan>',
    "notes.txt": f"id {AWS_ID}\n  {AWS_KEY}\nbase64: {encoded('client_secret = ' + PASSWORD)}\n",
    "values.yaml": f"server:\n  extraEnv:\n    VAULT_HSM_PIN: {PIN}\n    password: '{PASSWORD}'\n",
    "helm.yaml": f'server:\n  config: |\n    listener "tcp" {{}}\n    seal "pkcs11" {{\n      pin = "{PIN}"\n    }}\n',
    "cloudhsm.hcl": f'storage "raft" {{}}\nseal "pkcs11" {{\n  pin = "cu:{PASSWORD}"\n}}\n# {PASSWORD}\n',
    "address.hcl": f'storage "mysql" {{ connection_url = "m://v:{PASSWORD}@db/v" }}\n# {PASSWORD}\n',
    "section.ini": f"[hsm]\npin = {PIN}\n",
    "shell.txt": f"curl -u admin:{PASSWORD} https://h/\nthe PIN is {PIN}\n",
    "plural.json": json.dumps({"tokens": {"a": PASSWORD}, "passwords": [PASSWORD, PIN]}),
    "secret.yaml": f"kind: Secret\ndata:\n  config: {encoded('seal pin=' + PIN)}\n  pin: {encoded(PIN)}\n",
}


@pytest.mark.parametrize("name", CASES)
def test_no_planted_secret_survives_in_content_facts_or_redactions(name: str) -> None:
    artefact = intake(name, CASES[name].encode())
    assert leaks(artefact) == []
    assert artefact.redactions
    assert artefact.content.count(b"\n") == CASES[name].count("\n")


def test_a_pkcs11_pin_is_named_by_its_place_and_line() -> None:
    artefact = intake("vault.hcl", b'storage "raft" {}\nseal "pkcs11" {\n  pin = "98765432"\n}\n')
    assert [(each.line, each.what) for each in artefact.redactions] == [(3, "seal.pkcs11.pin")]
    assert b'pin = "[redacted:seal.pkcs11.pin]"' in artefact.content


def test_references_and_labels_are_no_secrets() -> None:
    text = (
        'storage "raft" { path = "/d" }\nseal "pkcs11" {\n  pin = "env://HSM_PIN"\n  key_label = "root"\n'
        '  hmac_key_label = "mac"\n  token_label = "prod"\n  generate_key = "false"\n}\n'
        'seal "static" {\n  current_key = "file:///etc/key"\n  previous_key = "file:/etc/old"\n  key_id = "1"\n}\n'
    )
    artefact = intake("vault.hcl", text.encode())
    assert (artefact.redactions, artefact.content.decode()) == ((), text)


@pytest.mark.parametrize(
    "hidden", [f"seal token {TOKEN}", f"client_secret = {PASSWORD}", f"the address //v:{PASSWORD}@db"]
)
def test_base64_of_a_sentence_with_a_secret_is_removed(hidden: str) -> None:
    done = redact(f"pin = {PIN}\nblob {encoded(hidden)} end\n", "text", known=frozenset({PASSWORD}))
    assert encoded(hidden) not in done.text
    assert done.text.endswith(" end\n")


def test_a_kubernetes_secret_loses_all_its_data_whatever_the_keys() -> None:
    text = (
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: hsm\ndata:\n  a: cGxhbnRlZA==\n  b: |\n    planted-two\n"
        "stringData:\n  c: 'planted three'\ntype: Opaque\n"
    )
    done = redact(text, "text")
    assert "planted" not in done.text
    assert "cGxhbnRlZA" not in done.text
    assert done.text.startswith(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: hsm\ndata:\n  a: [redacted:secret.a]\n"
    )
    assert done.text.endswith("type: Opaque\n")


def test_a_keyed_hash_of_an_audit_device_is_kept() -> None:
    line = json.dumps({"type": "request", "auth": {"client_token": "hmac-sha256:" + "ab" * 32}})
    assert redact(line, "audit").removed == ()


def test_a_heredoc_keeps_its_lines() -> None:
    text = 'seal "x" {\n  secret_key = <<EOF\nplanted-one-1\nplanted-two-2\nEOF\n}\nlast = "here"\n'
    done = redact(text, "config")
    assert done.text.splitlines()[6] == 'last = "here"'
    assert "planted" not in done.text


def test_a_value_found_secret_in_one_file_leaves_the_others_too() -> None:
    config = f'storage "raft" {{}}\nseal "pkcs11" {{ pin = "{PIN}" }}\n'
    note = f"# ticket 7: we typed {PIN} at the console\n"
    _, other = intake_all([("vault.hcl", config.encode(), None), ("note.txt", note.encode(), None)])
    assert PIN not in other.content.decode()
    assert [(each.line, each.what) for each in other.redactions] == [(1, "known_secret")]


def test_a_short_secret_is_not_cut_out_of_other_words() -> None:
    config = 'api_addr = "https://h:8200"\nstorage "raft" {}\nseal "pkcs11" {\n  pin = "8200" # 8200\n}\n'
    artefact = intake("vault.hcl", config.encode())
    assert b"https://h:8200" in artefact.content
    assert b"# 8200" not in artefact.content


def test_a_password_that_is_a_word_of_the_format_breaks_no_other_line() -> None:
    text = 'storage "raft" {}\nlistener "tcp" {}\nseal "pkcs11" {\n  pin = "raft"\n}\n'
    assert intake("vault.hcl", text.encode()).content.startswith(b'storage "raft" {}')


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("pin", CERTAIN),
        ("clientSecret", CERTAIN),
        ("VAULT_TRANSIT_SEAL_TOKEN", CERTAIN),
        ("x-vault-token", CERTAIN),
        ("bind_passwd_2", LIKELY),
        ("some_api_key", LIKELY),
        ("key_label", HARMLESS),
        ("token_type", HARMLESS),
        ("mapping", HARMLESS),
        ("pinned", HARMLESS),
        ("tls_key_file", HARMLESS),
        ("public_key", HARMLESS),
        ("mount_accessor", HARMLESS),
    ],
)
def test_names(name: str, verdict: str) -> None:
    assert judge(name) == verdict


@pytest.mark.parametrize("value", ["env://PIN", "file:///x", "file:/x", "hmac-sha256:ab", "[redacted:pin]", "***", ""])
def test_values_that_are_kept_whatever_their_name(value: str) -> None:
    assert is_kept("pin", value)


@pytest.mark.parametrize("value", ["string://98765432", "1234", "hunter2", "/etc/pin"])
def test_values_that_are_never_kept_below_a_pin(value: str) -> None:
    assert not is_kept("pin", value)


@pytest.mark.parametrize(
    "text",
    [
        "core: root token generated",
        'successfully mounted: type=token version="v2.7.2+builtin.bao" path=token/',
        "seal configuration missing, not initialized",
        "  token label        : seal-advisor",
        "  pin min/max        : 4/255",
        "main.go:613 +0x12f github.com/openbao/openbao/v2/internal/vault/diagnose.WithTimeout.func1.1()",
        "https://developer.hashicorp.com/vault/docs",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert redact(text, "text").text == text


def test_redacting_twice_changes_nothing() -> None:
    once = redact(CONFIG, "config")
    assert redact(once.text, "config").text == once.text


HOSTILE = (
    "token=" * 1000,
    '"pin": ' * 1000,
    "://a:" * 1000,
    "-----BEGIN " * 1000,
    "eyJ" * 1000,
    "A" * 5000,
    '{"a":' * 1000,
    "\\" * 5000,
    "Unseal Key 1:" * 500,
    "<name>" * 1000,
    "s." * 2000,
    '"' * 5000,
    "--pin " * 1000,
    "authorization: " * 500,
)


@pytest.mark.parametrize("piece", HOSTILE)
def test_the_work_grows_no_faster_than_the_text(piece: str) -> None:
    """Counted, not timed: the characters that the patterns touch, by the number of matches they report."""

    def matches(times: int) -> int:
        return sum(1 for _ in spans(piece * times)) + len(redact(piece * times, "text").removed)

    assert matches(8) <= 9 * matches(1) + 64


LOG_LINE = "2026-11-24T10:05:26.163Z [INFO]  core: security barrier initialized\n"


@pytest.mark.parametrize(
    "shares",
    [
        f'{{"unseal_keys_b64":["{SHARE}"],"root_token":"{LEGACY}"}}',
        f'{{\n  "unseal_keys_b64": [\n    "{SHARE}",\n    "{SHARE[::-1]}"\n  ]\n}}',
        f"recovery_keys_b64:\n- {SHARE}\n- {SHARE[::-1]}",
    ],
)
def test_a_list_of_shares_in_a_log_is_removed_with_a_finding(shares: str) -> None:
    artefact = intake("server.log", f"{LOG_LINE}{shares}\n{LOG_LINE}".encode())
    assert artefact.kind == "server_log"
    assert leaks(artefact) == []
    assert SHARE[::-1] not in artefact.content.decode()
    assert any(each.what == "shape:key_share" for each in artefact.redactions)
    assert isinstance(artefact.facts, ServerLogFacts)
    assert [problem.code for problem in artefact.facts.problems] == ["init_output"]


def test_a_known_secret_of_letters_and_digits_goes_from_inside_a_word_too() -> None:
    config = 'seal "pkcs11" {\n  lib = "/x.so"\n  pin = "Zx9pin77"\n}\nstorage "raft" {\n  path = "/v"\n}\n'
    notes = "see oldZx9pin77 and Zx9pin77new; 1987654321"
    _, kept = intake_all([("vault.hcl", config.encode(), None), ("notes.txt", notes.encode(), None)])
    assert kept.content == b"see old[redacted:known_secret] and [redacted:known_secret]new; 1987654321"
