"""The values of each generated seal block: which are ours, which the reader must replace, and the rule behind each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from seal_advisor.core.design import CLUSTER, Design
from seal_advisor.core.record import Record

# Path of the PKCS#11 library where the maker's own guide names it; other models are left to the reader.
LIBRARIES = {
    "thales_luna": "/usr/safenet/lunaclient/lib/libCryptoki2_64.so",
    "entrust_nshield": "/opt/nfast/toolkits/pkcs11/libcknfast.so",
    "utimaco": "/usr/local/lib/libcs_pkcs11_R3.so",
    "securosys": "/usr/local/primus/lib/libprimusP11.so",
    "nitrokey_nethsm": "/usr/lib/nitrokey/libnethsm_pkcs11.so",
    "aws_cloudhsm_hsm1": "/opt/cloudhsm/lib/libcloudhsm_pkcs11.so",
    "aws_cloudhsm_hsm2m": "/opt/cloudhsm/lib/libcloudhsm_pkcs11.so",
    "softhsm": "/usr/lib/softhsm/libsofthsm2.so",
}
# These have no AES-GCM over PKCS#11; they wrap with RSA-OAEP.
OAEP_ONLY = frozenset({"nitrokey_nethsm", "google_kms_pkcs11"})
CLOUDHSM = frozenset({"aws_cloudhsm_hsm1", "aws_cloudhsm_hsm2m"})
NIL_UUID = "00000000-0000-0000-0000-000000000000"


class Value(Record):
    """text: the literal. why: comment lines. replace: what to put there instead, "" where the value can stay."""

    text: str | int | bool
    why: tuple[str, ...] = ()
    replace: str = ""


def mechanism_of(design: Design) -> str:
    """The mechanism's number: what the answers say, RSA-OAEP for models without AES-GCM, else AES-GCM.

    PKCS#1 v1.5 is never written (rule R088), and OpenBao has no CBC.
    """
    given = design.answers.get("seal_mechanism")
    if given == "rsa_oaep" or (given is None and design.answers.get("hsm_model") in OAEP_ONLY):
        return "0x0009"
    return "0x1085" if given == "aes_cbc_hmac" and design.product == "vault" else "0x1087"


def _pkcs11(design: Design) -> dict[str, Value]:
    model = design.answers.get("hsm_model") or "other"
    label = f"{design.user}-{CLUSTER}-seal-v1"
    library = LIBRARIES.get(model)
    mechanism = mechanism_of(design)
    pin = "the file holds user:password of the crypto user" if model in CLOUDHSM else "the file holds the PIN"
    values = {
        "lib": Value(
            library or "/usr/lib/pkcs11/vendor-pkcs11.so",
            ("`lib`, not `library`: the latter belongs to kms_library.",),
            "path of the vendor's PKCS#11 library on every node",
        ),
        "token_label": Value(
            "hsm1" if model in CLOUDHSM else f"{design.user}-{CLUSTER}",
            ("By label: slot numbers change when a token is initialised again.",),
            "label of the token or partition",
        ),
        "pin": Value(
            f"file://{design.folder}/hsm.pin",
            (f"Never a literal. {pin[0].upper()}{pin[1:]} and no newline: write it with printf %s, mode 0400.",),
        ),
        "key_label": Value(
            label,
            (
                "R090: one label for each cluster and key version; PKCS#11 does not keep labels unique.",
                "C-KB-02: made in the key ceremony, sensitive and never extractable.",
            ),
            "label of the key that the ceremony made",
        ),
        "mechanism": Value(mechanism, _mechanism_why(mechanism)),
    }
    if mechanism == "0x1085":
        values["hmac_key_label"] = Value(f"{label}-hmac", ("R089: CBC needs an HMAC key.",), "label of the HMAC key")
    if mechanism == "0x0009":
        values["rsa_oaep_hash"] = Value("sha256")
    if design.product == "vault":
        values["generate_key"] = Value(
            "false", ("R091: keys are made once, in the ceremony, never by a starting node.",)
        )
        if model in CLOUDHSM:
            values["force_rw_session"] = Value("true", ("R097: AWS CloudHSM needs read-write sessions.",))
    return values


def _mechanism_why(mechanism: str) -> tuple[str, ...]:
    name = {
        "0x1087": "CKM_AES_GCM, authenticated and not at risk from quantum computers.",
        "0x0009": "CKM_RSA_PKCS_OAEP with SHA-256; the key needs 3072 bits or more.",
        "0x1085": "CKM_AES_CBC_PAD with an HMAC key.",
    }[mechanism]
    return (f"C-KB-05: {name}", "Said outright: an omitted mechanism means whatever the HSM offers first.")


_NO_CREDENTIALS = ("R058: no access keys here; the node's own identity (role, workload identity) is used.",)


def _awskms(design: Design) -> dict[str, Value]:
    return {
        "region": Value(
            "eu-central-1",
            ("R102: AWS_REGION in the environment silently beats this line.",),
            "region of the KMS key",
        ),
        "kms_key_id": Value(
            f"alias/{design.user}-{CLUSTER}-seal",
            ("R031, R054: a customer-managed key whose deletion is guarded.", *_NO_CREDENTIALS),
            "id, ARN or alias of the customer-managed key",
        ),
    }


def _azurekeyvault(design: Design) -> dict[str, Value]:
    return {
        "tenant_id": Value(NIL_UUID, (), "tenant id"),
        "vault_name": Value(
            f"{design.user}-{CLUSTER}-seal",
            ("R055: with soft-delete and purge protection.", *_NO_CREDENTIALS),
            "name of the key vault or Managed HSM",
        ),
        "key_name": Value(f"{design.user}-{CLUSTER}-seal", (), "name of the RSA-HSM key"),
    }


def _gcpckms(design: Design) -> dict[str, Value]:
    return {
        "project": Value("example-project", (), "project of the key"),
        "region": Value("europe-west3", (), "location of the key ring"),
        "key_ring": Value(f"{design.user}-{CLUSTER}", (), "name of the key ring"),
        "crypto_key": Value(
            "seal",
            ("R057: the destroy window was set when the key was created.", *_NO_CREDENTIALS),
            "name of the key, protection level HSM where a level is demanded",
        ),
    }


def _alicloudkms(design: Design) -> dict[str, Value]:
    return {
        "region": Value("eu-central-1", (), "region of the KMS key"),
        "kms_key_id": Value(NIL_UUID, _NO_CREDENTIALS, "id of the customer master key"),
    }


def _ocikms(design: Design) -> dict[str, Value]:
    host = "kms.eu-frankfurt-1.oraclecloud.com"
    return {
        "key_id": Value("ocid1.key.oc1.example", _NO_CREDENTIALS, "OCID of the key, protection mode HSM"),
        "crypto_endpoint": Value(f"https://example-crypto.{host}", (), "the vault's cryptographic endpoint"),
        "management_endpoint": Value(f"https://example-management.{host}", (), "the vault's management endpoint"),
    }


def _transit(design: Design) -> dict[str, Value]:
    return {
        "address": Value(
            "https://unsealer.example.internal:8200",
            ("R064: in another failure domain than this cluster.",),
            "address of the unsealing cluster",
        ),
        "token": Value(
            f"file://{design.folder}/transit.token",
            ("R063: orphan, periodic, no explicit maximum lifetime; the file has mode 0400 and no newline.",),
        ),
        "key_name": Value(
            f"{design.user}-{CLUSTER}-autounseal", ("One key for each cluster.",), "name of the transit key"
        ),
        "mount_path": Value("transit/", (), "mount of the transit engine"),
        "disable_renewal": Value("false"),
        "tls_ca_cert": Value(f"{design.folder}/tls/unsealer-ca.pem", (), "CA of the unsealing cluster"),
    }


def _static(design: Design) -> dict[str, Value]:
    return {
        "current_key_id": Value(f"{CLUSTER}-seal-v1", ("Changes whenever the key changes.",)),
        "current_key": Value(
            f"file://{design.folder}/seal.key",
            ("R069, R070: 32 bytes, mode 0400, outside every backup of the data.",),
        ),
    }


def _kmip(design: Design) -> dict[str, Value]:
    return {
        "kms_key_id": Value(NIL_UUID, (), "id of the wrapping key on the KMIP server"),
        "endpoint": Value("kmip.example.internal:5696", (), "host and port of the KMIP server"),
        "client_cert": Value(f"{design.folder}/kmip/client.pem", (), "client certificate"),
        "client_key": Value(
            f"{design.folder}/kmip/client-key.pem", ("Mode 0400.",), "private key of the client certificate"
        ),
        "ca_cert": Value(f"{design.folder}/kmip/ca.pem", (), "CA of the KMIP server"),
        "encrypt_alg": Value("AES_GCM"),
    }


VALUES: Mapping[str, Callable[[Design], dict[str, Value]]] = {
    "pkcs11": _pkcs11,
    "awskms": _awskms,
    "azurekeyvault": _azurekeyvault,
    "gcpckms": _gcpckms,
    "alicloudkms": _alicloudkms,
    "ocikms": _ocikms,
    "transit": _transit,
    "static": _static,
    "kmip": _kmip,
}
