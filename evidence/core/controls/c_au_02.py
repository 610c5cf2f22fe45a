"""C-AU-02: audit devices hash their values: `log_raw` is nowhere on.

OpenBao can declare audit devices in its configuration; Vault's are listed by `vault audit list -detailed`.
"""

from __future__ import annotations

from collections.abc import Iterator

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, AuditDevicesFacts, AuditLogFacts, ConfigFacts, Evidence, Stanza
from evidence.core.judgement import absent, at, inconclusive, settle
from evidence.core.results import Finding, Result, Verdict
from evidence.core.seal_facts import switch
from evidence.core.sources import OPENBAO_AUDIT, VAULT_AUDIT
from seal_advisor.core.words import plural

ID = "C-AU-02"
TITLE = "Audit values are hashed"
NEEDS = ("audit_list",)
SOURCES = (VAULT_AUDIT, OPENBAO_AUDIT)

LIST = "vault audit list -detailed -format=json"


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    findings: list[Finding] = []
    used: list[Artefact] = []
    devices = logs = 0
    for artefact, config in evidence.of(ConfigFacts):
        for _, options in declared(config):
            devices += 1
            used.append(artefact)
            _options(artefact, options, findings)
    for artefact, listing in evidence.of(AuditDevicesFacts):
        used.append(artefact)
        devices += len(listing.devices)
        if listing.inconclusive:
            findings.append(inconclusive(artefact, listing.inconclusive, LIST, VAULT_AUDIT))
        for device in listing.devices:
            if device.raw:
                fix = f"vault audit disable {device.path}; vault audit enable -path={device.path} {device.type} ..."
                message = f"device {device.path} logs raw values (log_raw)"
                findings.append(at(artefact, None, message, fix, VAULT_AUDIT))
            if device.hmac_accessor is False:
                message = f"device {device.path} logs accessors unhashed (hmac_accessor = false)"
                findings.append(at(artefact, None, message, "hmac_accessor=true", VAULT_AUDIT, Verdict.WARN))
    for artefact, log in evidence.of(AuditLogFacts):
        used.append(artefact)
        if log.inconclusive or not log.records:
            findings.append(inconclusive(artefact, log.inconclusive or "no record in it", LIST, VAULT_AUDIT))
            continue
        logs += 1
        if log.raw:
            fix = "rotate what stood there; enable the device again without log_raw"
            findings.append(at(artefact, None, "the log holds values that are not hashed (log_raw)", fix, VAULT_AUDIT))
    if not devices and not logs and not findings:
        return absent(ID, TITLE, NEEDS, VAULT_AUDIT, "log_raw shows there; a Vault configuration does not hold it")
    proof = (
        f"{plural(devices, 'audit device')} without log_raw, {plural(logs, 'audit log')} whose values are all hashed"
    )
    return settle(ID, TITLE, findings, proof=proof, used=used, missing=NEEDS)


def declared(config: ConfigFacts) -> Iterator[tuple[Stanza, Stanza]]:
    """Each audit device that an OpenBao configuration declares, with the block that holds its options."""
    for device in config.blocks("audit"):
        yield device, next(device.within("options"), device)


def _options(artefact: Artefact, options: Stanza, findings: list[Finding]) -> None:
    if switch(artefact, options, "log_raw", findings, OPENBAO_AUDIT):
        message = "log_raw is on: tokens and secrets stand in the audit log in plain text"
        findings.append(at(artefact, options.line_of("log_raw"), message, 'log_raw = "false"', OPENBAO_AUDIT))
    if switch(artefact, options, "hmac_accessor", findings, OPENBAO_AUDIT) is False:
        line = options.line_of("hmac_accessor")
        message = "hmac_accessor is off: token accessors stand in the audit log in plain text"
        findings.append(at(artefact, line, message, 'hmac_accessor = "true"', OPENBAO_AUDIT, Verdict.WARN))
