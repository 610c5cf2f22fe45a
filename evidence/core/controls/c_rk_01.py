"""C-RK-01: unseal or recovery keys are split: threshold at least 2 of at least 3 shares.

With an auto-unseal, `t` and `n` of the status are the RECOVERY shares. Who holds which share is on no machine: it
needs the custodians' record.
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, Evidence, StatusFacts
from evidence.core.judgement import absent, at, fresh, inconclusive, note, settle
from evidence.core.results import Finding, Result
from evidence.core.sources import SP_800_57, VAULT_INIT, VAULT_SEAL_CONCEPT
from seal_advisor.core.words import plural

ID = "C-RK-01"
TITLE = "Recovery or unseal keys are split: at least 2 of 3 or more"
NEEDS = ("status", "ceremony_record")
SOURCES = (VAULT_SEAL_CONCEPT, VAULT_INIT, SP_800_57)

LEAST_SHARES, LEAST_THRESHOLD = 3, 2
AGAIN = "vault status -format=json"


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    given = tuple(pair for pair in evidence.of(StatusFacts) if pair[1].shares is not None or pair[1].inconclusive)
    statuses, findings = fresh(given, lambda status: status.at, settings, settings.runtime_max_age)
    if not statuses and not findings:
        return absent(ID, TITLE, NEEDS, VAULT_SEAL_CONCEPT, "t and n stand in the status; the holders in the record")
    shown = []
    for artefact, status in statuses:
        findings += of_status(artefact, status)
        shown.append(f"{status.threshold} of {status.shares}")
    if not findings:
        findings.append(note("that each share has another holder is shown by the ceremony record only; attest it"))
    proof = f"split as {', '.join(dict.fromkeys(shown))} (threshold of shares)"
    return settle(ID, TITLE, findings, proof=proof, used=[artefact for artefact, _ in statuses], missing=NEEDS)


def of_status(artefact: Artefact, status: StatusFacts) -> list[Finding]:
    """What one status says about the split."""
    if status.inconclusive:
        return [inconclusive(artefact, status.inconclusive, AGAIN, VAULT_SEAL_CONCEPT)]
    threshold, shares = status.threshold, status.shares
    if status.initialized is False:
        return [inconclusive(artefact, "not initialised, so no shares exist yet", AGAIN, VAULT_SEAL_CONCEPT)]
    if threshold is None or shares is None:
        return [inconclusive(artefact, "it does not give threshold and shares", AGAIN, VAULT_SEAL_CONCEPT)]
    auto = status.seal_type not in (None, "shamir")
    kind = "recovery" if auto else "unseal"
    command = f"vault operator rekey -init {'-target=recovery ' if auto else ''}-key-shares=5 -key-threshold=3"
    findings = []
    if threshold < LEAST_THRESHOLD:
        message = f"one person alone can use the {kind} key: threshold {threshold} of {shares}"
        findings.append(at(artefact, None, message, command, SP_800_57))
    if shares < LEAST_SHARES:
        message = f"only {plural(shares, f'{kind} share')}: at least {LEAST_SHARES} holders are needed"
        findings.append(at(artefact, None, message, command, SP_800_57))
    if threshold > shares:
        message = f"threshold {threshold} is above the number of shares {shares}: the capture contradicts itself"
        findings.append(at(artefact, None, message, AGAIN, VAULT_SEAL_CONCEPT))
    return findings
