"""Logs of key services, and of the one HSM whose chain can be checked here; composed from the documented shapes."""

from __future__ import annotations

import hashlib
import json
import struct

import pytest

from evidence.core.facts import KeyStoreLogFacts
from evidence.core.upload import intake

ARN = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ROLE = "arn:aws:sts::111122223333:assumed-role/vault/i-0"


def read(data: str) -> KeyStoreLogFacts:
    facts = intake("x.json", data.encode()).facts
    assert isinstance(facts, KeyStoreLogFacts)
    return facts


def trail(name: str, number: int, **more: object) -> dict[str, object]:
    return {
        "eventVersion": "1.08",
        "userIdentity": {"type": "AssumedRole", "arn": ROLE, "accessKeyId": "ASIAQ7PLANTEDPLANTED"},
        "eventTime": f"2026-11-24T10:00:{number:02}Z",
        "eventSource": "kms.amazonaws.com",
        "eventName": name,
        "requestParameters": {"keyId": ARN, "encryptionContext": {"purpose": "planted-context"}},
        "resources": [{"ARN": ARN, "type": "AWS::KMS::Key"}],
        "eventID": f"id-{number}",
        **more,
    }  # fmt: skip


EVENTS = [
    trail("Decrypt", 1),
    trail("Encrypt", 2),
    trail("ScheduleKeyDeletion", 3),
    trail("Decrypt", 4, errorCode="KMSInvalidStateException"),
    trail("Decrypt", 1),
    {**trail("GetObject", 5), "eventSource": "s3.amazonaws.com"},
]


@pytest.mark.parametrize(
    "text", [json.dumps({"Records": EVENTS}), "\n".join(map(json.dumps, EVENTS)), json.dumps(EVENTS, indent=2)]
)
def test_cloudtrail_as_document_lines_or_list(text: str) -> None:
    facts = read(text)
    assert (facts.format, facts.records) == ("cloudtrail_kms", 4)
    assert facts.counts == {"decrypt": 2, "encrypt": 1, "schedule_deletion": 1}
    assert [(event.action, event.ok, event.key) for event in facts.events] == [
        ("schedule_deletion", True, ARN),
        ("decrypt", False, ARN),
    ]
    assert facts.first is not None
    assert (facts.numbered, facts.integrity) == (False, "not_checkable")


def test_cloudtrail_key_ids_and_contexts_are_removed_and_arns_stay() -> None:
    artefact = intake("x.json", json.dumps({"Records": EVENTS}).encode())
    assert b"ASIAQ7PLANTEDPLANTED" not in artefact.content
    assert b"planted-context" not in artefact.content
    assert ARN.encode() in artefact.content


def test_a_bad_line_of_a_trail_is_named() -> None:
    lines = [json.dumps(trail("Decrypt", 1)), '{"eventName": ', json.dumps(trail("Decrypt", 2))]
    artefact = intake("x.json", "\n".join(lines).encode())
    assert isinstance(artefact.facts, KeyStoreLogFacts)
    assert artefact.facts.records == 2
    assert artefact.facts.bad_lines == ((2, artefact.content.index(b"\n") + 1),)


def test_a_digest_file_is_recognised() -> None:
    text = json.dumps({"awsAccountId": "1", "digestStartTime": "x", "digestEndTime": "y", "logFiles": []})
    facts = read(text)
    assert (facts.format, bool(facts.inconclusive)) == ("cloudtrail_digest", True)


def test_azure_key_vault_events() -> None:
    record = {
        "time": "2026-11-24T01:32:01.2691226Z",
        "category": "AuditEvent",
        "operationName": "KeyUnwrap",
        "resultType": "Success",
        "identity": {"claim": {"appid": "app-1"}},
        "properties": {"id": "https://v.vault.azure.net/keys/k/1", "httpStatusCode": 200},
    }
    deleted = {**record, "operationName": "KeyDelete"}
    denied = {**record, "properties": {"httpStatusCode": 403}}
    facts = read(json.dumps({"records": [record, deleted, denied]}))
    assert (facts.format, facts.counts) == ("azure_key_vault", {"schedule_deletion": 1, "unwrap": 2})
    assert [(event.action, event.ok) for event in facts.events] == [("schedule_deletion", True), ("unwrap", False)]
    assert facts.principals == ("app-1",)


def test_gcp_kms_entries() -> None:
    entry = {
        "timestamp": "2026-11-24T10:00:00.123456789Z",
        "protoPayload": {
            "serviceName": "cloudkms.googleapis.com",
            "methodName": "Decrypt",
            "resourceName": "projects/p/locations/l/keyRings/r/cryptoKeys/k",
            "authenticationInfo": {"principalEmail": "vault@p.iam.gserviceaccount.com"},
        },
    }
    destroyed = json.loads(json.dumps(entry))
    destroyed["protoPayload"]["methodName"] = "google.cloud.kms.v1.KeyManagementService.DestroyCryptoKeyVersion"
    facts = read(json.dumps([entry, destroyed]))
    assert (facts.format, facts.counts) == ("gcp_kms", {"decrypt": 1, "schedule_deletion": 1})
    assert facts.principals == ("vault@p.iam.gserviceaccount.com",)


def yubihsm(entries: list[tuple[int, int, int]], start: bytes = b"\x11" * 16) -> list[str]:
    """Lines of a true chain for (number, command, result)."""
    lines, digest = [], start
    for number, command, result in entries:
        packed = struct.pack("!HBHHHHBL", number, command, 10, 1, 0x1234, 0xFFFF, result, number * 7)
        digest = hashlib.sha256(packed + digest).digest()[:16]
        lines.append(
            f"item: {number:5} -- cmd: 0x{command:02x} -- length:    10 -- session key: 0x0001 -- target key: 0x1234"
            f" -- second key: 0xffff -- result: 0x{result:02x} -- tick: {number * 7} -- hash: {digest.hex()}"
        )
    return lines


CHAIN = yubihsm([(65534, 0x04, 0x84), (65535, 0x46, 0xC6), (0, 0x4A, 0xCA), (1, 0x04, 0x7F)])


def test_a_yubihsm_chain_is_verified_across_the_wrap_of_its_numbers() -> None:
    facts = read("0 unlogged boots found\n" + "\n".join(CHAIN) + "\n")
    assert (facts.integrity, facts.gaps, facts.inconclusive) == ("verified", (), "")
    assert facts.counts == {"export": 1, "generate": 1, "login": 1, "login_failed": 1}


def test_a_changed_entry_breaks_the_chain() -> None:
    changed = [CHAIN[0], CHAIN[1].replace("result: 0xc6", "result: 0x7f"), *CHAIN[2:]]
    facts = read("\n".join(changed))
    assert (facts.integrity, "item 65535" in facts.integrity_reason) == ("broken", True)


def test_a_missing_entry_is_a_gap_and_unlogged_boots_are_said() -> None:
    facts = read("2 unlogged boots found\n" + "\n".join([CHAIN[0], *CHAIN[2:]]))
    assert [(gap.after, gap.before) for gap in facts.gaps] == [(65534, 0)]
    assert (facts.integrity, facts.inconclusive) == ("verified", "2 unlogged boots")


def test_an_entry_that_cannot_be_read_is_a_bad_line() -> None:
    facts = read("\n".join([CHAIN[0], CHAIN[1][:40], *CHAIN[2:]]))
    assert [number for number, _ in facts.bad_lines] == [2]
