"""The fifty signatures of the server's log, each by lines that programs really print, as text and as JSON."""

from __future__ import annotations

import json

import pytest

from evidence.core.facts import ServerLogFacts
from evidence.core.signatures import SIGNATURES, matching
from evidence.core.upload import intake

LINES: dict[str, tuple[str, ...]] = {
    "T01": ("failed to unseal core: error=\"stored unseal keys are supported, but none were found\"",),
    "T02": ("stored unseal keys supported, attempting fetch",),
    "T03": ("Error parsing Seal configuration: NotFoundException: key does not exist",),
    "T04": ("KMS type 'pkcs11' requires the Vault Enterprise HSM binary",),
    "T05": ("this build of OpenBao has PKCS#11 disabled", 'Error configuring seal "pkcs11": unknown wrapper: pkcs11'),
    "T06": ("missing required parameter 'lib'", "unknown configuration key 'library'"),
    "T07": (
        "failed to load dynamic library: /usr/lib/x.so",
        "libltdl.so.7: cannot open shared object file: No such file or directory",
        "Error relocating /opt/lib/x.so: __strdup: symbol not found",
    ),
    "T08": ("error reading file at file:/etc/vault.d/pin: no such file",),
    "T09": ("pkcs11: 0xA0: CKR_PIN_INCORRECT", "pkcs11: 0xA0:"),
    "T10": ("pkcs11: 0xA4: CKR_PIN_LOCKED", "pkcs11: 0xA4:"),
    "T11": ("pkcs11: 0x3: CKR_SLOT_ID_INVALID", "no matching token found"),
    "T12": ("pkcs11: 0xE0: CKR_TOKEN_NOT_PRESENT",),
    "T13": ("pkcs11: 0x30: CKR_DEVICE_ERROR", "CKR_DEVICE_REMOVED", "CKR_DEVICE_MEMORY", "pkcs11: 0x32:"),
    "T14": ("pkcs11: 0xB1: CKR_SESSION_COUNT", "need to create at least 2 sessions, but max session count is 1"),
    "T15": ("pkcs11: 0xB3: CKR_SESSION_HANDLE_INVALID", "pkcs11: 0xB0: CKR_SESSION_CLOSED"),
    "T16": ("pkcs11: 0x101: CKR_USER_NOT_LOGGED_IN",),
    "T17": ("pkcs11: 0x70: CKR_MECHANISM_INVALID", "pkcs11: 0x71: CKR_MECHANISM_PARAM_INVALID"),
    "T18": ("pkcs11: 0x7: CKR_ARGUMENTS_BAD",),
    "T19": ("pkcs11: 0x60: CKR_KEY_HANDLE_INVALID", "CKR_SIGNATURE_INVALID", "CKR_DATA_INVALID"),
    "T20": ("pkcs11: 0x191: CKR_CRYPTOKI_ALREADY_INITIALIZED",),
    "T21": ("pkcs11: 0x11: CKR_ATTRIBUTE_SENSITIVE",),
    "T22": ("pkcs11: 0x5: CKR_GENERAL_ERROR", "pkcs11: 0x6: CKR_FUNCTION_FAILED"),
    "T23": ("does not meet the availability requirements - The key must be available on at least 2 HSMs",),
    "T24": ("no objects found", "more than one secret key found", "must set one of 'key_id', 'key_label'"),
    "T25": ("inconsistent pin values",),
    "T26": (
        "failed to encrypt seal health test value, seal backend may be unreachable",
        "failed to decrypt seal health test value, seal backend may be unreachable",
        "seal health test value failed to decrypt to expected value",
        "seal backend is now healthy again: downtime=2m3s",
    ),
    "T27": (
        "entering seal migration mode; Vault will not automatically unseal: from_barrier_type=a to_barrier_type=b",
    ),
    "T28": ("barrier seal type does not match", "recovery seal type does not match"),
    "T29": (
        "can't perform a seal migration, no migration seal found", "seal migration initiated",
        "seal migration complete", "seal migration error",
    ),
    "T30": (
        "failed to decrypt encrypted stored keys", "failed to decrypt keys from storage",
        "cipher: message authentication failed",
    ),
    "T31": ("no recovery key found", "error setting new recovery key information"),
    "T32": (
        "KMSInvalidStateException: arn:aws:kms:eu-west-1:1:key/k is pending deletion.",
        "DisabledException: the key is disabled", "KeyDisabled", "kms ScheduleKeyDeletion was called",
    ),
    "T33": ("ThrottlingException: Rate exceeded", "kms: rate exceeded", "unexpected status: 429"),
    "T34": (
        "context deadline exceeded while calling kms", "dial tcp 10.0.0.1:443: i/o timeout",
        "connect: no route to host", "ForbiddenByFirewall",
    ),
    "T35": ("seal.transit: shutting down token renewal", "seal.transit: error: permission denied"),
    "T36": ("error parsing 'listener': At 10:23: root.tls_cipher_suites: unknown type for string *ast.ListType",),
    "T37": ('The argument "pin" at 3:1 was already set. Each argument can only be defined once',),
    "T38": ('invalid value for tls_cipher_suites: unsupported cipher "TLS_FOO"',),
    "T39": ("'tls_min_version' value \"tls14\" not supported", "'tls_max_version' value \"x\" not supported"),
    "T40": ("unknown or unsupported field foo found in configuration at vault.hcl:3:1",),
    "T41": ("disable_mlock must be configured 'true' or 'false'",),
    "T42": ("Entropy Augmentation is not supported", "panic: boringcrypto: not available"),
    "T43": ("POTENTIAL DEADLOCK:",),
    "T44": ("seal re-wrap completed: entry processing stats: succeeded=12 failed=0 total=12",),
    "T45": ("node was removed from a HA cluster",),
    "T46": ("automatic barrier key rotation triggered",),
    "T47": ("vault is unsealed", "unsealed with stored key", "vault is sealed"),
    "T48": (
        "No leaf certificates detected", "x509: certificate has expired or is not yet valid",
        "x509: certificate signed by unknown authority", "remote error: tls: bad certificate",
    ),
    "T49": (
        "request blocked by the audit device", "no audit backend succeeded in logging the request",
        "no audit backend succeeded in logging the response",
    ),
    "T50": ("the license has expired", "license will expire on 2026-12-01"),
}  # fmt: skip


def test_every_signature_of_the_fifty_has_its_lines() -> None:
    fifty = [f"T{number:02}" for number in range(1, 51)]
    assert list(LINES) == fifty
    assert [signature.id for signature in SIGNATURES][:50] == fifty
    assert all(signature.meaning and signature.response is not None for signature in SIGNATURES)


@pytest.mark.parametrize("code", LINES)
def test_a_signature_is_found_in_each_of_its_lines(code: str) -> None:
    for line in LINES[code]:
        assert code in [signature.id for signature in matching(line)], line
        assert code in [signature.id for signature in matching(line.upper())], line


def codes(text: str) -> set[str]:
    found = intake("vault.log", text.encode()).facts
    assert isinstance(found, ServerLogFacts)
    return {code for code, _, _ in found.events}


def test_a_log_that_holds_them_all_shows_them_all_in_either_format() -> None:
    every = [line for lines in LINES.values() for line in lines]
    plain = "".join(f"2026-11-24T10:00:00.000Z [ERROR] core: {line}\n" for line in every)
    assert set(LINES) <= codes(plain)
    json_lines = [
        {"@level": "error", "@message": "seal", "error": line, "@module": "core", "@timestamp": "2026-11-24T10:00:00Z"}
        for line in every
    ]
    assert set(LINES) <= codes("".join(json.dumps(line) + "\n" for line in json_lines))


def test_a_large_log_shows_what_a_small_one_does() -> None:
    every = [line for lines in LINES.values() for line in lines]
    quiet = "2026-11-24T10:00:00.000Z [INFO]  expiration: revoked lease: lease_id=auth/approle/login/h1\n" * 2000
    text = quiet + "".join(f"2026-11-24T10:00:00.000Z [ERROR] core: {line}\n" for line in every) + quiet
    assert set(LINES) <= codes(text)
    assert codes(quiet) == set()
