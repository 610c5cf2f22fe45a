"""Google Cloud KMS and Cloud HSM."""

from __future__ import annotations

from seal_advisor.core.seal_kind import Parameter, SealKind

SEAL = SealKind(
    name="gcpckms",
    title="Google Cloud KMS",
    option="cloud_kms",
    parameters=(
        Parameter(
            "credentials",
            environment=("GOOGLE_CREDENTIALS", "GOOGLE_APPLICATION_CREDENTIALS"),
            meaning="PATH of a JSON file; leave it out on GCE and GKE",
        ),
        Parameter("project", required=True, environment=("GOOGLE_PROJECT",)),
        Parameter("region", required=True, environment=("GOOGLE_REGION",)),
        Parameter("key_ring", required=True, environment=("VAULT_GCPCKMS_SEAL_KEY_RING",)),
        Parameter("crypto_key", required=True, environment=("VAULT_GCPCKMS_SEAL_CRYPTO_KEY",)),
    ),
    unknown_keys={"vault": "ignored", "openbao": "ignored"},
    misspellings={"keyring": "key_ring", "key": "crypto_key", "location": "region"},
    platforms={
        "vault_community": "built in",
        "vault_enterprise": "built in",
        "vault_enterprise_hsm": "built in",
        "openbao_2_6": "built in, deprecated",
        "openbao_2_7": 'KMS plugin, declared by plugin "kms" with its sha256sum',
    },
    permissions=(
        "cloudkms.cryptoKeyVersions.useToEncrypt",
        "cloudkms.cryptoKeyVersions.useToDecrypt",
        "cloudkms.cryptoKeys.get",
    ),
    start_checks=("the node's service account has the three permissions on the key",),
    sources=(
        "https://developer.hashicorp.com/vault/docs/configuration/seal/gcpckms",
        "https://openbao.org/docs/configuration/seal/gcpckms/",
    ),
)
