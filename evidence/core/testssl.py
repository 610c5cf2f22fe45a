"""testssl.sh's rows (id, finding, severity), from whichever of its files they come, to the facts of one scan.

The same ids stand in the flat JSON and the CSV; 3.0 says PFS where 3.2 says FS. A severity is no verdict here.
SOURCE: output of testssl.sh 3.0.8; https://github.com/testssl/testssl.sh (t/baseline_data) for 3.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from evidence.core.facts import Problem, ScannedCertificate, Suite, TlsScanFacts
from evidence.core.scan import curve, distinct, moment, suites
from seal_advisor.core.record import Record
from seal_advisor.core.regex import regex

PROTOCOL_IDS = {
    "SSLv2": "SSLv2", "SSLv3": "SSLv3", "TLS1": "TLSv1.0", "TLS1_1": "TLSv1.1", "TLS1_2": "TLSv1.2",
    "TLS1_3": "TLSv1.3",
}  # fmt: skip
_ROW_PROTOCOL = {
    "tls1": "TLSv1.0", "tls1_1": "TLSv1.1", "tls1_2": "TLSv1.2", "tls1_3": "TLSv1.3", "ssl3": "SSLv3", "sslv3": "SSLv3",
}  # fmt: skip
_ORDER_PROTOCOL = {
    "TLSv1": "TLSv1.0", "TLSv1_1": "TLSv1.1", "TLSv1_2": "TLSv1.2", "TLSv1_3": "TLSv1.3", "SSLv3": "SSLv3",
}  # fmt: skip
_CIPHER_ROW = regex(r"cipher-(\w+)_x([0-9a-f]{2,6})\Z", re.IGNORECASE)
_CIPHER_LIST = regex(r"(?:cipherorder|supportedciphers)_(\w+)\Z")
_CERTIFICATE = regex(r"(cert_\w+)(?: <(.{1,40})>)?\Z")
_FAILED = ("scanProblem", "engine_problem")
NOTHING, LATEST, ADD = "nothing", "latest", "add"
_KEY_SIZE = regex(r"(\w+)\s+(\d{2,6}) bits")


class Row(Record):
    """One statement of testssl. target: the "ip" column, host/address; line: where it stands, None when unknown."""

    id: str
    finding: str
    severity: str
    target: str
    port: str
    line: int | None


@dataclass(slots=True)
class Reading:
    """Takes one row after the other; its memory grows with what they say that is new, and with the targets."""

    begun: bool = False  # whether there was a row
    targets: set[tuple[str, str]] = field(default_factory=set)
    protocols: dict[str, bool] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    # The first of each protocol and number; from rows of one suite each, and from lists of several.
    suites: dict[tuple[str, int], Suite] = field(default_factory=dict)
    listed: dict[tuple[str, int], Suite] = field(default_factory=dict)
    complete: set[str] = field(default_factory=set)
    curves: dict[str, None] = field(default_factory=dict)
    certificates: dict[str, dict[str, str]] = field(default_factory=dict)
    unknown: list[tuple[str, int | None]] = field(default_factory=list)
    failure: str | None = None

    def note(self, row: Row) -> str:
        """What the same statement further down would do: NOTHING, count as the LATEST word, or ADD something."""
        self.begun = True
        if is_target(row):
            self.targets.add((row.target, row.port))
        return _read(row, self)

    def again(self, row: Row) -> None:
        """A row that was counted before, in its last place."""
        _read(row, self)

    def facts(self, *, version: str | None, cut: bool) -> TlsScanFacts:
        """The facts of rows about one target; several targets in one file are inconclusive, with the reason.

        cut: the file breaks off. It then proves what it says, but never that something is absent.
        """
        target, port = min(self.targets, default=("", ""))
        host, _, address = target.partition("/")
        problems = tuple(
            Problem("unknown_suite", f"a suite in no registry known here: {name[:60]}", line, "ignored")
            for name, line in self.unknown
        )
        return TlsScanFacts(
            tool="testssl.sh",
            tool_version=version,
            host=host or None,
            ip=address or host or None,
            port=int(port) if port.isdecimal() else None,
            started=None,
            protocols=self.protocols,
            protocol_lines=self.lines,
            suites=distinct((*self.suites.values(), *self.listed.values())),
            suites_complete=frozenset() if cut else frozenset(self.complete),
            curves=tuple(self.curves),
            certificates=tuple(_certificate(self.certificates[key]) for key in sorted(self.certificates)),
            inconclusive=_inconclusive(self, cut),
            problems=problems,
        )


def facts(rows: Iterable[Row], *, version: str | None, cut: bool) -> TlsScanFacts:
    """The facts of all these rows."""
    reading = Reading()
    for row in rows:
        reading.note(row)
    return reading.facts(version=version, cut=cut)


def is_target(row: Row) -> bool:
    """Whether the row shows that its target was scanned."""
    return bool(row.target) and row.id not in _FAILED


def _inconclusive(reading: Reading, cut: bool) -> str:
    if not reading.begun:
        return "the file holds no result at all: the scan did not run, or only the header was kept"
    if reading.failure is not None:
        return f"the scan failed: {reading.failure[:160]}"
    if cut:
        return "the file breaks off: the scan was interrupted, or copied while it ran"
    if len(reading.targets) > 1:
        return f"the file holds {len(reading.targets)} targets; hand in one file for each"
    return "" if reading.protocols else "no protocol was tested"


def _read(row: Row, reading: Reading) -> str:
    finding = row.finding.strip()
    if row.id in _FAILED or row.severity == "FATAL":
        if (row.severity in ("FATAL", "") or row.id == "scanProblem") and reading.failure is None:
            reading.failure = finding
        return NOTHING
    if row.id in PROTOCOL_IDS:
        offered = _offered(finding)
        if offered is None:
            return NOTHING
        protocol = PROTOCOL_IDS[row.id]
        reading.protocols[protocol] = offered
        if row.line:
            reading.lines[protocol] = row.line
        return LATEST
    if row.id.startswith("cert"):
        match = _CERTIFICATE.match(row.id)
        if not match:
            return NOTHING
        reading.certificates.setdefault(match.group(2) or "", {})[match.group(1)] = finding
        return LATEST
    if row.id in ("PFS_ECDHE_curves", "FS_ECDHE_curves"):
        reading.curves.update(dict.fromkeys(map(curve, finding.split())))
        return NOTHING
    return _read_suites(row, finding, reading)


def _read_suites(row: Row, finding: str, reading: Reading) -> str:
    single = _CIPHER_ROW.match(row.id)
    if single:
        protocol, number = _ROW_PROTOCOL.get(single.group(1).lower()), single.group(2)
        if protocol and len(number) <= 4 and "not a/v" not in finding:
            suite = Suite(protocol, int(number, 16), row.line)
            reading.suites.setdefault((suite.protocol, suite.id), suite)
            reading.complete.add(protocol)
        return NOTHING
    several = _CIPHER_LIST.match(row.id)
    protocol = _ORDER_PROTOCOL.get(several.group(1)) if several else None
    if not protocol:
        return NOTHING
    names = [word for word in finding.split() if "-" in word or "_" in word]
    found, unknown = suites(protocol, names, row.line)
    for suite in found:
        reading.listed.setdefault((suite.protocol, suite.id), suite)
    reading.unknown += [(name, row.line) for name in unknown]
    if names and not unknown:
        reading.complete.add(protocol)
    return ADD if unknown else NOTHING


def _offered(finding: str) -> bool | None:
    """What the prose says about a protocol; None when it says neither."""
    words = finding.lower()
    if words.startswith(("not offered", "not supported", "not vulnerable")):
        return False
    if words.startswith(("offered", "supported", "vulnerable", "supports")):
        return True
    return None


def _certificate(rows: dict[str, str]) -> ScannedCertificate:
    size = _KEY_SIZE.match(rows.get("cert_keySize", ""))
    trust = rows.get("cert_chain_of_trust", "").lower()
    names = rows.get("cert_subjectAltName", "")
    fingerprint = rows.get("cert_fingerprintSHA256", "").split()
    return ScannedCertificate(
        subject=rows.get("cert_commonName") or None,
        names=() if names.lower().startswith("no san") else tuple(names.split()),
        issuer=rows.get("cert_caIssuers") or None,
        key_type=size.group(1) if size else None,
        key_bits=int(size.group(2)) if size else None,
        signature=rows.get("cert_signatureAlgorithm") or None,
        not_before=moment(rows.get("cert_notBefore", ""), "%Y-%m-%d %H:%M"),
        not_after=moment(rows.get("cert_notAfter", "").split("(")[0], "%Y-%m-%d %H:%M"),
        fingerprint=fingerprint[-1].lower() if fingerprint else None,
        # "(self signed CA in chain)" is of the issuer: a private CA that the server sends along.
        self_signed=("(self signed)" in trust or "(self-signed)" in trust) if trust else None,
        trusted=(trust.startswith("passed") or trust == "ok") if trust else None,
    )
