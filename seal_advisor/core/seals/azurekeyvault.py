"""Azure Key Vault and Managed HSM."""

from __future__ import annotations

from seal_advisor.core.seal_kind import Parameter, SealKind

SEAL = SealKind(
    name="azurekeyvault",
    title="Azure Key Vault or Managed HSM",
    option="cloud_kms",
    parameters=(
        Parameter("tenant_id", environment=("AZURE_TENANT_ID",)),
        Parameter("client_id", environment=("AZURE_CLIENT_ID",)),
        Parameter("client_secret", environment=("AZURE_CLIENT_SECRET",), secret=True),
        Parameter("environment", default="AZUREPUBLICCLOUD", environment=("AZURE_ENVIRONMENT",)),
        Parameter("vault_name", required=True, environment=("VAULT_AZUREKEYVAULT_VAULT_NAME",)),
        Parameter("key_name", required=True, environment=("VAULT_AZUREKEYVAULT_KEY_NAME",)),
        Parameter(
            "resource",
            default="vault.azure.net",
            environment=("AZURE_AD_RESOURCE",),
            meaning="managedhsm.azure.net for a Managed HSM",
        ),
    ),
    unknown_keys={"vault": "ignored", "openbao": "ignored"},
    misspellings={"keyvault_name": "vault_name", "key": "key_name", "tenant": "tenant_id", "secret": "client_secret"},
    platforms={
        "vault_community": "built in",
        "vault_enterprise": "built in",
        "vault_enterprise_hsm": "built in",
        "openbao_2_6": "built in, deprecated",
        "openbao_2_7": 'KMS plugin, declared by plugin "kms" with its sha256sum',
    },
    permissions=("keys/get", "keys/wrapKey", "keys/unwrapKey"),
    start_checks=("the node's managed identity is assigned", "the key vault's firewall admits the node"),
    sources=(
        "https://developer.hashicorp.com/vault/docs/configuration/seal/azurekeyvault",
        "https://openbao.org/docs/configuration/seal/azurekeyvault/",
    ),
)
