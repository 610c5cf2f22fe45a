"""sslyze, JSON of versions 3 to 6, read leniently: a command that is not COMPLETED says nothing about its protocol.

SOURCE: sslyze 6.3.1 (capture); json_output_schema.json of 5.0.0 and 5.2.0 and the report that sslyze tests itself with,
of 5.0.0b0: https://github.com/nabla-c0d3/sslyze
"""

from __future__ import annotations

import base64
import binascii

import msgspec

from evidence.core import json_text
from evidence.core.ciphers import by_name
from evidence.core.facts import Declared, Problem, ScannedCertificate, Suite, TlsScanFacts
from evidence.core.refusal import Refused
from evidence.core.scan import curve, distinct, iso, line_of
from evidence.core.sniff import is_json, top_keys
from seal_advisor.core.regex import regex

KIND = TlsScanFacts.KIND
TITLE = "sslyze JSON"
FORM = "json"

_COMMANDS = {
    "ssl_2_0_cipher_suites": "SSLv2", "ssl_3_0_cipher_suites": "SSLv3", "tls_1_0_cipher_suites": "TLSv1.0",
    "tls_1_1_cipher_suites": "TLSv1.1", "tls_1_2_cipher_suites": "TLSv1.2", "tls_1_3_cipher_suites": "TLSv1.3",
}  # fmt: skip
_KEYS = {"RSAPublicKey": "RSA", "_RSAPublicKey": "RSA", "EllipticCurvePublicKey": "EC", "ECPublicKey": "EC"}
_KEYS |= {"_EllipticCurvePublicKey": "EC", "Ed25519PublicKey": "Ed25519"}

Json = dict[str, object]


def matches(head: str) -> bool:
    return is_json(head) and ("server_scan_results" in top_keys(head) or '"server_scan_results"' in head[:4096])


def parse(text: str, declared: Declared) -> TlsScanFacts:
    count, document = _first_of_many(text) or (0, json_text.load(text))
    if not isinstance(document, dict):
        raise Refused("a sslyze report is one JSON object", "hand in the file of --json_out", 1)
    servers = [each for each in _list(document.get("server_scan_results")) if isinstance(each, dict)]
    count = count or len(servers)
    server = servers[0] if servers else {}
    location = _object(server.get("server_location")) or _object(
        _object(server.get("server_info")).get("server_location")
    )
    commands = _object(server.get("scan_result")) or _object(server.get("scan_commands_results"))
    protocols: dict[str, bool] = {}
    lines: dict[str, int] = {}
    suites: list[Suite] = []
    unknown: list[str] = []
    for command, protocol in _COMMANDS.items():
        result = _result(commands.get(command))
        if result is None:
            continue
        accepted = [each for each in _list(result.get("accepted_cipher_suites")) if isinstance(each, dict)]
        protocols[protocol] = bool(accepted)
        line = line_of(text, f'"{command}"')
        if line:
            lines[protocol] = line
        for entry in accepted:
            name = str(_object(entry.get("cipher_suite")).get("name", ""))
            cipher = by_name(name)
            if cipher:
                suites.append(Suite(protocol, cipher.id, line))
            else:
                unknown.append(name)
    port = location.get("port")
    return TlsScanFacts(
        tool="sslyze",
        tool_version=_text(document.get("sslyze_version")),
        host=_text(location.get("hostname")),
        ip=_text(location.get("ip_address")),
        port=port if isinstance(port, int) else None,
        started=iso(document.get("date_scans_started")),
        protocols=protocols,
        protocol_lines=lines,
        suites=distinct(suites),
        suites_complete=frozenset(protocols) if not unknown else frozenset(),
        curves=_curves(commands),
        certificates=_certificates(commands),
        inconclusive=_inconclusive(document, count, server, protocols),
        problems=tuple(
            Problem("unknown_suite", f"a suite in no registry known here: {name[:60]}", None, "ignored")
            for name in unknown
        ),
    )


class _Many(msgspec.Struct):
    """A report as far as its servers have to be told apart."""

    server_scan_results: list[msgspec.Raw]


_MANY = msgspec.json.Decoder(_Many)
_BEFORE, _BEHIND = regex(rb'"server_scan_results"\s*:\s*\[\s*\Z'), regex(rb"\s*\]")


def _first_of_many(text: str) -> tuple[int, object] | None:
    """(how many servers, the report with the first one alone); None where it must be read as a whole.

    Of the others, of which nothing is said but their number, only the form is checked, and not whether a key stands
    twice in them.
    """
    data = text.encode("utf-8", "surrogatepass")
    try:
        servers = _MANY.decode(data).server_scan_results
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    if len(servers) < 2 or any(bytes(memoryview(each)[:1]) != b"{" for each in servers):
        return None
    first, last = bytes(servers[0]), bytes(servers[-1])
    start, stop = data.find(first), data.rfind(last) + len(last)
    before, behind = data[:start], data[stop:]
    if not (_BEFORE.search(before[-200:]) and _BEHIND.match(behind)):
        return None
    json_text.check_depth(text)
    try:
        document = json_text.load((before + first + behind).decode())
    except (Refused, UnicodeDecodeError):
        return None
    alone = isinstance(document, dict) and len(_list(document.get("server_scan_results"))) == 1
    return (len(servers), document) if alone else None


def _inconclusive(document: Json, count: int, server: Json, protocols: dict[str, bool]) -> str:
    if not count:
        failed = _list(document.get("server_connectivity_errors")) or _list(document.get("invalid_server_strings"))
        return "the target could not be reached" if failed else "the report holds no server"
    if count > 1:
        return f"the file holds {count} targets; hand in one file for each"
    status = server.get("connectivity_status", "COMPLETED")
    if status != "COMPLETED":
        return f"the connection to the target ended as {status}"
    if server.get("scan_status", "COMPLETED") != "COMPLETED":
        return f"the scan ended as {server.get('scan_status')}"
    return "" if protocols else "no protocol was tested to the end"


def _result(command: object) -> Json | None:
    """The result of a command: of version 5 and 6 below "result" when COMPLETED, of version 3 and 4 itself."""
    entry = _object(command)
    if "status" in entry:
        return _object(entry.get("result")) or None if entry["status"] == "COMPLETED" else None
    return entry if "accepted_cipher_suites" in entry or "certificate_deployments" in entry else None


def _curves(commands: Json) -> tuple[str, ...]:
    entry = _object(commands.get("elliptic_curves"))
    result = _object(entry.get("result")) if entry.get("status") == "COMPLETED" else entry
    names = [str(_object(each).get("name", "")) for each in _list(result.get("supported_curves"))]
    return tuple(sorted({curve(name) for name in names if name}))


def _certificates(commands: Json) -> tuple[ScannedCertificate, ...]:
    result = _result(commands.get("certificate_info")) or {}
    found = []
    for deployment in _list(result.get("certificate_deployments")):
        chain = _list(_object(deployment).get("received_certificate_chain"))
        if chain and isinstance(chain[0], dict):
            found.append(_certificate(chain[0], _object(deployment)))
    return tuple(found)


def _certificate(leaf: Json, deployment: Json) -> ScannedCertificate:
    names = _object(leaf.get("subject_alternative_name") or leaf.get("subject_alternative_names"))
    key = _object(leaf.get("public_key"))
    size, digest = key.get("key_size"), str(leaf.get("fingerprint_sha256", ""))
    subject = _text(_object(leaf.get("subject")).get("rfc4514_string"))
    issuer = _text(_object(leaf.get("issuer")).get("rfc4514_string"))
    validations = [
        _object(each).get("was_validation_successful", _object(each).get("verified_certificate_chain") is not None)
        for each in _list(deployment.get("path_validation_results"))
    ]
    algorithm = str(key.get("algorithm", ""))
    return ScannedCertificate(
        subject=subject,
        names=tuple(str(name) for kind in ("dns_names", "dns", "ip_addresses") for name in _list(names.get(kind))),
        issuer=issuer,
        key_type=_KEYS.get(algorithm, algorithm or None),
        key_bits=size if isinstance(size, int) else None,
        signature=_text(_object(leaf.get("signature_algorithm_oid")).get("name")),
        not_before=iso(leaf.get("not_valid_before")),
        not_after=iso(leaf.get("not_valid_after")),
        fingerprint=_hex(digest),
        self_signed=subject == issuer if subject and issuer else None,
        trusted=any(validations) if validations else None,
    )


def _hex(digest: str) -> str | None:
    """sslyze writes fingerprints in base64; some versions in hex."""
    if len(digest) == 64:
        return digest.lower()
    try:
        return base64.b64decode(digest, validate=True).hex() or None
    except (binascii.Error, ValueError):
        return None


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
