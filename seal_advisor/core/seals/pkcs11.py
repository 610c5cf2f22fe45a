"""PKCS#11: the root key is wrapped by a key inside an HSM.

Vault needs the Enterprise HSM build; OpenBao the HSM distribution or the KMS plugin (2.6), the plugin alone from 2.7.
"""

from __future__ import annotations

from seal_advisor.core.seal_kind import Parameter, SealKind

_VAULT = frozenset({"vault"})
_OPENBAO = frozenset({"openbao"})

# Mechanisms by number: name, and which key type they need.
MECHANISMS = {
    0x1087: "CKM_AES_GCM",
    0x1085: "CKM_AES_CBC_PAD",
    0x1082: "CKM_AES_CBC",
    0x0009: "CKM_RSA_PKCS_OAEP",
    0x0001: "CKM_RSA_PKCS",
}
MECHANISMS_OPENBAO = {0x1087: "CKM_AES_GCM", 0x0009: "CKM_RSA_PKCS_OAEP"}
MECHANISMS_WITH_HMAC = frozenset({0x1085, 0x1082})
OAEP_HASHES = ("sha1", "sha224", "sha256", "sha384", "sha512")


def _hsm(name: str, suffix: str | None = None, **more: object) -> Parameter:
    """A parameter whose variable is VAULT_HSM_x on Vault and BAO_HSM_x on OpenBao."""
    suffix = suffix or name.upper()
    products = more.pop("products", frozenset({"vault", "openbao"}))
    return Parameter(
        name,
        environment=(f"VAULT_HSM_{suffix}",),
        openbao_environment=(f"BAO_HSM_{suffix}",),
        products=products,  # type: ignore[arg-type]
        **more,  # type: ignore[arg-type]
    )


SEAL = SealKind(
    name="pkcs11",
    title="HSM over PKCS#11",
    option="pkcs11",
    parameters=(
        _hsm("lib", required=True, meaning="path of the vendor's PKCS#11 library"),
        _hsm("slot", meaning="slot number as a decimal string; not stable across re-initialisations"),
        _hsm("token_label", meaning="label of the token; preferred to slot"),
        _hsm("serial", products=_OPENBAO, meaning="serial number of the token"),
        _hsm("pin", required=True, secret=True, meaning="PIN of the crypto user"),
        _hsm("key_label", meaning="label of the wrapping key"),
        _hsm("default_key_label", products=_VAULT),
        _hsm("key_id", meaning="CKA_ID of the wrapping key"),
        _hsm("hmac_key_label", products=_VAULT, meaning="label of the HMAC key; used by the CBC mechanisms only"),
        _hsm("default_hmac_key_label", "HMAC_DEFAULT_KEY_LABEL", products=_VAULT),
        _hsm("hmac_key_id", products=_VAULT),
        _hsm("mechanism", default="best available", meaning="number of the PKCS#11 mechanism"),
        _hsm("hmac_mechanism", default="0x0251", products=_VAULT),
        _hsm("generate_key", default="false", products=_VAULT, type="flag"),
        _hsm("force_rw_session", default="false", products=_VAULT, type="flag"),
        Parameter("max_parallel", default="1", products=_VAULT, type="number"),
        _hsm("rsa_encrypt_local", default="false", products=_VAULT, type="flag"),
        _hsm("rsa_oaep_hash", default="sha256"),
        _hsm("disable_software_encryption", default="false", products=_OPENBAO, type="flag"),
    ),
    one_of={
        "vault": (("slot", "token_label"), ("key_label", "key_id", "default_key_label")),
        "openbao": (("slot", "token_label", "serial"), ("key_label", "key_id")),
    },
    unknown_keys={"vault": "warned", "openbao": "refused"},
    misspellings={
        "library": "lib",
        "module": "lib",
        "lib_path": "lib",
        "label": "key_label",
        "token": "token_label",
        "hmac_label": "hmac_key_label",
    },
    platforms={
        "vault_enterprise_hsm": "built in",
        "openbao_2_6": "the openbao-hsm distribution, or the KMS plugin",
        "openbao_2_7": 'KMS plugin, declared by plugin "kms" with its sha256sum',
    },
    permissions=(
        "the crypto user may use the wrapping key for encrypt and decrypt (and sign and verify with an HMAC key)",
    ),
    start_checks=(
        "the library loads on this node (architecture, libc, libltdl)",
        "exactly one key on the token has the label",
        "the PIN file holds the PIN and nothing else: a trailing newline becomes part of the PIN",
        "the token allows at least two sessions for every node",
    ),
    sources=(
        "https://developer.hashicorp.com/vault/docs/configuration/seal/pkcs11",
        "https://openbao.org/docs/configuration/seal/pkcs11/",
    ),
)
