"""Snapshots, and the restore that proves them. The original seal key is part of every restore."""

from __future__ import annotations

from seal_advisor.core.design import Design
from seal_advisor.core.runbook import MASTER, OPERATOR, Runbook, Step, Text
from seal_advisor.core.seals import SEALS

_KEY_AT_DR = {
    "pkcs11": "an HSM of the DR site holds the same key (HSM cluster member or restored backup), with the same label",
    "awskms": "the KMS key is reachable from the DR site: a multi-region replica, or the first region itself",
    "azurekeyvault": "the key vault, or its restored backup in the same geography, is reachable from the DR site",
    "gcpckms": "the key ring's location is reachable from the DR site",
    "alicloudkms": "the KMS region is reachable from the DR site",
    "ocikms": "the OCI vault, or its replica, is reachable from the DR site",
    "transit": "the unsealing cluster is up and unsealed, and the DR site's token for it is valid",
    "static": "the key file is on the DR nodes; it came another way than the snapshot",
    "kmip": "the KMIP server, or its replica with the same key id, is reachable from the DR site",
}


def _key(design: Design) -> Step:
    """The original seal key, or the original holders, must be there before anything is restored."""
    shares, threshold = design.shares
    if not design.automatic:
        return Step(
            "Are the holders there?",
            MASTER,
            "",
            f"{threshold} of the {shares} holders of the ORIGINAL cluster, with their shares",
            "The restored data need the original unseal keys.",
        )
    precondition = "; ".join(_KEY_AT_DR[kind] for kind in dict.fromkeys(design.seals))
    return Step(
        "Is the ORIGINAL seal key there?",
        f"{OPERATOR} of the DR site",
        f"{design.program} status -format=json",
        f"the seal type of the original cluster; and: {precondition}",
        "A snapshot without its seal key is scrap (R043). A new key does not open it.",
    )


def _empty_cluster(design: Design) -> Step:
    program = design.program
    flags = "-key-shares=1 -key-threshold=1"
    unseal = f"\n{program} operator unseal"
    if design.automatic:
        flags, unseal = "-recovery-shares=1 -recovery-threshold=1", ""
    why = "A stopped cluster cannot be restored into."
    if design.product == "openbao":
        why += (
            " Its audit blocks are those of the original cluster to the letter: otherwise OpenBao stays standby "
            "after the "
            "restore (`modifications to audit devices are not allowed`)."
        )
    return Step(
        "Make a new, empty cluster of one node at the DR site",
        f"{OPERATOR} of the DR site",
        f"systemctl start {design.user}\n{program} operator init {flags}{unseal}",
        "initialised and unsealed: a restore goes through the API of a running, unsealed leader. These shares and "
        "this token are worthless after the restore; do not keep them.",
        why,
    )


def _restore(design: Design) -> list[Step]:
    program, (_, threshold) = design.program, design.shares
    after = f"the node is sealed; {threshold} holders of the original cluster unseal it: `Sealed false`"
    if design.automatic:
        after = "the node seals, and within seconds unseals itself with the original key: `Sealed false`"
    return [
        Step(
            "Restore",
            f"{OPERATOR} of the DR site",
            f"{program} operator raft snapshot restore -force {design.user}.snap",
            after,
            "-force, because the new cluster's keys differ from the snapshot's.",
        ),
        Step(
            "Prove it",
            f"{OPERATOR} of the DR site",
            f"{program} status -format=json; {program} operator raft list-peers; {program} kv get SECRET",
            "the original cluster_id and cluster_name, and a secret of yours can be read. Keep status and times as "
            "evidence.",
            f"RTO answered: {design.answers.get('rto') or 'not answered'}. Repeat at least once a year (C-DR-04).",
        ),
        Step(
            "Join the other nodes of the DR site",
            f"{OPERATOR} of the DR site",
            f"{program} operator raft list-peers",
            "three voters; the peers of the lost site are removed with `operator raft remove-peer`",
        ),
    ]


def _text(design: Design) -> Text:
    save = Step(
        "Save snapshots, as often as the recovery point demands",
        OPERATOR,
        f"{design.program} operator raft snapshot save {design.user}.snap && sha256sum {design.user}.snap",
        "a file and its digest. Log both with the date and the seal key's id; keep it in another account than the key.",
        f"RPO answered: {design.answers.get('rpo') or 'not answered'}. C-DR-03, C-DR-04, C-DR-05.",
    )
    intro: tuple[str, ...] = ()
    if design.answers.get("dr") == "replication" and design.enterprise:
        replicated = (
            "With DR replication the secondary has a seal of its own, and is promoted instead of restored; this "
            "runbook is "
            "for the loss of both, and for the yearly proof of the snapshots (R044)."
        )
        intro = (replicated,)
    kinds = dict.fromkeys(design.seals or ("shamir",))
    sources = tuple(source for kind in kinds for source in SEALS[kind].documentation(design.product))
    return Text(intro, (save, _key(design), _empty_cluster(design), *_restore(design)), sources)


RUNBOOK = Runbook("dr_restore", "Disaster recovery: snapshot and restore", _text)
