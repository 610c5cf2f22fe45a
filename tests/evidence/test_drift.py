"""Two configurations side by side: what carries the design is compared, what differs by nature is not."""

from __future__ import annotations

from evidence.core.approved import approved
from evidence.core.drift import design_of, differences, rows
from evidence.core.facts import ConfigFacts
from seal_advisor.core import answers, rules, ruleset
from tests.evidence.judging import GOOD_LISTENER, HSM_SEAL, config, judge

RAFT = 'storage "raft" {\n  path = "/data"\n  node_id = "n1"\n}\n'
DESIGN = GOOD_LISTENER + RAFT + HSM_SEAL
HSM = {
    "platform": "vault_enterprise_hsm", "hsm": "clustered", "hsm_skill": "team", "operator_keys": "forbidden",
    "kms": "none", "boundary": "dedicated_hsm", "unattended_start": "required", "dr": "replication",
}  # fmt: skip


def read(text: str, product: str = "vault") -> ConfigFacts:
    return design_of(text, product=product, version="1.21.0")


def drift(expected: str, actual: str, *, nodes: bool = False) -> list[tuple[str, str | None, str | None]]:
    return [(d.path, d.left, d.right) for d in differences(read(expected), read(actual), nodes=nodes)]


def test_a_file_agrees_with_itself_and_the_table_still_lists_what_was_compared() -> None:
    assert drift(DESIGN, DESIGN) == []
    assert "seal.pkcs11.mechanism" in {row.path for row in rows(read(DESIGN), read(DESIGN))}


def test_names_addresses_and_paths_differ_by_nature() -> None:
    other = DESIGN.replace("10.0.0.1", "10.0.0.2").replace("n1", "n2").replace("/data", "/var/vault")
    assert drift(DESIGN, other.replace("vault-prod", "vault-test")) == []


def test_a_default_counts_as_written() -> None:
    assert drift(DESIGN, DESIGN.replace('  tls_min_version   = "tls12"\n', "")) == []
    assert drift(DESIGN, DESIGN.replace('"0x1087"', '"4231"')) == []


def test_another_seal_another_floor_and_another_storage_show_with_both_lines() -> None:
    actual = DESIGN.replace('"tls12"', '"tls10"', 1).replace("raft", "consul").replace('seal "pkcs11"', 'seal "awskms"')
    found = {d.path: d for d in differences(read(DESIGN), read(actual))}
    assert (found["seal"].left, found["seal"].right) == ("pkcs11", "awskms")
    assert (found["storage"].left, found["storage"].right) == ("raft", "consul")
    floor = found["listener.tcp.tls_min_version"]
    assert (floor.left, floor.left_line, floor.right, floor.right_line) == ("tls12", 6, "tls10", 6)
    assert floor.consequence == "one of the two takes older TLS"


def test_an_open_tls_1_3_is_drift_though_the_file_says_nothing() -> None:
    assert drift(DESIGN, DESIGN.replace('  tls_max_version   = "tls12"\n', "")) == [
        ("listener.tcp.tls_max_version", "tls12", "tls13")
    ]


def test_a_label_without_its_version_breaks_the_scheme() -> None:
    design = DESIGN.replace("vault-prod", "vault-prod-seal-v1")
    assert drift(design, DESIGN) == [("seal.pkcs11.key_label", "with a version at its end", "without a version")]
    assert drift(design, design.replace("-v1", "-v2")) == []


def test_between_nodes_the_key_itself_must_be_the_same() -> None:
    other = DESIGN.replace("vault-prod", "vault-old")
    assert drift(DESIGN, other, nodes=True) == [("seal.pkcs11.key_label", "vault-prod", "vault-old")]


def test_joins_without_a_named_authority_are_drift() -> None:
    safe = '  retry_join {\n    leader_api_addr = "https://n2:8200"\n    leader_ca_cert_file = "/ca.pem"\n  }\n'
    design = DESIGN.replace('  node_id = "n1"\n', safe)
    actual = design.replace('    leader_ca_cert_file = "/ca.pem"\n', "")
    assert drift(design, actual) == [("storage.retry_join over TLS", "yes", "no")]


def test_audit_devices_of_openbao_are_compared() -> None:
    audit = 'audit "file" "a" {\n  options {\n    file_path = "/a"\n  }\n}\n'
    expected, actual = read(RAFT + audit, "openbao"), read(RAFT, "openbao")
    assert [(d.path, d.left, d.right) for d in differences(expected, actual)] == [("audit", "file", "none")]


def test_a_removed_secret_is_never_shown() -> None:
    actual = config(DESIGN.replace('"vault-prod"', '"vault-prod"\n  secret_key = "abcdefgh12345"'))
    assert isinstance(actual.facts, ConfigFacts)
    assert "abcdefgh" not in str(rows(read(DESIGN), actual.facts, nodes=True))


def test_the_control_of_changes_names_each_drift_from_the_design() -> None:
    loaded = rules.load(ruleset.current())
    demands = approved(rules.decide(loaded, answers.parse({"answers": HSM}, loaded)))
    assert demands.design is not None
    result = judge("C-CA-03", config(DESIGN.replace('"0x1087"', '"0x1085"')), demands=demands)
    assert result.verdict == "not_proven"
    told = {f.message: f.line for f in result.findings}
    message = next(words for words in told if words.startswith("seal.pkcs11.mechanism is 0x1085 here; the design says"))
    assert told[message] == 20


def test_without_a_decision_there_is_no_design_to_drift_from() -> None:
    loaded = rules.load(ruleset.current())
    assert approved(rules.decide(loaded, answers.parse({"answers": {}}, loaded))).design is None
