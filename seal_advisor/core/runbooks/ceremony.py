"""The key ceremony: the seal key is made once, with witnesses, before the first start."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from seal_advisor.core.design import CLUSTER, Design
from seal_advisor.core.runbook import CLOUD_ADMIN, HOLDER, HSM_ADMIN, MASTER, OPERATOR, WITNESS, Runbook, Step, Text
from seal_advisor.core.seal_values import VALUES, mechanism_of
from seal_advisor.core.seals import SEALS


def _value(design: Design, kind: str, name: str) -> str:
    return str(VALUES[kind](design)[name].text)


def _pkcs11(design: Design) -> list[Step]:
    library, token = _value(design, "pkcs11", "lib"), _value(design, "pkcs11", "token_label")
    label, tool = _value(design, "pkcs11", "key_label"), 'pkcs11-tool --module "$LIB" --token-label "$TOKEN" --login'
    rsa = mechanism_of(design) == "0x0009"
    make = "--keypairgen --key-type rsa:3072" if rsa else "--keygen --key-type AES:32 --sensitive"
    steps = [
        Step(
            "Check the HSM before a key is made",
            HSM_ADMIN,
            f'export LIB={library} TOKEN={token} LABEL={label}\npkcs11-tool --module "$LIB" --list-slots',
            f"one token labelled {token}. Record model, firmware, approved mode and the certificate number with the "
            "day on which you read its status on csrc.nist.gov.",
            "A certificate covers named firmware in its approved mode only; a level without a number is a claim "
            "(R024).",
        ),
        Step(
            "Make the seal key inside the HSM",
            f"{HSM_ADMIN}, before the {WITNESS}",
            f'{tool} {make} --label "$LABEL" --id 01',
            "`Access: sensitive, always sensitive, never extractable, local`. Any other access line: stop and start "
            "anew.",
            "Made in the HSM, it has never been outside (C-KB-02). generate_key stays false (R091).",
        ),
    ]
    if "hmac_key_label" in VALUES["pkcs11"](design):
        steps.append(
            Step(
                "Make the HMAC key",
                f"{HSM_ADMIN}, before the {WITNESS}",
                f'{tool} --keygen --key-type GENERIC:32 --sensitive --label "$LABEL-hmac" --id 02',
                "the same access line",
                "The CBC mechanism needs it (R089).",
            )
        )
    return [
        *steps,
        Step(
            "See that the label is there once",
            WITNESS,
            f"{tool} --list-objects --type {'privkey' if rsa else 'secrkey'}",
            f"exactly one object labelled {label}. Do not keep this output if it shows a VALUE line.",
            "PKCS#11 does not keep labels unique; two keys of one label break the seal later (R090, C-KB-03).",
        ),
        *_pin_and_copy(design),
    ]


def _pin_and_copy(design: Design) -> list[Step]:
    return [
        Step(
            "Put the PIN on every node",
            OPERATOR,
            f"install -m 0400 -o {design.user} -g {design.user} /dev/null {design.folder}/hsm.pin\n"
            f'read -rs PIN && printf %s "$PIN" > {design.folder}/hsm.pin; unset PIN\n'
            f"stat -c '%U %a %s %n' {design.folder}/hsm.pin",
            f"`{design.user} 400` and a size equal to the PIN's length. One byte more is a newline, and a wrong PIN.",
            "A trailing newline becomes part of the PIN, and retries lock the token.",
        ),
        Step(
            "Back the key up and prove the copy",
            HSM_ADMIN,
            "",
            "the maker's backup procedure done onto a second HSM or backup HSM, and the key seen there. File the "
            "record.",
            "If the seal key is lost, all data are lost, snapshots included; recovery keys do not help.",
        ),
    ]


def _awskms(design: Design) -> list[Step]:
    alias = _value(design, "awskms", "kms_key_id")
    region = " --multi-region" if design.answers.get("dr") == "multi_region" else ""
    return [
        Step(
            "Make the customer-managed key",
            CLOUD_ADMIN,
            f"KEY=$(aws kms create-key{region} --description '{design.name} {CLUSTER} seal' --query KeyMetadata.KeyId "
            f'--output text)\naws kms create-alias --alias-name {alias} --target-key-id "$KEY"\n'
            'aws kms enable-key-rotation --key-id "$KEY"',
            "a key id; the two commands after it print nothing",
            "Customer-managed, so that its policy is yours (R031).",
        ),
        Step(
            "Guard it against deletion",
            CLOUD_ADMIN,
            'aws kms get-key-policy --key-id "$KEY" --policy-name default --output text',
            "a policy that lets the nodes' role do kms:Encrypt, kms:Decrypt and kms:DescribeKey and nothing more, "
            "and a service control policy that denies kms:ScheduleKeyDeletion and kms:DisableKey to all but "
            "break-glass.",
            "A deleted or disabled key is the loss of all data (R054, R056, C-KB-08).",
        ),
        Step(
            "Record the key",
            WITNESS,
            'aws kms describe-key --key-id "$KEY"',
            '`"KeyManager": "CUSTOMER"`, `"KeyState": "Enabled"`. Keep this output as evidence.',
        ),
    ]


def _azurekeyvault(design: Design) -> list[Step]:
    vault, key = _value(design, "azurekeyvault", "vault_name"), _value(design, "azurekeyvault", "key_name")
    return [
        Step(
            "Make the key vault with purge protection",
            CLOUD_ADMIN,
            f"az keyvault create --name {vault} --resource-group RG --sku premium --enable-purge-protection true "
            "--enable-rbac-authorization true",
            '`"enablePurgeProtection": true` and `"sku": {"name": "premium"}`',
            "Without it a deleted key can be purged at once (R055).",
        ),
        Step(
            "Make the key in the HSM",
            CLOUD_ADMIN,
            f"az keyvault key create --vault-name {vault} --name {key} --kty RSA-HSM --size 3072 --ops wrapKey "
            "unwrapKey\n"
            f"az keyvault key show --vault-name {vault} --name {key}",
            '`"kty": "RSA-HSM"` and, where FIPS 140-3 level 3 is demanded, `"hsmPlatform": "2"`. Keep the output.',
            "hsmPlatform says which HSM really holds the key (R021, R022).",
        ),
        Step(
            "Let the nodes use it",
            CLOUD_ADMIN,
            "az role assignment create --role 'Key Vault Crypto Service Encryption User' --assignee NODE_IDENTITY "
            f"--scope $(az keyvault show --name {vault} --query id -o tsv)",
            "one assignment for each node's managed identity, and none for people",
        ),
    ]


def _gcpckms(design: Design) -> list[Step]:
    ring, key = _value(design, "gcpckms", "key_ring"), _value(design, "gcpckms", "crypto_key")
    region = _value(design, "gcpckms", "region")
    place = f"--location {region} --keyring {ring}"
    return [
        Step(
            "Make key ring and key",
            CLOUD_ADMIN,
            f"gcloud kms keyrings create {ring} --location {region}\n"
            f"gcloud kms keys create {key} {place} --purpose encryption --protection-level hsm "
            "--destroy-scheduled-duration 30d",
            "no error",
            "The destroy window can be set only while the key is created (R057).",
        ),
        Step(
            "Let the nodes use it",
            CLOUD_ADMIN,
            f"gcloud kms keys add-iam-policy-binding {key} {place} --member serviceAccount:NODE_ACCOUNT "
            "--role roles/cloudkms.cryptoKeyEncrypterDecrypter\n"
            f"gcloud kms keys add-iam-policy-binding {key} {place} --member serviceAccount:NODE_ACCOUNT --role "
            "roles/cloudkms.viewer",
            "the binding in the printed policy",
            "Encrypt, decrypt and cryptoKeys.get are needed, nothing else.",
        ),
        Step(
            "Record the key",
            WITNESS,
            f"gcloud kms keys describe {key} {place}",
            "`protectionLevel: HSM` and `destroyScheduledDuration: 2592000s`. Keep the output.",
        ),
    ]


def _alicloudkms(design: Design) -> list[Step]:
    return [
        Step(
            "Make the customer master key",
            CLOUD_ADMIN,
            "aliyun kms CreateKey --ProtectionLevel HSM --Description 'seal'\naliyun kms DescribeKey --KeyId KEY_ID",
            '`"KeyState": "Enabled"` and `"ProtectionLevel": "HSM"`. Keep the output.',
        ),
        Step(
            "Let the nodes use it",
            CLOUD_ADMIN,
            "",
            "the RAM role of the nodes may do kms:Encrypt, kms:Decrypt and kms:DescribeKey on this key, and nothing "
            "more",
            "A role needs no access key in a file (R058).",
        ),
    ]


def _ocikms(design: Design) -> list[Step]:
    return [
        Step(
            "Make the key",
            CLOUD_ADMIN,
            "oci kms management key create --compartment-id COMPARTMENT --display-name seal --protection-mode HSM "
            '--key-shape \'{"algorithm":"AES","length":32}\' --endpoint MANAGEMENT_ENDPOINT',
            '`"lifecycle-state": "ENABLED"` (or CREATING, then ENABLED) and `"protection-mode": "HSM"`. Keep the '
            "output.",
        ),
        Step(
            "Let the nodes use it",
            CLOUD_ADMIN,
            "",
            "a policy: allow dynamic-group NODES to use keys in compartment COMPARTMENT where target.key.id is this "
            "key",
            "Instance principals need no API key on the node (R058).",
        ),
    ]


def _transit(design: Design) -> list[Step]:
    key = _value(design, "transit", "key_name")
    return [
        Step(
            "Make the transit key on the unsealing cluster",
            "operator of the unsealing cluster",
            f"{design.program} secrets enable transit\n{design.program} write -f transit/keys/{key}\n"
            f"{design.program} read transit/keys/{key}",
            "`deletion_allowed false` and `exportable false`",
            "Whatever seals that cluster is the real root of trust of this one (R065).",
        ),
        Step(
            "Make the policy and the token",
            "operator of the unsealing cluster",
            f"{design.program} policy write {key} - <<'END'\n"
            f'path "transit/encrypt/{key}" {{ capabilities = ["update"] }}\n'
            f'path "transit/decrypt/{key}" {{ capabilities = ["update"] }}\nEND\n'
            f"{design.program} token create -orphan -policy={key} -period=72h -field=token",
            "one token. `token lookup` shows `orphan true`, a period and `explicit_max_ttl 0s`.",
            "A token that can expire stops every later start, and nothing shows it before (R063).",
        ),
        Step(
            "Put the token on every node",
            OPERATOR,
            f"install -m 0400 -o {design.user} -g {design.user} /dev/null {design.folder}/transit.token\n"
            f'read -rs TOKEN && printf %s "$TOKEN" > {design.folder}/transit.token; unset TOKEN',
            "no output; the file has mode 400 and no newline",
        ),
    ]


def _static(design: Design) -> list[Step]:
    return [
        Step(
            "Make the key file on one node and copy it to the others",
            f"{OPERATOR}, before the {WITNESS}",
            f"umask 377; openssl rand -out {design.folder}/seal.key 32\n"
            f"chown {design.user}: {design.folder}/seal.key; stat -c '%U %a %s %n' {design.folder}/seal.key",
            f"`{design.user} 400 32 {design.folder}/seal.key` on every node, copied over an encrypted channel",
            "This file is the seal key. Whoever has it and a snapshot has everything.",
        ),
        Step(
            "Put one copy out of reach",
            MASTER,
            "",
            "one copy in a safe or another secrets manager, in no backup that also holds the data (R070)",
            "If it is lost, all data are lost.",
        ),
    ]


def _kmip(design: Design) -> list[Step]:
    return [
        Step(
            "Make the key on the KMIP server",
            "administrator of the KMIP server",
            "",
            "an AES-256 key with usage encrypt and decrypt, not exportable, its id noted; a client certificate for "
            "this cluster only",
            "What stands behind the KMIP server decides what the boundary is worth.",
        ),
        Step(
            "Try the connection from every node",
            OPERATOR,
            f"openssl s_client -connect {_value(design, 'kmip', 'endpoint')} -cert {design.folder}/kmip/client.pem "
            f"-key {design.folder}/kmip/client-key.pem -CAfile {design.folder}/kmip/ca.pem </dev/null",
            "`Verify return code: 0 (ok)` together with a cipher that is not (NONE)",
        ),
    ]


def _shamir(design: Design) -> list[Step]:
    shares, threshold = design.shares
    return [
        Step(
            "Collect the holders' public keys",
            MASTER,
            "gpg --armor --export HOLDER > holder-1.asc    # for each holder, and once for the administrator\n"
            "gpg --show-keys --fingerprint holder-1.asc",
            f"{shares} public keys, each fingerprint read out by its owner and written into the record",
            "Shares that leave the server in clear are seen by everybody at the terminal (R076).",
        ),
        Step(
            "Agree who holds what",
            MASTER,
            "",
            f"{shares} people from different teams, any {threshold} of them within reach as the recovery time demands",
            "One person with the threshold has everything (R073, R077).",
        ),
    ]


MAKERS: Mapping[str, Callable[[Design], list[Step]]] = {
    "pkcs11": _pkcs11,
    "awskms": _awskms,
    "azurekeyvault": _azurekeyvault,
    "gcpckms": _gcpckms,
    "alicloudkms": _alicloudkms,
    "ocikms": _ocikms,
    "transit": _transit,
    "static": _static,
    "kmip": _kmip,
    "shamir": _shamir,
}


def _text(design: Design) -> Text:
    kinds = design.seals or ("shamir",)
    steps: list[Step] = []
    for kind in dict.fromkeys(kinds):
        steps += MAKERS[kind](design)
    if design.automatic:
        steps.append(_shamir(design)[0])
    steps.append(
        Step(
            "Sign the record",
            f"{MASTER}, {WITNESS}, every {HOLDER} present",
            "",
            "a record with date, place, names, serial and certificate numbers, key label or id, and every output "
            "named above; no PIN, share or key value in it. Upload it as evidence.",
            "C-KB-04 and C-RK-02 are proven by this record.",
        )
    )
    intro = ("Do this once, before the first start. Nobody is alone with the key at any moment.",)
    sources = tuple(source for kind in dict.fromkeys(kinds) for source in SEALS[kind].documentation(design.product))
    return Text(intro, tuple(steps), sources)


RUNBOOK = Runbook("ceremony", "Key ceremony", _text)
