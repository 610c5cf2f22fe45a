"""AWS KMS."""

from __future__ import annotations

from seal_advisor.core.seal_kind import Parameter, SealKind

SEAL = SealKind(
    name="awskms",
    title="AWS KMS",
    option="cloud_kms",
    parameters=(
        Parameter("region", default="us-east-1", environment=("AWS_REGION", "AWS_DEFAULT_REGION")),
        Parameter("access_key", environment=("AWS_ACCESS_KEY_ID",), secret=True),
        Parameter("secret_key", environment=("AWS_SECRET_ACCESS_KEY",), secret=True),
        Parameter("session_token", environment=("AWS_SESSION_TOKEN",), secret=True),
        Parameter("shared_creds_filename", environment=("AWS_SHARED_CREDENTIALS_FILE",)),
        Parameter("shared_creds_profile", environment=("AWS_PROFILE",)),
        Parameter("role_arn", environment=("AWS_ROLE_ARN",)),
        Parameter("role_session_name", environment=("AWS_ROLE_SESSION_NAME",)),
        Parameter("web_identity_token_file", environment=("AWS_WEB_IDENTITY_TOKEN_FILE",)),
        Parameter(
            "kms_key_id",
            required=True,
            environment=("VAULT_AWSKMS_SEAL_KEY_ID",),
            meaning="id, ARN or alias/NAME of a customer-managed key",
        ),
        Parameter("endpoint", environment=("AWS_KMS_ENDPOINT",)),
    ),
    unknown_keys={"vault": "ignored", "openbao": "ignored"},
    misspellings={
        "key_id": "kms_key_id",
        "aws_region": "region",
        "kms_key": "kms_key_id",
        "profile": "shared_creds_profile",
    },
    platforms={
        "vault_community": "built in",
        "vault_enterprise": "built in",
        "vault_enterprise_hsm": "built in",
        "openbao_2_6": "built in, deprecated",
        "openbao_2_7": 'KMS plugin, declared by plugin "kms" with its sha256sum',
    },
    permissions=("kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"),
    start_checks=(
        "the instance role or pod identity is reachable (IMDS hop limit of 2 in containers)",
        "AWS_REGION is not set to another region: it silently beats the file",
    ),
    sources=(
        "https://developer.hashicorp.com/vault/docs/configuration/seal/awskms",
        "https://openbao.org/docs/configuration/seal/awskms/",
    ),
)
