"""C-TL-01: every listener speaks TLS, and nothing older than TLS 1.2.

Rule: `tls_disable` is not true, `tls_min_version` is tls12 (the default) or tls13, no scan saw SSL 2/3 or TLS 1.0/1.1.
A listener on a Unix socket needs no TLS.
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, ConfigFacts, Evidence, Stanza, TlsScanFacts
from evidence.core.judgement import absent, at, fresh, inconclusive, settle
from evidence.core.results import Finding, Result
from evidence.core.seal_facts import refused_here, switch, word
from evidence.core.sources import SP_800_52, VAULT_TCP
from evidence.core.wanted import WANTED
from seal_advisor.core.words import plural

ID = "C-TL-01"
TITLE = "Listeners speak TLS 1.2 or newer only"
NEEDS = ("vault_config", "tls_scan")
SOURCES = (VAULT_TCP, SP_800_52)

OLD_PROTOCOLS = ("SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1")
OLD_VERSIONS = ("tls10", "tls11")


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    configs = evidence.of(ConfigFacts)
    scans, findings = fresh(evidence.of(TlsScanFacts), lambda scan: scan.started, settings, settings.scan_max_age)
    if not configs and not scans and not findings:
        return absent(ID, TITLE, NEEDS, SP_800_52, "either shows which protocol versions a listener offers")
    for artefact, config in configs:
        findings += of_config(artefact, config)
    for artefact, scan in scans:
        findings += of_scan(artefact, scan)
    used = [artefact for artefact, _ in (*configs, *scans)]
    return settle(ID, TITLE, findings, proof=_proof(len(configs), len(scans)), used=used, missing=("tls_scan",))


def of_config(artefact: Artefact, config: ConfigFacts) -> list[Finding]:
    """Every listener of one file. A file without one may be a part of a configuration; it proves nothing here."""
    findings = refused_here(artefact, config, ID)
    listeners = config.blocks("listener")
    if not listeners:
        findings.append(inconclusive(artefact, "the file has no listener", 'listener "tcp" { ... }', VAULT_TCP))
    for listener in listeners:
        if listener.label != "unix":
            _listener(artefact, listener, findings)
    return findings


def _listener(artefact: Artefact, listener: Stanza, findings: list[Finding]) -> None:
    if switch(artefact, listener, "tls_disable", findings, VAULT_TCP):
        message = "tls_disable is on: this listener speaks plain HTTP"
        fix = f'tls_disable = false, with tls_cert_file and tls_key_file (listener "{listener.label}")'
        findings.append(at(artefact, listener.line_of("tls_disable"), message, fix, VAULT_TCP))
        return
    lowest = word(artefact, listener, "tls_min_version", findings, VAULT_TCP)
    if lowest in OLD_VERSIONS:
        message = f"tls_min_version = {lowest} admits a protocol that SP 800-52r2 forbids"
        fix = 'tls_min_version = "tls12"'
        findings.append(at(artefact, listener.line_of("tls_min_version"), message, fix, SP_800_52))
    highest = word(artefact, listener, "tls_max_version", findings, VAULT_TCP)
    if highest in OLD_VERSIONS:
        message = f"tls_max_version = {highest} forbids every version that SP 800-52r2 allows"
        fix = 'tls_max_version = "tls13"'
        findings.append(at(artefact, listener.line_of("tls_max_version"), message, fix, SP_800_52))


def of_scan(artefact: Artefact, scan: TlsScanFacts) -> list[Finding]:
    """Old protocols that one scan saw offered; a scan that tested too little proves nothing."""
    fix = 'tls_min_version = "tls12" in the listener, then scan again'
    findings = [
        at(artefact, scan.protocol_lines.get(name), f"{name} is offered at {target(scan)}", fix, SP_800_52)
        for name in OLD_PROTOCOLS
        if scan.protocols.get(name)
    ]
    again = WANTED["tls_scan"].command
    if scan.inconclusive:
        return [*findings, inconclusive(artefact, scan.inconclusive, again, SP_800_52)]
    untested = [name for name in ("TLSv1.0", "TLSv1.1") if name not in scan.protocols]
    if untested and not findings:
        findings.append(inconclusive(artefact, f"{', '.join(untested)} was not tested", again, SP_800_52))
    elif not any(scan.protocols.values()):
        findings.append(inconclusive(artefact, "no TLS version answered at all", again, SP_800_52))
    return findings


def target(scan: TlsScanFacts) -> str:
    """Host and port of a scan, for people."""
    return f"{scan.host or scan.ip or 'an unnamed host'}:{scan.port or '?'}"


def _proof(configs: int, scans: int) -> str:
    parts = [plural(configs, "configuration") if configs else "", plural(scans, "scan") if scans else ""]
    return f"TLS 1.2 or newer only in {' and '.join(part for part in parts if part)}"
