"""The primary sources that findings name: title and address, written once."""

from __future__ import annotations

VAULT_TCP = "Vault, TCP listener: https://developer.hashicorp.com/vault/docs/configuration/listener/tcp"
VAULT_CONFIG = "Vault, server configuration: https://developer.hashicorp.com/vault/docs/configuration"
VAULT_SEAL = "Vault, seal stanza: https://developer.hashicorp.com/vault/docs/configuration/seal"
VAULT_SEAL_CONCEPT = "Vault, seal and unseal: https://developer.hashicorp.com/vault/docs/concepts/seal"
VAULT_PKCS11 = "Vault, PKCS#11 seal: https://developer.hashicorp.com/vault/docs/configuration/seal/pkcs11"
VAULT_AWSKMS = "Vault, AWS KMS seal: https://developer.hashicorp.com/vault/docs/configuration/seal/awskms"
VAULT_TRANSIT = "Vault, transit seal: https://developer.hashicorp.com/vault/docs/configuration/seal/transit"
VAULT_SEAL_HA = "Vault, seal high availability: https://developer.hashicorp.com/vault/docs/configuration/seal/seal-ha"
VAULT_SEAL_WRAP = "Vault, seal wrap: https://developer.hashicorp.com/vault/docs/enterprise/sealwrap"
VAULT_FIPS = "Vault, FIPS builds: https://developer.hashicorp.com/vault/docs/enterprise/fips"
VAULT_RAFT = "Vault, integrated storage: https://developer.hashicorp.com/vault/docs/configuration/storage/raft"
VAULT_AUDIT = "Vault, audit devices: https://developer.hashicorp.com/vault/docs/audit"
VAULT_HARDENING = (
    "Vault, production hardening: https://developer.hashicorp.com/vault/docs/concepts/production-hardening"
)
VAULT_DEV = "Vault, dev server: https://developer.hashicorp.com/vault/docs/concepts/dev-server"
VAULT_INIT = "Vault, operator init: https://developer.hashicorp.com/vault/docs/commands/operator/init"
VAULT_DIAGNOSE = "Vault, operator diagnose: https://developer.hashicorp.com/vault/docs/commands/operator/diagnose"
VAULT_ROTATE = "Vault, key rotation: https://developer.hashicorp.com/vault/docs/internals/rotation"
VAULT_SNAPSHOT = "Vault, raft snapshots: https://developer.hashicorp.com/vault/docs/commands/operator/raft"
VAULT_SEAL_BACKEND_STATUS = (
    "Vault, seal backend status: https://developer.hashicorp.com/vault/api-docs/system/seal-backend-status"
)
OPENBAO_TCP = "OpenBao, TCP listener: https://openbao.org/docs/configuration/listener/tcp/"
OPENBAO_SEAL = "OpenBao, seal stanza: https://openbao.org/docs/configuration/seal/"
OPENBAO_AUDIT = "OpenBao, audit stanza: https://openbao.org/docs/configuration/audit/"
OPENBAO_MIGRATION = "OpenBao, migrating from Vault: https://openbao.org/docs/guides/migration/"
SP_800_52 = "NIST SP 800-52 Rev. 2: https://csrc.nist.gov/pubs/sp/800/52/r2/final"
SP_800_57 = "NIST SP 800-57 Part 1 Rev. 5: https://csrc.nist.gov/pubs/sp/800/57/pt1/r5/final"
SP_800_131A = "NIST SP 800-131A Rev. 2: https://csrc.nist.gov/pubs/sp/800/131/a/r2/final"
SP_800_53 = "NIST SP 800-53 Rev. 5: https://csrc.nist.gov/pubs/sp/800/53/r5/upd1/final"
FIPS_140_3 = "FIPS 140-3: https://csrc.nist.gov/pubs/fips/140-3/final"
CMVP = "NIST CMVP: https://csrc.nist.gov/projects/cryptographic-module-validation-program"
CLOUDHSM_AUDIT = (
    "AWS CloudHSM, audit logs: https://docs.aws.amazon.com/cloudhsm/latest/userguide/interpreting-audit-logs.html"
)
AWS_KMS_DELETION = (
    "AWS KMS, deleting keys: https://docs.aws.amazon.com/kms/latest/cryptographic-details/key-deletion.html"
)
CLOUDTRAIL_DIGEST = (
    "AWS CloudTrail, digest files: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/"
    "cloudtrail-log-file-validation-digest-file-structure.html"
)
AWS_KMS_KEY = "AWS KMS, KeyMetadata: https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html"
AWS_KMS_POLICY = "AWS KMS, key policies: https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html"
AZURE_KEYS = "Azure Key Vault, about keys: https://learn.microsoft.com/azure/key-vault/keys/about-keys"
GCP_KEYS = "Google Cloud KMS, CryptoKey: https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys"
GCP_DESTROY = "Google Cloud KMS, destroying keys: https://cloud.google.com/kms/docs/destroy-restore"
OCI_KEYS = "Oracle Cloud, managing keys: https://docs.oracle.com/iaas/Content/KeyManagement/Tasks/managingkeys.htm"
CLOUDHSM_CLUSTER = "AWS CloudHSM, Cluster: https://docs.aws.amazon.com/cloudhsm/latest/APIReference/API_Cluster.html"
VAULT_HA_STATUS = "Vault, HA status: https://developer.hashicorp.com/vault/api-docs/system/ha-status"
CHRONY = "chrony, chronyc: https://chrony-project.org/doc/4.3/chronyc.html"
AZURE_PURGE = (
    "Azure Key Vault, purge protection: https://learn.microsoft.com/azure/key-vault/general/soft-delete-overview"
)
PKCS11 = "OASIS PKCS #11: https://docs.oasis-open.org/pkcs11/pkcs11-base/v2.40/os/pkcs11-base-v2.40-os.html"
SOFTHSM = "SoftHSM 2: https://github.com/softhsm/SoftHSMv2"
DORA_RTS = "DORA RTS on ICT risk management, Art. 7: https://eur-lex.europa.eu/eli/reg_del/2024/1774/oj"
S3_OBJECT_LOCK = "Amazon S3, Object Lock: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html"
OURS = "Seal Advisor, evidence rules"
