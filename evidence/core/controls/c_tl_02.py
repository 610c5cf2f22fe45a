"""C-TL-02: a listener offers the cipher suites of SP 800-52r2 only.

Two kinds of evidence decide: the file and a scan. `tls_cipher_suites` is one comma-separated string and acts on TLS 1.2
and older only. With TLS 1.3 on, a server that is no FIPS build offers TLS_CHACHA20_POLY1305_SHA256, which is not
approved, and no setting removes it: only `tls_max_version = "tls12"`, or a FIPS build, or a scan that shows otherwise.
A scanner's own severities are not verdicts; the suites are.
"""

from __future__ import annotations

from evidence.core.addresses import listener_scanned
from evidence.core.ciphers import by_name, name_of, verdict_of
from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, ConfigFacts, Evidence, Stanza, TlsScanFacts
from evidence.core.judgement import absent, at, fresh, inconclusive, settle
from evidence.core.results import Finding, Result, Verdict
from evidence.core.seal_facts import fips_build, refused_here, switch, word
from evidence.core.sources import SP_800_52, VAULT_FIPS, VAULT_TCP
from evidence.core.wanted import WANTED
from seal_advisor.core.words import plural

ID = "C-TL-02"
TITLE = "Only SP 800-52r2 cipher suites are offered"
NEEDS = ("tls_scan", "vault_config")
SOURCES = (SP_800_52, VAULT_TCP, VAULT_FIPS)

CHACHA20_TLS13 = 0x1303
TLS13 = "TLSv1.3"
GOOD = (
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,"
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"
)
FIX = f'tls_cipher_suites = "{GOOD}"'
NO_TLS13 = 'tls_max_version = "tls12", or run a FIPS build'
AGAIN = WANTED["tls_scan"].command


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    configs = evidence.of(ConfigFacts)
    scans, findings = fresh(evidence.of(TlsScanFacts), lambda scan: scan.started, settings, settings.scan_max_age)
    if not configs and not scans and not findings:
        return absent(ID, TITLE, NEEDS, SP_800_52, "a scan shows what is offered, the file what may be")
    build = fips_build(evidence)
    for artefact, config in configs:
        shown = [scan for _, scan in scans if listener_scanned(config, scan) and settles_tls13(scan)]
        findings += refused_here(artefact, config, ID)
        for listener in config.blocks("listener"):
            _listener(artefact, listener, demands, findings)
            if not shown and not build and _tls_is_on(artefact, listener):
                findings += _by_default(artefact, listener, demands, build)
    for artefact, scan in scans:
        findings += of_scan(artefact, scan, demands)
    used = [artefact for artefact, _ in (*configs, *scans)]
    seen = f"{plural(len(configs), 'configuration')}, {plural(len(scans), 'scan')}"
    proof = f"{seen}: every suite that can be offered is approved"
    return settle(ID, TITLE, findings, proof=proof, used=used, missing=("tls_scan",))


def settles_tls13(scan: TlsScanFacts) -> bool:
    """Does this scan show by itself which TLS 1.3 suites are offered, or that TLS 1.3 is off?"""
    if scan.inconclusive or TLS13 not in scan.protocols:
        return False
    return not scan.protocols[TLS13] or TLS13 in scan.suites_complete


def _tls_is_on(artefact: Artefact, listener: Stanza) -> bool:
    return listener.label != "unix" and not switch(artefact, listener, "tls_disable", [], VAULT_TCP)


def _listener(artefact: Artefact, listener: Stanza, demands: Demands, findings: list[Finding]) -> None:
    """The suites that the file names. Without any, Go's defaults hold, which since 1.22 are ECDHE suites."""
    if not _tls_is_on(artefact, listener):
        return
    text = word(artefact, listener, "tls_cipher_suites", findings, VAULT_TCP)
    line = listener.line_of("tls_cipher_suites")
    if not text:
        return
    for name in (part.strip() for part in text.split(",")):
        cipher = by_name(name)
        if cipher is not None and cipher.id >> 8 != 0x13:
            _suite(findings, artefact, line, cipher.id, demands, "listed")


def _suite(
    findings: list[Finding], artefact: Artefact, line: int | None, number: int, demands: Demands, how: str
) -> None:
    verdict = verdict_of(number, demands.fips_standard)
    if verdict == "ok":
        return
    name = name_of(number)
    if verdict == "legacy":
        message = f"{name} is {how}: in SP 800-52r2's list, but without authenticated encryption or forward secrecy"
        findings.append(at(artefact, line, message, FIX, SP_800_52, Verdict.WARN))
        return
    fix = NO_TLS13 if number == CHACHA20_TLS13 else FIX
    # Where no validated module is demanded, ChaCha20 is a strong cipher outside the list, not a weak one.
    severity = Verdict.FAIL if demands.fips or "CHACHA20" not in name else Verdict.WARN
    findings.append(at(artefact, line, f"{name} is {how}: {_why(name)}", fix, SP_800_52, severity))


def _why(name: str) -> str:
    """What is wrong with a suite that is not approved, in one clause."""
    reasons = (
        ("CHACHA20", "ChaCha20 is not an approved cipher"),
        ("RC4", "RC4 is broken"),
        ("3DES", "3DES is not approved any more"),
        ("NULL", "it does not encrypt"),
        ("EXPORT", "its keys are too short on purpose"),
        ("anon", "nobody is authenticated"),
        ("TLS_RSA_WITH", "RSA key exchange: no forward secrecy, and its padding is not approved"),
    )
    return next((reason for part, reason in reasons if part in name), "it is not in SP 800-52r2's list")


def _by_default(artefact: Artefact, listener: Stanza, demands: Demands, build: bool | None) -> list[Finding]:
    """What the server offers by itself, which only a FIPS build restricts, and no scan has shown otherwise.

    TLS 1.3: its three suites. TLS 1.2 without `tls_cipher_suites`: Go's own list, with ChaCha20 and CBC.
    """
    severity = Verdict.FAIL if build is False and demands.fips else Verdict.WARN
    unless = "" if build is False else "unless this is a FIPS build, "
    findings = []
    if (word(artefact, listener, "tls_max_version", [], VAULT_TCP) or "tls13") == "tls13":
        message = (
            f"TLS 1.3 is on: {unless}{name_of(CHACHA20_TLS13)} is offered; tls_cipher_suites does not act on TLS 1.3"
        )
        line = listener.line_of("tls_max_version")
        findings.append(at(artefact, line, message, NO_TLS13, VAULT_TCP, severity))
    lowest = word(artefact, listener, "tls_min_version", [], VAULT_TCP)
    if not listener.settings.get("tls_cipher_suites") and lowest != "tls13":
        message = f"no tls_cipher_suites: {unless}TLS 1.2 offers the server's own list, with ChaCha20 and CBC suites"
        findings.append(at(artefact, listener.line, message, FIX, VAULT_TCP, severity))
    return findings


def of_scan(artefact: Artefact, scan: TlsScanFacts, demands: Demands) -> list[Finding]:
    """The suites one scan saw; each suite once, whatever number of protocols it was seen under."""
    findings: list[Finding] = []
    first: dict[int, int | None] = {}
    for suite in scan.suites:
        first.setdefault(suite.id, suite.line)
    for number, line in first.items():
        _suite(findings, artefact, line, number, demands, "offered")
    if scan.inconclusive:
        findings.append(inconclusive(artefact, scan.inconclusive, AGAIN, SP_800_52))
        return findings
    partial = [name for name, offered in scan.protocols.items() if offered and name not in scan.suites_complete]
    if partial:
        why = f"the suites of {', '.join(partial)} are not listed in full"
        findings.append(inconclusive(artefact, why, AGAIN, SP_800_52))
    elif not scan.suites:
        findings.append(inconclusive(artefact, "it lists no suite", AGAIN, SP_800_52))
    return findings
