"""Lines of a server log that mean something: 51 signatures, their cause and the first response.

Applied to each line whatever its case (text, or message and error of a JSON line). SOURCE: texts in the source of
OpenBao 2.7 and Vault, return codes of PKCS #11 v2.40 (in the form `pkcs11: 0xA0: CKR_PIN_INCORRECT`), documentation of
AWS and HashiCorp.
"""

from __future__ import annotations

import re

from seal_advisor.core.record import Record
from seal_advisor.core.regex import regex


class Signature(Record):
    """effect: "refused" = the server does not start; "warned" = look at it; "" = an ordinary event."""

    id: str
    effect: str
    pattern: str
    meaning: str
    response: str


SIGNATURES = (
    Signature(
        "T01",
        "warned",
        "failed to unseal core.{0,400}stored unseal keys are supported, but none were found",
        "not initialised, or the storage is empty or the wrong one; auto-unseal tries again every 5 s",
        "run `vault status`; check the storage path; initialise only a new cluster",
    ),
    Signature(
        "T02",
        "",
        "stored unseal keys supported, attempting fetch",
        "the server keeps fetching its stored keys: the seal service is slow or cannot be reached",
        "check the seal backend and the network",
    ),
    Signature(
        "T03",
        "refused",
        "Error parsing Seal configuration:|Error configuring seal",
        "the seal could not be set up at start: key not found, permission, network or credentials",
        "fix permission or route, then run `operator diagnose`; do not initialise again",
    ),
    Signature(
        "T04",
        "refused",
        "KMS type 'pkcs11' requires the Vault Enterprise HSM binary",
        "this binary has no PKCS#11 seal: it is not the Enterprise HSM build",
        "install the `+ent.hsm` build",
    ),
    Signature(
        "T05",
        "refused",
        "this build of OpenBao has PKCS#11 disabled|unknown wrapper: ",
        "this OpenBao has no built-in wrapper for the seal (PKCS#11 disabled, or moved to a plugin since 2.7)",
        "use the HSM build (2.6) or declare the KMS plugin (2.7)",
    ),
    Signature(
        "T06",
        "refused",
        "missing required parameter 'lib'|unknown.{0,400}'library'",
        "the PKCS#11 seal has no `lib`, or misspells it as `library`",
        "name the key `lib`",
    ),
    Signature(
        "T07",
        "refused",
        "failed to load dynamic library|cannot open shared object file|Error relocating .{0,400}symbol not found",
        "the PKCS#11 library does not load: wrong path, architecture, libc, or a missing dependency",
        "run `ldd` on the library; on Alpine use a glibc image",
    ),
    Signature(
        "T08",
        "refused",
        "error reading file at file:/",
        "a file reference has one slash (`file:/`), so its text is taken for a file name",
        "write `file:///PATH`",
    ),
    Signature(
        "T09",
        "warned",
        "CKR_PIN_INCORRECT|pkcs11: 0xA0:",
        "the PIN is wrong: a trailing newline in the PIN file, or a CloudHSM PIN without `user:`",
        "check the bytes with `od -c`; stop retrying, the token locks itself",
    ),
    Signature(
        "T10",
        "warned",
        "CKR_PIN_LOCKED|pkcs11: 0xA4:",
        "the token has locked itself after too many wrong PINs",
        "have the security officer unlock it; stop the other nodes first",
    ),
    Signature(
        "T11",
        "warned",
        "CKR_SLOT_ID_INVALID|pkcs11: 0x3:|no matching token",
        "slot or token not found: renumbered, missing, or a typing error in the label",
        "use token_label; list the slots with `pkcs11-tool -L`",
    ),
    Signature(
        "T12",
        "warned",
        "CKR_TOKEN_NOT_PRESENT|pkcs11: 0xE0:",
        "the token is not present: HSM offline, network, or partition not assigned",
        "check with the vendor's client tool",
    ),
    Signature(
        "T13",
        "warned",
        "CKR_DEVICE_(ERROR|REMOVED|MEMORY)|pkcs11: 0x3[012]:",
        "the HSM device failed, was removed or restarted",
        "read the HSM's own log; fail over",
    ),
    Signature(
        "T14",
        "warned",
        "CKR_SESSION_COUNT|pkcs11: 0xB1:|need to create at least 2 sessions, but max session count is \\d{1,12}",
        "the HSM allows no further session",
        "raise the partition's limit or lower max_parallel",
    ),
    Signature(
        "T15",
        "warned",
        "CKR_SESSION_(HANDLE_INVALID|CLOSED)|pkcs11: 0xB[03]:",
        "a session with the HSM was lost: idle timeout, HSM restart, failover",
        "restart the node; enable keep-alive; update the client",
    ),
    Signature(
        "T16",
        "warned",
        "CKR_USER_NOT_LOGGED_IN|pkcs11: 0x101:",
        "not logged in at the HSM: the session was lost",
        "as for a lost session; with CloudHSM check force_rw_session",
    ),
    Signature(
        "T17",
        "warned",
        "CKR_MECHANISM_(INVALID|PARAM_INVALID)|pkcs11: 0x7[01]:",
        "the HSM refuses the mechanism, or its FIPS mode forbids it",
        "list the mechanisms with `pkcs11-tool -M`",
    ),
    Signature(
        "T18",
        "warned",
        "CKR_ARGUMENTS_BAD|pkcs11: 0x7:",
        "the HSM refuses the arguments; SoftHSM, for one, supports OAEP only with SHA-1",
        "use AES-GCM, or another OAEP hash",
    ),
    Signature(
        "T19",
        "warned",
        "CKR_(KEY_HANDLE_INVALID|SIGNATURE_INVALID|DATA_INVALID)",
        "key handle, signature or data invalid: often two keys with one label, or HSM members that are not in step",
        "stop; list the objects of each member; set key_id; delete no key",
    ),
    Signature(
        "T20",
        "warned",
        "CKR_CRYPTOKI_ALREADY_INITIALIZED|pkcs11: 0x191:",
        "the PKCS#11 library is initialised twice in one process",
        "use one library configuration for seal, managed keys and entropy",
    ),
    Signature(
        "T21",
        "",
        "CKR_ATTRIBUTE_SENSITIVE|pkcs11: 0x11:",
        "the HSM refused to hand out a sensitive key, as it should",
        "nothing, unless a key was to be exported",
    ),
    Signature(
        "T22",
        "warned",
        "CKR_(GENERAL_ERROR|FUNCTION_FAILED)|pkcs11: 0x[56]:",
        "the PKCS#11 library failed for a reason of its own",
        "raise the log level of the vendor's client",
    ),
    Signature(
        "T23",
        "warned",
        "does not meet the availability requirements - The key must be available on at least 2 HSMs",
        "the CloudHSM key is on fewer than two HSMs",
        "add a second HSM to the cluster",
    ),
    Signature(
        "T24",
        "warned",
        "no objects found|more than one .{0,400}key|must set one of 'key_id', 'key_label'",
        "no key, or more than one, fits the label",
        "list the objects on the token",
    ),
    Signature(
        "T25",
        "warned",
        "inconsistent pin values",
        "two stanzas give different PINs for one token",
        "use one PIN",
    ),
    Signature(
        "T26",
        "warned",
        (
            "failed to (encrypt|decrypt) seal health test value|"
            "seal health test value failed to decrypt to expected value|"
            "seal backend is now healthy again.{0,400}downtime="
        ),
        "the seal did not answer its health check while the server ran; a restart would fail",
        "raise an alarm; do not restart any node",
    ),
    Signature(
        "T27",
        "warned",
        r"entering seal migration mode; Vault will not automatically unseal"
        r".{0,400}from_barrier_type=\S{1,80} to_barrier_type=",
        "the configured seal is not the stored one: the server waits for a seal migration",
        "check this node's configuration; use -migrate only when it is planned",
    ),
    Signature(
        "T28",
        "warned",
        "(barrier|recovery) seal type does not match",
        "the stored seal type does not match the configured one",
        "restore the original seal stanza",
    ),
    Signature(
        "T29",
        "refused",
        "can't perform a seal migration, no migration seal found|seal migration (initiated|complete|error)",
        "a seal migration was started, ended or could not find its old seal",
        "keep both seal stanzas until it is complete",
    ),
    Signature(
        "T30",
        "warned",
        "failed to decrypt (encrypted stored keys|keys from storage)|cipher: message authentication failed",
        "the stored keys cannot be decrypted: another key, or data of another cluster",
        "find the original seal key",
    ),
    Signature(
        "T31",
        "warned",
        "no recovery key found|error setting new recovery key information",
        "recovery keys are missing or could not be written: the initialisation was interrupted",
        "check the seal's permissions before a new attempt",
    ),
    Signature(
        "T32",
        "warned",
        "ScheduleKeyDeletion|KMSInvalidStateException|pending deletion|DisabledException|KeyDisabled",
        "the KMS key is disabled or pending deletion",
        "cancel the deletion at once; restart no node",
    ),
    Signature(
        "T33",
        "warned",
        "ThrottlingException|rate exceeded|(?:status|code):? ?429",
        "the KMS throttles requests",
        "raise the quota",
    ),
    Signature(
        "T34",
        "warned",
        "context deadline exceeded.{0,400}(kms|vault\\.azure|transit)|i/o timeout|no route to host|ForbiddenByFirewall",
        "the seal service cannot be reached over the network",
        "check route, DNS, private endpoint and firewall",
    ),
    Signature(
        "T35",
        "warned",
        "seal\\.transit.{0,400}(shutting down token renewal|permission denied)",
        "the transit seal's token has expired or was revoked",
        "create an orphan periodic token before the next restart",
    ),
    Signature(
        "T36",
        "refused",
        "unknown type for string \\*ast\\.ListType",
        "a list stands where the server wants one string",
        "write one comma-separated string",
    ),
    Signature(
        "T37",
        "refused",
        'The argument "[^"]+" at [\\d:]+ was already set',
        "an attribute stands twice",
        "keep one of the two",
    ),
    Signature(
        "T38",
        "refused",
        'unsupported cipher "[^"]+"',
        "a cipher suite that the server does not know",
        "use a name from its documentation",
    ),
    Signature(
        "T39",
        "refused",
        "'tls_(min|max)_version' value .{0,400} not supported",
        "tls_min_version or tls_max_version has a value that the server does not know",
        "use tls12 or tls13",
    ),
    Signature(
        "T40",
        "warned",
        r"unknown or unsupported field \S{1,200} found in configuration at ",
        "the server ignores a key that it does not know",
        "correct or remove the key",
    ),
    Signature(
        "T41",
        "warned",
        "disable_mlock must be configured 'true' or 'false'",
        "disable_mlock must be set explicitly with integrated storage",
        "set disable_mlock = true and switch swap off",
    ),
    Signature(
        "T42",
        "refused",
        "Entropy Augmentation is not supported|panic: boringcrypto",
        "entropy augmentation is not supported by this build",
        "remove the entropy stanza",
    ),
    Signature(
        "T43",
        "warned",
        "POTENTIAL DEADLOCK",
        "a possible deadlock was detected",
        "update to a release without the known issue",
    ),
    Signature(
        "T44",
        "warned",
        "seal re-wrap completed: entry processing stats: succeeded=\\d{1,12} failed=\\d{1,12} total=\\d{1,12}",
        "seal re-wrap ended; entries may have failed",
        "with failed above 0 keep the old key",
    ),
    Signature(
        "T45",
        "warned",
        "node was removed from a HA cluster",
        "this node was removed from the cluster",
        "wipe it and join again",
    ),
    Signature(
        "T46",
        "",
        "automatic barrier key rotation triggered",
        "the barrier key was rotated automatically",
        "",
    ),
    Signature(
        "T47",
        "",
        "vault is unsealed|unsealed with stored key|vault is sealed",
        "the server was sealed or unsealed",
        "",
    ),
    Signature(
        "T48",
        "warned",
        (
            "No leaf certificates detected|certificate has expired|x509: certificate signed by unknown authority|"
            "remote error: tls: "
        ),
        "a certificate is expired, not trusted, or no leaf certificate (CA:TRUE)",
        "issue it again with CA:FALSE, and fix the chain",
    ),
    Signature(
        "T49",
        "warned",
        "blocked.{0,400}audit|no audit backend succeeded in logging the (request|response)",
        "an audit device cannot write, so requests are refused",
        "free space; add a second device",
    ),
    Signature(
        "T50",
        "warned",
        "license.{0,80}(?:expired|will expire)",
        "the Enterprise licence has expired or will expire",
        "renew the licence",
    ),
    Signature(
        "T51",
        "refused",
        (
            "Error creating KMS plugin catalog|Error configuring seal .{0,80}error while validating the command path|"
            "Error configuring seal .{0,80}start plugin client"
        ),
        "the KMS plugin does not start: its folder, its program or its digest is missing or wrong",
        "place the program in plugin_directory; its sha256sum must stand in the plugin block",
    ),
)

_LITERAL = regex(r"[A-Za-z0-9 _':\-]{3,}")
_GROUP = regex(r"\([^()]*\)\??|\[[^\]]*\]|\{[^}]*\}|\\.")


def _stem(alternative: str) -> str:
    """The longest plain text that every match of one alternative holds, in lower case."""
    plain = _GROUP.sub("\0", alternative)
    literals: list[str] = _LITERAL.findall(plain)
    return max(literals, key=len).strip().lower()


def _stems(pattern: str) -> tuple[str, ...]:
    """One stem for each alternative at the top level of a pattern."""
    marked = _GROUP.sub(lambda match: match.group().replace("|", "\1"), pattern)
    return tuple(_stem(alternative.replace("\1", "|")) for alternative in marked.split("|"))


_COMPILED = tuple((each, _stems(each.pattern), regex(each.pattern, re.IGNORECASE)) for each in SIGNATURES)


def stems() -> tuple[str, ...]:
    """Plain texts in lower case of which every line with a signature holds one."""
    return tuple(sorted({stem for _, found, _ in _COMPILED for stem in found}))


def matching(line: str) -> tuple[Signature, ...]:
    """The signatures that a line shows, in their order. Plain text is looked for first: most lines hold none."""
    lower = line.lower()
    return tuple(
        signature
        for signature, stems, pattern in _COMPILED
        if any(stem in lower for stem in stems) and pattern.search(line)
    )
