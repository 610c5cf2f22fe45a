"""C-RK-04: the root token of init is revoked, and no root token was used since.

An audit log of the period shows every use of a token with the root policy. That no such token exists any more is shown
by the list of accessors only.
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import AuditLogFacts, Evidence
from evidence.core.judgement import absent, at, inconclusive, lacking, settle
from evidence.core.results import Finding, Result
from evidence.core.sources import VAULT_HARDENING, VAULT_INIT
from seal_advisor.core.words import plural

ID = "C-RK-04"
TITLE = "The initial root token is revoked"
NEEDS = ("token_lookup", "audit_log")
SOURCES = (VAULT_HARDENING, VAULT_INIT)

REVOKE = "vault token revoke -accessor ACCESSOR; use generate-root with a quorum when one is needed"


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    logs = evidence.of(AuditLogFacts)
    if not logs:
        return absent(ID, TITLE, NEEDS, VAULT_HARDENING, "no token with the root policy remains, none was used")
    findings: list[Finding] = []
    for artefact, log in logs:
        if log.inconclusive:
            findings.append(inconclusive(artefact, log.inconclusive, "give the audit device's file", VAULT_HARDENING))
        if log.root_uses:
            first, count = log.root_uses[0], len(log.root_uses)
            message = f"a token with the root policy was used on {plural(count, 'line')}, first on line {first}"
            findings.append(at(artefact, first, message, REVOKE, VAULT_HARDENING))
    if not findings:
        findings.append(lacking(("token_lookup",), VAULT_HARDENING, "the log shows no use, but not that none exists"))
    used = [artefact for artefact, _ in logs]
    return settle(ID, TITLE, findings, proof="", used=used, missing=("token_lookup",))
