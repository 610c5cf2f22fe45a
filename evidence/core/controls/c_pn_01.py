"""C-PN-01: no PIN, token or key stands in a configuration as a literal, and no init output in a server log.

A literal was removed at intake, so a control sees only that one stood there. Allowed are `env://NAME` and
`file:///PATH`; `file:/PATH` with one slash opens a file called "file:/PATH" and is refused by the seal.
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, ConfigFacts, Evidence, ServerLogFacts, Setting, Stanza
from evidence.core.judgement import absent, at, settle
from evidence.core.results import Finding, Result
from evidence.core.seal_facts import refused_here, walk
from evidence.core.sources import VAULT_HARDENING, VAULT_SEAL
from seal_advisor.core.words import plural

ID = "C-PN-01"
TITLE = "No PIN or secret stands in a configuration or server log"
NEEDS = ("vault_config",)
SOURCES = (VAULT_SEAL, VAULT_HARDENING)

INDIRECT = ("env://", "file://", "string://")
# Removed with all other values of variables, or as the name of a key in a Kubernetes Secret; no secret by its name.
HARMLESS = ("environment.", "reference.")


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    configs = evidence.of(ConfigFacts)
    findings = [
        at(artefact, problem.line, problem.message, problem.remedy, VAULT_HARDENING)
        for artefact, log in evidence.of(ServerLogFacts)
        for problem in log.problems
        if problem.code == "init_output"
    ]
    if not configs and not findings:
        return absent(ID, TITLE, NEEDS, VAULT_SEAL, "a secret literal would stand there")
    for artefact, config in configs:
        findings += refused_here(artefact, config, ID)
        for stanza in walk(config.root):
            for setting in stanza.settings.values():
                _setting(artefact, stanza, setting, findings)
        findings += _elsewhere(artefact, findings)
    proof = (
        f"no secret literal in {plural(len(configs), 'configuration')}: values come by env:// or file:/// or not at all"
    )
    return settle(ID, TITLE, findings, proof=proof, used=[artefact for artefact, _ in configs] or _logs(evidence))


def _logs(evidence: Evidence) -> list[Artefact]:
    return [artefact for artefact, _ in evidence.of(ServerLogFacts)]


def named(stanza: Stanza, name: str) -> str:
    """The setting with its block, such as `seal.pkcs11.pin`."""
    return ".".join(part for part in (stanza.kind, stanza.label, name) if part)


def _setting(artefact: Artefact, stanza: Stanza, setting: Setting, findings: list[Finding]) -> None:
    where = named(stanza, setting.name)
    if setting.removed:
        message = f"{where} held a secret in plain text (removed at intake); treat it as disclosed and change it"
        findings.append(at(artefact, setting.line, message, _indirect(setting.name), VAULT_SEAL))
    elif isinstance(setting.value, str):
        for scheme in ("file:", "env:"):
            slashed = setting.value.startswith(scheme) and not setting.value.startswith(scheme + "//")
            known = any((old.path, old.line) == (artefact.name, setting.line) for old in findings)
            if slashed and not known and stanza.kind == "seal":
                message = f"{where}: one slash is not an indirect value; the server looks for a file of that whole name"
                rest = setting.value.removeprefix(scheme).lstrip("/")
                root = "/" if scheme == "file:" else ""
                findings.append(
                    at(artefact, setting.line, message, f'{setting.name} = "{scheme}//{root}{rest}"', VAULT_SEAL)
                )


def _indirect(name: str) -> str:
    return f'{name} = "file:///etc/vault.d/{name}" (mode 0400, no trailing newline), or "env://VAULT_{name.upper()}"'


def _elsewhere(artefact: Artefact, findings: list[Finding]) -> list[Finding]:
    """Secrets removed from places that are no setting, such as a comment."""
    told = {finding.line for finding in findings if finding.path == artefact.name}
    message = "a secret stood here in plain text (removed at intake); treat it as disclosed and change it"
    lines = dict.fromkeys(
        removed.line
        for removed in artefact.redactions
        if removed.line not in told and not removed.what.startswith(HARMLESS)
    )
    return [at(artefact, line, message, "delete it from the file and its history", VAULT_HARDENING) for line in lines]
