"""Keys of three clouds, cluster members, files on a node, and what commands print for people: facts of each shape."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from evidence.core.facts import AuditDevice, AuditDevicesFacts, KeyStatusFacts, RaftPeersFacts, StatusFacts
from evidence.core.facts.cluster import HaStatusFacts, LicenseFacts
from evidence.core.facts.host import ClockFacts, FileEntry, FileListingFacts, HashedFile, LibraryListingFacts, SwapFacts
from evidence.core.facts.hsm_members import HsmMember, HsmMembersFacts
from evidence.core.facts.kms import Grant, KmsKeyFacts, KmsPolicyFacts, KmsVaultFacts
from evidence.core.parsers import all_parsers
from evidence.core.refusal import Refused
from evidence.core.upload import intake

RUNTIME = Path(__file__).resolve().parent.parent / "data/samples/runtime"
ARN = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
AWS_KEY = {
    "KeyMetadata": {
        "AWSAccountId": "123456789012",
        "KeyId": "1234abcd-12ab-34cd-56ef-1234567890ab",
        "Arn": ARN,
        "CreationDate": "2025-07-05T14:04:55-07:00",
        "Enabled": True,
        "Description": "",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": False,
    }
}
AWS_ROTATION = {
    "KeyId": ARN,
    "KeyRotationEnabled": True,
    "RotationPeriodInDays": 365,
    "NextRotationDate": "2026-12-01T00:00:00Z",
}
AZURE_KEY = {
    "attributes": {
        "created": "2025-03-01T10:00:00+00:00",
        "enabled": True,
        "expires": None,
        "exportable": False,
        "hsmPlatform": "2",
        "notBefore": None,
        "recoverableDays": 90,
        "recoveryLevel": "Recoverable",
        "updated": "2025-03-01T10:00:00+00:00",
    },
    "key": {
        "crv": None,
        "d": None,
        "e": "AQAB",
        "k": None,
        "keyOps": ["wrapKey", "unwrapKey"],
        "kid": "https://bank.vault.azure.net/keys/vault-seal/0123456789abcdef0123456789abcdef",
        "kty": "RSA-HSM",
        "n": "sXch",
        "p": None,
    },
    "managed": None,
    "releasePolicy": None,
    "tags": None,
}
AZURE_VAULT = {
    "id": "/subscriptions/0/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/bank",
    "name": "bank",
    "properties": {"enablePurgeProtection": True, "enableSoftDelete": True, "softDeleteRetentionInDays": 90},
    "type": "Microsoft.KeyVault/vaults",
}
AZURE_HSM = {
    "id": "/subscriptions/0/resourceGroups/rg/providers/Microsoft.KeyVault/managedHSMs/bankhsm",
    "name": "bankhsm",
    "properties": {
        "enablePurgeProtection": None,
        "enableSoftDelete": True,
        "softDeleteRetentionInDays": 7,
        "regions": [{"name": "westeurope", "isPrimary": True}],
        "securityDomainProperties": {"activationStatus": "Active", "activationStatusMessage": "ok"},
    },
    "type": "Microsoft.KeyVault/managedHSMs",
}
GCP_NAME = "projects/bank/locations/europe-west1/keyRings/vault/cryptoKeys/seal"
GCP_KEY = {
    "createTime": "2025-01-01T00:00:00.000000001Z",
    "destroyScheduledDuration": "2592000s",
    "name": GCP_NAME,
    "nextRotationTime": "2027-01-01T00:00:00Z",
    "primary": {
        "algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION",
        "createTime": "2025-01-01T00:00:00Z",
        "generateTime": "2025-01-01T00:00:00Z",
        "name": f"{GCP_NAME}/cryptoKeyVersions/1",
        "protectionLevel": "HSM",
        "state": "ENABLED",
    },
    "purpose": "ENCRYPT_DECRYPT",
    "rotationPeriod": "7776000s",
    "versionTemplate": {"algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION", "protectionLevel": "HSM"},
}
OCI_KEY = {
    "data": {
        "compartment-id": "ocid1.compartment.oc1..a",
        "id": "ocid1.key.oc1.eu-frankfurt-1.a.b",
        "key-shape": {"algorithm": "AES", "length": 32},
        "lifecycle-state": "PENDING_DELETION",
        "protection-mode": "SOFTWARE",
        "time-created": "2025-01-01T00:00:00Z",
        "time-of-deletion": "2026-12-24T00:00:00Z",
    },
    "etag": "x",
}
STATEMENTS = [
    {
        "Sid": "Admins",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "kms:*",
        "Resource": "*",
    },
    {
        "Sid": "Vault",
        "Effect": "Allow",
        "Principal": {"AWS": ["arn:aws:iam::123456789012:role/vault"]},
        "Action": ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"],
        "Resource": "*",
    },
    {
        "Sid": "NoDelete",
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["kms:ScheduleKeyDeletion", "kms:DisableKey"],
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/breakglass"}},
    },
]
POLICY = {"Version": "2012-10-17", "Id": "key", "Statement": STATEMENTS}
GCP_POLICY = {
    "bindings": [
        {
            "members": ["serviceAccount:vault@bank.iam.gserviceaccount.com"],
            "role": "roles/cloudkms.cryptoKeyEncrypterDecrypter",
        }
    ],
    "etag": "BwWw",
    "version": 1,
}
AZURE_ROLES = [
    {
        "condition": None,
        "id": "/subscriptions/0/providers/Microsoft.KeyVault/vaults/b/providers/Microsoft.Authorization/roles/1",
        "principalId": "1-2-3",
        "principalName": "vault-node",
        "principalType": "ServicePrincipal",
        "roleDefinitionName": "Key Vault Crypto Service Encryption User",
        "scope": "/subscriptions/0/providers/Microsoft.KeyVault/vaults/bank",
    }
]
CLUSTERS = {
    "Clusters": [
        {
            "BackupPolicy": "DEFAULT",
            "BackupRetentionPolicy": {"Type": "DAYS", "Value": "90"},
            "ClusterId": "cluster-abcdefghijk",
            "HsmType": "hsm2m.medium",
            "Hsms": [
                {
                    "AvailabilityZone": "eu-west-1a",
                    "ClusterId": "cluster-abcdefghijk",
                    "HsmId": "hsm-aaaaaaaaaaa",
                    "State": "ACTIVE",
                },
                {
                    "AvailabilityZone": "eu-west-1b",
                    "ClusterId": "cluster-abcdefghijk",
                    "HsmId": "hsm-bbbbbbbbbbb",
                    "State": "DEGRADED",
                },
            ],
            "Mode": "FIPS",
            "State": "ACTIVE",
        }
    ]
}
HA_STATUS = {
    "Nodes": [
        {
            "active_node": True,
            "hostname": "n1",
            "clock_skew_ms": 0,
            "last_echo": None,
            "version": "1.17.0",
            "redundancy_zone": "a",
        },
        {
            "active_node": False,
            "hostname": "n2",
            "clock_skew_ms": -1200,
            "last_echo": "2026-11-24T08:05:48.4-05:00",
            "version": "1.17.0",
        },
    ]
}
LICENSE = {
    "data": {
        "autoloading_used": True,
        "autoloaded": {
            "expiration_time": "2027-05-17T23:59:59.999Z",
            "features": ["HSM", "Seal Wrapping"],
            "license_id": "060d7820-fa59-f95c-832b-395db0aeb9ba",
            "termination_time": "2027-06-17T23:59:59.999Z",
        },
    }
}
AUDIT_LIST = """\
Path        Type    Description    Replication    Options
----        ----    -----------    -----------    -------
to-file/    file    x y            replicated     file_path=/var/log/bao/a.log log_raw=true
syslog/     syslog  n/a            local          facility=AUTH tag=vault
"""
PEERS = """\
Node    Address            State       Voter
----    -------            -----       -----
n1      127.0.0.1:18296    leader      true
n2      127.0.0.2:18296    follower    true
n3      127.0.0.3:18296    follower    false
"""
KEY_STATUS = "Key Term            3\nInstall Time        24 Nov 26 14:27 UTC\nEncryption Count    2\n"
CHRONY = """\
Reference ID    : CB00710F (ntp1.bank.example)
Stratum         : 3
Ref time (UTC)  : Tue Nov 24 09:00:00 2026
System time     : 0.000006523 seconds slow of NTP time
Last offset     : -0.000006747 seconds
RMS offset      : 0.000035822 seconds
Leap status     : Normal
"""
TIMEDATECTL = """\
               Local time: Tue 2026-11-24 09:00:00 UTC
           Universal time: Tue 2026-11-24 09:00:00 UTC
                 RTC time: Tue 2026-11-24 09:00:00
                Time zone: Etc/UTC (UTC, +0000)
System clock synchronized: no
              NTP service: inactive
"""
STAT = """\
  File: /etc/vault.d/hsm.pin
  Size: 17        \tBlocks: 8          IO Block: 4096   regular file
Device: 252,0\tInode: 1234        Links: 1
Access: (0400/-r--------)  Uid: (  991/   vault)   Gid: (  991/   vault)
Access: 2026-11-24 09:00:00.000000000 +0000
"""
LS = """\
total 8
-rw-r----- 1 root  vault 817 Nov 24 09:00 vault.hcl
-rwsr-xr-x 1 vault vault  17 2026-11-24 09:00 /etc/vault.d/hsm.pin
"""
SWAPON = "NAME      TYPE      SIZE USED PRIO\n/dev/dm-1 partition   2G   0B   -2\n"
SUMS = f"{'ab' * 32}  /opt/cloudhsm/lib/libcloudhsm_pkcs11.so\n{'cd' * 32} */opt/cloudhsm/etc/cloudhsm-pkcs11.cfg\n"

SHAPES: dict[str, str] = {
    "aws key": json.dumps(AWS_KEY, indent=4),
    "aws rotation": json.dumps(AWS_ROTATION, indent=4),
    "azure key": json.dumps(AZURE_KEY, indent=2),
    "azure vault": json.dumps(AZURE_VAULT, indent=2),
    "azure hsm": json.dumps(AZURE_HSM, indent=2),
    "gcp key": json.dumps(GCP_KEY, indent=2),
    "oci key": json.dumps(OCI_KEY, indent=2),
    "aws policy": json.dumps({"Policy": json.dumps(POLICY, indent=2), "PolicyName": "default"}, indent=4),
    "aws policy alone": json.dumps(POLICY, indent=2),
    "azure roles": json.dumps(AZURE_ROLES, indent=2),
    "gcp policy": json.dumps(GCP_POLICY, indent=2),
    "clusters": json.dumps(CLUSTERS, indent=4),
    "ha status": json.dumps(HA_STATUS, indent=2),
    "license": json.dumps(LICENSE, indent=2),
    "audit list": AUDIT_LIST,
    "peers": PEERS,
    "key status": KEY_STATUS,
    "chrony": CHRONY,
    "timedatectl": TIMEDATECTL,
    "stat": STAT,
    "short stat": "vault 400 17 /etc/vault.d/hsm.pin\nroot:vault 0640 817 /etc/vault.d/vault.hcl\n",
    "ls": LS,
    "swapon": SWAPON,
    "no swap": "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n",
    "sums": SUMS,
}


def facts(shape: str) -> object:
    return intake("capture.json" if SHAPES[shape][0] in "[{" else "capture.txt", SHAPES[shape].encode()).facts


def changed(document: dict[str, object], place: str, **values: object) -> object:
    """The facts of a document in which the object at `place` says something else."""
    copy = json.loads(json.dumps(document))
    inside = copy
    for name in place.split(".") if place else ():
        inside = inside[name]
    inside.update(values)
    return intake("capture.json", json.dumps(copy).encode()).facts


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_is_recognised_by_one_parser_and_loses_nothing_to_redaction(shape: str) -> None:
    assert len([parser.name for parser in all_parsers() if parser.matches(SHAPES[shape])]) == 1
    assert intake("capture.txt", SHAPES[shape].encode()).redactions == ()


def test_a_key_of_aws_kms() -> None:
    assert facts("aws key") == KmsKeyFacts(
        provider="aws",
        key=ARN,
        customer_managed=True,
        state="enabled",
        protection="hsm",
        origin="AWS_KMS",
        algorithm="SYMMETRIC_DEFAULT",
        created=datetime(2025, 7, 5, 21, 4, 55, tzinfo=UTC),
    )
    old = changed(AWS_KEY, "KeyMetadata", KeyState="PendingDeletion", DeletionDate=1798675200.5, KeyManager="AWS")
    assert isinstance(old, KmsKeyFacts)
    assert (old.state, old.customer_managed, old.deletion_at and old.deletion_at.year) == (
        "pending_deletion",
        False,
        2026,
    )
    outside = changed(AWS_KEY, "KeyMetadata", Origin="EXTERNAL_KEY_STORE")
    assert isinstance(outside, KmsKeyFacts)
    assert outside.protection == "external"


def test_the_rotation_of_an_aws_key_is_a_file_of_its_own() -> None:
    found = facts("aws rotation")
    assert isinstance(found, KmsKeyFacts)
    assert (found.key, found.rotates, found.rotation_days, found.state) == (ARN, True, 365, None)


def test_a_key_of_azure() -> None:
    found = facts("azure key")
    assert isinstance(found, KmsKeyFacts)
    assert (found.state, found.protection, found.exportable, found.purgeable) == ("enabled", "hsm", False, False)
    soft = changed(AZURE_KEY, "key", kty="RSA")
    assert isinstance(soft, KmsKeyFacts)
    assert soft.protection == "software"
    weak = changed(AZURE_KEY, "attributes", recoveryLevel="Recoverable+Purgeable", enabled=False, created=1493942451)
    assert isinstance(weak, KmsKeyFacts)
    assert (weak.purgeable, weak.state, weak.created and weak.created.year) == (True, "disabled", 2017)


def test_the_vault_or_managed_hsm_around_an_azure_key() -> None:
    assert facts("azure vault") == KmsVaultFacts("bank", "vault", True, 90)
    assert facts("azure hsm") == KmsVaultFacts("bankhsm", "managed_hsm", False, 7, True, ("westeurope",))


def test_a_key_of_google() -> None:
    found = facts("gcp key")
    assert isinstance(found, KmsKeyFacts)
    assert (found.key, found.state, found.protection, found.origin) == (GCP_NAME, "enabled", "hsm", "generated")
    assert (found.rotates, found.rotation_days, found.deletes_after_days) == (True, 90, 30)
    soft = changed(GCP_KEY, "primary", protectionLevel="SOFTWARE", state="DESTROY_SCHEDULED")
    assert isinstance(soft, KmsKeyFacts)
    assert (soft.protection, soft.state) == ("software", "pending_deletion")


def test_a_key_of_oracle() -> None:
    found = facts("oci key")
    assert isinstance(found, KmsKeyFacts)
    assert (found.state, found.protection, found.algorithm) == ("pending_deletion", "software", "AES")
    assert found.deletion_at == datetime(2026, 12, 24, tzinfo=UTC)


@pytest.mark.parametrize("shape", ["aws policy", "aws policy alone"])
def test_a_key_policy_of_aws_in_a_string_or_alone(shape: str) -> None:
    found = facts(shape)
    assert isinstance(found, KmsPolicyFacts)
    assert [(grant.allow, grant.principals, grant.actions[0], grant.conditional) for grant in found.grants] == [
        (True, ("arn:aws:iam::123456789012:root",), "kms:*", False),
        (True, ("arn:aws:iam::123456789012:role/vault",), "kms:Encrypt", False),
        (False, ("*",), "kms:ScheduleKeyDeletion", True),
    ]


def test_a_policy_of_google_names_roles() -> None:
    found = facts("gcp policy")
    assert isinstance(found, KmsPolicyFacts)
    role = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
    assert found.grants == (Grant(True, ("serviceAccount:vault@bank.iam.gserviceaccount.com",), (role,), False, 7),)


def test_role_assignments_of_azure() -> None:
    found = facts("azure roles")
    assert isinstance(found, KmsPolicyFacts)
    assert found.grants == (Grant(True, ("vault-node",), ("Key Vault Crypto Service Encryption User",), False, 4),)


def test_the_members_of_a_cloudhsm_cluster() -> None:
    assert facts("clusters") == HsmMembersFacts(
        vendor="aws_cloudhsm",
        cluster="cluster-abcdefghijk",
        members=(
            HsmMember("hsm-aaaaaaaaaaa", "eu-west-1a", True, "ACTIVE"),
            HsmMember("hsm-bbbbbbbbbbb", "eu-west-1b", False, "DEGRADED"),
        ),
        model="hsm2m.medium",
        fips=True,
        backup_days=90,
    )


def test_two_clusters_in_one_listing_and_a_page_of_many_are_inconclusive() -> None:
    two = changed(CLUSTERS, "", Clusters=CLUSTERS["Clusters"] * 2)
    page = changed(CLUSTERS, "", NextToken="x")
    assert isinstance(two, HsmMembersFacts)
    assert isinstance(page, HsmMembersFacts)
    assert "2 clusters" in two.inconclusive
    assert "breaks off" in page.inconclusive


def test_the_skew_of_clocks_in_a_cluster() -> None:
    found = facts("ha status")
    assert isinstance(found, HaStatusFacts)
    assert [(node.hostname, node.active, node.clock_skew_ms) for node in found.nodes] == [
        ("n1", True, 0),
        ("n2", False, -1200),
    ]
    real = intake("ha.json", (RUNTIME / "strict.sys_ha-status.json").read_bytes()).facts
    assert isinstance(real, HaStatusFacts)
    assert [(node.version, node.clock_skew_ms) for node in real.nodes] == [("2.7.2", None)]


def test_a_licence_says_until_when_and_what_for() -> None:
    found = facts("license")
    assert isinstance(found, LicenseFacts)
    assert (found.expires and found.expires.date(), found.features) == (date(2027, 5, 17), ("HSM", "Seal Wrapping"))


SAID_BY_BOTH = (
    "origin", "seal_type", "initialized", "sealed", "threshold", "shares", "version", "recovery_seal_type",
    "storage_type", "ha_enabled", "cluster_name", "cluster_id",
)  # fmt: skip


@pytest.mark.parametrize(
    "name", ["strict-sealed", "strict-uninitialized", "strict-unsealed-shamir", "static-seal", "transit-seal"]
)
def test_a_status_as_text_says_what_its_json_says(name: str) -> None:
    text = intake("status.txt", (RUNTIME / f"{name}.status.txt").read_bytes()).facts
    other = intake("status.json", (RUNTIME / f"{name}.status.json").read_bytes()).facts
    assert isinstance(text, StatusFacts)
    assert isinstance(other, StatusFacts)
    for field in SAID_BY_BOTH:
        assert getattr(text, field) == getattr(other, field), field
    assert bool(text.recovery_seal) == bool(other.recovery_seal)


def test_a_status_that_is_no_switch_is_not_read_as_off() -> None:
    text = (RUNTIME / "strict-sealed.status.txt").read_text().replace("true", "maybe")
    found = intake("status.txt", text.encode()).facts
    assert isinstance(found, StatusFacts)
    assert (found.sealed, found.inconclusive, len(found.problems)) == (None, "the status holds no readable state", 3)


def test_audit_devices_as_text() -> None:
    assert facts("audit list") == AuditDevicesFacts(
        (AuditDevice("to-file/", "file", raw=True), AuditDevice("syslog/", "syslog", raw=False))
    )
    short = intake(
        "audit.txt", b"Path     Type    Description\n----     ----    -----------\nfile/    file    n/a\n"
    ).facts
    assert isinstance(short, AuditDevicesFacts)
    assert "-detailed" in short.inconclusive


def test_peers_and_key_status_as_text() -> None:
    assert facts("peers") == RaftPeersFacts(("n1", "n2"), ("n3",), "n1")
    assert facts("key status") == KeyStatusFacts(3, datetime(2026, 11, 24, 14, 27, tzinfo=UTC), 2)
    zone = intake("key.txt", KEY_STATUS.replace("UTC", "CET").encode()).facts
    assert isinstance(zone, KeyStatusFacts)
    assert (zone.installed, "zone" in zone.inconclusive) == (None, True)


def test_the_clock() -> None:
    assert facts("chrony") == ClockFacts("chrony", True, 0.000006523, "CB00710F (ntp1.bank.example)")
    assert facts("timedatectl") == ClockFacts("timedatectl", False, None)


def test_owners_and_modes_in_four_layouts() -> None:
    pin = FileEntry("/etc/vault.d/hsm.pin", "0400", "vault", "vault", 17, 4)
    assert facts("stat") == FileListingFacts((pin,))
    assert facts("short stat") == FileListingFacts(
        (
            FileEntry("/etc/vault.d/hsm.pin", "0400", "vault", None, 17, 1),
            FileEntry("/etc/vault.d/vault.hcl", "0640", "root", "vault", 817, 2),
        )
    )
    listed = facts("ls")
    assert isinstance(listed, FileListingFacts)
    assert [(file.path, file.mode, file.owner) for file in listed.files] == [
        ("vault.hcl", "0640", "root"),
        ("/etc/vault.d/hsm.pin", "4755", "vault"),
    ]


def test_a_line_of_a_listing_that_cannot_be_read_is_named() -> None:
    lines = "".join(f"vault 400 17 /etc/vault.d/{number}\n" for number in range(30))
    found = intake("files.txt", f"{lines}stat: cannot stat\n".encode()).facts
    assert isinstance(found, FileListingFacts)
    assert (len(found.files), found.bad_lines) == (30, ((31, len(lines)),))


def test_swap_and_libraries() -> None:
    assert facts("swapon") == SwapFacts((("/dev/dm-1", 2),))
    assert facts("no swap") == SwapFacts(())
    assert facts("sums") == LibraryListingFacts(
        (
            HashedFile("/opt/cloudhsm/lib/libcloudhsm_pkcs11.so", "ab" * 32, 1),
            HashedFile("/opt/cloudhsm/etc/cloudhsm-pkcs11.cfg", "cd" * 32, 2),
        )
    )
    with pytest.raises(Refused, match="line 61"):
        intake("sums.txt", (SUMS * 30 + "x").encode())


@pytest.mark.parametrize("text", ['{"KeyMetadata": {"KeyState": 1}}', '{"Clusters": []}'])
def test_a_shape_without_its_content_is_inconclusive(text: str) -> None:
    assert getattr(intake("capture.json", text.encode()).facts, "inconclusive", "")


def test_a_policy_that_is_no_json_in_its_string_is_refused() -> None:
    with pytest.raises(Refused):
        intake("policy.json", b'{"Policy": "{Statement kms:", "PolicyName": "default"}')
