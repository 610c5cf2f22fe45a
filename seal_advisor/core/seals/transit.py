"""Transit: another Vault or OpenBao cluster wraps the root key."""

from __future__ import annotations

from seal_advisor.core.seal_kind import Parameter, SealKind

_PATHS = "path of a PEM file"

SEAL = SealKind(
    name="transit",
    title="Transit engine of another cluster",
    option="transit",
    parameters=(
        Parameter("address", required=True, environment=("VAULT_ADDR",), openbao_environment=("BAO_ADDR",)),
        Parameter(
            "token", required=True, environment=("VAULT_TOKEN",), openbao_environment=("BAO_TOKEN",), secret=True
        ),
        Parameter("key_name", required=True, environment=("VAULT_TRANSIT_SEAL_KEY_NAME",)),
        Parameter("mount_path", required=True, environment=("VAULT_TRANSIT_SEAL_MOUNT_PATH",)),
        Parameter("namespace", environment=("VAULT_NAMESPACE",), openbao_environment=("BAO_NAMESPACE",)),
        Parameter("disable_renewal", default="false", environment=("VAULT_TRANSIT_SEAL_DISABLE_RENEWAL",), type="flag"),
        Parameter("key_id_prefix"),
        Parameter("tls_ca_cert", environment=("VAULT_CACERT",), openbao_environment=("BAO_CACERT",), meaning=_PATHS),
        Parameter(
            "tls_client_cert",
            environment=("VAULT_CLIENT_CERT",),
            openbao_environment=("BAO_CLIENT_CERT",),
            meaning=_PATHS,
        ),
        Parameter(
            "tls_client_key", environment=("VAULT_CLIENT_KEY",), openbao_environment=("BAO_CLIENT_KEY",), meaning=_PATHS
        ),
        Parameter(
            "tls_server_name", environment=("VAULT_TLS_SERVER_NAME",), openbao_environment=("BAO_TLS_SERVER_NAME",)
        ),
        Parameter(
            "tls_skip_verify",
            default="false",
            environment=("VAULT_SKIP_VERIFY",),
            openbao_environment=("BAO_SKIP_VERIFY",),
            type="flag",
        ),
    ),
    unknown_keys={"vault": "ignored", "openbao": "ignored"},
    misspellings={"addr": "address", "key": "key_name", "mount": "mount_path", "ca_cert": "tls_ca_cert"},
    platforms={
        "vault_community": "built in",
        "vault_enterprise": "built in",
        "vault_enterprise_hsm": "built in",
        "openbao_2_6": "built in",
        "openbao_2_7": "built in",
    },
    permissions=("update on MOUNT/encrypt/KEY", "update on MOUNT/decrypt/KEY"),
    start_checks=(
        "the unsealing cluster is up and unsealed before any node of this one starts",
        "the token is orphan and periodic, without an explicit maximum lifetime",
    ),
    sources=(
        "https://developer.hashicorp.com/vault/docs/configuration/seal/transit",
        "https://openbao.org/docs/configuration/seal/transit/",
    ),
)
