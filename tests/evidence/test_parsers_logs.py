"""Logs of HSMs, clouds and syslog: what is read, what only the vendor can check, every bad line by its place."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from evidence.core.facts import AuditLogFacts, KeyStoreLogFacts, ServerLogFacts
from evidence.core.facts.opaque_log import OpaqueLogFacts
from evidence.core.parsers import LAST, all_parsers, parser_for
from evidence.core.refusal import Refused
from evidence.core.upload import intake

OCI_SERVICE = {
    "datetime": 1763979606000,
    "logContent": {
        "data": {
            "clientIpAddress": "10.0.0.5",
            "keyVersionId": "ocid1.keyversion.oc1.eu-frankfurt-1.a",
            "principalId": "ocid1.instance.oc1.eu-frankfurt-1.b",
            "requestAction": "DECRYPT",
            "statusCode": 200,
        },
        "id": "1",
        "source": "ocid1.vault",
        "specversion": "1.0",
        "time": "2026-11-24T10:20:06.000Z",
        "type": "com.oraclecloud.keymanagementservice.vault.crypto.decrypt",
    },
}
OCI_AUDIT = {
    "eventType": "com.oraclecloud.KeyManagementService.ScheduleKeyDeletion",
    "cloudEventsVersion": "0.1",
    "eventTime": "2026-11-24T11:00:00.000Z",
    "source": "KeyManagementService",
    "data": {
        "eventName": "ScheduleKeyDeletion",
        "identity": {"principalName": "eve", "principalId": "ocid1.user.oc1..e", "credentials": "AbCd1234EfGh5678"},
        "request": {"headers": {"authorization": ["Signature keyId=x,signature=c2VjcmV0c2lnbmF0dXJlMTIzNA=="]}},
        "resourceId": "ocid1.key.oc1.eu-frankfurt-1.k",
        "response": {"status": "409"},
    },
}
OTHER_SERVICE = {"eventType": "com.oraclecloud.ComputeApi.LaunchInstance", "data": {"eventName": "LaunchInstance"}}
DPOD = [
    {
        "time": "2026-11-24T10:00:00Z",
        "source": "thales/cloudhsm/1234567890",
        "resourceid": "b0c1",
        "actorid": "client-1",
        "tenantid": "t-1",
        "action": "LUNA_LOGIN",
        "status": "LUNA_RET_OK",
        "meta": {"role": "CO"},
    },
    {
        "time": "2026-11-24T10:00:05Z",
        "source": "thales/cloudhsm/1234567890",
        "resourceid": "b0c1",
        "actorid": "client-1",
        "tenantid": "t-1",
        "action": "LUNA_LOGIN",
        "status": "LUNA_RET_PIN_INCORRECT",
        "meta": {},
    },
    {
        "time": "2026-11-24T10:00:06Z",
        "source": "thales/cloudhsm/1234567890",
        "resourceid": "b0c1",
        "actorid": "client-2",
        "tenantid": "t-1",
        "action": "LUNA_DESTROY_OBJECT",
        "status": "LUNA_RET_OK",
        "meta": {},
    },
]
LUNA = (
    "5 2026-11-24T10:00:00Z S/N 150718 session 1 operation LUNA_LOGIN returned LUNA_RET_OK\n"
    "6 2026-11-24T10:00:09Z S/N 150718 session 1 operation LUNA_CREATE_OBJECT returned LUNA_RET_OK\n"
    "garbled\n"
    "7 2026-11-24T10:00:01Z S/N 150718 session 1 operation LUNA_LOGOUT returned LUNA_RET_OK\n"
)
NSHIELD = (
    "<134>Nov 24 10:00:00 hsm1 CEF:0|nCipher Security|nShield|12.60|1|CreateKey|3|rt=1763978400000 deviceExternalId=A\n"
    "<134>Nov 24 10:00:01 hsm1 CEF:0|nCipher Security|nShield|12.60|2|DestroyKey|5|rt=1763978401000\n"
)
CEF = (
    "2026-11-24T10:00:00Z fw CEF:0|Acme|Wall|1.0|100|Login \\| ok|3|src=10.0.0.1 rt=Nov 24 2026 10:00:00 UTC msg=x\n"
    "2026-11-24T10:00:01+01:00 fw CEF:0|Acme|Wall|1.0|100|Login|3|src=10.0.0.1\n"
)
LEEF = "LEEF:1.0|Acme|Wall|1.0|4711|devTime=1763978400000\tsrc=10.0.0.1\nLEEF:2.0|Acme|Wall|1.0|4711|^|src=10.0.0.1\n"
RFC5424 = (
    '<165>1 2026-11-24T10:00:00.003Z n1 vault-agent 812 ID47 [timeQuality tzKnown="1" isSynced="1"] up\n'
    '<165>1 2026-11-24T10:05:00Z n1 vault-agent 812 - [timeQuality tzKnown="1" isSynced="0"] up\n'
    "<165>1 - n1 vault-agent 812 - - no time\n"
    "<165>1 2026-11-24T10:04:00Z n1 chronyd 90 - - step\n"
    "not a record\n"
)
RFC3164 = "<13>Nov 24 10:00:00 n1 sshd[812]: Accepted publickey\nNov  4 10:00:01 n1 systemd: Started\n"
UTIMACO = "# csadm Dev=TCP:288@10.0.0.9 GetAuditLog\n2026-11-24T10:00:00Z 0001 Logon ADMIN\n24.11.26 10:00:05 0002 x\n"
DIGEST = {
    "awsAccountId": "123456789012",
    "digestStartTime": "2026-11-24T09:00:00Z",
    "digestEndTime": "2026-11-24T10:00:00Z",
    "digestS3Bucket": "trail",
    "logFiles": [{"s3Bucket": "trail", "hashValue": "ab" * 32, "hashAlgorithm": "SHA-256"}],
}
CERTIFICATES = [
    {"object_handle": 463180677312929947, "op_code": "CREATE_OBJECT", "response": "SUCCESS", "attributes": None,
     "timestamp": 1763979606000},
    {"object_handle": 463180677312929947, "op_code": "DESTROY_OBJECT", "response": "NOT_FOUND", "attributes": None,
     "timestamp": 1763979607000},
]  # fmt: skip
SHAPES = {
    "certificates": "\n".join(json.dumps(each) for each in CERTIFICATES),
    "oci service": json.dumps([OCI_SERVICE, OCI_SERVICE]),
    "oci audit": json.dumps({"data": [OCI_AUDIT, OTHER_SERVICE]}, indent=1),
    "dpod": json.dumps(DPOD, indent=1),
    "luna": LUNA,
    "nshield": NSHIELD,
    "cef": CEF,
    "leef": LEEF,
    "rfc5424": RFC5424,
    "rfc3164": RFC3164,
    "utimaco": UTIMACO,
    "digest": json.dumps(DIGEST),
}


def facts(shape: str, text: str | None = None) -> object:
    data = (SHAPES[shape] if text is None else text).encode()
    return intake("x.json" if data[:1] in b"[{" and text is None else "x.log", data).facts


def store(shape: str, text: str | None = None) -> KeyStoreLogFacts:
    found = facts(shape, text)
    assert isinstance(found, KeyStoreLogFacts)
    return found


def opaque(shape: str, text: str | None = None) -> OpaqueLogFacts:
    found = facts(shape, text)
    assert isinstance(found, OpaqueLogFacts)
    return found


@pytest.mark.parametrize("shape", SHAPES)
def test_every_log_is_recognised_by_one_reader(shape: str) -> None:
    named = [parser.name for parser in all_parsers() if parser.matches(SHAPES[shape]) and parser.name not in LAST]
    assert len(named) == (0 if shape in ("cef", "leef", "rfc5424", "rfc3164") else 1)
    assert parser_for(SHAPES[shape]) is not None


def test_a_known_format_in_a_line_of_syslog_is_not_taken_for_syslog() -> None:
    vault = "Nov 24 10:00:00 n1 vault[812]: 2026-11-24T10:00:00.000Z [INFO]  core: vault is unsealed\n" * 3
    assert isinstance(facts("vault", vault), ServerLogFacts)


def test_the_service_log_of_oracle() -> None:
    found = store("oci service")
    assert (found.format, found.records, found.counts) == ("oci_kms", 2, {"decrypt": 2})
    assert found.first == datetime(2026, 11, 24, 10, 20, 6, tzinfo=UTC)
    assert found.principals == ("ocid1.instance.oc1.eu-frankfurt-1.b",)


def test_the_audit_events_of_oracle_without_their_signatures() -> None:
    artefact = intake("audit.json", SHAPES["oci audit"].encode())
    assert b"AbCd1234EfGh5678" not in artefact.content
    assert b"c2VjcmV0c2lnbmF0dXJl" not in artefact.content
    found = store("oci audit")
    assert [(event.action, event.ok, event.principal) for event in found.events] == [
        ("schedule_deletion", False, "eve")
    ]


def test_lines_of_oracle_and_a_bad_one_by_line_and_offset() -> None:
    line = json.dumps(OCI_SERVICE)
    found = store("lines", f"{line}\n{{broken\n{line}\n")
    assert (found.records, found.bad_lines) == (2, ((2, len(line) + 1),))


def test_the_records_of_dpod() -> None:
    found = store("dpod")
    assert found.counts == {"destroy": 1, "login": 1, "login_failed": 1}
    assert [event.principal for event in found.events if event.action == "destroy"] == ["client-2"]
    assert found.integrity == "not_checkable"


def test_the_certificate_storage_of_cloudhsm() -> None:
    found = store("certificates")
    assert (found.counts, found.numbered) == ({"destroy": 1, "import": 1}, False)
    assert [(event.action, event.ok, event.key) for event in found.events] == [
        ("import", True, "463180677312929947"), ("destroy", False, "463180677312929947"),
    ]  # fmt: skip


def test_a_luna_log_is_counted_by_event_and_only_the_vendor_can_check_it() -> None:
    found = store("luna")
    assert found.counts == {"LUNA_CREATE_OBJECT": 1, "LUNA_LOGIN": 1, "LUNA_LOGOUT": 1}
    assert (found.bad_lines, found.steps_back) == (((3, LUNA.index("garbled")),), ((4, 8),))
    assert (found.integrity, "audit log verify" in found.integrity_reason) == ("not_checkable", True)
    assert "declare the period" in store("luna", LUNA.replace("2026-11-24T", "11/24/26 ")).inconclusive


def test_an_nshield_log_is_an_hsm_s_and_only_the_vendor_can_check_it() -> None:
    found = store("nshield")
    assert (found.format, found.records) == ("nshield_cef", 2)
    assert found.counts == {"nCipher Security nShield: CreateKey": 1, "nCipher Security nShield: DestroyKey": 1}
    assert (found.first, found.last) == (
        datetime(2025, 11, 24, 10, 0, tzinfo=UTC),
        datetime(2025, 11, 24, 10, 0, 1, tzinfo=UTC),
    )
    assert "cef-audit-verify" in found.integrity_reason


def test_an_utimaco_log_is_counted_and_said_to_be_unread() -> None:
    found = store("utimaco")
    assert (found.records, found.first) == (3, datetime(2026, 11, 24, 10, 0, tzinfo=UTC))
    assert "not evaluated" in found.inconclusive


def test_cef_and_leef_of_anybody() -> None:
    found = opaque("cef")
    assert (found.format, found.records) == ("cef", 2)
    assert found.counts == {"Acme Wall: Login": 1, "Acme Wall: Login | ok": 1}
    assert found.first == datetime(2026, 11, 24, 9, 0, 1, tzinfo=UTC)
    leef = opaque("leef")
    assert (leef.counts, leef.undated) == ({"Acme Wall: 4711": 2}, 1)


def test_rfc_5424_with_its_bad_line_its_clock_and_its_undated_record() -> None:
    found = opaque("rfc5424")
    assert (found.records, found.undated, found.unsynchronised) == (4, 1, 1)
    assert found.counts == {"n1: chronyd": 1, "n1: vault-agent": 2, "n1: vault-agent ID47": 1}
    assert found.steps_back == ((4, 60),)
    assert found.bad_lines == ((5, RFC5424.index("not a record")),)


def test_rfc_3164_has_no_year_so_it_stands_at_no_moment() -> None:
    found = opaque("rfc3164")
    assert (found.records, found.undated, found.first) == (2, 2, None)
    assert found.counts == {"n1: sshd": 1, "n1: systemd": 1}


def test_a_text_with_one_such_line_is_no_log() -> None:
    assert parser_for("Nov 24 10:00:00 n1 sshd[1]: x\nDear auditor,\nthis is a letter.\n") is None


def test_a_digest_of_cloudtrail_says_what_it_covers_and_who_can_check_it() -> None:
    found = store("digest")
    assert (found.format, found.counts, found.records) == ("cloudtrail_digest", {"log files": 1}, 0)
    assert (found.first, found.last) == (datetime(2026, 11, 24, 9, tzinfo=UTC), datetime(2026, 11, 24, 10, tzinfo=UTC))
    assert "validate-logs" in found.integrity_reason
    assert found.covers == ("ab" * 32,)


@pytest.mark.parametrize("service", ["Microsoft.KeyVault/vaults", "Microsoft.KeyVault/managedHSMs"])
def test_azure_managed_hsm_is_read_as_key_vault_is(service: str) -> None:
    record = {
        "time": "2026-11-24T10:00:00.1234567Z",
        "category": "AuditEvent",
        "operationName": "KeyUnwrap",
        "resultType": "Success",
        "properties": {"id": "https://x.managedhsm.azure.net/keys/k", "httpStatusCode": 200},
        "resourceId": f"/SUBSCRIPTIONS/0/PROVIDERS/{service.upper()}/X",
        "identity": {"claim": {"appid": "a-1"}},
    }
    text = f"{json.dumps(record)}\n{{bad\n{json.dumps(record)}\n"
    found = store("azure", text)
    assert (found.counts, found.principals) == ({"unwrap": 2}, ("a-1",))
    assert found.bad_lines == ((2, len(json.dumps(record)) + 1),)


def test_a_clock_that_was_set_back_shows_in_every_log_of_lines() -> None:
    lines = "".join(f"2026-11-24T10:0{minute}:00.000Z [INFO]  core: x\n" for minute in (1, 3, 2))
    found = facts("server", lines)
    assert isinstance(found, ServerLogFacts)
    assert found.steps_back == ((3, 60),)
    entry = (
        '{{"time":"2026-11-24T10:0{}:00Z","type":"request",'
        '"request":{{"id":"{}","operation":"read","path":"sys/x"}}}}\n'
    )
    audit = facts("audit", "".join(entry.format(minute, minute) for minute in (1, 3, 2)))
    assert isinstance(audit, AuditLogFacts)
    assert audit.steps_back == ((3, 60),)
    event = (
        "Time: 11/24/26 10:0{}:00.000000, usecs:1\nSequence No : 0x{}\nReboot counter : 0xe8\n"
        "Command Type(hex) : CN_MGMT_CMD (0x0)\nOpcode : CN_LOGIN (0xd)\nSession Handle : 0x1\n"
        "Response : 0:HSM Return: SUCCESS\nLog type : MINIMAL_LOG_ENTRY (0)\n"
    )
    hsm = store("cloudhsm", "".join(event.format(minute, place) for place, minute in enumerate((1, 3, 2))))
    assert hsm.steps_back == ((17, 60),)


def test_a_document_that_is_broken_everywhere_is_refused_and_not_a_log_of_bad_lines() -> None:
    broken = SHAPES["oci audit"].replace('"cloudEventsVersion"', "cloudEventsVersion")
    with pytest.raises(Refused, match="line 5"):
        intake("audit.log", broken.encode())
