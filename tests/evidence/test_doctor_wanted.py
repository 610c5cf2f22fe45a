"""What the server would use: names of variables by product and seal, which seals are live, nothing secret in a repr."""

from __future__ import annotations

from evidence.core.facts import Declared
from evidence.doctor.key_rules import asked
from evidence.doctor.measure import percentiles
from evidence.doctor.wanted import Wanted, read

STORAGE = 'storage "raft" {\n  node_id = "n7"\n}\n'
SEAL = 'seal "pkcs11" {\n  lib = "/lib/a.so"\n  token_label = "t"\n  pin = "4711-secret"\n  key_label = "k"\n}\n'


def wanted(text: str, product: str = "vault", **environment: str) -> Wanted:
    return read("vault.hcl", (STORAGE + text).encode(), Declared(product=product), environment)


def test_each_product_reads_its_own_variables() -> None:
    both = {"VAULT_HSM_LIB": "/lib/vault.so", "BAO_HSM_LIB": "/lib/bao.so"}
    assert wanted(SEAL, **both).seals[0].text("lib") == "/lib/vault.so"
    assert wanted(SEAL, "openbao", **both).seals[0].text("lib") == "/lib/bao.so"
    assert wanted(SEAL, VAULT_HSM_LIB="").seals[0].text("lib") == "/lib/a.so"


def test_with_two_seals_the_variables_carry_the_seals_name() -> None:
    two = SEAL.replace("{\n", '{\n  name = "one"\n  priority = "1"\n', 1)
    two += SEAL.replace("{\n", '{\n  name = "two"\n  priority = "2"\n', 1)
    environment = {"VAULT_HSM_KEY_LABEL": "all", "VAULT_HSM_KEY_LABEL_two": "second"}
    assert [seal.text("key_label") for seal in wanted(two, **environment).seals] == ["k", "second"]


def test_a_disabled_seal_is_not_tried() -> None:
    disabled = SEAL.replace("{\n", '{\n  disabled = "true"\n', 1)
    assert [seal.label for seal in wanted(disabled).seals] == ["shamir"]


def test_a_pin_stands_in_no_repr() -> None:
    whole = wanted(SEAL)
    assert whole.seals[0].text("pin") == "4711-secret"
    assert "4711" not in repr(whole)


def test_what_the_environment_brings_is_not_missing() -> None:
    without = SEAL.replace('  lib = "/lib/a.so"\n', "")
    assert [problem.code for problem in wanted(without).seals[0].problems] == ["seal_missing_key"]
    assert wanted(without, VAULT_HSM_LIB="/lib/b.so").seals[0].problems == ()


def test_the_node_is_the_storages() -> None:
    assert wanted(SEAL).node == "n7"


def test_keys_are_asked_for_by_label_and_id() -> None:
    text = SEAL.replace('key_label = "k"', 'key_id = "0x0A"\n  default_key_label = "d"\n  hmac_key_label = "m"')
    assert asked(wanted(text).seals[0]) == [
        {"role": "wrapping", "label": "d", "id": "0a"},
        {"role": "hmac", "label": "m", "id": ""},
    ]


def test_percentiles_are_measured_values() -> None:
    assert percentiles([5.0]) == dict.fromkeys(("min", "p50", "p90", "p95", "p99", "max"), 5.0)
    assert percentiles([float(n) for n in range(100, 0, -1)])["p99"] == 99.0
