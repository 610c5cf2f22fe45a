"""The seal catalogue: complete, and impossible to misuse when a block is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from seal_advisor.core import hcl, seals
from seal_advisor.core.hcl import Body
from seal_advisor.core.seals import SEALS, seals_for, secret_parameters

PLATFORMS = {"vault_community", "vault_enterprise", "vault_enterprise_hsm", "openbao_2_6", "openbao_2_7"}


def test_the_folder_is_the_list() -> None:
    assert set(SEALS) == {
        "alicloudkms",
        "awskms",
        "azurekeyvault",
        "gcpckms",
        "kmip",
        "ocikms",
        "pkcs11",
        "shamir",
        "static",
        "transit",
    }


def test_a_module_without_a_seal_or_a_second_of_one_name_refuses_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "load", lambda package, name: object())
    with pytest.raises(TypeError, match="has no SEAL"):
        seals._walk()
    monkeypatch.setattr(seals, "load", lambda package, name: type("M", (), {"SEAL": SEALS["shamir"]}))
    with pytest.raises(ValueError, match="there already"):
        seals._walk()


@pytest.mark.parametrize("kind", SEALS.values(), ids=lambda kind: kind.name)
def test_every_seal_says_where_it_runs_how_it_is_checked_and_who_says_so(kind: seals.SealKind) -> None:
    assert set(kind.platforms) <= PLATFORMS
    assert kind.platforms
    assert kind.start_checks
    assert all(source.startswith("https://") for source in kind.sources)
    products = {"openbao" if platform.startswith("openbao") else "vault" for platform in kind.platforms}
    assert set(kind.unknown_keys) == products
    assert all(kind.documentation(product) for product in products)
    names = [parameter.name for parameter in kind.parameters]
    assert len(names) == len(set(names))
    assert set(kind.misspellings.values()) <= set(names)
    assert not set(kind.misspellings) & set(names)
    assert all(set(group) <= set(names) for groups in kind.one_of.values() for group in groups)


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("pkcs11", {"pin"}),
        ("awskms", {"access_key", "secret_key", "session_token"}),
        ("azurekeyvault", {"client_secret"}),
        ("alicloudkms", {"access_key", "secret_key"}),
        ("transit", {"token"}),
        ("static", {"current_key", "previous_key"}),
        ("gcpckms", set()),
        ("shamir", set()),
    ],
)
def test_the_secrets_of_each_seal_are_named(kind: str, names: set[str]) -> None:
    assert secret_parameters()[kind] == names


def test_an_option_finds_its_seals() -> None:
    assert [kind.name for kind in seals_for("cloud_kms")] == [
        "alicloudkms",
        "awskms",
        "azurekeyvault",
        "gcpckms",
        "ocikms",
    ]
    assert [kind.name for kind in seals_for("pkcs11")] == ["pkcs11"]


@pytest.mark.parametrize(
    ("product", "parameter", "variable"),
    [
        ("vault", "pin", "VAULT_HSM_PIN"),
        ("openbao", "pin", "BAO_HSM_PIN"),
        ("vault", "default_hmac_key_label", "VAULT_HSM_HMAC_DEFAULT_KEY_LABEL"),
    ],
)
def test_variables_carry_the_products_own_names(product: str, parameter: str, variable: str) -> None:
    found = SEALS["pkcs11"].parameter(parameter)
    assert found is not None
    assert found.variables(product) == (variable,)


def test_openbao_reads_no_hmac_and_generates_no_key() -> None:
    known = SEALS["pkcs11"].known("openbao")
    assert not {"hmac_key_label", "generate_key", "max_parallel", "priority"} & known
    assert {"serial", "disable_software_encryption", "health_check_interval"} <= known


def test_a_stanza_stands_in_the_catalogues_order_with_its_comments() -> None:
    item = SEALS["static"].stanza(
        {"current_key": "file:///k", "current_key_id": "v1"},
        product="openbao",
        comments={"current_key": ("the seal key",)},
        comment=("on top",),
    )
    assert hcl.write(Body((item,))) == (
        '# on top\nseal "static" {\n  current_key_id = "v1"\n\n  # the seal key\n  current_key = "file:///k"\n}\n'
    )


@pytest.mark.parametrize(
    ("kind", "values", "product", "words"),
    [
        ("pkcs11", {"library": "/x", "pin": "env://P"}, "vault", "unknown \\['library'\\], missing \\['lib'\\]"),
        ("pkcs11", {"lib": "/x", "pin": "1234"}, "vault", "pin must be env://NAME or file:///PATH"),
        ("pkcs11", {"lib": "/x", "pin": "file:/p"}, "vault", "pin must be env://NAME or file:///PATH"),
        ("pkcs11", {"lib": "/x", "pin": "env://P", "generate_key": "false"}, "openbao", "generate_key"),
        ("awskms", {}, "vault", "missing \\['kms_key_id'\\]"),
    ],
)
def test_a_stanza_that_the_server_would_refuse_or_that_leaks_cannot_be_written(
    kind: str, values: dict[str, str | int | bool], product: str, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        SEALS[kind].stanza(values, product=product)


DOCS = (Path(__file__).parents[2] / "docs/seals.md").read_text()


@pytest.mark.parametrize("kind", SEALS.values(), ids=lambda kind: kind.name)
def test_the_docs_name_every_parameter_and_every_variable_of_a_seal(kind: seals.SealKind) -> None:
    page = DOCS.split(f"### `{kind.name}`: {kind.title}\n")[1].split("\n### ")[0]
    for parameter in kind.parameters:
        (row,) = [line for line in page.splitlines() if line.startswith(f"| `{parameter.name}`")]
        assert ("**secret**" in row) == parameter.secret
        assert ("| yes |" in row) == parameter.required
        for product in parameter.products:
            if any(platform.startswith(product) for platform in kind.platforms):
                assert all(f"`{variable}`" in row for variable in parameter.variables(product))
    assert all(permission in page for permission in kind.permissions)
    assert all(f"<{source}>" in page for source in kind.sources)
