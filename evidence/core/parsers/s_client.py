"""`openssl s_client`: one handshake. It shows one protocol and suite as offered, or one protocol as refused.

A failed handshake prints "Verification: OK" and return code 0: the cipher line decides. That line names the oldest
protocol of the suite, not the one in use; `Protocol` below SSL-Session does. A refusal may be the client's own
(security level), so that it proves nothing alone. SOURCE: OpenSSL 3.0.19 (captures).
"""

from __future__ import annotations

from evidence.core.ciphers import by_name
from evidence.core.facts import Declared, ScannedCertificate, Suite, TlsScanFacts
from evidence.core.scan import curve, epoch, moment
from seal_advisor.core.regex import regex

KIND = TlsScanFacts.KIND
TITLE = "openssl s_client transcript"
FORM = "text"

_CONNECTED = regex(r"(?m)^CONNECTED\([0-9A-Fa-f]{1,8}\)")
_CIPHER = regex(r"(?m)^New, (\S{1,20}), Cipher is (\S{1,80})$")
_PROTOCOL = regex(r"(?m)^    Protocol  : (\S{1,20})$")
_GROUP = regex(r"(?m)^(?:Server Temp Key|Peer Temp Key|Negotiated TLS1\.3 group): (?:ECDH, )?(\S{1,40}?),? ")
_SUBJECT = regex(r"(?m)^subject=(.{1,400})$")
_ISSUER = regex(r"(?m)^issuer=(.{1,400})$")
_KEY = regex(r"(?m)^   a:PKEY: (\w{1,40}), (\d{2,6}) \(bits?\); sigalg: (\S{1,40})$")
_VALID = regex(r"(?m)^   v:NotBefore: (.{20,30}?); NotAfter: (.{20,30})$")
_VERIFY = regex(r"(?m)^\s*Verify return code: (\d{1,3}) ")
_START = regex(r"(?m)^    Start Time: (\d{9,11})$")
_DATE = "%b %d %H:%M:%S %Y GMT"
_KEYS = {"rsaEncryption": "RSA", "id-ecPublicKey": "EC", "ED25519": "Ed25519", "rsassaPss": "RSA"}


def matches(head: str) -> bool:
    return bool(_CONNECTED.search(head)) and "Cipher is " in head


def parse(text: str, declared: Declared) -> TlsScanFacts:
    cipher_line = _CIPHER.search(text)
    protocol, name = cipher_line.groups() if cipher_line else ("(NONE)", "(NONE)")
    line = text.count("\n", 0, cipher_line.start()) + 1 if cipher_line else None
    agreed = name != "(NONE)"
    tried = _PROTOCOL.search(text)
    version = _version(tried.group(1)) if tried else protocol if protocol in ("TLSv1.2", "TLSv1.3") else ""
    cipher = by_name(name) if agreed else None
    group = _GROUP.search(text) if agreed else None
    start = _START.search(text)
    if agreed:
        why = "one handshake shows what one client got, not all that the server offers"
    else:
        why = f"the handshake{' with ' + version if version else ''} was refused; the client itself may be the refuser"
    return TlsScanFacts(
        tool="openssl s_client",
        tool_version=None,
        host=None,
        ip=None,
        port=None,
        started=epoch(start.group(1)) if start else None,
        protocols={version: agreed} if version else {},
        protocol_lines={version: line} if version and line else {},
        suites=(Suite(version, cipher.id, line),) if cipher and version else (),
        suites_complete=frozenset(),
        curves=(curve(group.group(1)),) if group else (),
        certificates=_certificate(text) if agreed else (),
        inconclusive=why,
    )


def _version(word: str) -> str:
    return {"TLSv1": "TLSv1.0"}.get(word, word) if word.startswith(("TLSv", "SSLv")) else ""


def _certificate(text: str) -> tuple[ScannedCertificate, ...]:
    subject, issuer = _SUBJECT.search(text), _ISSUER.search(text)
    if subject is None:
        return ()
    key, valid, verify = _KEY.search(text), _VALID.search(text), _VERIFY.search(text)
    return (
        ScannedCertificate(
            subject=subject.group(1),
            issuer=issuer.group(1) if issuer else None,
            key_type=_KEYS.get(key.group(1), key.group(1)) if key else None,
            key_bits=int(key.group(2)) if key else None,
            signature=key.group(3) if key else None,
            not_before=moment(valid.group(1), _DATE) if valid else None,
            not_after=moment(valid.group(2), _DATE) if valid else None,
            self_signed=subject.group(1) == issuer.group(1) if issuer else None,
            trusted=verify.group(1) == "0" if verify else None,
        ),
    )
