"""C-TL-04: certificates are valid, strong, trusted, and name the host that clients call.

Demanded: not expired, at least 15 % of the lifetime left (as `operator diagnose` warns), RSA of 2048 bit or ECDSA on
P-256 and up, no SHA-1 or MD5 signature, a name that matches `api_addr`. A self-signed certificate is for people to
review: a private CA that clients pin looks the same to a scanner.
"""

from __future__ import annotations

from datetime import datetime

from evidence.core.addresses import host_port, text_of
from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, ConfigFacts, Evidence, ScannedCertificate, TlsScanFacts
from evidence.core.judgement import absent, at, fresh, inconclusive, settle
from evidence.core.results import Finding, Result, Verdict
from evidence.core.sources import SP_800_52, SP_800_131A, VAULT_DIAGNOSE, VAULT_TCP
from evidence.core.wanted import WANTED
from seal_advisor.core.words import plural

ID = "C-TL-04"
TITLE = "Certificates are valid, trusted and strong"
NEEDS = ("tls_scan",)
SOURCES = (SP_800_52, SP_800_131A, VAULT_DIAGNOSE)

LEAST_RSA, LEAST_EC = 2048, 256
WEAK_DIGESTS = ("md5", "sha1", "sha-1", "md2", "md4")
RENEW = "issue a new certificate: RSA 3072 or ECDSA P-256, SHA-256, with the host's name"


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    scans, findings = fresh(evidence.of(TlsScanFacts), lambda scan: scan.started, settings, settings.scan_max_age)
    if not scans and not findings:
        return absent(ID, TITLE, NEEDS, SP_800_52, "it shows the certificate that the listener really presents")
    hosts = _api_hosts(evidence)
    again = WANTED["tls_scan"].command
    for artefact, scan in scans:
        if scan.inconclusive:
            findings.append(inconclusive(artefact, scan.inconclusive, again, SP_800_52))
        elif not scan.certificates:
            findings.append(inconclusive(artefact, "no certificate in it", again, SP_800_52))
        for certificate in scan.certificates:
            findings += of_certificate(artefact, certificate, settings)
            findings += _name(artefact, certificate, hosts)
    proof = f"{plural(len(scans), 'scan')}: valid, trusted, strong and named as clients call it"
    return settle(ID, TITLE, findings, proof=proof, used=[artefact for artefact, _ in scans], missing=NEEDS)


def of_certificate(artefact: Artefact, certificate: ScannedCertificate, settings: Settings) -> list[Finding]:
    """Dates, key, signature and trust of one certificate."""
    findings = _dates(artefact, certificate, settings)
    kind = (certificate.key_type or "").upper()
    bits = certificate.key_bits
    if bits is not None and kind.startswith("RSA") and bits < LEAST_RSA:
        findings.append(
            at(artefact, None, f"RSA key of {bits} bit: at least {LEAST_RSA} are needed", RENEW, SP_800_131A)
        )
    elif bits is not None and kind.startswith("E") and bits < LEAST_EC:
        findings.append(at(artefact, None, f"EC key of {bits} bit: at least P-256 is needed", RENEW, SP_800_131A))
    elif bits is None:
        findings.append(inconclusive(artefact, "it does not give the key's size", "scan with testssl.sh", SP_800_131A))
    signature = (certificate.signature or "").lower().replace("_", "").replace(" ", "")
    if any(digest in signature for digest in WEAK_DIGESTS):
        message = f"the certificate is signed with {certificate.signature}: SHA-256 or better is needed"
        findings.append(at(artefact, None, message, RENEW, SP_800_131A))
    elif not signature:
        findings.append(
            inconclusive(artefact, "it does not give the signature's hash", "scan with testssl.sh", SP_800_131A)
        )
    if certificate.self_signed:
        message = "review: the certificate is self-signed; show that clients pin it, or use your CA"
        findings.append(at(artefact, None, message, RENEW, SP_800_52, Verdict.WARN))
    elif certificate.trusted is False:
        message = "review: the scanner's trust store does not know the issuer; show that clients trust your CA"
        findings.append(
            at(artefact, None, message, "scan again with your CA: testssl.sh --add-ca ca.pem", SP_800_52, Verdict.WARN)
        )
    return findings


def _dates(artefact: Artefact, certificate: ScannedCertificate, settings: Settings) -> list[Finding]:
    begin, end = certificate.not_before, certificate.not_after
    if end is None:
        return [inconclusive(artefact, "it does not say when the certificate ends", "scan with testssl.sh", SP_800_52)]
    if end <= settings.now:
        return [at(artefact, None, f"the certificate expired on {end:%Y-%m-%d}", RENEW, SP_800_52)]
    if begin and begin > settings.now:
        return [at(artefact, None, f"the certificate is valid from {begin:%Y-%m-%d} only", RENEW, SP_800_52)]
    if begin and _left(begin, end, settings.now) < settings.certificate_life_left:
        share = f"{settings.certificate_life_left:.0%}"
        message = f"the certificate ends on {end:%Y-%m-%d}: less than {share} of its life is left"
        return [at(artefact, None, message, RENEW, VAULT_DIAGNOSE, Verdict.WARN)]
    return []


def _left(begin: datetime, end: datetime, now: datetime) -> float:
    """Share of the lifetime that is left, 0 to 1."""
    return (end - now) / (end - begin)


def _api_hosts(evidence: Evidence) -> dict[str, str]:
    """Host name that clients call -> the configuration that says so; addresses by number have no name to match."""
    hosts: dict[str, str] = {}
    for artefact, config in evidence.of(ConfigFacts):
        host, _ = host_port(text_of(config.root, "api_addr"))
        if host and not host.replace(".", "").isdigit() and ":" not in host:
            hosts[host] = artefact.name
    return hosts


def _name(artefact: Artefact, certificate: ScannedCertificate, hosts: dict[str, str]) -> list[Finding]:
    names = [name.lower().removeprefix("dns:") for name in certificate.names]
    if not hosts or not names or any(fits(host, name) for host in hosts for name in names):
        return []
    wanted = ", ".join(f"{host} ({path})" for host, path in sorted(hosts.items()))
    message = f"the certificate names {', '.join(names)}; clients call {wanted}"
    return [at(artefact, None, message, RENEW, VAULT_TCP)]


def fits(host: str, name: str) -> bool:
    """Does a certificate's name cover this host? A star covers one label.

    >>> fits("v1.example.com", "*.example.com"), fits("a.v1.example.com", "*.example.com")
    (True, False)
    """
    if name.startswith("*."):
        return host.partition(".")[2] == name[2:]
    return host == name
