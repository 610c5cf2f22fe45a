"""C-CM-01: the seal's crypto module has an active validation at the demanded level.

A certificate proves it: number, standard, level, status and the day it was read on NIST's list. Its absence is not
proven, except where no certificate can exist: a static key file, SoftHSM, a software seal where hardware is demanded.
FIPS 140-2 certificates were due to move to the historical list after 2026-09-22: check each certificate's status.
"""

from __future__ import annotations

from evidence.core.addresses import text_of
from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, ConfigFacts, Evidence, HsmObjectsFacts, KeyStoreLogFacts, Stanza
from evidence.core.judgement import absent, at, lacking, not_applicable, settle
from evidence.core.results import Finding, Result
from evidence.core.seal_facts import live_seals
from evidence.core.sources import CMVP, FIPS_140_3, SOFTHSM

ID = "C-CM-01"
TITLE = "The seal's crypto module is validated at the demanded level"
NEEDS = ("module_certificate",)
SOURCES = (CMVP, FIPS_140_3, SOFTHSM)

WHY = "number, standard, level, status, and the day it was read on NIST's list"
HSM = 'seal "pkcs11" with the library of a validated HSM, or a cloud KMS with HSM keys'


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    if not demands.fips and not demands.hardware:
        return not_applicable(ID, TITLE, "the answers demand no validated module")
    findings: list[Finding] = []
    used: list[Artefact] = []
    for artefact, config in evidence.of(ConfigFacts):
        used.append(artefact)
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
    if not findings:
        return absent(ID, TITLE, NEEDS, CMVP, WHY)
    findings.append(lacking(NEEDS, CMVP, WHY))
    return settle(ID, TITLE, findings, proof="", used=used, missing=NEEDS)


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
