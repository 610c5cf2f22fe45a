"""C-KB-04: the seal's keys were made on purpose, not by the server at some start.

HashiCorp: "Always run Vault with generate_key = false and manually create all required keys" (known issue: duplicate
keys of one label after an HA migration). OpenBao never generates a key and refuses the setting.
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import ConfigFacts, Evidence, KeyStoreLogFacts
from evidence.core.judgement import absent, at, not_applicable, note, settle
from evidence.core.results import Finding, Result
from evidence.core.seal_facts import artefacts_with_seal, live_seals, only_other_seals, refused_here, switch
from evidence.core.sources import SP_800_57, VAULT_PKCS11

ID = "C-KB-04"
TITLE = "`generate_key` is off: seal keys are created in a ceremony"
NEEDS = ("vault_config", "ceremony_record", "key_store_log")
SOURCES = (VAULT_PKCS11, SP_800_57)


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, frozenset({"pkcs11"}))
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    configs = evidence.of(ConfigFacts)
    if not configs:
        return absent(ID, TITLE, NEEDS, VAULT_PKCS11, "the file shows whether the server may generate keys")
    findings: list[Finding] = []
    for artefact, config in configs:
        findings += refused_here(artefact, config, ID)
        for seal in live_seals(config):
            if seal.label == "pkcs11" and switch(artefact, seal, "generate_key", findings, VAULT_PKCS11):
                message = "generate_key is on: nodes can each make a key of the same label, outside any ceremony"
                line = seal.line_of("generate_key")
                if not any((known.path, known.line) == (artefact.name, line) for known in findings):
                    findings.append(at(artefact, line, message, 'generate_key = "false"', VAULT_PKCS11))
    if not findings:
        findings.append(note(_ceremony(evidence)))
    proof = "no seal lets the server generate its keys"
    return settle(ID, TITLE, findings, proof=proof, used=[artefact for artefact, _ in configs])


def _ceremony(evidence: Evidence) -> str:
    made = [
        f"{artefact.name} line {event.line}" + (f" on {event.at:%Y-%m-%d %H:%M}" if event.at else "")
        for artefact, log in evidence.of(KeyStoreLogFacts)
        for event in log.events
        if event.action == "generate"
    ]
    if made:
        return f"key generation seen in {'; '.join(made)}: compare with the date of the ceremony record"
    return "that the keys were made in a ceremony is shown by its signed record only; attest it"
