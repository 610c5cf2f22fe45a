"""C-KB-01: the root key is wrapped by the seal that was decided, on the running server and not only in a file.

The environment beats the file (`VAULT_SEAL_TYPE` alone changes the seal), so a configuration never proves the seal in
use: the running server's own status does. A configuration with another seal than the decision's fails by itself. A
variable that beats a setting of the seal is a warning with the line that sets it.
"""

from __future__ import annotations

from evidence.core.demands import SOFTWARE_OPTIONS, Demands, Settings
from evidence.core.facts import Artefact, ConfigFacts, Evidence, StatusFacts
from evidence.core.judgement import absent, at, fresh, inconclusive, lacking, settle
from evidence.core.overrides import overridden
from evidence.core.results import Finding, Result, Verdict
from evidence.core.seal_facts import live_seals, option_of, refused_here, seal_labels
from evidence.core.sources import VAULT_SEAL, VAULT_SEAL_CONCEPT, VAULT_SEAL_HA

ID = "C-KB-01"
TITLE = "The root key is wrapped by the declared seal"
NEEDS = ("vault_config", "status")
SOURCES = (VAULT_SEAL_CONCEPT, VAULT_SEAL, VAULT_SEAL_HA)

AGAIN = "vault status -format=json"


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    configs = evidence.of(ConfigFacts)
    given = tuple(pair for pair in evidence.of(StatusFacts) if pair[1].seal_type or pair[1].inconclusive)
    statuses, findings = fresh(given, lambda status: status.at, settings, settings.runtime_max_age)
    if not configs and not statuses and not findings:
        return absent(ID, TITLE, NEEDS, VAULT_SEAL_CONCEPT, "both must name the same seal")
    for artefact, config in configs:
        findings += refused_here(artefact, config, ID)
        findings += _against_decision(artefact, config, demands)
    findings += overridden(evidence)
    for artefact, status in statuses:
        findings += _of_status(artefact, status, configs, demands)
    missing = [kind for kind, there in (("vault_config", configs), ("status", statuses)) if not there]
    if missing and not any(finding.severity is Verdict.STALE for finding in findings):
        why = "the environment overrides the file, so only the running server shows the seal in use"
        findings.append(lacking(missing, VAULT_SEAL_CONCEPT, why))
    used = [artefact for artefact, _ in (*configs, *statuses)]
    seals = ", ".join(sorted({status.seal_type or "?" for _, status in statuses}))
    proof = f"file and running server name the same seal: {seals}"
    return settle(ID, TITLE, findings, proof=proof, used=used, missing=missing)


def _against_decision(artefact: Artefact, config: ConfigFacts, demands: Demands) -> list[Finding]:
    findings: list[Finding] = []
    blocks = live_seals(config)
    labels = seal_labels(config)
    options = {option_of(label) for label in labels}
    if len(blocks) > 1:
        options.add("multi_seal")
    line = blocks[0].line if blocks else None
    shown = " and ".join(labels)
    wanted = demands.seals
    if wanted is not None and not options & wanted:
        chosen = ", ".join(sorted(wanted)) or "none: no option satisfies the answers"
        allowed = bool(options & demands.possible)
        message = f"the seal here is {shown}; the decision is {chosen}"
        severity = Verdict.WARN if allowed else Verdict.FAIL
        findings.append(at(artefact, line, message, _stanza(wanted), VAULT_SEAL, severity))
    elif demands.hardware and options <= SOFTWARE_OPTIONS:
        message = f"the seal here is {shown}, which keeps the key in software; the answers demand hardware"
        findings.append(at(artefact, line, message, 'seal "pkcs11" { ... } with a validated HSM', VAULT_SEAL_CONCEPT))
    return findings


def _stanza(wanted: frozenset[str]) -> str:
    names = {"cloud_kms": "awskms", "multi_seal": "pkcs11"}
    if not wanted:
        return "change the answers until an option remains"
    first = min(wanted)
    if first == "shamir":
        return "remove the seal block"
    return f'seal "{names.get(first, first)}" {{ ... }}'


def _of_status(
    artefact: Artefact, status: StatusFacts, configs: tuple[tuple[Artefact, ConfigFacts], ...], demands: Demands
) -> list[Finding]:
    if status.inconclusive or status.seal_type is None:
        why = status.inconclusive or "it does not name the seal"
        return [inconclusive(artefact, why, AGAIN, VAULT_SEAL_CONCEPT)]
    findings: list[Finding] = []
    shown = status.seal_type
    if status.initialized is False:
        findings.append(inconclusive(artefact, "not initialised, so no root key exists yet", AGAIN, VAULT_SEAL_CONCEPT))
    own = [config for other, config in configs if other.node and other.node == artefact.node]
    declared = {label for config in own or [config for _, config in configs] for label in seal_labels(config)}
    if declared and shown not in declared:
        message = f"the running server's seal is {shown}; the file says {', '.join(sorted(declared))}"
        fix = "look for VAULT_SEAL_TYPE or BAO_SEAL_TYPE in the service's environment, then restart and capture again"
        findings.append(at(artefact, None, message, fix, VAULT_SEAL_CONCEPT))
    if demands.seals is not None and not {option_of(shown), "multi_seal"} & demands.seals:
        chosen = ", ".join(sorted(demands.seals)) or "none"
        severity = Verdict.WARN if option_of(shown) in demands.possible else Verdict.FAIL
        message = f"the running server's seal is {shown}; the decision is {chosen}"
        findings.append(
            at(artefact, None, message, "migrate the seal as the runbook says", VAULT_SEAL_CONCEPT, severity)
        )
    elif demands.hardware and option_of(shown) in SOFTWARE_OPTIONS:
        message = f"the running server's seal is {shown}, a software seal; the answers demand hardware"
        findings.append(at(artefact, None, message, 'seal "pkcs11" { ... } with a validated HSM', VAULT_SEAL_CONCEPT))
    if shown != "shamir" and status.recovery_seal is False:
        message = f"seal {shown} without recovery_seal: the root key is not wrapped by an auto-unseal"
        findings.append(
            at(artefact, None, message, "finish the seal migration, then capture again", VAULT_SEAL_CONCEPT)
        )
    return findings
