"""C-TL-06: scan and configuration speak of the same listener, at the same time, and agree.

A scan is bound to a configuration by host and port. Then what the scan saw must follow from the file: protocol versions
between minimum and maximum, and for TLS 1.2 and older only listed suites. Two scans of one listener show one
certificate. Environment, a proxy or a stale file make them differ.
"""

from __future__ import annotations

from datetime import timedelta

from evidence.core.addresses import listener_scanned
from evidence.core.ciphers import by_name, name_of
from evidence.core.controls.c_tl_01 import target
from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, ConfigFacts, Evidence, Stanza, TlsScanFacts
from evidence.core.judgement import absent, at, fresh, inconclusive, lacking, moment_of, note, settle
from evidence.core.results import Finding, Result, Verdict
from evidence.core.seal_facts import switch, word
from evidence.core.sources import OURS, VAULT_TCP
from seal_advisor.core.words import plural

ID = "C-TL-06"
TITLE = "Scan and configuration agree, of the same host and day"
NEEDS = ("vault_config", "tls_scan")
SOURCES = (OURS, VAULT_TCP)

ORDER = {"TLSv1.0": 0, "TLSv1.1": 1, "TLSv1.2": 2, "TLSv1.3": 3}
BY_SETTING = {"tls10": 0, "tls11": 1, "tls12": 2, "tls13": 3}
SAME_DAY = timedelta(days=1)
AGAIN = "scan the address of the listener again, on the day the file is copied"


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    configs = evidence.of(ConfigFacts)
    scans, findings = fresh(evidence.of(TlsScanFacts), lambda scan: scan.started, settings, settings.scan_max_age)
    missing = [kind for kind, there in (("vault_config", configs), ("tls_scan", scans or findings)) if not there]
    if missing:
        return absent(ID, TITLE, missing, OURS, "the two are compared with each other")
    for artefact, scan in scans:
        if scan.inconclusive:
            findings.append(inconclusive(artefact, scan.inconclusive, AGAIN, OURS))
        else:
            findings += _bound(artefact, scan, configs)
    for artefact, config in configs:
        seen = any(listener_scanned(config, scan) for _, scan in scans if not scan.inconclusive)
        if scans and not seen and _speaks_tls(artefact, config):
            findings.append(lacking(("tls_scan",), OURS, f"no scan of a listener of {artefact.name}"))
    findings += _certificates(scans)
    used = [artefact for artefact, _ in (*configs, *scans)]
    proof = f"{plural(len(scans), 'scan')} saw what the configuration of that host and port says"
    return settle(ID, TITLE, findings, proof=proof, used=used, missing=NEEDS)


def _speaks_tls(artefact: Artefact, config: ConfigFacts) -> bool:
    return any(
        listener.label != "unix" and not switch(artefact, listener, "tls_disable", [], VAULT_TCP)
        for listener in config.blocks("listener")
    )


def _bound(artefact: Artefact, scan: TlsScanFacts, configs: tuple[tuple[Artefact, ConfigFacts], ...]) -> list[Finding]:
    findings: list[Finding] = []
    matches = [(other, listener) for other, config in configs if (listener := listener_scanned(config, scan))]
    if not matches:
        files = ", ".join(other.name for other, _ in configs)
        message = f"unbound: {target(scan)} is no listener and no api_addr of {files}"
        findings.append(at(artefact, None, message, AGAIN, OURS, Verdict.NOT_PROVEN))
    for other, listener in matches:
        findings += _versions(artefact, scan, other, listener)
        findings += _suites(artefact, scan, other, listener)
        findings += _day(artefact, scan, other)
    return findings


def _versions(artefact: Artefact, scan: TlsScanFacts, other: Artefact, listener: Stanza) -> list[Finding]:
    if switch(other, listener, "tls_disable", [], VAULT_TCP):
        message = f"TLS answered at {target(scan)}, but {other.name} switches TLS off there: something else answers"
        return [at(other, listener.line_of("tls_disable"), message, AGAIN, OURS)]
    lowest = BY_SETTING.get(word(other, listener, "tls_min_version", [], VAULT_TCP) or "tls12", 2)
    highest = BY_SETTING.get(word(other, listener, "tls_max_version", [], VAULT_TCP) or "tls13", 3)
    return [
        at(
            artefact,
            scan.protocol_lines.get(name),
            f"{name} is offered at {target(scan)}, but {other.name} does not allow it (line {listener.line})",
            AGAIN,
            OURS,
        )
        for name, offered in scan.protocols.items()
        if offered and name in ORDER and not lowest <= ORDER[name] <= highest
    ]


def _suites(artefact: Artefact, scan: TlsScanFacts, other: Artefact, listener: Stanza) -> list[Finding]:
    text = word(other, listener, "tls_cipher_suites", [], VAULT_TCP)
    if not text:
        return []
    listed = {cipher.id for part in text.split(",") if (cipher := by_name(part))}
    strange = dict.fromkeys(s.id for s in scan.suites if s.protocol != "TLSv1.3" and s.id not in listed)
    lines = {suite.id: suite.line for suite in reversed(scan.suites)}
    where = f"{other.name} line {listener.line_of('tls_cipher_suites')}"
    return [
        at(artefact, lines[number], f"{name_of(number)} is offered, but not listed in {where}", AGAIN, OURS)
        for number in strange
    ]


def _day(artefact: Artefact, scan: TlsScanFacts, other: Artefact) -> list[Finding]:
    """The day is compared where both sides have one; some scanners write no date, and a file never does."""
    begin, end = other.observed_from or other.observed_to, other.observed_to or other.observed_from
    moment = moment_of(artefact, scan.started)
    if moment is None or begin is None or end is None:
        return [note(f"the day of {artefact.name} or {other.name} is not stated, so it is not compared", artefact)]
    if begin - SAME_DAY <= moment <= end + SAME_DAY:
        return []
    message = f"scanned on {moment:%Y-%m-%d}; {other.name} is of {begin:%Y-%m-%d} to {end:%Y-%m-%d}"
    return [at(artefact, None, message, AGAIN, OURS, Verdict.NOT_PROVEN)]


def _certificates(scans: list[tuple[Artefact, TlsScanFacts]]) -> list[Finding]:
    findings = []
    first: dict[tuple[str, int | None], tuple[str, str]] = {}
    for artefact, scan in scans:
        prints = [c.fingerprint for c in scan.certificates if c.fingerprint]
        if scan.inconclusive or not prints:
            continue
        key = (scan.ip or scan.host or "", scan.port)
        known = first.setdefault(key, (prints[0], artefact.name))
        if known[0] != prints[0]:
            message = f"another certificate at {target(scan)} than in {known[1]}"
            findings.append(at(artefact, None, message, AGAIN, OURS))
    return findings
