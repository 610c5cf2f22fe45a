"""What a TLS scanner saw."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from evidence.core.facts.common import Problem
from seal_advisor.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import ClassVar


class Suite(Record):
    """A cipher suite that a scan saw accepted. id: the 16-bit IANA number. protocol: "TLSv1.2" and the like."""

    protocol: str
    id: int
    line: int | None = None


class ScannedCertificate(Record):
    """The leaf certificate as the scanner describes it. fingerprint: SHA-256, lower-case hex without colons."""

    subject: str | None = None
    names: tuple[str, ...] = ()
    issuer: str | None = None
    key_type: str | None = None
    key_bits: int | None = None
    signature: str | None = None
    not_before: datetime | None = None
    not_after: datetime | None = None
    fingerprint: str | None = None
    self_signed: bool | None = None
    trusted: bool | None = None


class TlsScanFacts(Record):
    """What a scanner saw at one host and port, whichever scanner it was.

    protocols: name ("SSLv2", "SSLv3", "TLSv1.0" ... "TLSv1.3") -> offered; a protocol not tested is absent.
    suites: accepted suites; suites_complete names the protocols whose list is known to be whole.
    inconclusive: why the scan proves nothing (failed target, interrupted, header only), or "".
    """

    KIND: ClassVar[str] = "tls_scan"
    tool: str
    tool_version: str | None
    host: str | None
    ip: str | None
    port: int | None
    started: datetime | None
    protocols: Mapping[str, bool]
    protocol_lines: Mapping[str, int]
    suites: tuple[Suite, ...]
    suites_complete: frozenset[str]
    curves: tuple[str, ...] = ()
    certificates: tuple[ScannedCertificate, ...] = ()
    inconclusive: str = ""
    problems: tuple[Problem, ...] = ()
