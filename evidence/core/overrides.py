"""The environment beats the file: which settings of a seal a variable overrides, so that the file does not show them.

The names come from systemd units, environment files and manifests; the values are never known here.
SOURCE: `seal_advisor.core.seals`, one list of variables per parameter.
"""

from __future__ import annotations

from collections.abc import Iterator

from evidence.core.carriers.environment import FILE_WINS, SEAL_TYPE
from evidence.core.facts import Artefact, ConfigFacts, EnvironmentFacts, Evidence, Stanza, UnitFacts
from evidence.core.judgement import at
from evidence.core.results import Finding, Verdict
from evidence.core.seal_facts import live_seals
from evidence.core.sources import VAULT_SEAL
from seal_advisor.core.seals import SEALS


def variables(evidence: Evidence) -> Iterator[tuple[Artefact, str, int]]:
    """(artefact, name, line) of every variable that the evidence shows in a server's environment."""
    for artefact, unit in evidence.of(UnitFacts):
        yield from ((artefact, name, line) for name, line in unit.overrides)
    for artefact, file in evidence.of(EnvironmentFacts):
        yield from ((artefact, name, line) for name, line in file.variables)
    for artefact, config in evidence.of(ConfigFacts):
        yield from ((artefact, name, line) for name, line in config.environment)


def overridden(evidence: Evidence) -> list[Finding]:
    """A warning for each variable that beats what a configuration of the same node says."""
    findings: list[Finding] = []
    shown = list(variables(evidence))
    for artefact, config in evidence.of(ConfigFacts):
        for other, name, line in shown:
            if artefact.node and other.node and artefact.node != other.node:
                continue
            if isinstance(other.facts, ConfigFacts) and other is not artefact:
                continue  # a manifest sets the variables of its own server only
            findings += _one(artefact, config, other, name, line)
    return list(dict.fromkeys(findings))


def _one(artefact: Artefact, config: ConfigFacts, other: Artefact, name: str, line: int) -> Iterator[Finding]:
    if name in SEAL_TYPE and name.startswith("BAO" if config.product == "openbao" else "VAULT"):
        message = f"{name} is set in the environment and beats the seal block of {artefact.name}"
        fix = "remove it and name the seal in the file; until then only the running server shows the seal in use"
        yield at(other, line, message, fix, VAULT_SEAL, Verdict.WARN)
    for seal in live_seals(config):
        parameter = _parameter(seal, config, name)
        setting = seal.settings.get(parameter) if parameter else None
        if setting is None or setting.value == f"env://{name}":
            continue
        message = (
            f'{name} is set in the environment and beats {setting.name} of seal "{seal.label}" '
            f"({artefact.name} line {setting.line}): the file does not show the value in use"
        )
        yield at(other, line, message, f"set {setting.name} in one place only", VAULT_SEAL, Verdict.WARN)


def _parameter(seal: Stanza, config: ConfigFacts, name: str) -> str:
    """The parameter of this seal that the variable sets, "" when it sets none or the file wins."""
    kind = SEALS.get(seal.label)
    for parameter in kind.parameters if kind else ():
        if name in parameter.variables(config.product or "vault") and (seal.label, parameter.name) not in FILE_WINS:
            return parameter.name
    return ""
