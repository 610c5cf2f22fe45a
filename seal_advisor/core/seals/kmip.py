"""KMIP: OpenBao asks a key server over KMIP 1.2 to 1.4 to wrap the root key."""

from __future__ import annotations

from seal_advisor.core.seal_kind import Parameter, SealKind

ALGORITHMS = ("AES_GCM", "RSA_OAEP_SHA256", "RSA_OAEP_SHA384", "RSA_OAEP_SHA512")

SEAL = SealKind(
    name="kmip",
    title="KMIP key server",
    option="kmip",
    parameters=(
        Parameter("kms_key_id", required=True, environment=("BAO_KMIP_WRAPPER_KEY_ID",)),
        Parameter("endpoint", required=True, environment=("BAO_KMIP_ENDPOINT",), meaning="host:port"),
        Parameter("client_cert", required=True, environment=("BAO_KMIP_CLIENT_CERT",), meaning="path of a PEM file"),
        Parameter("client_key", required=True, environment=("BAO_KMIP_CLIENT_KEY",), meaning="path of a PEM file"),
        Parameter("ca_cert", environment=("BAO_KMIP_CA_CERT",), meaning="path of a PEM file"),
        Parameter("server_name", environment=("BAO_KMIP_SERVER_NAME",)),
        Parameter("timeout", default="10", environment=("BAO_KMIP_TIMEOUT",), type="number"),
        Parameter("encrypt_alg", default="AES_GCM", environment=("BAO_KMIP_ENCRYPT_ALG",)),
        Parameter("tls12_ciphers", environment=("BAO_KMIP_TLS12_CIPHERS",)),
    ),
    unknown_keys={"openbao": "refused"},
    misspellings={"key_id": "kms_key_id", "server_cert": "ca_cert", "address": "endpoint"},
    platforms={"openbao_2_6": "built in", "openbao_2_7": "built in"},
    permissions=("encrypt and decrypt with the key on the KMIP server",),
    start_checks=("the KMIP server accepts the client certificate", "the server certificate chains to ca_cert"),
    sources=("https://openbao.org/docs/configuration/seal/kmip/",),
)
