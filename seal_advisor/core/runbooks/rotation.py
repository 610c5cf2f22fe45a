"""Rotation of the keyring, the seal key and what gives access to it."""

from __future__ import annotations

from seal_advisor.core.design import Design
from seal_advisor.core.runbook import CLOUD_ADMIN, HSM_ADMIN, OPERATOR, Runbook, Step, Text
from seal_advisor.core.runbooks.recovery_keys import rekey
from seal_advisor.core.seals import SEALS

_CLOUD = {
    "awskms": 'aws kms get-key-rotation-status --key-id "$KEY"',
    "azurekeyvault": "az keyvault key rotate --vault-name VAULT --name KEY",
    "gcpckms": "gcloud kms keys versions create --key KEY --keyring RING --location LOCATION --primary",
    "alicloudkms": "aliyun kms DescribeKey --KeyId KEY_ID",
    "ocikms": "oci kms management key-version create --key-id KEY_OCID --endpoint MANAGEMENT_ENDPOINT",
}
_KEEP = (
    "Older key versions stay enabled: what they wrapped is decrypted with them, snapshots above all. A seal key is "
    "destroyed only after every snapshot under it has expired (C-RO-03)."
)


def _seal(design: Design, kind: str) -> Step:
    if kind in _CLOUD:
        return Step(
            f"Rotate the seal key: {SEALS[kind].title}",
            CLOUD_ADMIN,
            _CLOUD[kind],
            "a new key version or rotation switched on; the key's id in the configuration stays the same",
            _KEEP,
        )
    if kind == "pkcs11":
        finish = (
            "vault write -f sys/sealwrap/rewrap; vault read sys/sealwrap/rewrap"
            if design.enterprise
            else f"{design.program} status"
        )
        return Step(
            "Rotate the seal key in the HSM",
            f"{HSM_ADMIN}, {OPERATOR}",
            f"# ceremony.md, with the next label; then the new key_label in the configuration of every node\n"
            f"systemctl restart {design.user}    # standby nodes first\n{finish}",
            "`Sealed false` on every node" + ("; the rewrap reports no failed entry" if design.enterprise else ""),
            _KEEP,
        )
    if kind == "transit":
        return Step(
            "Rotate the transit key",
            "operator of the unsealing cluster",
            f"{design.program} write -f transit/keys/KEY/rotate; {design.program} read transit/keys/KEY",
            "latest_version one higher; min_decryption_version unchanged",
            _KEEP,
        )
    if kind == "static":
        return Step(
            "Rotate the static key",
            OPERATOR,
            f"openssl rand -out {design.folder}/seal-v2.key 32\n# previous_key_id and previous_key: the present "
            "values; "
            f"current_key_id and current_key: the new ones\nsystemctl restart {design.user}",
            "`Sealed false` on every node with both keys in the configuration",
            "Only one step back is possible: n-1 to n. " + _KEEP,
        )
    return Step(
        "Rotate the key on the KMIP server",
        "administrator of the KMIP server",
        "",
        "a new key id in kms_key_id on every node, and `Sealed false` after the restart; the old key stays",
        _KEEP,
    )


def _text(design: Design) -> Text:
    program = design.program
    steps = [
        Step(
            "Rotate the keyring",
            OPERATOR,
            f"{program} operator rotate; {program} operator key-status",
            "a new key term, without downtime",
            "By the policy of sys/rotate/config; SP 800-38D bounds the number of encryptions under one key (C-RO-01).",
        )
    ]
    steps += [_seal(design, kind) for kind in dict.fromkeys(design.seals)]
    if "pkcs11" in design.seals:
        steps.append(
            Step(
                "Change the PIN",
                f"{HSM_ADMIN}, {OPERATOR}",
                f'read -rs PIN && printf %s "$PIN" > {design.folder}/hsm.pin; unset PIN\nsystemctl restart '
                f"{design.user}",
                "`Sealed false`; the HSM log shows the change and one login for each node",
                "At a leaver and once a year (C-PN-03). All nodes between two restarts, or the token locks.",
            )
        )
    steps.append(rekey(design))
    steps.append(
        Step(
            "Renew the listener's certificate",
            OPERATOR,
            f"systemctl kill -s HUP {design.user}",
            "a scan shows the new certificate; SIGHUP reloads the files, not the other TLS settings",
        )
    )
    docs = "https://openbao.org/docs/internals/rotation/"
    if design.product == "vault":
        docs = "https://developer.hashicorp.com/vault/docs/internals/rotation"
    kinds = tuple(
        source for kind in dict.fromkeys(design.seals) for source in SEALS[kind].documentation(design.product)
    )
    return Text((), tuple(steps), (docs, *kinds))


RUNBOOK = Runbook("rotation", "Rotation", _text)
