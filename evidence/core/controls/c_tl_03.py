"""C-TL-03: TLS 1.3 is offered, with key exchange groups of SP 800-52r2.

SP 800-52r2 binds US agencies to TLS 1.3 since 2024-01-01; elsewhere its absence is a warning. X25519 is outside its
list and cannot be switched off in the configuration: people review it.
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, ConfigFacts, Evidence, TlsScanFacts
from evidence.core.judgement import absent, at, fresh, inconclusive, lacking, settle
from evidence.core.results import Finding, Result, Verdict
from evidence.core.seal_facts import switch, word
from evidence.core.sources import SP_800_52, VAULT_TCP
from evidence.core.wanted import WANTED
from seal_advisor.core.words import plural

ID = "C-TL-03"
TITLE = "TLS 1.3 is offered, with approved key exchange groups"
NEEDS = ("tls_scan",)
SOURCES = (SP_800_52, VAULT_TCP)

TLS13 = "TLSv1.3"
ON = 'tls_max_version = "tls13" with a FIPS build; without one TLS 1.3 brings ChaCha20 (C-TL-02)'
AGAIN = WANTED["tls_scan"].command


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    configs = evidence.of(ConfigFacts)
    scans, findings = fresh(evidence.of(TlsScanFacts), lambda scan: scan.started, settings, settings.scan_max_age)
    if not configs and not scans and not findings:
        return absent(ID, TITLE, NEEDS, SP_800_52, "only a scan shows what is offered")
    for artefact, config in configs:
        findings += _capped(artefact, config)
    for artefact, scan in scans:
        findings += _scan(artefact, scan)
    if not scans and not findings:
        findings.append(
            lacking(NEEDS, SP_800_52, "the file does not forbid TLS 1.3; only a scan shows that it is offered")
        )
    used = [artefact for artefact, _ in (*configs, *scans)]
    proof = f"{plural(len(scans), 'scan')} saw TLS 1.3 with approved groups"
    return settle(ID, TITLE, findings, proof=proof, used=used, missing=NEEDS)


def _capped(artefact: Artefact, config: ConfigFacts) -> list[Finding]:
    findings: list[Finding] = []
    for listener in config.blocks("listener"):
        if listener.label == "unix" or switch(artefact, listener, "tls_disable", [], VAULT_TCP):
            continue
        if word(artefact, listener, "tls_max_version", [], VAULT_TCP) == "tls12":
            line = listener.line_of("tls_max_version")
            message = "TLS 1.3 is switched off; SP 800-52r2 demands it of US agencies since 2024"
            findings.append(at(artefact, line, message, ON, SP_800_52, Verdict.WARN))
    return findings


def _scan(artefact: Artefact, scan: TlsScanFacts) -> list[Finding]:
    findings = []
    offered = scan.protocols.get(TLS13)
    if scan.inconclusive or offered is None:
        findings.append(inconclusive(artefact, scan.inconclusive or "TLS 1.3 was not tested", AGAIN, SP_800_52))
    elif not offered:
        line = scan.protocol_lines.get(TLS13)
        findings.append(at(artefact, line, "TLS 1.3 is not offered", ON, SP_800_52, Verdict.WARN))
    groups = [curve for curve in scan.curves if curve.lower() in {"x25519", "x448"}]
    if groups:
        message = f"review: {', '.join(groups)} is offered for key exchange, which SP 800-52r2 does not list"
        fix = "a FIPS build offers approved groups only; the configuration cannot change them"
        findings.append(at(artefact, None, message, fix, SP_800_52, Verdict.WARN))
    return findings
