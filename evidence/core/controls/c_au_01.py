"""C-AU-01: two audit devices, one of them writing off the host.

A single device that blocks stops every request: Vault recommends two, so one is a warning and none a failure. Off the
host writes a device of type socket or syslog (forwarded), or a file that a collector ships; the last needs a word of
the operator.
"""

from __future__ import annotations

from evidence.core.controls.c_au_02 import declared
from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, AuditDevicesFacts, ConfigFacts, Evidence
from evidence.core.judgement import absent, at, inconclusive, settle
from evidence.core.results import Finding, Result, Verdict
from evidence.core.sources import OPENBAO_AUDIT, VAULT_AUDIT

ID = "C-AU-01"
TITLE = "Two audit devices, one of them off the host"
NEEDS = ("audit_list",)
SOURCES = (VAULT_AUDIT, OPENBAO_AUDIT)

LEAST = 2
OFF_HOST = frozenset({"socket", "syslog", "http"})
LIST = "vault audit list -detailed -format=json"
ADD = "vault audit enable -path=remote socket address=HOST:PORT socket_type=tcp"


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    findings: list[Finding] = []
    used: list[Artefact] = []
    most = 0
    for artefact, config in evidence.of(ConfigFacts):
        kinds = [device.label for device, _ in declared(config)]
        if kinds:
            used.append(artefact)
            most = max(most, len(kinds))
            line = config.blocks("audit")[0].line
            findings += _enough(artefact, line, kinds, 'audit "socket" "remote" { ... }')
    for artefact, listing in evidence.of(AuditDevicesFacts):
        used.append(artefact)
        if listing.inconclusive:
            findings.append(inconclusive(artefact, listing.inconclusive, LIST, VAULT_AUDIT))
            continue
        kinds = [device.type for device in listing.devices]
        most = max(most, len(kinds))
        findings += _enough(artefact, None, kinds, ADD)
    if not used:
        return absent(ID, TITLE, NEEDS, VAULT_AUDIT, "Vault's devices are not in its configuration")
    return settle(
        ID, TITLE, findings, proof=f"{most} audit devices, one of them off the host", used=used, missing=NEEDS
    )


def _enough(artefact: Artefact, line: int | None, kinds: list[str], fix: str) -> list[Finding]:
    if not kinds:
        return [at(artefact, line, "no audit device: nothing is recorded", fix, VAULT_AUDIT)]
    if len(kinds) < LEAST:
        message = "one audit device only: when it blocks, the server answers no request"
        return [at(artefact, line, message, fix, VAULT_AUDIT, Verdict.WARN)]
    if not OFF_HOST.intersection(kinds):
        message = f"devices {', '.join(kinds)} write on this host; that a collector ships them is not shown"
        return [at(artefact, line, message, fix, VAULT_AUDIT, Verdict.WARN)]
    return []
