"""C-KB-06: seal wrap is active where it is claimed.

Seal wrap is a feature of Vault Enterprise. A configuration can only switch it off; that everything is wrapped shows in
`sys/seal-backend-status` (`fully_wrapped`).
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import ConfigFacts, Evidence, SealBackendsFacts
from evidence.core.judgement import absent, at, inconclusive, lacking, not_applicable, settle
from evidence.core.results import Finding, Result, Verdict
from evidence.core.seal_facts import switch
from evidence.core.sources import VAULT_SEAL_BACKEND_STATUS, VAULT_SEAL_WRAP

ID = "C-KB-06"
TITLE = "Seal wrap is active where it is claimed"
NEEDS = ("seal_backend_status", "vault_config")
SOURCES = (VAULT_SEAL_WRAP, VAULT_SEAL_BACKEND_STATUS)

READ = "vault read -format=json sys/seal-backend-status"


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    configs = evidence.of(ConfigFacts)
    if demands.answers.get("seal_wrap") == "not_needed":
        return not_applicable(ID, TITLE, "the answers do not need seal wrap")
    if demands.product == "openbao" or (configs and all(config.product == "openbao" for _, config in configs)):
        return not_applicable(ID, TITLE, "OpenBao has no seal wrap")
    weight = Verdict.FAIL if demands.answers.get("seal_wrap") == "needed" else Verdict.WARN
    findings: list[Finding] = []
    for artefact, config in configs:
        if switch(artefact, config.root, "disable_sealwrap", findings, VAULT_SEAL_WRAP):
            line = config.root.line_of("disable_sealwrap")
            message = "disable_sealwrap is on: new secrets are stored without seal wrap"
            findings.append(at(artefact, line, message, "disable_sealwrap = false", VAULT_SEAL_WRAP, weight))
    backends = evidence.of(SealBackendsFacts)
    for artefact, backend in backends:
        if backend.inconclusive or backend.fully_wrapped is None:
            reason = backend.inconclusive or "it does not say whether everything is wrapped"
            findings.append(inconclusive(artefact, reason, READ, VAULT_SEAL_BACKEND_STATUS))
        elif not backend.fully_wrapped:
            message = "not everything is wrapped by the seal yet"
            rewrap = "vault write -f sys/sealwrap/rewrap"
            findings.append(at(artefact, None, message, rewrap, VAULT_SEAL_BACKEND_STATUS, weight))
    used = [artefact for artefact, _ in (*configs, *backends)]
    if backends:
        return settle(ID, TITLE, findings, proof="everything is wrapped by the seal", used=used, missing=NEEDS[:1])
    why = "fully_wrapped shows there; needed only where seal wrap is claimed"
    if not findings:
        return absent(ID, TITLE, NEEDS[:1], VAULT_SEAL_BACKEND_STATUS, why)
    findings.append(lacking(NEEDS[:1], VAULT_SEAL_BACKEND_STATUS, why))
    return settle(ID, TITLE, findings, proof="", used=used, missing=NEEDS[:1])
