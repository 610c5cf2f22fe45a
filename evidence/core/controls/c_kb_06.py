"""C-KB-06: seal wrap is active where it is claimed.

Seal wrap is a feature of Vault Enterprise. A configuration can only switch it off; that everything is wrapped shows in
`sys/seal-backend-status` (`fully_wrapped`).
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import ConfigFacts, Evidence
from evidence.core.judgement import absent, at, lacking, not_applicable, settle
from evidence.core.results import Finding, Result, Verdict
from evidence.core.seal_facts import switch
from evidence.core.sources import VAULT_SEAL_BACKEND_STATUS, VAULT_SEAL_WRAP

ID = "C-KB-06"
TITLE = "Seal wrap is active where it is claimed"
NEEDS = ("seal_backend_status", "vault_config")
SOURCES = (VAULT_SEAL_WRAP, VAULT_SEAL_BACKEND_STATUS)


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    configs = evidence.of(ConfigFacts)
    if demands.answers.get("seal_wrap") == "not_needed":
        return not_applicable(ID, TITLE, "the answers do not need seal wrap")
    if demands.product == "openbao" or (configs and all(config.product == "openbao" for _, config in configs)):
        return not_applicable(ID, TITLE, "OpenBao has no seal wrap")
    claimed = demands.answers.get("seal_wrap") == "needed"
    findings: list[Finding] = []
    for artefact, config in configs:
        if switch(artefact, config.root, "disable_sealwrap", findings, VAULT_SEAL_WRAP):
            line = config.root.line_of("disable_sealwrap")
            severity = Verdict.FAIL if claimed else Verdict.WARN
            message = "disable_sealwrap is on: new secrets are stored without seal wrap"
            findings.append(at(artefact, line, message, "disable_sealwrap = false", VAULT_SEAL_WRAP, severity))
    why = "fully_wrapped shows there; needed only where seal wrap is claimed"
    if not findings:
        return absent(ID, TITLE, NEEDS[:1], VAULT_SEAL_BACKEND_STATUS, why)
    findings.append(lacking(NEEDS[:1], VAULT_SEAL_BACKEND_STATUS, why))
    used = [artefact for artefact, _ in configs]
    return settle(ID, TITLE, findings, proof="", used=used, missing=NEEDS[:1])
