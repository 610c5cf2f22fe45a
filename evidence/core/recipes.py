"""The exact commands that produce each kind of evidence: by product, by seal, by the maker of the HSM or cloud.

A command writes a file whose name says node and kind, so that the upload needs no other words. CAPITALS in a command
are to be replaced. Where no maker's command is known for certain, `wanted.WANTED` says in words what to export.
SOURCES: `vault -help`, `bao -help`; AWS CLI (cloudhsmv2, kms, cloudtrail, logs), Azure CLI (keyvault, monitor), gcloud
(kms, logging), OCI CLI (kms, audit); OpenSC pkcs11-tool(1); nShield nfkminfo; systemd journalctl(1); testssl.sh(1).
"""

from __future__ import annotations

from collections.abc import Mapping

from evidence.core.wanted import WANTED
from seal_advisor.core.record import Record

# One of each per node, one per cluster (any node answers), or one from whoever runs the key store.
PER_NODE = frozenset(
    {
        "vault_config", "tls_scan", "status", "health", "version", "server_log", "systemd_unit", "swap_listing",
        "file_listing", "doctor", "library_listing", "time_sync",
    }
)  # fmt: skip
NODE = "NODE"  # stands for a node whose name nothing says yet


class Situation(Record):
    """What decides a command. program: "vault" or "bao". user: of the service, its unit and folders.

    clouds: "aws", "azure", ... of the cloud seals. maker: the `hsm_model` of the answers, "" when nobody said.
    library: path of the PKCS#11 library. begin, end: days of the period under review, or words to be replaced.
    """

    program: str
    user: str
    folder: str
    prefix: str
    clouds: tuple[str, ...]
    maker: str
    library: str
    begin: str = "FROM"
    end: str = "TO"


CLOUDHSM = ("aws_cloudhsm_hsm1", "aws_cloudhsm_hsm2m")

# {program} and the others are the Situation's; {node} is the node's name, {file} where the output goes.
EVERYWHERE: Mapping[str, tuple[str, ...]] = {
    "vault_config": ("cat {folder}/{user}.hcl > {file}.hcl",),
    "tls_scan": ("testssl.sh -p -E -S -f --jsonfile-pretty {file}.json {node}:8200",),
    "status": ("{program} status -format=json > {file}.json",),
    "health": ("curl -s ${prefix}_ADDR/v1/sys/health > {file}.json",),
    "seal_backend_status": ("{program} read -format=json sys/seal-backend-status > {file}.json",),
    "version": ("{program} version > {file}.txt",),
    "raft_peers": ("{program} operator raft list-peers -format=json > {file}.json",),
    "audit_list": ("{program} audit list -detailed -format=json > {file}.json",),
    "audit_log": ("cp /var/log/{user}/audit.log {file}.jsonl",),
    "server_log": ("journalctl -u {user} -o cat --since {begin} --until {end} > {file}.log",),
    "key_status": ("{program} operator key-status -format=json > {file}.json",),
    "rotation_config": ("{program} read -format=json sys/rotate/config > {file}.json",),
    "systemd_unit": ("systemctl cat {user} > {file}.txt",),
    "swap_listing": ("swapon --show > {file}.txt",),
    "file_listing": ("stat -c '%U %a %s %n' PINFILE > {file}.txt",),
    "doctor": ("seal-advisor doctor --config {folder}/{user}.hcl -o {file}.json",),
    "token_lookup": ("{program} list -format=json auth/token/accessors > {file}.json",),
    "snapshot_log": ("stat -c '%y %s %n' SNAPSHOT-FOLDER/*.snap > {file}.txt",),
    "time_sync": ("chronyc tracking > {file}.txt",),
}

_CLOUDTRAIL = (
    "aws cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,AttributeValue=KEY-ARN"
    " --start-time {begin} --end-time {end}"
    " | jq '{{Records: [.Events[].CloudTrailEvent | fromjson]}}' > {file}.json"
)
_AZURE_EVENTS = (
    "mkdir -p {file}; az storage blob download-batch --account-name ACCOUNT -s insights-logs-auditevent"
    " -d {file} --pattern '*.json'"
)
_GCP_ENTRIES = (
    'gcloud logging read \'protoPayload.serviceName="cloudkms.googleapis.com" AND timestamp>="{begin}"'
    ' AND timestamp<="{end}"\' --format=json > {file}.json'
)
_OCI_EVENTS = (
    "oci audit event list --all --compartment-id COMPARTMENT --start-time {begin} --end-time {end} > {file}.json"
)
_CLOUDHSM_STREAMS = (
    "for stream in $(aws logs describe-log-streams --log-group-name /aws/cloudhsm/CLUSTER"
    " --query 'logStreams[].logStreamName' --output text); do"
    " aws logs get-log-events --log-group-name /aws/cloudhsm/CLUSTER --log-stream-name $stream"
    " --start-from-head --query 'events[].message' --output text >> {file}.log; done"
)

# The keys kept in a cloud's service, by who runs it.
CLOUD: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "kms_key": {
        "aws": ("aws kms describe-key --key-id KEY > {file}.json",),
        "azure": ("az keyvault key show --vault-name VAULT --name KEY > {file}.json",),
        "gcp": ("gcloud kms keys describe KEY --keyring RING --location LOCATION --format=json > {file}.json",),
        "oci": ("oci kms management key get --key-id KEY --endpoint ENDPOINT > {file}.json",),
    },
    "kms_policy": {
        "aws": ("aws kms get-key-policy --key-id KEY --policy-name default --output text > {file}.json",),
        "azure": ("az role assignment list --scope KEY-VAULT-ID > {file}.json",),
        "gcp": ("gcloud kms keys get-iam-policy KEY --keyring RING --location LOCATION --format=json > {file}.json",),
        "oci": ("oci iam policy list --compartment-id COMPARTMENT > {file}.json",),
    },
    "key_store_log": {
        "aws": (_CLOUDTRAIL,),
        "azure": (_AZURE_EVENTS,),
        "gcp": (_GCP_ENTRIES,),
        "oci": (_OCI_EVENTS,),
    },
}

# What the maker of an HSM gives to read out.
_CLUSTERS = ("aws cloudhsmv2 describe-clusters > {file}.json",)
_OBJECTS = ("pkcs11-tool --module {library} --login --list-objects > {file}.txt",)
HSM: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "hsm_objects": {"": _OBJECTS},
    "library_listing": {"": ("sha256sum {library} CLIENT.CONF > {file}.txt",)},
    "hsm_policy": {
        **dict.fromkeys(CLOUDHSM, _CLUSTERS),
        "entrust_nshield": ("nfkminfo > {file}.txt",),
    },
    "hsm_members": {
        **dict.fromkeys(CLOUDHSM, _CLUSTERS),
        "entrust_nshield": ("enquiry > {file}.txt",),
    },
    "key_store_log": dict.fromkeys(CLOUDHSM, (_CLOUDHSM_STREAMS,)),
}
# Where no single command is known for certain: what to export, in the maker's own words.
BY_HAND: Mapping[str, Mapping[str, str]] = {
    "hsm_policy": {"thales_luna": "in lunacm: `hsm showpolicies` and `partition showpolicies`, saved as text"},
    "hsm_members": {"thales_luna": "in lunacm: `hagroup listgroups`, saved as text"},
}
# Kinds that only a key in an HSM, or only one in a cloud's service, has at all.
OF_HSMS = frozenset({"hsm_objects", "hsm_policy", "hsm_members", "hsm_admin_policy", "library_listing"})
OF_CLOUDS = frozenset({"kms_key", "kms_policy"})


def exists(kind: str, situation: Situation) -> bool:
    """Whether there is such a thing here at all: no HSM has a KMS key."""
    if kind in OF_HSMS:
        return bool(situation.library)
    return bool(situation.clouds) if kind in OF_CLOUDS else True


def commands(kind: str, situation: Situation, node: str) -> tuple[str, ...]:
    """What to run for one kind of evidence on one node ("" where it is no node's); () where `by_hand` says what to do.

    KeyError for a kind that `wanted.WANTED` does not know.
    """
    file = f"{node}.{kind}" if node else kind
    words = {
        "program": situation.program,
        "user": situation.user,
        "folder": situation.folder,
        "prefix": situation.prefix,
        "library": situation.library,
        "begin": situation.begin,
        "end": situation.end,
        "node": node or NODE,
        "file": file,
    }
    return tuple(command.format(**words) for command in _chosen(kind, situation))


def by_hand(kind: str, situation: Situation) -> str:
    """What a person writes, signs or exports, for a kind without a command."""
    said = BY_HAND.get(kind, {}).get(situation.maker) or WANTED[kind].command
    return said or "a signed record: upload it, or attest it"


def _chosen(kind: str, situation: Situation) -> tuple[str, ...]:
    """Of the product, of the HSM's maker, and of every cloud whose seal is in use."""
    if kind in EVERYWHERE:
        return EVERYWHERE[kind]
    by_maker = HSM.get(kind, {}) if situation.library else {}
    of_maker = by_maker.get(situation.maker) or by_maker.get("", ())
    by_cloud = CLOUD.get(kind, {})
    return (*of_maker, *(command for cloud in situation.clouds for command in by_cloud.get(cloud, ())))
