"""C-ST-01: after a restart the server unseals itself.

Proof is a server log that shows a start and then an unseal, with an auto-unseal seal. That a server is unsealed now
does not show how it came to be. With Shamir the control has no subject, unless the answers demand an unattended start.
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, Evidence, ServerLogFacts, StatusFacts
from evidence.core.judgement import absent, at, fresh, inconclusive, lacking, not_applicable, settle
from evidence.core.results import Finding, Result, Verdict
from evidence.core.seal_facts import artefacts_with_seal, seal_kinds
from evidence.core.sources import VAULT_SEAL_CONCEPT

ID = "C-ST-01"
TITLE = "The server unseals itself after a restart"
NEEDS = ("server_log", "status")
SOURCES = (VAULT_SEAL_CONCEPT,)

UNSEALED = "unsealed"
# Signatures of a start that failed for the configuration's sake; C-HD-02 answers for those.
OF_THE_FILE = frozenset({"T36", "T37", "T38", "T39"})
RESTART = "systemctl restart vault; journalctl -u vault -o cat > vault.log; vault status -format=json > status.json"


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    kinds = seal_kinds(evidence, demands)
    if kinds == {"shamir"}:
        return _by_people(evidence, demands)
    given = evidence.of(StatusFacts)
    statuses, findings = fresh(given, lambda status: status.at, settings, settings.runtime_max_age)
    logs, old = fresh(evidence.of(ServerLogFacts), lambda log: log.last, settings, settings.runtime_max_age)
    findings += old
    if not statuses and not logs and not findings:
        return absent(ID, TITLE, NEEDS, VAULT_SEAL_CONCEPT, "the log across a restart shows that nobody unsealed it")
    for artefact, status in statuses:
        findings += _of_status(artefact, status, kinds)
    for artefact, log in logs:
        findings += _of_log(artefact, log)
    missing = [kind for kind, there in (("server_log", logs), ("status", statuses)) if not there]
    if missing and not any(finding.severity is Verdict.STALE for finding in findings):
        why = "a restart must show in the log and its outcome in the status"
        findings.append(lacking(missing, VAULT_SEAL_CONCEPT, why))
    used = [artefact for artefact, _ in (*statuses, *logs)]
    proof = f"{', '.join(sorted(kinds))}: the log shows an unseal after the start, and the status says unsealed"
    return settle(ID, TITLE, findings, proof=proof, used=used, missing=missing)


def _by_people(evidence: Evidence, demands: Demands) -> Result:
    """Shamir: people unseal; that is wrong only where the answers demand a start with nobody present."""
    used = artefacts_with_seal(evidence)
    if demands.answers.get("unattended_start") != "required":
        return not_applicable(ID, TITLE, "the seal is shamir: people unseal it, and no answer forbids that", used)
    message = "the seal is shamir: no node starts without people, but the answers demand an unattended start"
    path = used[0].name if used else ""
    finding = Finding(message, path, None, 'seal "pkcs11" { ... } or a cloud seal', VAULT_SEAL_CONCEPT)
    return settle(ID, TITLE, [finding], proof="", used=used)


def _of_status(artefact: Artefact, status: StatusFacts, kinds: frozenset[str]) -> list[Finding]:
    if status.inconclusive:
        return [inconclusive(artefact, status.inconclusive, "vault status -format=json", VAULT_SEAL_CONCEPT)]
    if status.initialized is False:
        return [inconclusive(artefact, "not initialised, so there is nothing to unseal", RESTART, VAULT_SEAL_CONCEPT)]
    if status.sealed and not kinds:
        return [inconclusive(artefact, "sealed, but with which seal is not known", RESTART, VAULT_SEAL_CONCEPT)]
    if status.sealed:
        message = (
            f"the server is sealed although its seal {status.seal_type or ', '.join(sorted(kinds))} unseals by itself"
        )
        return [at(artefact, None, message, "read the server log; check the seal's key service", VAULT_SEAL_CONCEPT)]
    return []


def _of_log(artefact: Artefact, log: ServerLogFacts) -> list[Finding]:
    findings = [
        at(artefact, problem.line, problem.message, problem.remedy, problem.source or VAULT_SEAL_CONCEPT)
        for problem in log.problems
        if problem.effect == "refused" and problem.code not in OF_THE_FILE
    ]
    if log.inconclusive:
        findings.append(inconclusive(artefact, log.inconclusive, RESTART, VAULT_SEAL_CONCEPT))
    elif not findings and not any(code == UNSEALED for code, _, _ in log.events):
        why = "no start with a following unseal in it"
        findings.append(inconclusive(artefact, why, RESTART, VAULT_SEAL_CONCEPT))
    return findings
