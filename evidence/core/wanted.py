"""What each kind of evidence is, who has it, and the command that produces it.

The words of every `not_proven` come from here, so that a missing row says what to fetch and where.
"""

from __future__ import annotations

from seal_advisor.core.record import Record


class Wanted(Record):
    """One kind of artefact. command: what to run, or "" where a person writes or signs it."""

    what: str
    who: str
    command: str


WANTED: dict[str, Wanted] = {
    "vault_config": Wanted("the server configuration of every node", "Vault operator", "cat /etc/vault.d/vault.hcl"),
    # Protocols, suites of each, certificate, groups: every C-TL control is settled by this one file, which has a date.
    "tls_scan": Wanted(
        "a TLS scan of every listener",
        "Vault operator",
        "testssl.sh -p -E -S -f --jsonfile-pretty scan.json HOST:8200",
    ),
    "status": Wanted("the status of every node", "Vault operator", "vault status -format=json"),
    "health": Wanted("the health of every node", "Vault operator", "curl -s $VAULT_ADDR/v1/sys/health"),
    "seal_backend_status": Wanted(
        "the state of the seal backends (Vault Enterprise)",
        "Vault operator",
        "vault read -format=json sys/seal-backend-status",
    ),
    "version": Wanted("the version of every node's binary", "Vault operator", "vault version"),
    "raft_peers": Wanted("the raft members", "Vault operator", "vault operator raft list-peers -format=json"),
    "audit_list": Wanted("the audit devices", "Vault operator", "vault audit list -detailed -format=json"),
    "audit_log": Wanted("the Vault audit log of the period", "Vault operator", "the file of the audit device"),
    "server_log": Wanted("the server log across a restart", "Vault operator", "journalctl -u vault -o cat"),
    "key_status": Wanted("the barrier key's age", "Vault operator", "vault operator key-status -format=json"),
    "rotation_config": Wanted("the rotation policy", "Vault operator", "vault read -format=json sys/rotate/config"),
    "systemd_unit": Wanted("the unit file of the server", "Vault operator", "systemctl cat vault"),
    "swap_listing": Wanted("the swap devices", "Vault operator", "swapon --show"),
    "file_listing": Wanted("owner, mode and size of the PIN file", "Vault operator", "stat -c '%U %a %s %n' PINFILE"),
    "doctor": Wanted(
        "the doctor's report of every node", "Vault operator", "seal-advisor doctor --config vault.hcl -o doctor.json"
    ),
    "token_lookup": Wanted("the tokens with the root policy", "Vault operator", "vault list auth/token/accessors"),
    "snapshot_log": Wanted("the log of the snapshot job", "Vault operator", "vault operator raft snapshot save FILE"),
    "library_listing": Wanted(
        "hash of the PKCS#11 library and its configuration on every node",
        "Vault operator",
        "sha256sum LIBRARY CLIENT.CONF",
    ),
    "time_sync": Wanted("the clock's offset on every node", "Vault operator", "chronyc tracking"),
    "key_store_log": Wanted(
        "the audit log of the HSM or KMS for the period",
        "HSM or cloud administrator",
        "aws logs get-log-events --log-group-name /aws/cloudhsm/CLUSTER, or the vendor's export",
    ),
    "hsm_objects": Wanted(
        "the keys in the token with their attributes",
        "HSM administrator",
        "pkcs11-tool --module LIB --login --list-objects",
    ),
    "hsm_policy": Wanted("the mode and policy dump of the HSM", "HSM administrator", "the vendor's policy listing"),
    "hsm_members": Wanted(
        "the members of the HSM cluster", "HSM administrator", "aws cloudhsmv2 describe-clusters, or hagroup list"
    ),
    "hsm_admin_policy": Wanted("the quorum on HSM administration", "HSM administrator", "the vendor's quorum listing"),
    "kms_key": Wanted("the KMS key's description", "cloud administrator", "aws kms describe-key --key-id KEY"),
    "kms_policy": Wanted(
        "who may use the KMS key", "cloud administrator", "aws kms get-key-policy --key-id KEY --policy-name default"
    ),
    "module_certificate": Wanted(
        "the module's CMVP certificate, with the day it was checked", "compliance officer", ""
    ),
    "alert_rules": Wanted("the alert rules on seal events", "monitoring team", "the rule export of the alert manager"),
    "firewall_rules": Wanted("the rules between Vault nodes and the HSM", "network team", "the firewall's rule export"),
    "ceremony_record": Wanted("the signed record of the key ceremony", "ceremony master", ""),
    "drill_record": Wanted("the record of the drill, with times", "Vault operator", ""),
    "restore_record": Wanted("the record of the restore test", "Vault operator", ""),
    "backup_record": Wanted("where each backup is kept, and under which account", "Vault operator", ""),
    "custodian_forms": Wanted("the signed forms of the key custodians", "compliance officer", ""),
    "change_record": Wanted("the approved change for the seal's configuration", "change manager", ""),
    "role_list": Wanted("who holds which role on HSM, Vault and audit", "compliance officer", ""),
    "procedure": Wanted("the reviewed procedure document", "compliance officer", ""),
}


def remedy(kinds: tuple[str, ...]) -> str:
    """How to get these kinds of artefact, one clause each."""
    clauses = []
    for kind in kinds:
        wanted = WANTED[kind]
        clauses.append(f"{wanted.who}: {wanted.command}" if wanted.command else f"{wanted.who}: attest {wanted.what}")
    return "; ".join(clauses)


def names(kinds: tuple[str, ...]) -> str:
    """The kinds in words: "the status of every node (status) and the raft members (raft_peers)"."""
    return " and ".join(f"{WANTED[kind].what} ({kind})" for kind in kinds)
