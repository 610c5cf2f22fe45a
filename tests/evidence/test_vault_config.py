"""The config parser: facts with lines, whose file it is, and everything that the server itself would object to."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from evidence.core.facts import ConfigFacts, Declared, Problem
from evidence.core.parsers import vault_config
from evidence.core.refusal import Refused
from tests import bao, services

CONFIGS = sorted((Path(__file__).parents[1] / "data/samples/conf").glob("*.hcl"))
VAULT, OPENBAO = Declared("vault", "1.21.3"), Declared("openbao", "2.7.2")
REST = """
storage "raft" {
  path = "/d"
}
api_addr = "https://a:8200"
cluster_addr = "https://a:8201"
"""
LISTENER = 'listener "tcp" {\n  tls_cert_file = "/c"\n  tls_key_file = "/k"\n'
PKCS11 = 'seal "pkcs11" {\n  lib = "/x.so"\n  token_label = "t"\n  pin = "env://PIN"\n  key_label = "k"\n'

MIGRATING = """
seal "awskms" {
  kms_key_id = "k"
  disabled = "true"
}
seal "transit" {
  address = "a"
  key_name = "k"
  mount_path = "m"
}
"""
TWO_LIVE = """
enable_multiseal = true
seal "awskms" {
  name = "a"
  priority = "1"
  kms_key_id = "k"
}
seal "awskms" {
  name = "b"
  priority = 2
  kms_key_id = "l"
}
"""


def read(text: str, declared: Declared = VAULT) -> ConfigFacts:
    return vault_config.parse(text, declared)


def problems(text: str, declared: Declared = VAULT) -> dict[str, Problem]:
    """Code -> problem."""
    return {problem.code: problem for problem in read(text, declared).problems}


def refused(text: str, declared: Declared = VAULT) -> list[str]:
    return [f"{each.line}: {each.message}" for each in read(text, declared).problems if each.effect == "refused"]


# --- whose file it is ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_every_sample_is_recognised(file: Path) -> None:
    assert vault_config.matches(file.read_text())


@pytest.mark.parametrize(
    "text",
    [
        '{"listener": {"tcp": {}}}',
        ' \n {"ui": true, "seal": {"awskms": {}}}',
        '"listener" "tcp" {',
        'listener "tcp"\n{',
        'api_addr = "x"',
        "seal {",
        'audit "file" "x" {',
        "\ufefflistener tcp {}",
    ],
)
def test_content_decides_what_a_configuration_is(text: str) -> None:
    assert vault_config.matches(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        'path "secret/*" {\n  capabilities = ["read"]\n}',
        'auto_auth {\n}\nlistener "tcp" {\n}',
        'resource "aws_kms_key" "seal" {\n}',
        'variable "x" {}\nseal "x" {',
        '{"type": "shamir", "initialized": true}',
        '{"data": {"listener": {}, "seal": 1}}',
        '["listener"]',
        "some text about a listener",
    ],
)
def test_what_is_something_else_is_left_to_others(text: str) -> None:
    assert not vault_config.matches(text)


@pytest.mark.parametrize(
    ("text", "product", "basis"),
    [
        ("ui = true", "vault", "default: no key that only OpenBao has"),
        ('audit "file" "x" {}', "openbao", "keys: audit"),
        ('plugin "kms" "x" {}', "openbao", "keys: plugin"),
        ("plugin_auto_download = true", "openbao", "keys: plugin_auto_download"),
        ('seal "static" {}', "openbao", 'keys: seal "static"'),
        ('seal "pkcs11" {\n serial = "1"\n}', "openbao", "keys: serial"),
        ('listener "tcp" {\n tls_acme_email = "a@b"\n}', "openbao", "keys: tls_acme_email"),
    ],
)
def test_the_product_is_derived_from_keys_that_only_openbao_has(text: str, product: str, basis: str) -> None:
    found = read(text, Declared())
    assert (found.product, found.product_basis) == (product, basis)


def test_a_declared_product_wins_over_the_keys() -> None:
    found = read('audit "file" "x" {}', Declared("vault", "1.21.3", product_basis="answers"))
    assert (found.product, found.version, found.product_basis) == ("vault", "1.21.3", "answers")
    assert [problem.code for problem in found.problems] == ["unknown_key"]


# --- facts -----------------------------------------------------------------------------------------------------------


def test_facts_carry_lines_labels_and_inner_blocks() -> None:
    found = read(
        'listener "tcp" {\n  address = "a"\n  TLS_Disable = 1\n'
        "  telemetry {\n    unauthenticated_metrics_access = true\n"
        '  }\n}\nlistener "tcp" {}\naudit "file" "to-file" {\n  options = { file_path = "stdout" }\n}\n',
        OPENBAO,
    )
    first, second = found.blocks("listener")
    assert (first.line, second.line) == (1, 8)
    assert (first.settings["address"].line, first.settings["address"].column) == (2, 13)
    assert first.flag("tls_disable") is True
    (metrics,) = first.within("telemetry")
    assert metrics.flag("unauthenticated_metrics_access") is True
    (audit,) = found.blocks("audit")
    assert audit.labels == ("file", "to-file")
    (options,) = audit.within("options")
    assert options.text("file_path") == "stdout"


@pytest.mark.parametrize(
    "storage",
    [
        'storage "raft" {\n retry_join {\n leader_api_addr = "a"\n }\n retry_join {\n leader_api_addr = "b"\n }\n}',
        '{"storage": {"raft": {"retry_join": [{"leader_api_addr": "a"}, {"leader_api_addr": "b"}]}}}',
        'storage "raft" {\n retry_join = [{ leader_api_addr = "a" }, { leader_api_addr = "b" }]\n}',
        'backend "raft" {\n retry_join {\n leader_api_addr = "a"\n }\n retry_join {\n leader_api_addr = "b"\n }\n}',
    ],
)
def test_a_repeated_inner_block_reads_the_same_in_every_spelling(storage: str) -> None:
    (raft,) = read(storage).blocks("storage")
    assert [join.text("leader_api_addr") for join in raft.within("retry_join")] == ["a", "b"]


def test_a_removed_secret_counts_as_present() -> None:
    found = read(REST + PKCS11.replace("env://PIN", "[redacted:seal.pkcs11.pin]") + "}\ndisable_mlock = true\n")
    assert found.seals[0].settings["pin"].removed
    assert found.problems == ()


# --- text that no server reads ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line"),
    [('ui = true\nx = "never closed', 2), ("a {\n" * 500, 25), ("api_addr = {{ x }}", 1), ("listener tcp {\n", 2)],
)
def test_unreadable_text_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(Refused) as caught:
        read(text)
    assert caught.value.line == line
    assert caught.value.remedy


def test_a_repeated_attribute_stops_vault_and_is_a_finding_for_openbao() -> None:
    text = 'listener "tcp" {\n  address = "a"\n  address = "b"\n}'
    with pytest.raises(Refused, match="was already set") as caught:
        read(text)
    assert caught.value.line == 3
    duplicate = problems(text, OPENBAO)["duplicate"]
    assert (duplicate.line, duplicate.effect) == (3, "ignored")


# --- the errors of the seed (E1 to E17), as far as the file alone decides --------------------------------------------


def test_e1_library_is_not_lib() -> None:
    problem = problems('seal "pkcs11" {\n  library = "/usr/lib/x.so"\n}')["seal_unknown_key"]
    assert problem.message == '`library` is not a key of `seal "pkcs11"`; the library\'s path is `lib`'
    assert (problem.line, problem.effect, problem.remedy) == (2, "refused", 'lib = "/usr/lib/x.so"')


@pytest.mark.parametrize(
    ("value", "right"),
    [
        ("file:/etc/vault/hsm.pin", 'pin = "file:///etc/vault/hsm.pin"'),
        ("file:hsm.pin", 'pin = "file:///hsm.pin"'),
        ("env:VAULT_PIN", 'pin = "env://VAULT_PIN"'),
    ],
)
def test_e2_one_slash_is_no_indirect_value(value: str, right: str) -> None:
    problem = problems(PKCS11.replace("env://PIN", value) + "}")["secret_single_slash"]
    assert (problem.line, problem.effect, problem.remedy) == (4, "refused", right)


def test_e4_a_list_of_suites_stops_the_server_and_the_string_is_the_remedy() -> None:
    problem = problems(LISTENER + '  tls_cipher_suites = ["TLS_A",\n    "TLS_B"]\n}')["wrong_type"]
    assert "unknown type for string" in problem.message
    assert (problem.line, problem.remedy) == (4, 'write tls_cipher_suites = "TLS_A,TLS_B"')


@pytest.mark.parametrize(
    ("declared", "listener", "code"),
    [
        (VAULT, 'listener "tcp" {}', "listener_certificate"),
        (VAULT, 'listener "tcp" {\n tls_cert_file = "/c"\n}', "listener_certificate"),
        (OPENBAO, 'listener "tcp" {\n tls_cert_file = "/c"\n}', "listener_certificate"),
        (OPENBAO, 'listener "tcp" {}', "listener_acme_implied"),
    ],
)
def test_e5_tls_needs_its_files(declared: Declared, listener: str, code: str) -> None:
    assert code in problems(listener, declared)


@pytest.mark.parametrize("text", ['listener "tcp" {\n tls_disable = "true"\n}', 'listener "unix" {}', LISTENER + "}"])
def test_e5_is_silent_where_nothing_is_missing(text: str) -> None:
    assert not {"listener_certificate", "listener_acme_implied"} & set(problems(text))


@pytest.mark.parametrize(
    ("declared", "effect"),
    [
        (Declared("vault", "1.20.0"), "refused"),
        (Declared("vault", "2.0.1"), "refused"),
        (Declared("vault", None), "warned"),
        (Declared("vault", "1.19.5"), None),
        (OPENBAO, None),
    ],
)
def test_e6_vault_1_20_wants_disable_mlock_said_on_raft(declared: Declared, effect: str | None) -> None:
    found = problems(REST, declared).get("disable_mlock")
    assert (found.effect if found else None) == effect
    assert "disable_mlock" not in problems(REST + "disable_mlock = true", VAULT)


def test_e6_openbao_does_not_start_with_mlock_asked_for() -> None:
    assert problems("disable_mlock = false", OPENBAO)["disable_mlock"].effect == "refused"
    assert problems("disable_mlock = true", OPENBAO)["unknown_key"].effect == "warned"


# --- seals -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "declared", "words"),
    [
        ('seal "awskm" {}', VAULT, "unknown seal type awskm"),
        ('seal "static" {}', VAULT, "exists in OpenBao only"),
        ('seal "awskms" {\n kms_key_id = "k"\n}', OPENBAO, "unknown wrapper: awskms"),
        (PKCS11 + "}", OPENBAO, "unknown wrapper: pkcs11"),
        ('seal "bogus" {}', OPENBAO, "unknown wrapper: bogus"),
        ('seal "transit" {}\n' * 4, VAULT, 'only 3 or less "seal" blocks are permitted'),
        ('seal "awskms" {}\nseal "transit" {}', VAULT, "enable_multiseal is not true"),
        ('seal "awskms" {}\nseal "transit" {}', Declared("vault", "1.15.0"), "needs Vault Enterprise 1.16"),
        ('seal "static" {}\nseal "transit" {}', OPENBAO, "neither is disabled"),
        ('enable_multiseal = true\nseal "awskms" {}\nseal "transit" {}', VAULT, "needs a priority of 1 or more"),
        ("seal x {\n a = [1]\n}", VAULT, "expected type 'string'"),
        ('seal "transit" {\n disabled = "maybe"\n}', VAULT, "neither true nor false"),
        (PKCS11 + 'mechanism = "0x9999"\n}', VAULT, "mechanism 0x9999 is none that Vault supports"),
        (PKCS11 + "mechanism = 0x1085\n}", VAULT, "needs an HMAC key"),
        (PKCS11 + 'mechanism = "0x1085"\n}', Declared("openbao", "2.6.0"), "none that OpenBao supports"),
        (PKCS11 + 'hmac_key_label = "h"\n}', Declared("openbao", "2.6.0"), "only Vault has it"),
        (PKCS11 + 'rsa_oaep_hash = "md5"\n}', VAULT, "rsa_oaep_hash md5"),
        (PKCS11.replace('  token_label = "t"\n', "") + "}", VAULT, "must set one of slot, token_label"),
        (
            PKCS11.replace('  key_label = "k"\n', "") + "}",
            Declared("openbao", "2.6.0"),
            "must set one of key_label, key_id",
        ),
        ('seal "awskms" {\n region = "x"\n}', VAULT, "missing required parameter 'kms_key_id'"),
        ('seal "static" {\n current_key_id = "a"\n current_key = "short"\n}', OPENBAO, "32 bytes"),
        ('seal "static" {\n current_key_id = "a"\n previous_key = "env://K"\n}', OPENBAO, "empty previous_key_id"),
        ('seal "kmip" {\n encrypt_alg = "DES"\n}', OPENBAO, "encrypt_alg DES"),
        ('plugin "kms" "pkcs11" {}\n' + PKCS11 + "}", OPENBAO, "plugin directory not configured"),
    ],
)
def test_a_seal_that_the_server_refuses_says_why(text: str, declared: Declared, words: str) -> None:
    found = read(text, declared)
    assert not found.server_accepts
    assert any(words in message for message in refused(text, declared)), found.problems


@pytest.mark.parametrize(
    ("text", "declared"),
    [
        (PKCS11 + "}", VAULT),
        (PKCS11 + "}", Declared("openbao", "2.6.0")),
        (PKCS11 + 'mechanism = "0x1085"\nhmac_key_label = "h"\ngenerate_key = "false"\n}', VAULT),
        (PKCS11 + 'mechanism = "CKM_AES_GCM"\n}', Declared("openbao", "2.6.0")),
        ('plugin_directory = "/p"\nplugin "kms" "pkcs11" {}\n' + PKCS11 + "}", OPENBAO),
        ('seal "awskms" {\n kms_key_id = "k"\n}', VAULT),
        (MIGRATING, VAULT),
        (TWO_LIVE, VAULT),
        ('seal "static" {\n current_key_id = "a"\n current_key = "' + "0" * 64 + '"\n}', OPENBAO),
        ('seal "shamir" {}', VAULT),
        ("", VAULT),
    ],
)  # fmt: skip
def test_a_seal_that_the_server_takes_is_taken(text: str, declared: Declared) -> None:
    assert refused(text, declared) == []


def test_an_unknown_key_of_a_cloud_seal_is_ignored_in_silence_by_the_server_and_named_by_us() -> None:
    problem = problems('seal "awskms" {\n kms_key_id = "k"\n acess_key = "x"\n}')["seal_unknown_key"]
    assert (problem.effect, problem.line, problem.remedy) == ("ignored", 3, "did you mean access_key?")


def test_a_secret_that_is_not_in_the_file_may_come_from_the_environment() -> None:
    text = PKCS11.replace('  pin = "env://PIN"\n', "") + "}"
    problem = problems(text)["seal_secret_from_environment"]
    assert (problem.effect, problem.message) == (
        "ignored",
        'seal "pkcs11": pin is not in the file, so it must come from VAULT_HSM_PIN',
    )
    assert read(text).server_accepts


# --- listener, storage and the rest ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "declared", "words"),
    [
        (LISTENER + 'tls_min_version = "tls14"\n}', VAULT, "'tls_min_version' value \"tls14\" not supported"),
        (LISTENER + 'tls_max_version = "TLS12"\n}', VAULT, "'tls_max_version' value \"TLS12\" not supported"),
        (LISTENER + 'tls_min_version = "tls13"\ntls_max_version = "tls12"\n}', VAULT, "greater than or equal"),
        (LISTENER + 'tls_max_version = "tls11"\n}', VAULT, "greater than or equal"),
        (LISTENER + 'tls_cipher_suites = "ECDHE-RSA-AES256-GCM-SHA384"\n}', VAULT, "unsupported cipher"),
        (LISTENER + 'tls_disable = "maybe"\n}', VAULT, "neither true nor false"),
        (LISTENER + "max_request_duration = \"soon\"\n}", VAULT, "is not a duration"),
        (LISTENER + "x_forwarded_for_hop_skips = -1\n}", VAULT, "cannot be negative"),
        (LISTENER + "tls_require_and_verify_client_cert = 1\ntls_disable_client_certs = 1\n}", VAULT, "exclusive"),
        ('listener "udp" {}', VAULT, 'unsupported listener type "udp"'),
        ("listener {}", VAULT, "listener type must be specified"),
        ('storage "file" {}', OPENBAO, "OpenBao 2.7.0 removed the file storage"),
        ('storage "consul" {}', OPENBAO, "unknown storage type consul"),
        ('storage "rafft" {}', VAULT, "unknown storage type rafft"),
        ('storage "raft" {\n path = "/a"\n}\nstorage "raft" {\n path = "/b"\n}', VAULT, "only one"),
        ('storage "raft" {}', VAULT, "'path' must be set"),
        (REST + "disable_clustering = true", VAULT, "disable clustering cannot be set"),
        ("ui = \"maybe\"", VAULT, "neither true nor false"),
        ("cluster_name = true", VAULT, "unknown type for string"),
        ('api_addr = { a = 1 }', VAULT, "an object stands where one value belongs"),
        ('max_lease_ttl = "x"', VAULT, "is not a duration"),
        ('allow_audit_log_prefixing = "true"', OPENBAO, "without quotes"),
        ('log_level = "loud"', OPENBAO, "unknown log level: loud"),
        ('telemetry {\n prometheus_retention_time = "x"\n}', VAULT, "is not a duration"),
        ('user_lockout "oidc" {}', VAULT, "unsupported user_lockout type"),
        ('audit "file" {}', OPENBAO, "names its type and its path"),
    ],
)  # fmt: skip
def test_a_value_that_the_server_refuses_says_why(text: str, declared: Declared, words: str) -> None:
    assert any(words in message for message in refused(text, declared)), read(text, declared).problems


@pytest.mark.parametrize(
    ("text", "declared", "key"),
    [
        ("api_adress = \"x\"", VAULT, "did you mean api_addr?"),
        (LISTENER + "tls_cert = \"/c\"\n}", VAULT, "did you mean tls_cert_file?"),
        ("enable_multiseal = true", OPENBAO, "remove enable_multiseal"),
        ("license_path = \"/l\"", OPENBAO, "remove license_path"),
        ('telemetry {\n prometheus_retention = "24h"\n}', VAULT, "did you mean prometheus_retention_time?"),
        (LISTENER + "telemetry {\n metric_only = true\n}\n}", OPENBAO, "did you mean metrics_only?"),
        ("sentinel {}", OPENBAO, "remove sentinel"),
        (
            'audit "file" "x" {}',
            VAULT,
            "remove it: Vault's audit devices are enabled by `vault audit enable`, never in the file",
        ),
    ],
)  # fmt: skip
def test_an_unknown_key_is_warned_about_as_the_server_does(text: str, declared: Declared, key: str) -> None:
    problem = problems(text, declared)["unknown_key"]
    assert (problem.effect, problem.remedy) == ("warned", key)
    assert read(text, declared).server_accepts or "listener" in text


def test_file_storage_is_fine_on_vault_and_on_openbao_2_6() -> None:
    text = 'storage "file" {\n path = "/d"\n}'
    assert read(text, VAULT).server_accepts
    assert read(text, Declared("openbao", "2.6.2")).server_accepts
    assert not read(text, Declared("openbao")).server_accepts


def test_all_problems_of_a_file_are_found_not_only_the_first() -> None:
    text = (
        REST
        + 'seal "pkcs11" {\n  library = "/x"\n  pin = "file:/p"\n}\nlistener "tcp" {\n  tls_cipher_suites = []\n}\n'
    )
    found = read(text).problems
    assert {problem.code for problem in found} >= {
        "seal_unknown_key",
        "secret_single_slash",
        "wrong_type",
        "listener_certificate",
        "disable_mlock",
        "seal_missing_key",
    }
    assert [problem.line for problem in found] == sorted(problem.line or 0 for problem in found)
    assert all(
        problem.remedy and problem.source.startswith("https://") for problem in found if problem.effect != "ignored"
    )


# --- the real server as a witness ------------------------------------------------------------------------------------

WITNESSED = [
    'listener "tcp" {\n tls_disable = "maybe"\n}',
    'listener "tcp" {\n tls_disable = 2\n}',
    'listener "tcp" {\n tls_cipher_suites = "FOO"\n}',
    'listener "tcp" {\n tls_cipher_suites = ["A"]\n}',
    'listener "tcp" {\n address = true\n}',
    'listener "tcp" {\n address = 5\n}',
    'listener "tcp" {\n max_request_size = "1MB"\n}',
    'listener "tcp" {\n redact_version = true\n}',
    'listener "udp" {}',
    "listener {}",
    'storage "raft" {\n path = "/x"\n}\nstorage "raft" {\n path = "/y"\n}',
    "ui = \"maybe\"",
    "UI = true",
    "disable_mlock = true",
    "disable_mlock = false",
    "bogus = 1",
    'telemetry {\n bogus = 1\n}',
    'audit "file" {}',
    'audit "file" "x" {\n bogus = 1\n}',
    'plugin "kms" "x" {\n command = "x"\n sha256sum = "00"\n}',
    "license_path = \"x\"",
    "max_lease_ttl = \"x\"",
    "default_lease_ttl = 10",
    "cache_size = \"x\"",
    "cache_size = \"5\"",
    "cluster_cipher_suites = [\"a\"]",
    "allow_audit_log_prefixing = \"true\"",
    'user_lockout "foo" {}',
    'seal "static" {\n disabled = "maybe"\n}',
]  # fmt: skip
NOT_STATIC = frozenset({"listener_acme_implied", "no_storage", "no_api_addr", "no_cluster_addr", "seal_missing_key"})


@pytest.mark.parametrize("text", WITNESSED)
def test_our_verdict_is_that_of_validate_config(text: str, tmp_path: Path) -> None:
    """What only a start shows (missing files and addresses) is left out of the comparison."""
    file = tmp_path / "bao.hcl"
    file.write_text(text)
    code, words = bao.validate(file)
    ours = {problem.effect for problem in read(text, OPENBAO).problems if problem.code not in NOT_STATIC}
    assert code == (bao.REFUSED if "refused" in ours else bao.WARNED if "warned" in ours else bao.OK), words


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_every_sample_gets_the_verdict_of_validate_config(file: Path) -> None:
    code, words = bao.validate(file)
    found = read(file.read_text(), OPENBAO).problems
    static = {
        problem.effect for problem in found if problem.code not in NOT_STATIC | {"storage_type", "seal_needs_plugin"}
    }
    refuses = "refused" in static and "pkcs11" not in file.stem  # seal keys are read at start only
    assert (code == bao.REFUSED) == refuses, words


@pytest.mark.parametrize(
    "text",
    [
        'storage "file" {\n path = "/d"\n}',
        'storage "raft" {\n node_id = "n"\n}',
        'storage "inmem" {}\nseal "awskms" {\n kms_key_id = "k"\n}',
        'storage "inmem" {}\nseal "static" {\n current_key_id = "a"\n current_key = "short"\n}',
        'storage "inmem" {}\nseal "static" {\n current_key_id = "a"\n current_key = "file:/no"\n}',
        'storage "inmem" {}\nlog_level = "loud"',
    ],
)
def test_what_we_call_refused_the_real_server_refuses_in_the_same_words(text: str, tmp_path: Path) -> None:
    port = services.free_port()
    listener = f'listener "tcp" {{\n address = "127.0.0.1:{port}"\n tls_disable = true\n}}\n'
    file = tmp_path / "bao.hcl"
    file.write_text(f'{listener}api_addr = "http://127.0.0.1:{port}"\ncluster_addr = "http://127.0.0.1:1"\n{text}\n')
    (ours,) = [problem for problem in read(file.read_text(), OPENBAO).problems if problem.effect == "refused"]
    with pytest.raises(AssertionError) as caught, bao.running(file, port, tmp_path):
        pass
    core = re.split(r"[:(;]", ours.message.removeprefix("Error configuring seal "))
    assert any(piece.strip(" '\"") in str(caught.value) for piece in core if len(piece) > 8), (ours, str(caught.value))
