"""What the diagrams say, as data: one row per option. The drawing and its text equivalent read the same row.

Sources: domain facts of the product documentation (concepts/seal, configuration/seal/*, commands/operator/init),
the same that the ruleset cites.
"""

from __future__ import annotations

from seal_advisor.core.record import Record

PLATFORMS = {
    "vault_community": "Vault Community",
    "vault_enterprise": "Vault Enterprise",
    "vault_enterprise_hsm": "Vault Enterprise (HSM build)",
    "openbao_2_6": "OpenBao 2.6",
    "openbao_2_7": "OpenBao 2.7",
    "hcp_vault": "HCP Vault",
}
KMS_NAMES = {
    "aws": "AWS KMS",
    "azure": "Azure Key Vault",
    "gcp": "Google Cloud KMS",
    "oci": "OCI Vault (KMS)",
    "alibaba": "Alibaba Cloud KMS",
}


class Step(Record):
    """One step of a start, or one question of the troubleshooting tree, with what to do when it goes wrong."""

    title: str
    detail: str
    trouble: str


class SealWords(Record):
    """The words of one seal option.

    store: who keeps the seal key. key: what the key is. boundary: where it may be read in plain text. link: how the
    server reaches it. hard: the boundary is a cryptographic module. people: what people hold.
    """

    name: str
    store: str
    key: str
    boundary: str
    link: str
    hard: bool
    people: str
    auto: bool
    steps: tuple[Step, ...]
    questions: tuple[Step, ...]


READ = Step(
    "Process starts", "Reads the configuration; environment variables win over the file", "Unknown key, bad value"
)
FETCH = Step(
    "Reads the wrapped root key", "From storage, as ciphertext", "Storage empty or wrong path: not initialised"
)
KEYRING = Step(
    "Opens the keyring", "The root key decrypts the keyring in memory", "Damaged storage: restore a snapshot"
)
OPEN = Step("Unsealed", "Serves requests; joins the cluster as active or standby", "Sealed again: see the server log")
NOT_INITIALISED = Step(
    "Status says Initialized: false?",
    "Storage is empty or the path is wrong",
    "Check path and mount first. Initialise only a cluster that has never held data",
)
RECOVERY_HOLD = "recovery keys: authorise, never decrypt"


def _auto(store: str, login: Step, unwrap: str, failure: str) -> tuple[Step, ...]:
    return (READ, login, FETCH, Step(f"{store} decrypts the root key", unwrap, failure), KEYRING, OPEN)


PKCS11_QUESTIONS = (
    NOT_INITIALISED,
    Step(
        "CKR_PIN_INCORRECT in the log?", "Wrong PIN, or a newline at its end", "printf %s, no newline; mind the lockout"
    ),
    Step(
        "Slot, token or key not found?",
        "Slot numbers move between restarts",
        "Use token_label; list the token's objects",
    ),
    Step(
        "Key handle or signature invalid?", "Two keys share one label", "List objects, keep one; generate_key = false"
    ),
    Step("Session limit reached?", "CKR_SESSION_COUNT", "Start nodes one after another; lower max_parallel"),
    Step(
        "Only some nodes fail?",
        "Library or client configuration differs",
        "Compare library hash and version on all nodes",
    ),
)
KMS_QUESTIONS = (
    NOT_INITIALISED,
    Step("Access denied?", "Identity or key policy", "Grant encrypt, decrypt, describe to the server's identity"),
    Step(
        "Key not found or disabled?",
        "Wrong region, key disabled or due for deletion",
        "Enable it or cancel the deletion now",
    ),
    Step("No credentials?", "Workload identity is missing on the node", "Attach the role; no static keys"),
    Step("Timeout or no route?", "Endpoint, proxy, firewall or DNS", "Reach the endpoint from the node itself"),
    Step(
        "Another key than configured?",
        "An environment variable wins over the file",
        "Unset it; compare the key id in the log",
    ),
)

SEALS = {
    "pkcs11": SealWords(
        "HSM over PKCS#11",
        "HSM or HSM cluster",
        "Non-extractable key object; created and used inside the module, never leaves it",
        "inside the HSM only",
        "PKCS#11: library, token, PIN",
        True,
        RECOVERY_HOLD,
        True,
        _auto(
            "The HSM",
            Step(
                "Logs in to the token",
                "Vendor library, token label, PIN from a file or the environment",
                "CKR_PIN_INCORRECT, token missing",
            ),
            "Inside the module; only the root key comes back",
            "Key label or mechanism not found",
        ),
        PKCS11_QUESTIONS,
    ),
    "cloud_kms": SealWords(
        "Cloud KMS",
        "Cloud KMS",
        "Customer-managed key in the provider's service; used by calls, not exported",
        "inside the provider's modules",
        "HTTPS: workload identity",
        True,
        RECOVERY_HOLD,
        True,
        _auto(
            "The KMS",
            Step(
                "Gets its cloud identity",
                "Role, managed identity or service account of the node",
                "No credentials, expired token",
            ),
            "A decrypt call over TLS; the key stays in the service",
            "Access denied, key disabled, no route",
        ),
        KMS_QUESTIONS,
    ),
    "shamir": SealWords(
        "Shamir shares",
        "Key holders (people)",
        "Split into shares; a threshold of holders rebuilds it in the server's memory",
        "in the server's memory while it unseals",
        "Shares typed in by hand",
        False,
        "unseal shares: a threshold opens every node",
        False,
        (
            READ,
            FETCH,
            Step("Waits, sealed", "Each node waits for its key holders", "Nobody there: the node stays sealed"),
            Step(
                "Holders enter their shares", "A threshold, one after another, on every node", "Wrong or outdated share"
            ),
            Step("Unseal key decrypts the root key", "In the server's memory", "Shares of another cluster"),
            KEYRING,
            OPEN,
        ),
        (
            NOT_INITIALISED,
            Step(
                "Progress below the threshold?",
                "The status command shows it",
                "Call further holders; each share counts once",
            ),
            Step(
                "Shares are refused?", "Rekeyed since, or another cluster's", "Reset the attempt; find the rekey record"
            ),
            Step("Only one node is open?", "Every node needs the threshold", "Repeat on each node"),
            Step("Seals itself again?", "Lost storage or quorum", "Check the raft peers and the server log"),
        ),
    ),
    "transit": SealWords(
        "Transit (another Vault)",
        "Unsealing Vault (another cluster)",
        "Transit key; plain text in that Vault's memory, guarded by whatever seals it",
        "in the unsealing Vault's memory",
        "HTTPS: renewable token",
        False,
        RECOVERY_HOLD,
        True,
        _auto(
            "The unsealing Vault",
            Step("Presents its token", "Orphan, periodic, renewed for ever", "403: the token has expired"),
            "transit/decrypt over TLS",
            "Unsealer sealed or unreachable",
        ),
        (
            NOT_INITIALISED,
            Step(
                "Code 403?",
                "Token expired, revoked or without the policy",
                "New orphan periodic token; alarm on renewal",
            ),
            Step(
                "Unsealer sealed or down?", "A chain of Vaults starts from its end", "Open the unsealing cluster first"
            ),
            Step("TLS error?", "CA file or server name", "tls_ca_cert and tls_server_name in the stanza"),
            Step("Key not found?", "mount_path or key_name", "Compare with the unsealer's transit mount"),
        ),
    ),
    "multi_seal": SealWords(
        "Several seals (Seal HA)",
        "Two or three seal services",
        "One key in each service; every wrapped value is kept once per seal",
        "inside each of the services",
        "PKCS#11 or HTTPS, by priority",
        True,
        RECOVERY_HOLD,
        True,
        _auto(
            "Any healthy seal",
            Step(
                "Reaches the seals",
                "All enabled seals, in the order of their priority",
                "One unreachable: start goes on, degraded",
            ),
            "The first healthy seal answers",
            "No seal answers: stays sealed",
        ),
        (
            NOT_INITIALISED,
            Step(
                "Only one seal unhealthy?", "sys/seal-backend-status names it", "Repair it before the other one fails"
            ),
            Step(
                "Changed more than one seal?",
                "One change at a time is supported",
                "Undo; wait for the rewrap in between",
            ),
            *PKCS11_QUESTIONS[1:3],
            *KMS_QUESTIONS[1:3],
        ),
    ),
    "kmip": SealWords(
        "KMIP server",
        "KMIP server",
        "Managed key on the KMIP server; used by calls",
        "inside the KMIP server's module",
        "KMIP: mutual TLS",
        True,
        RECOVERY_HOLD,
        True,
        _auto(
            "The KMIP server",
            Step(
                "Connects with its certificate",
                "Client certificate and key, mutual TLS",
                "Certificate expired or not trusted",
            ),
            "An encrypt or decrypt operation on the server",
            "Key id unknown, operation refused",
        ),
        (
            NOT_INITIALISED,
            Step(
                "Certificate refused?", "Client certificate expired or unknown", "Renew it; check the CA on both sides"
            ),
            Step("Timeout?", "Endpoint or firewall", "Reach host and port from the node itself"),
            Step("Key id unknown?", "kms_key_id of another server", "Compare with the KMIP server's list"),
        ),
    ),
    "static": SealWords(
        "Static key",
        "Key given to the node",
        "32 bytes from a file or the environment: whoever reads it holds the seal key",
        "on the node itself",
        "Read at start",
        False,
        RECOVERY_HOLD,
        True,
        _auto(
            "The node",
            Step("Reads the static key", "From its file or the environment", "File missing, wrong length"),
            "In the server's own memory",
            "Key id differs: previous key needed",
        ),
        (
            NOT_INITIALISED,
            Step("Key missing?", "File, mount or variable", "Restore it from its own safe, not from the backup"),
            Step("Key id differs?", "Rotated without the previous key", "Set previous_key_id and previous_key"),
            Step("Wrong length?", "32 bytes, or 64 hex digits", "Check the file without printing it"),
        ),
    ),
}
