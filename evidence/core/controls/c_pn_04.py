"""C-PN-04: a cloud seal uses the workload's identity, not a static key.

A static key fails wherever it stands, also behind `env://` or `file:///`: it does not expire and can be copied.
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, ConfigFacts, Evidence, Stanza
from evidence.core.judgement import absent, at, not_applicable, note, settle
from evidence.core.results import Finding, Result
from evidence.core.seal_facts import (
    CLOUD_SEALS,
    artefacts_with_seal,
    live_seals,
    only_other_seals,
    refused_here,
)
from evidence.core.sources import VAULT_AWSKMS, VAULT_SEAL
from seal_advisor.core.words import plural

ID = "C-PN-04"
TITLE = "Cloud seals use workload identity, not static keys"
NEEDS = ("vault_config",)
SOURCES = (VAULT_SEAL, VAULT_AWSKMS)

STATIC_KEYS = ("access_key", "secret_key", "session_token", "client_secret", "credentials")
IDENTITY = {
    "awskms": "an instance profile, IRSA or a pod identity",
    "azurekeyvault": "a managed identity",
    "gcpckms": "the workload's service account",
    "alicloudkms": "a RAM role",
    "ocikms": "an instance principal",
}


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    configs = evidence.of(ConfigFacts)
    findings: list[Finding] = []
    clouds = 0
    for artefact, config in configs:
        findings += refused_here(artefact, config, ID)
        for seal in live_seals(config):
            if seal.label in CLOUD_SEALS:
                clouds += 1
                findings += _static(artefact, seal)
    if not findings and not clouds:
        other = only_other_seals(evidence, demands, frozenset({"cloud_kms"}))
        if other:
            return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
        return absent(ID, TITLE, NEEDS, VAULT_SEAL, "a static key would stand in the seal block")
    if not findings:
        findings.append(note("names of environment variables were not given: a key set there is not seen here"))
    proof = f"{plural(clouds, 'cloud seal')} without a static key in the file"
    return settle(ID, TITLE, findings, proof=proof, used=[artefact for artefact, _ in configs])


def _static(artefact: Artefact, seal: Stanza) -> list[Finding]:
    findings = []
    identity = IDENTITY.get(seal.label, "the workload's identity")
    for name in STATIC_KEYS:
        setting = seal.settings.get(name)
        # An empty string is what a template leaves behind; the wrapper treats it as absent.
        if setting is not None and setting.value != "":
            message = f"seal {seal.label} uses the static key {name}; it never expires and can be copied"
            findings.append(at(artefact, setting.line, message, f"remove {name} and use {identity}", VAULT_SEAL))
    if seal.label == "ocikms" and seal.settings.get("auth_type_api_key"):
        setting = seal.settings["auth_type_api_key"]
        if str(setting.value).lower() in {"true", "1"}:
            message = "seal ocikms authenticates with an API key, which is a static key"
            findings.append(at(artefact, setting.line, message, 'auth_type_api_key = "false"', VAULT_SEAL))
    return findings
