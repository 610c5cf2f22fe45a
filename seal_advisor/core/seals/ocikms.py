"""Oracle Cloud Infrastructure KMS."""

from __future__ import annotations

from seal_advisor.core.seal_kind import Parameter, SealKind

SEAL = SealKind(
    name="ocikms",
    title="OCI KMS",
    option="cloud_kms",
    parameters=(
        Parameter("key_id", required=True, environment=("VAULT_OCIKMS_SEAL_KEY_ID",), meaning="OCID of the key"),
        Parameter("crypto_endpoint", required=True, environment=("VAULT_OCIKMS_CRYPTO_ENDPOINT",)),
        Parameter("management_endpoint", required=True, environment=("VAULT_OCIKMS_MANAGEMENT_ENDPOINT",)),
        Parameter("auth_type_api_key", default="false", type="flag", meaning="false: instance principal"),
    ),
    unknown_keys={"vault": "ignored", "openbao": "ignored"},
    misspellings={"kms_key_id": "key_id"},
    platforms={
        "vault_community": "built in",
        "vault_enterprise": "built in",
        "vault_enterprise_hsm": "built in",
        "openbao_2_6": "built in, deprecated",
        "openbao_2_7": 'KMS plugin, declared by plugin "kms" with its sha256sum',
    },
    permissions=("use keys in the key's compartment, by a policy for the nodes' dynamic group",),
    start_checks=("the node is in the dynamic group that the policy names",),
    sources=(
        "https://developer.hashicorp.com/vault/docs/configuration/seal/ocikms",
        "https://openbao.org/docs/configuration/seal/ocikms/",
    ),
)
