"""What a running node and a token say about themselves; an answer of errors, a crash, an empty file prove nothing."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from evidence.core import parsers
from evidence.core.facts import (
    AuditDevicesFacts,
    AuditLogFacts,
    DiagnoseFacts,
    HsmObjectsFacts,
    KeyStatusFacts,
    KeyStoreLogFacts,
    RaftPeersFacts,
    RotationFacts,
    SealBackendsFacts,
    ServerLogFacts,
    StatusFacts,
    VersionFacts,
)
from evidence.core.parsers import LAST, all_parsers
from evidence.core.signatures import SIGNATURES, matching
from evidence.core.upload import intake

SAMPLES = Path(__file__).resolve().parent.parent / "data/samples"


def read(path: str, data: bytes | None = None) -> object:
    return intake(Path(path).name, data if data is not None else (SAMPLES / path).read_bytes()).facts


def status(path: str) -> StatusFacts:
    facts = read(f"runtime/{path}")
    assert isinstance(facts, StatusFacts)
    return facts


def test_every_sample_is_recognised_by_one_parser_at_most() -> None:
    for path in SAMPLES.rglob("*"):
        if path.is_file():
            head = path.read_bytes().decode(errors="replace")[: 64 * 1024]
            named = [parser.name for parser in all_parsers() if parser.matches(head) and parser.name not in LAST]
            assert len(named) <= 1, path


def test_a_parser_without_its_words_fails_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsers, "import_module", lambda _: ModuleType("nameless"))
    with pytest.raises(TypeError, match="nameless has no KIND, TITLE, FORM, matches, parse"):
        parsers.load.__wrapped__("nameless")


def test_three_states_of_a_shamir_server() -> None:
    new, sealed, open_ = (
        status(f"strict-{name}.status.json") for name in ("uninitialized", "sealed", "unsealed-shamir")
    )
    assert [(each.initialized, each.sealed) for each in (new, sealed, open_)] == [
        (False, True), (True, True), (True, False),
    ]  # fmt: skip
    assert (open_.seal_type, open_.threshold, open_.shares, open_.recovery_seal) == ("shamir", 2, 3, False)
    assert (open_.version, open_.storage_type, open_.origin) == ("2.7.2", "raft", "status")


@pytest.mark.parametrize("kind", ["transit", "static"])
def test_an_auto_unseal_has_recovery_shares(kind: str) -> None:
    facts = status(f"{kind}-seal.status.json")
    assert (facts.seal_type, facts.recovery_seal, facts.threshold, facts.shares) == (kind, True, 2, 3)


def test_seal_status_and_health_are_told_apart() -> None:
    assert status("strict.sys_seal-status.json").origin == "seal-status"
    health = status("strict.sys_health.json")
    assert (health.origin, health.seal_type, health.standby) == ("health", None, False)
    assert health.at is not None
    assert health.at.isoformat() == "2026-11-24T10:06:51+00:00"


def test_the_moment_a_node_became_leader_is_not_the_moment_of_the_status() -> None:
    assert status("strict-unsealed-shamir.status.json").at is None


@pytest.mark.parametrize("name", ["strict.sys_seal-backend-status.json", "strict.sys_license_status.json"])
def test_an_answer_of_errors_is_inconclusive(name: str) -> None:
    facts = status(name)
    assert (facts.sealed, "unsupported path" in facts.inconclusive) == (None, True)


def test_a_state_that_is_no_switch_is_not_read_as_off() -> None:
    facts = read("x.json", b'{"type": "shamir", "initialized": "yes", "sealed": "no"}')
    assert isinstance(facts, StatusFacts)
    assert (facts.initialized, facts.sealed, bool(facts.inconclusive)) == (None, None, True)


def test_raft_peers_in_both_spellings() -> None:
    peers, state = read("runtime/strict.raft-list-peers.json"), read("runtime/strict.raft-autopilot-state.json")
    assert isinstance(peers, RaftPeersFacts)
    assert isinstance(state, RaftPeersFacts)
    assert (peers.voters, peers.leader) == (state.voters, state.leader) == (("strict-1",), "strict-1")
    assert (state.healthy, state.failure_tolerance) == (True, 0)


def test_zones_and_non_voters_of_the_api_spelling() -> None:
    facts = read(
        "x.json",
        b'{"data": {"healthy": true, "failure_tolerance": 1, "leader": "a", "voters": ["a", "b"],'
        b' "servers": {"a": {"redundancy_zone": "z1"}, "b": {"redundancy_zone": "z2"}, "c": {}}}}',
    )
    assert isinstance(facts, RaftPeersFacts)
    assert (facts.zones, facts.non_voters, facts.failure_tolerance) == ({"a": "z1", "b": "z2"}, ("c",), 1)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("OpenBao v2.7.2 (9e0a0d), committed 2026-10-26T20:32:27Z", ("openbao", "2.7.2", "")),
        ("Vault v1.21.3+ent.hsm.fips1403 (abc), built 2026-01-01T00:00:00Z", ("vault", "1.21.3", "ent.hsm.fips1403")),
        ("Vault v1.20.0-rc1 (abc), built x", ("vault", "1.20.0-rc1", "")),
    ],
)
def test_versions(line: str, expected: tuple[str, str, str]) -> None:
    facts = read("version.txt", line.encode())
    assert isinstance(facts, VersionFacts)
    assert (facts.product, facts.version, facts.edition) == expected


@pytest.mark.parametrize(
    ("data", "devices"),
    [
        ((SAMPLES / "runtime/strict.audit-list.json").read_bytes(), [("file-log/", "file", False)]),
        ((SAMPLES / "runtime/strict.sys_audit.json").read_bytes(), [("file-log/", "file", False)]),
        ((SAMPLES / "runtime/dev.audit-list.json").read_bytes(), [("raw/", "file", True)]),
        (b"{}", []),
        (b"No audit devices are enabled.\n", []),
    ],
)
def test_audit_devices(data: bytes, devices: list[tuple[str, str, bool]]) -> None:
    facts = read("audit.txt", data)
    assert isinstance(facts, AuditDevicesFacts)
    assert [(each.path, each.type, each.raw) for each in facts.devices] == devices


def test_key_status_rotation_and_seal_backends() -> None:
    key, rotation = read("runtime/strict.key-status.json"), read("runtime/strict.sys_rotate_config.json")
    assert isinstance(key, KeyStatusFacts)
    assert (key.term, key.encryptions, key.inconclusive) == (1, 2, "")
    assert isinstance(rotation, RotationFacts)
    assert (rotation.enabled, rotation.max_operations, rotation.interval_seconds) == (True, 3865470566, 0)
    backends = read(
        "x.json", b'{"healthy": true, "fully_wrapped": false, "backends": [{"name": "a", "healthy": true}]}'
    )
    assert isinstance(backends, SealBackendsFacts)
    assert (backends.healthy, backends.fully_wrapped, backends.backends) == (True, False, (("a", True),))


def test_diagnose_names_what_failed() -> None:
    facts = read("runtime/pkcs11-softhsm.diagnose.json")
    assert isinstance(facts, DiagnoseFacts)
    assert facts.status == "fail"
    assert any("unknown wrapper: pkcs11" in message for _, verdict, message in facts.findings if verdict == "fail")


@pytest.mark.parametrize("name", ["static-seal.diagnose.err", "static-seal.diagnose.txt"])
def test_a_diagnose_that_crashed_is_inconclusive(name: str) -> None:
    facts = read(f"runtime/{name}")
    assert isinstance(facts, DiagnoseFacts)
    assert "crashed" in facts.inconclusive


def test_a_diagnose_of_a_running_node_is_inconclusive() -> None:
    facts = read("runtime/transit-seal.diagnose.json")
    assert isinstance(facts, DiagnoseFacts)
    assert "running" in facts.inconclusive


def log(path: str, data: bytes | None = None) -> ServerLogFacts:
    facts = read(path, data)
    assert isinstance(facts, ServerLogFacts)
    return facts


@pytest.mark.parametrize("name", ["strict.server-log.mixed-json.log", "loose.server-log.text.log"])
def test_a_server_log_in_either_format_shows_start_and_unseal(name: str) -> None:
    facts = log(f"runtime/{name}")
    codes = [code for code, _, _ in facts.events]
    assert codes.index("started") < codes.index("unsealed")
    assert (facts.dev_mode, facts.bad_lines, facts.inconclusive) == (False, (), "")
    assert facts.first is not None
    assert facts.first.isoformat().startswith("2026-11-24T10:05:50")


@pytest.mark.parametrize(
    ("name", "code"),
    [("pkcs11-unknown-wrapper.server-log.text.log", "T05"), ("seed-list-suites-rejected.server-log.text.log", "T36")],
)
def test_a_refused_start_is_a_problem(name: str, code: str) -> None:
    problems = {problem.code: problem for problem in log(f"runtime/{name}").problems}
    assert problems[code].effect == "refused"
    assert problems[code].line


def test_a_broken_json_line_is_counted_with_line_and_offset() -> None:
    data = b'{"@level":"info","@message":"vault is unsealed","@timestamp":"2026-11-24T10:00:00Z"}\n{"@level":"in\n'
    assert log("x.log", data).bad_lines == ((2, data.index(b"\n") + 1),)


def test_the_dev_server_is_recognised() -> None:
    assert log("runtime/dev.server-log-with-root-token.log").dev_mode


def test_there_are_fifty_one_signatures_in_order() -> None:
    assert [signature.id for signature in SIGNATURES] == [f"T{number:02}" for number in range(1, 52)]
    assert all(signature.meaning for signature in SIGNATURES)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("error initializing: pkcs11: 0xA0: CKR_PIN_INCORRECT", "T09"),
        ('Error configuring seal "pkcs11": unknown wrapper: pkcs11', "T05"),
        ("[INFO] core: seal backend is now healthy again: downtime=2m", "T26"),
        ("error reading file at file:/etc/pin: no such file", "T08"),
        ('The argument "pin" at 3:1 was already set. Each argument can only be defined once', "T37"),
        ("AccessDenied: KMSInvalidStateException: key is pending deletion", "T32"),
        ("core: vault is unsealed", "T47"),
        (
            "entering seal migration mode; Vault will not automatically unseal: from_barrier_type=a to_barrier_type=b",
            "T27",
        ),
        ("unknown or unsupported field foo found in configuration at a.hcl:3:1", "T40"),
        ("seal re-wrap completed: entry processing stats: succeeded=12 failed=0 total=12", "T44"),
    ],
)
def test_signatures(line: str, code: str) -> None:
    assert code in [signature.id for signature in matching(line)]


def test_an_ordinary_line_shows_no_signature() -> None:
    assert matching("2026-11-24T10:00:00Z [INFO] core: enabled audit backend: path=raw/ type=file") == ()


def audit(path: str, data: bytes | None = None) -> AuditLogFacts:
    facts = read(path, data)
    assert isinstance(facts, AuditLogFacts)
    return facts


def test_a_hashed_audit_log_is_read_whole_and_not_raw() -> None:
    facts = audit("audit/bao-audit-file.jsonl")
    assert (facts.records, facts.raw, facts.unpaired, facts.bad_lines) == (51, False, 0, ())
    assert facts.operations["read sys"] == 17


def test_a_raw_audit_log_is_a_fact_and_its_secrets_are_gone() -> None:
    name = "bao-audit-file-LOG_RAW-secrets.jsonl"
    artefact = intake(name, (SAMPLES / "audit" / name).read_bytes())
    assert isinstance(artefact.facts, AuditLogFacts)
    assert artefact.facts.raw
    assert b"s.WARmgV0nbMBfPNBTR9X1C8BS" not in artefact.content
    assert b"EuH7e1xaIZb7ipQjKBXziBdQ" not in artefact.content


def test_a_bad_audit_line_and_a_silence_are_named() -> None:
    request = b'"request":{"id":"%d","path":"sys/seal","operation":"update"}'
    line = b'{"time":"2026-11-24T%02d:00:00Z","type":"request",' + request + b"}\n"
    facts = audit("x.jsonl", line % (10, 1) + line[:40] + b"\n" + line % (13, 2))
    assert [number for number, _ in facts.bad_lines] == [2]
    assert facts.gaps == ((3, 3 * 3600),)
    assert (facts.unpaired, len(facts.seal_operations)) == (2, 2)


def store(name: str, data: bytes | None = None) -> KeyStoreLogFacts:
    facts = read(f"hsm/{name}", data)
    assert isinstance(facts, KeyStoreLogFacts)
    return facts


def test_a_complete_cloudhsm_log_has_no_gap() -> None:
    facts = store("cloudhsm-complete.log")
    assert (facts.records, facts.gaps, facts.numbered, facts.bad_lines) == (13, (), True, ())
    assert (facts.counts["generate"], facts.counts["login"], facts.software) == (2, 2, False)
    assert facts.principals == ("admin", "app_user", "vault")
    assert facts.integrity == "not_checkable"


def test_a_flattened_cloudhsm_log_says_the_same() -> None:
    plain, flat = store("cloudhsm-complete.log"), store("cloudhsm-flattened.log")
    assert (plain.counts, plain.first, plain.last) == (flat.counts, flat.first, flat.last)


def test_missing_records_are_a_gap_with_its_line() -> None:
    (gap,) = store("cloudhsm-gap.log").gaps
    lines = (SAMPLES / "hsm/cloudhsm-gap.log").read_text().splitlines()
    assert (gap.after, gap.before) == (5, 9)
    assert lines[gap.line] == "Sequence No : 0x9"


def test_a_stream_without_its_start_has_a_gap_before_it() -> None:
    data = (SAMPLES / "hsm/cloudhsm-complete.log").read_text()
    (gap,) = store("x.log", data[data.index("Time", 10) :].encode()).gaps
    assert (gap.after, gap.before) == (-1, 1)


def test_two_reboot_counters_are_two_streams() -> None:
    data = (SAMPLES / "hsm/cloudhsm-complete.log").read_bytes()
    facts = store("x.log", data + data.replace(b"0x107", b"0x108"))
    assert (facts.records, facts.gaps, facts.inconclusive) == (26, (), "")


def test_two_streams_with_one_counter_cannot_be_told_apart() -> None:
    data = (SAMPLES / "hsm/cloudhsm-complete.log").read_bytes()
    assert "twice" in store("x.log", data + data).inconclusive


def test_failed_logins_and_a_deleted_key_are_events() -> None:
    facts = store("cloudhsm-failed-logins.log")
    assert (facts.counts["login_failed"], facts.counts["destroy"]) == (3, 1)
    assert [(event.principal, event.ok) for event in facts.events if event.action == "login_failed"] == [
        ("ExampleUser", False), ("vault", False), ("vault", False),
    ]  # fmt: skip


def test_a_cloudhsm_event_that_lost_its_number_is_a_bad_line() -> None:
    data = (SAMPLES / "hsm/cloudhsm-complete.log").read_text().replace("Sequence No : 0x3\n", "", 1)
    facts = store("x.log", data.encode())
    assert (facts.records, len(facts.bad_lines), len(facts.gaps)) == (12, 1, 1)


def test_softhsm_s_debug_log_is_software_and_no_audit_log() -> None:
    facts = store("softhsm2-syslog-raw.txt")
    assert (facts.software, facts.format, bool(facts.inconclusive)) == (True, "softhsm2_syslog", True)


def objects(name: str) -> HsmObjectsFacts:
    facts = read(f"hsm/{name}")
    assert isinstance(facts, HsmObjectsFacts)
    return facts


def test_objects_of_a_token_and_whether_they_may_leave_it() -> None:
    found = {each.label: each for each in objects("softhsm-pkcs11-tool-O.txt").objects if "Public" not in each.kind}
    assert (found["bao-wrap"].extractable, found["bao-hmac"].extractable) == (False, True)
    assert (found["bao-hmac"].value_shown, found["bao-hmac"].line) == (True, 8)
    assert "local" in found["bao-wrap"].attributes


def test_the_printed_key_is_removed() -> None:
    name = "softhsm-pkcs11-tool-O.txt"
    artefact = intake(name, (SAMPLES / "hsm" / name).read_bytes())
    assert b"566a9cd0353a8dfa" not in artefact.content
    assert [each.what for each in artefact.redactions] == ["shape:pkcs11_value"]


@pytest.mark.parametrize("name", ["softhsm-pkcs11-tool-L.txt", "softhsm-pkcs11-tool-I.txt"])
def test_softhsm_is_software(name: str) -> None:
    assert objects(name).software


def test_mechanisms_and_a_failed_login() -> None:
    assert "AES-CBC-PAD" in objects("softhsm-pkcs11-tool-M.txt").mechanisms
    assert "CKR_PIN_INCORRECT" in objects("softhsm-pkcs11-tool-O-badpin.txt").inconclusive
