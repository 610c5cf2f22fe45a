"""C-CM-01: the seal's crypto module has an active validation at the demanded level.

A certificate speaks for it: number, standard, level, status and the day it was read on NIST's list. That is a person's
word about a public list, so the best verdict is `attested`; a certificate below the demand fails, one read too long ago
is stale. One that is said to stand behind another kind of seal than those that run says nothing here. Its absence is
not proven, except where no certificate can exist: a static key file, SoftHSM. FIPS 140-2 certificates were due to move
to the historical list after 2026-09-22: check each certificate's status.
"""

from __future__ import annotations

from evidence.core.addresses import text_of
from evidence.core.demands import Demands, Settings
from evidence.core.facts import (
    Artefact,
    Certificate,
    CertificateFacts,
    ConfigFacts,
    Evidence,
    HsmObjectsFacts,
    KeyStoreLogFacts,
    Stanza,
)
from evidence.core.judgement import absent, at, lacking, not_applicable, note, settle
from evidence.core.results import Finding, Result, Verdict
from evidence.core.seal_facts import live_seals, seal_labels
from evidence.core.sources import CMVP, FIPS_140_3, SOFTHSM
from seal_advisor.core.record import replace

ID = "C-CM-01"
TITLE = "The seal's crypto module is validated at the demanded level"
NEEDS = ("module_certificate",)
SOURCES = (CMVP, FIPS_140_3, SOFTHSM)

LEVELS = {"l1": 1, "l2": 2, "l3": 3, "l4": 4}
WHY = "number, standard, level, status, and the day it was read on NIST's list"
HSM = 'seal "pkcs11" with the library of a validated HSM, or a cloud KMS with HSM keys'


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    if not demands.fips and not demands.hardware:
        return not_applicable(ID, TITLE, "the answers demand no validated module")
    findings: list[Finding] = []
    used: list[Artefact] = []
    running: set[str] = set()
    for artefact, config in evidence.of(ConfigFacts):
        used.append(artefact)
        running |= set(seal_labels(config))
        for seal in live_seals(config):
            findings += _unvalidated(artefact, seal)
    stores: list[tuple[Artefact, KeyStoreLogFacts | HsmObjectsFacts]] = [
        *evidence.of(KeyStoreLogFacts),
        *evidence.of(HsmObjectsFacts),
    ]
    for artefact, store in stores:
        if store.software:
            used.append(artefact)
            message = "the token is SoftHSM, a software token for tests that no validation covers"
            findings.append(at(artefact, None, message, HSM, SOFTHSM))
    read = [(artefact, one) for artefact, facts in evidence.of(CertificateFacts) for one in facts.certificates]
    read = [(artefact, one) for artefact, one in read if not one.seal or not running or one.seal in running]
    for artefact, certificate in read:
        findings += _of_certificate(artefact, certificate, demands, settings)
    if not findings and not read:
        return absent(ID, TITLE, NEEDS, CMVP, WHY)
    if not read:
        findings.append(lacking(NEEDS, CMVP, WHY))
    used += [artefact for artefact, _ in read]
    return _attested(settle(ID, TITLE, findings, proof="", used=used, missing=NEEDS), read)


def _attested(result: Result, read: list[tuple[Artefact, Certificate]]) -> Result:
    """A pass would rest on a person's word, so it is said as one."""
    if result.verdict is not Verdict.PASS or not read:
        return result
    said = "; ".join(f"{one.title}, read by {one.checked_by} on {one.checked_on}" for _, one in read)
    words = "that this module is the one that holds the seal key is the reader's word too, not proven here"
    return replace(result, verdict=Verdict.ATTESTED, reason=said, findings=(*result.findings, note(words)))


def _of_certificate(
    artefact: Artefact, certificate: Certificate, demands: Demands, settings: Settings
) -> list[Finding]:
    """What one certificate lacks against the demand, and whether it was read too long ago."""
    findings = []
    line, title = certificate.line, certificate.title
    legacy = Verdict.WARN if demands.legacy else Verdict.FAIL
    if certificate.status == "revoked":
        findings.append(at(artefact, line, f"{title}: revoked", HSM, CMVP))
    elif certificate.status != "active":
        findings.append(at(artefact, line, f"{title}: no longer on the active list", HSM, CMVP, legacy))
    if certificate.standard == "fips_140_2" and demands.fips_standard != "none":
        message = f"{title}: validated under FIPS 140-2, the demand is FIPS 140-3"
        findings.append(at(artefact, line, message, HSM, FIPS_140_3, legacy))
    wanted = LEVELS.get(demands.fips_level, 0)
    if certificate.level < wanted:
        findings.append(at(artefact, line, f"{title}: level {wanted} is demanded", HSM, FIPS_140_3))
    age = (settings.now.date() - certificate.checked_on).days
    if age > settings.certificate_max_age.days:
        message = f"{title}: read on {certificate.checked_on}, {age} days ago; at most"
        message += f" {settings.certificate_max_age.days} days count"
        findings.append(at(artefact, line, message, "read the list again and enter the day", CMVP, Verdict.STALE))
    return findings


def _unvalidated(artefact: Artefact, seal: Stanza) -> list[Finding]:
    if seal.label == "static":
        message = "a static key in a file stands on no validated module"
        return [at(artefact, seal.line, message, HSM, FIPS_140_3)]
    library = text_of(seal, "lib") or text_of(seal, "library")
    if seal.label == "pkcs11" and "softhsm" in library.lower():
        line = seal.line_of("lib" if "lib" in seal.settings else "library")
        message = "the library is SoftHSM, a software token for tests that no validation covers"
        return [at(artefact, line, message, 'lib = "/path/to/the/validated/HSM/library.so"', SOFTHSM)]
    return []
