"""sslscan, XML. Names in it are OpenSSL's or IANA's in one file, so the hexadecimal id decides.

SOURCE: sslscan 2.0.7 (capture); https://github.com/rbsec/sslscan
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

from evidence.core import xml_text
from evidence.core.facts import Declared, ScannedCertificate, Suite, TlsScanFacts
from evidence.core.scan import curve, distinct, line_of, moment
from seal_advisor.core.regex import regex

KIND = TlsScanFacts.KIND
TITLE = "sslscan XML"
FORM = "xml"

_DATE = "%b %d %H:%M:%S %Y GMT"
_ID = regex(r"0x([0-9a-fA-F]{4})\Z")
_CURVE_SIZE = regex(r"\D(\d{3})(?!\d)")


def matches(head: str) -> bool:
    return '<document title="SSLScan Results"' in head


def parse(text: str, declared: Declared) -> TlsScanFacts:
    root = xml_text.load(text)
    tests = root.findall("ssltest")
    test = tests[0] if tests else Element("ssltest")
    protocols, lines = _protocols(test, text)
    suites: list[Suite] = []
    for entry in test.findall("cipher"):
        number = _ID.match(entry.get("id", ""))
        if number and entry.get("status") in ("accepted", "preferred"):
            version = _version(entry.get("sslversion", ""))
            line = line_of(
                text,
                f'sslversion="{entry.get("sslversion")}" bits="{entry.get("bits")}" cipher="{entry.get("cipher")}"',
            )
            suites.append(Suite(version, int(number.group(1), 16), line))
    port = test.get("port", "")
    return TlsScanFacts(
        tool="sslscan",
        tool_version=root.get("version"),
        host=test.get("sniname") or test.get("host"),
        ip=test.get("host"),
        port=int(port) if port.isdecimal() else None,
        started=None,
        protocols=protocols,
        protocol_lines=lines,
        suites=distinct(suites),
        suites_complete=frozenset(name for name, offered in protocols.items() if not offered)
        | {suite.protocol for suite in suites},
        curves=tuple(sorted({curve(entry.get("name", "")) for entry in test.findall("group")})),
        certificates=tuple(_certificate(entry) for entry in test.iter("certificate")),
        inconclusive=_inconclusive(root, tests, protocols),
    )


def _inconclusive(root: Element, tests: list[Element], protocols: dict[str, bool]) -> str:
    error = root.find(".//error")
    if error is not None:
        return f"the scan failed: {' '.join((error.text or '').split())[:160]}"
    if len(tests) > 1:
        return f"the file holds {len(tests)} targets; hand in one file for each"
    return "" if protocols else "no protocol was tested"


def _protocols(test: Element, text: str) -> tuple[dict[str, bool], dict[str, int]]:
    found: dict[str, bool] = {}
    lines: dict[str, int] = {}
    for entry in test.findall("protocol"):
        kind, version = entry.get("type", ""), entry.get("version", "")
        name = f"SSLv{version}" if kind == "ssl" else f"TLSv{version}"
        if entry.get("enabled") in ("0", "1"):
            found[name] = entry.get("enabled") == "1"
            line = line_of(text, f'<protocol type="{kind}" version="{version}"')
            if line:
                lines[name] = line
    return found, lines


def _version(word: str) -> str:
    return "TLSv1.0" if word == "TLSv1" else word


def _certificate(entry: Element) -> ScannedCertificate:
    key = entry.find("pk")
    subject, issuer = _text(entry, "subject"), _text(entry, "issuer")
    names = [name.strip().partition(":")[2] for name in (_text(entry, "altnames") or "").split(",")]
    return ScannedCertificate(
        subject=subject,
        names=tuple(name for name in names if name),
        issuer=issuer,
        key_type=key.get("type") if key is not None else None,
        key_bits=_size(key) if key is not None else None,
        signature=_text(entry, "signature-algorithm"),
        not_before=moment(_text(entry, "not-valid-before") or "", _DATE),
        not_after=moment(_text(entry, "not-valid-after") or "", _DATE),
        self_signed={"true": True, "false": False}.get(_text(entry, "self-signed") or ""),
    )


def _size(key: Element) -> int | None:
    """Size of a key in bits. Of an EC key `bits` is its security strength (128 for P-256): the curve's name decides."""
    if key.get("type") == "EC":
        named = _CURVE_SIZE.search(key.get("curve_name", ""))
        return int(named[1]) if named else None
    bits = key.get("bits", "")
    return int(bits) if bits.isdecimal() else None


def _text(entry: Element, name: str) -> str | None:
    found = entry.find(name)
    return found.text.strip() if found is not None and found.text else None
