"""A configuration implies what it leaves no second reading for, and nothing else."""

from __future__ import annotations

import pytest

from seal_advisor.core import answers, rules, ruleset
from seal_advisor.core.hcl import HclError
from seal_advisor.core.prefill import prefill

SERVER = 'listener "tcp" { address = "x" }\nstorage "raft" { path = "/d" }\n'


def implied(text: str) -> dict[str, tuple[str, int]]:
    return {each.question: (each.value, each.line) for each in prefill(text).answers}


def left_open(text: str) -> dict[str, int]:
    return {each.question: each.line for each in prefill(text).left_open}


def test_an_empty_file_implies_nothing() -> None:
    assert implied("") == {}
    assert left_open("") == {}


def test_a_part_of_a_configuration_without_seal_does_not_imply_shamir() -> None:
    assert implied('listener "tcp" { address = "x" }') == {}


def test_a_whole_configuration_without_seal_implies_shamir() -> None:
    assert implied(SERVER) == {"migrating_from": ("shamir", 1)}


@pytest.mark.parametrize(
    ("seal", "option"), [("awskms", "cloud_kms"), ("pkcs11", "pkcs11"), ("transit", "transit"), ("shamir", "shamir")]
)
def test_the_live_seal_is_todays_seal(seal: str, option: str) -> None:
    assert implied(f'{SERVER}seal "{seal}" {{}}\n')["migrating_from"] == (option, 3)


def test_the_disabled_seal_is_the_one_that_is_migrated_from() -> None:
    text = f'{SERVER}seal "awskms" {{\n  disabled = "true"\n}}\nseal "pkcs11" {{}}\n'
    assert implied(text)["migrating_from"] == ("cloud_kms", 3)


def test_two_live_seals_are_left_open() -> None:
    text = f'{SERVER}seal "awskms" {{}}\nseal "pkcs11" {{}}\n'
    assert "migrating_from" not in implied(text)
    assert left_open(text)["migrating_from"] == 3


def test_a_cloud_seal_says_neither_where_the_servers_run_nor_what_guards_the_keys() -> None:
    text = f'{SERVER}seal "awskms" {{ region = "eu-central-1" }}\n'
    assert set(implied(text)) == {"migrating_from"}
    assert left_open(text) == {"kms": 3}


def test_a_managed_hsm_says_what_guards_the_keys() -> None:
    text = f'{SERVER}seal "azurekeyvault" {{\n resource = "managedhsm.azure.net"\n}}\n'
    assert implied(text)["kms"] == ("hsm_keys", 4)


def test_pkcs11_alone_names_no_build_but_with_a_licence_it_does() -> None:
    assert left_open(f'{SERVER}seal "pkcs11" {{}}\n')["platform"] == 3
    text = f'{SERVER}license_path = "/l"\nseal "pkcs11" {{}}\n'
    assert implied(text)["platform"] == ("vault_enterprise_hsm", 4)


def test_openbao_2_7_has_no_built_in_cloud_seal_so_it_is_2_6() -> None:
    audit = 'audit "file" "a" { options { file_path = "/a" } }\n'
    assert implied(f'{SERVER}{audit}seal "awskms" {{}}\n')["platform"] == ("openbao_2_6", 4)
    plugin = 'plugin "kms" "awskms" { command = "x" }\n'
    assert left_open(f'{SERVER}{plugin}seal "awskms" {{}}\n')["platform"] == 3


def test_marks_of_both_products_are_left_open() -> None:
    text = f'{SERVER}license_path = "/l"\ninitialize "x" {{}}\n'
    assert "platform" not in implied(text)
    assert left_open(text)["platform"] == 3


@pytest.mark.parametrize(("provider", "hosting"), [("aws", "aws"), ("gce", "gcp"), ("vsphere", "on_premises")])
def test_discovery_through_a_provider_says_where_the_servers_run(provider: str, hosting: str) -> None:
    text = f'storage "raft" {{\n  retry_join {{\n    auto_join = "provider={provider} tag=x"\n  }}\n}}\n'
    assert implied(text)["hosting"] == (hosting, 3)


def test_two_providers_are_left_open() -> None:
    join = '  retry_join {{ auto_join = "provider={}" }}\n'
    text = f'storage "raft" {{\n{join.format("aws")}{join.format("gce")}}}\n'
    assert "hosting" not in implied(text)
    assert left_open(text)["hosting"] == 3


def test_an_unknown_provider_and_a_public_name_imply_nothing() -> None:
    text = 'storage "raft" {\n  retry_join { auto_join = "provider=mdns" }\n}\napi_addr = "https://vault.example.com:8200"\n'
    assert "hosting" not in implied(text)


def test_a_private_name_of_ec2_says_where_the_servers_run() -> None:
    text = 'api_addr = "https://ip-10-0-0-1.eu-central-1.compute.internal:8200"\n'
    assert implied(text) == {"hosting": ("aws", 1)}


def test_json_is_read_like_hcl() -> None:
    text = (
        '{\n"listener": {"tcp": {}},\n"storage": {"raft": {}},\n"seal": {"transit": {}},\n"disable_sealwrap": true\n}\n'
    )
    assert implied(text) == {"migrating_from": ("transit", 4), "seal_wrap": ("not_needed", 5)}


def test_the_document_is_an_answers_file_that_names_the_lines() -> None:
    current = rules.load(ruleset.current())
    document = prefill(f'{SERVER}seal "awskms" {{ secret_key = "wJalrXUtnFEMI" }}\n').document(current.version)
    read = answers.parse(document, current)
    assert read.given == {"migrating_from": "cloud_kms"}
    assert read.notes["migrating_from"] == 'taken from line 3: seal "awskms" is the live seal'
    assert "wJalr" not in str(document)


def test_text_that_is_no_configuration_is_refused_with_its_line() -> None:
    with pytest.raises(HclError) as refused:
        prefill("a = 1\nb = = 2\n")
    assert refused.value.line == 2
