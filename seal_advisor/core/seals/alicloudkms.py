"""Alibaba Cloud KMS."""

from __future__ import annotations

from seal_advisor.core.seal_kind import Parameter, SealKind

SEAL = SealKind(
    name="alicloudkms",
    title="Alibaba Cloud KMS",
    option="cloud_kms",
    parameters=(
        Parameter("region", default="us-east-1", environment=("ALICLOUD_REGION",)),
        Parameter("domain", environment=("ALICLOUD_DOMAIN",)),
        Parameter("access_key", environment=("ALICLOUD_ACCESS_KEY",), secret=True),
        Parameter("secret_key", environment=("ALICLOUD_SECRET_KEY",), secret=True),
        Parameter("kms_key_id", required=True, environment=("VAULT_ALICLOUDKMS_SEAL_KEY_ID",)),
    ),
    unknown_keys={"vault": "ignored", "openbao": "ignored"},
    misspellings={"key_id": "kms_key_id"},
    platforms={
        "vault_community": "built in",
        "vault_enterprise": "built in",
        "vault_enterprise_hsm": "built in",
        "openbao_2_6": "built in, deprecated",
        "openbao_2_7": 'KMS plugin, declared by plugin "kms" with its sha256sum',
    },
    permissions=("kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"),
    start_checks=("the node's RAM role may use the key",),
    sources=(
        "https://developer.hashicorp.com/vault/docs/configuration/seal/alicloudkms",
        "https://openbao.org/docs/configuration/seal/alicloudkms/",
    ),
)
