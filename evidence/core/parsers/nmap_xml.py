"""nmap, XML with the scripts ssl-enum-ciphers and ssl-cert. Without the first script nothing is known about TLS.

SOURCE: nmap 7.93 (capture); https://nmap.org/nsedoc/scripts/ssl-enum-ciphers.html
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree.ElementTree import Element

from evidence.core import xml_text
from evidence.core.ciphers import by_name
from evidence.core.facts import Declared, Problem, ScannedCertificate, Suite, TlsScanFacts
from evidence.core.scan import PROTOCOLS, curve, distinct, epoch, iso, line_of

KIND = TlsScanFacts.KIND
TITLE = "nmap XML"
FORM = "xml"

SCRIPT = "ssl-enum-ciphers"
_NAMES = frozenset({"port", "script", "finished"})
_KEYS = {"rsa": "RSA", "ec": "EC", "dsa": "DSA"}


def matches(head: str) -> bool:
    return '<nmaprun scanner="nmap"' in head


class _Targets:
    """How many ports the script has looked at, where the first one stands, and whether the scan came to its end."""

    def __init__(self) -> None:
        self.root: dict[str, str] = {}
        self.count = 0
        self.finished = False
        self.first: tuple[int, int] | None = None  # bytes of the root's child that holds the first target
        self._apart = True  # the root is no part of a target
        self._child, self._begun = "", 0
        self._ports: list[tuple[int, bool]] = []  # depth of each open port, whether it counts already

    def begin(self, name: str, attributes: Mapping[str, str], depth: int, place: xml_text.Place) -> None:
        if depth == 1:
            self.root, self._apart = dict(attributes), name not in ("host", "port")
        elif depth == 2:
            self._child, self._begun = name, place.CurrentByteIndex
        if name == "port":
            self._ports.append((depth, False))
        elif name == "script":
            if self._ports and self._ports[-1] == (depth - 1, False) and attributes.get("id") == SCRIPT:
                self._ports[-1] = (depth - 1, True)
                self.count += 1
        elif name == "finished" and depth == 3 and self._child == "runstats":
            self.finished = True

    def end(self, name: str, depth: int, place: xml_text.Place) -> None:
        if name == "port":
            self._ports.pop()
        if depth == 2 and self.count and self._apart and self.first is None:
            self.first = self._begun, place.CurrentByteIndex


def parse(text: str, declared: Declared) -> TlsScanFacts:
    targets = _Targets()
    xml_text.watch(text, _NAMES, targets)
    part = _first(text, targets)
    ports = [port for port in part.iter("port") if port.find(f"script[@id='{SCRIPT}']") is not None]
    port = ports[0] if ports else Element("port")
    host = next((each for each in part.iter("host") if port in list(each.iter("port"))), Element("host"))
    script = port.find(f"script[@id='{SCRIPT}']")
    suites, curves, lines, unknown = _suites(script, text)
    # The script tries every version from SSLv3 to TLS 1.3 and lists those that the server took.
    protocols = {name: any(suite.protocol == name for suite in suites) for name in PROTOCOLS[1:]} if suites else {}
    certificate = port.find("script[@id='ssl-cert']")
    number = port.get("portid", "")
    names = [each.get("name") for each in host.iter("hostname")]
    address = host.find("address")
    return TlsScanFacts(
        tool="nmap",
        tool_version=targets.root.get("version"),
        host=next((name for name in names if name), None),
        ip=address.get("addr") if address is not None else None,
        port=int(number) if number.isdecimal() else None,
        started=epoch(targets.root.get("start")),
        protocols=protocols,
        protocol_lines=lines,
        suites=distinct(suites),
        suites_complete=frozenset(name for name, offered in protocols.items() if offered and not unknown),
        curves=tuple(sorted(curves)),
        certificates=(_certificate(certificate),) if certificate is not None else (),
        inconclusive=_inconclusive(targets, suites),
        problems=tuple(
            Problem("unknown_suite", f"a suite in no registry known here: {name[:60]}", None, "ignored")
            for name in unknown
        ),
    )


def _first(text: str, targets: _Targets) -> Element:
    """What holds the first target: a tree of all the others would take many times the file."""
    if targets.first is None:
        return xml_text.load(text) if targets.count else Element("host")
    start, stop = targets.first
    if text.isascii():
        part = text[start : text.index(">", stop) + 1]
    else:
        data = text.encode()
        part = data[start : data.index(b">", stop) + 1].decode()
    return xml_text.load(part)


def _inconclusive(targets: _Targets, suites: list[Suite]) -> str:
    if not targets.count:
        return "no result of the script ssl-enum-ciphers in it: run nmap --script ssl-enum-ciphers"
    if targets.count > 1:
        return f"the file holds {targets.count} targets; hand in one file for each"
    if not targets.finished:
        return "the scan did not finish"
    return "" if suites else "the script found no suite at all"


def _suites(script: Element | None, text: str) -> tuple[list[Suite], set[str], dict[str, int], list[str]]:
    suites: list[Suite] = []
    curves: set[str] = set()
    lines: dict[str, int] = {}
    unknown: list[str] = []
    for table in script.findall("table") if script is not None else ():
        protocol = table.get("key", "")
        mark = text.find(f'<table key="{protocol}">')
        line = line_of(text, f'<table key="{protocol}">')
        if protocol not in PROTOCOLS or line is None:
            continue
        lines[protocol] = line
        for row in table.findall("table[@key='ciphers']/table"):
            values = {elem.get("key"): elem.text or "" for elem in row.findall("elem")}
            name = values.get("name", "")
            cipher = by_name(name)
            if cipher is None:
                unknown.append(name)
                continue
            suites.append(Suite(protocol, cipher.id, line_of(text, f">{name}<", mark)))
            kex = values.get("kex_info", "")
            if kex and not kex.startswith(("rsa", "dh ")):
                curves.add(curve(kex))
    return suites, curves, lines, unknown


def _certificate(script: Element) -> ScannedCertificate:
    def value(path: str) -> str:
        found = script.find(path)
        return (found.text or "").strip() if found is not None else ""

    subject, issuer = (
        value("table[@key='subject']/elem[@key='commonName']"),
        value("table[@key='issuer']/elem[@key='commonName']"),
    )
    bits = value("table[@key='pubkey']/elem[@key='bits']")
    kind = value("table[@key='pubkey']/elem[@key='type']")
    return ScannedCertificate(
        subject=subject or None,
        names=_names(script),
        issuer=issuer or None,
        key_type=_KEYS.get(kind, kind or None),
        key_bits=int(bits) if bits.isdecimal() else None,
        signature=value("elem[@key='sig_algo']") or None,
        not_before=iso(value("table[@key='validity']/elem[@key='notBefore']")),
        not_after=iso(value("table[@key='validity']/elem[@key='notAfter']")),
        self_signed=_same(script) if subject and issuer else None,
    )


def _same(script: Element) -> bool:
    def parts(key: str) -> list[tuple[str | None, str | None]]:
        return [(elem.get("key"), elem.text) for elem in script.findall(f"table[@key='{key}']/elem")]

    return parts("subject") == parts("issuer")


def _names(script: Element) -> tuple[str, ...]:
    for table in script.findall("table[@key='extensions']/table"):
        values = {elem.get("key"): elem.text or "" for elem in table.findall("elem")}
        if values.get("name") == "X509v3 Subject Alternative Name":
            return tuple(part.strip().partition(":")[2] for part in values.get("value", "").split(",") if ":" in part)
    return ()
