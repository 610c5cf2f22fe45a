"""C-CM-03: where the whole product must be validated, every node runs a FIPS build.

The build shows in `vault version` ("+ent.hsm.fips1403"). OpenBao has no official FIPS build. Seal wrap and an HSM
protect the root key only; TLS and the barrier run in the server's own binary.
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence, ServerLogFacts, StatusFacts, VersionFacts
from evidence.core.judgement import absent, at, not_applicable, settle
from evidence.core.results import Finding, Result, Verdict
from evidence.core.sources import CMVP, VAULT_FIPS
from seal_advisor.core.words import plural

ID = "C-CM-03"
TITLE = "The server is a FIPS build where the whole product must be validated"
NEEDS = ("version",)
SOURCES = (VAULT_FIPS, CMVP)

BUILD = "install the +ent.fips1403 or +ent.hsm.fips1403 build on every node"


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    if demands.basis == "decision" and demands.answers.get("fips_scope") == "key_only":
        return not_applicable(ID, TITLE, "the answers demand a validated module for the seal key only")
    if not demands.fips:
        return not_applicable(ID, TITLE, "the answers demand no validated module")
    seen = [(artefact, version.product, version.edition) for artefact, version in evidence.of(VersionFacts)]
    seen += [
        (artefact, "vault", status.version.partition("+")[2])
        for artefact, status in evidence.of(StatusFacts)
        if status.version and "+" in status.version
    ]
    banners = [
        artefact
        for artefact, log in evidence.of(ServerLogFacts)
        if any(code == "fips_build" for code, _, _ in log.events)
    ]
    if not seen and not banners:
        return absent(ID, TITLE, NEEDS, VAULT_FIPS, "the build's name shows there")
    findings: list[Finding] = []
    # Without answers nobody has said that the whole product must be validated; then it is for people to decide.
    severity = Verdict.FAIL if demands.answers.get("fips_scope") == "whole_product" else Verdict.WARN
    for artefact, product, edition in seen:
        if "fips1402" in edition:
            legacy = Verdict.WARN if demands.legacy else severity
            message = f"edition {edition}: validated under FIPS 140-2, whose certificates are historical"
            findings.append(at(artefact, None, message, BUILD, VAULT_FIPS, legacy))
        elif "fips" not in edition:
            named = (
                "OpenBao has no official FIPS build" if product == "openbao" else f"edition {edition or 'community'}"
            )
            message = f"{named}: TLS and the barrier run outside a validated module"
            findings.append(at(artefact, None, message, BUILD, VAULT_FIPS, severity))
    proof = f"a FIPS build in {plural(len(seen) + len(banners), 'capture')}"
    return settle(ID, TITLE, findings, proof=proof, used=[*(artefact for artefact, _, _ in seen), *banners])
