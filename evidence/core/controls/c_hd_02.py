"""C-HD-02: no dangerous switch is on, and the server accepts the file as it stands.

Switches that expose decrypted data, let anybody in or turn off certificate checks fail; switches that tell too much or
weaken a default are warnings. This control also answers for every refusal of the server that no other control owns
(see `seal_facts.owner_of`), so that a configuration that would not start never passes.
"""

from __future__ import annotations

from evidence.core.controls.c_st_01 import OF_THE_FILE
from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, ConfigFacts, DiagnoseFacts, Evidence, ServerLogFacts, Stanza, StatusFacts
from evidence.core.judgement import absent, at, settle
from evidence.core.results import Finding, Result, Verdict
from evidence.core.seal_facts import owner_of, refused_here, switch, word
from evidence.core.sources import (
    OPENBAO_TCP,
    VAULT_CONFIG,
    VAULT_DEV,
    VAULT_DIAGNOSE,
    VAULT_HARDENING,
    VAULT_TCP,
    VAULT_TRANSIT,
)
from seal_advisor.core.words import plural

ID = "C-HD-02"
TITLE = "No dangerous switches, and nothing that the server refuses"
NEEDS = ("vault_config",)
SOURCES = (VAULT_CONFIG, VAULT_TCP, VAULT_HARDENING)

FAIL, WARN = Verdict.FAIL, Verdict.WARN
# Block kind ("" = top level) -> (setting, what it does when on, severity, source).
ON_IS_WRONG: dict[str, tuple[tuple[str, str, Verdict, str], ...]] = {
    "": (
        ("raw_storage_endpoint", "sys/raw gives out decrypted storage", FAIL, VAULT_CONFIG),
        ("introspection_endpoint", "sys/internal/inspect shows internals", WARN, VAULT_CONFIG),
        ("enable_response_header_hostname", "every answer names the host", WARN, VAULT_CONFIG),
        ("enable_response_header_raft_node_id", "every answer names the raft node", WARN, VAULT_CONFIG),
        (
            "unsafe_allow_api_audit_creation",
            "audit devices can be made by the API, not only by the file",
            WARN,
            VAULT_CONFIG,
        ),
    ),
    "listener": (),
    "telemetry": (("unauthenticated_metrics_access", "metrics are readable by anybody", WARN, VAULT_TCP),),
    "profiling": (
        ("unauthenticated_pprof_access", "memory and CPU profiles are readable by anybody", FAIL, VAULT_TCP),
    ),
    "inflight_requests_logging": (
        ("unauthenticated_in_flight_requests_access", "requests in flight are readable by anybody", FAIL, VAULT_TCP),
    ),
    "seal": (("tls_skip_verify", "the seal does not check the certificate of its key service", FAIL, VAULT_TRANSIT),),
    "user_lockout": (("disable_lockout", "passwords can be guessed without end", WARN, VAULT_HARDENING),),
}
# OpenBao closes these by default; switching the closing off opens them to anybody.
OFF_IS_WRONG = ("disable_unauthed_rekey_endpoints", "disable_unauthed_generate_root_endpoints")
LIMITS = ("max_request_size", "max_request_duration")
CHATTY = ("trace", "debug")


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    configs = evidence.of(ConfigFacts)
    findings = _dev_mode(evidence) + _running(evidence)
    if not configs and not findings:
        return absent(ID, TITLE, NEEDS, VAULT_CONFIG, "the switches stand there")
    for artefact, config in configs:
        findings += refused_here(artefact, config, ID)
        _switches(artefact, config.root, findings)
        for block in config.root.stanzas:
            _block(artefact, block, findings)
        _warned(artefact, config, findings)
    proof = f"{plural(len(configs), 'configuration')} accepted by the server, no dangerous switch on"
    return settle(ID, TITLE, findings, proof=proof, used=[artefact for artefact, _ in configs])


def _dev_mode(evidence: Evidence) -> list[Finding]:
    fix = "start the server with a configuration file, without -dev"
    message = "the server runs in dev mode: in memory, unsealed, with its root token printed"
    findings = [
        at(artefact, None, message, fix, VAULT_DEV) for artefact, log in evidence.of(ServerLogFacts) if log.dev_mode
    ]
    for artefact, status in evidence.of(StatusFacts):
        if status.storage_type == "inmem":
            message = "storage inmem: this is a dev or test server, all data are lost at its end"
            findings.append(at(artefact, None, message, fix, VAULT_DEV))
    return findings


def _running(evidence: Evidence) -> list[Finding]:
    """What the server itself said about its configuration: refused starts in its log, and `operator diagnose`."""
    findings = [
        at(artefact, problem.line, f"the server refused to start: {problem.message}", problem.remedy, VAULT_CONFIG)
        for artefact, log in evidence.of(ServerLogFacts)
        for problem in log.problems
        if problem.effect == "refused" and problem.code in OF_THE_FILE
    ]
    for artefact, report in evidence.of(DiagnoseFacts):
        if not report.inconclusive:
            findings += [
                at(artefact, None, f"diagnose, {name}: {said}", "", VAULT_DIAGNOSE, FAIL if grade == "fail" else WARN)
                for name, grade, said in report.findings
                if said
            ]
    return findings


def _switches(artefact: Artefact, root: Stanza, findings: list[Finding]) -> None:
    _each(artefact, root, ON_IS_WRONG[""], findings)
    level = word(artefact, root, "log_level", findings, VAULT_CONFIG)
    if level and level.lower() in CHATTY:
        message = f"log_level = {level}: the log may hold sensitive data"
        findings.append(at(artefact, root.line_of("log_level"), message, 'log_level = "info"', VAULT_CONFIG, WARN))
    if "enable_unauthenticated_access" in root.settings:
        setting = root.settings["enable_unauthenticated_access"]
        if setting.value not in ([], ""):
            message = "enable_unauthenticated_access opens endpoints that Vault 2.0 closed to anybody without a token"
            findings.append(
                at(artefact, setting.line, message, "remove enable_unauthenticated_access", VAULT_CONFIG, WARN)
            )
    if root.settings.get("experiments") and root.settings["experiments"].value:
        line = root.line_of("experiments")
        findings.append(at(artefact, line, "experiments are on", "remove experiments", VAULT_CONFIG, WARN))


def _each(
    artefact: Artefact, stanza: Stanza, rules: tuple[tuple[str, str, Verdict, str], ...], findings: list[Finding]
) -> None:
    for name, consequence, severity, source in rules:
        if switch(artefact, stanza, name, findings, source):
            line = stanza.line_of(name)
            findings.append(at(artefact, line, f"{name} is on: {consequence}", f"{name} = false", source, severity))


def _block(artefact: Artefact, block: Stanza, findings: list[Finding]) -> None:
    _each(artefact, block, ON_IS_WRONG.get(block.kind, ()), findings)
    for inner in block.stanzas:
        _each(artefact, inner, ON_IS_WRONG.get(inner.kind, ()), findings)
    if block.kind == "listener":
        _listener(artefact, block, findings)


def _listener(artefact: Artefact, listener: Stanza, findings: list[Finding]) -> None:
    for name in OFF_IS_WRONG:
        if switch(artefact, listener, name, findings, OPENBAO_TCP) is False:
            message = f"{name} is off: anybody without a token can start that operation"
            findings.append(at(artefact, listener.line_of(name), message, f"{name} = true", OPENBAO_TCP, WARN))
    for name in LIMITS:
        text = word(artefact, listener, name, findings, VAULT_TCP)
        if text is not None and (text.startswith("-") or text in {"0", "0s"}):
            message = f"{name} = {text}: requests are not limited"
            findings.append(at(artefact, listener.line_of(name), message, f"remove {name}", VAULT_TCP, WARN))
    behavior = word(artefact, listener, "proxy_protocol_behavior", findings, VAULT_TCP)
    if behavior == "use_always":
        message = "proxy_protocol_behavior = use_always: any client can claim any address"
        line = listener.line_of("proxy_protocol_behavior")
        fix = 'proxy_protocol_behavior = "allow_authorized" with proxy_protocol_authorized_addrs'
        findings.append(at(artefact, line, message, fix, VAULT_TCP, WARN))


def _warned(artefact: Artefact, config: ConfigFacts, findings: list[Finding]) -> None:
    """What the reader noticed and no rule above has named: unknown fields, settings without effect."""
    told = {(finding.path, finding.line) for finding in findings}
    for problem in config.problems:
        if problem.effect == "refused" or owner_of(config, problem) == "C-HD-01":
            continue
        if (artefact.name, problem.line) not in told:
            source = problem.source or VAULT_CONFIG
            findings.append(at(artefact, problem.line, problem.message, problem.remedy, source, WARN))
