"""C-KB-04: the seal's keys were made on purpose, not by the server at some start.

HashiCorp: "Always run Vault with generate_key = false and manually create all required keys" (known issue: duplicate
keys of one label after an HA migration). OpenBao never generates a key and refuses the setting. Where a record of the
ceremony is given, what the HSM logged about making keys is held against its hours.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, ConfigFacts, Evidence, KeyStoreLogFacts
from evidence.core.facts.records import CeremonyFacts
from evidence.core.judgement import absent, at, lacking, not_applicable, note, settle
from evidence.core.results import Finding, Result, Verdict
from evidence.core.seal_facts import artefacts_with_seal, live_seals, only_other_seals, refused_here, switch
from evidence.core.sources import SP_800_57, VAULT_PKCS11

ID = "C-KB-04"
TITLE = "`generate_key` is off: seal keys are created in a ceremony"
NEEDS = ("vault_config", "ceremony_record", "key_store_log")
SOURCES = (VAULT_PKCS11, SP_800_57)

NEAR = timedelta(minutes=15)  # ours: clocks of a written record and of an HSM differ
Log = tuple[Artefact, KeyStoreLogFacts]


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
    ceremonies = evidence.of(CeremonyFacts)
    logs = evidence.of(KeyStoreLogFacts)
    for artefact, ceremony in ceremonies:
        findings += _against_logs(artefact, ceremony, logs)
    if not ceremonies and not findings:
        findings.append(note(_ceremony(evidence)))
    used = [artefact for artefact, _ in (*configs, *ceremonies, *(logs if ceremonies else ()))]
    proof = "no seal lets the server generate its keys"
    if ceremonies:
        proof += f"; the HSM logged their making within the hours of {ceremonies[0][0].name}"
    return settle(ID, TITLE, findings, proof=proof, used=used, missing=("key_store_log",))


def _against_logs(artefact: Artefact, ceremony: CeremonyFacts, logs: Sequence[Log]) -> list[Finding]:
    """Keys made outside the ceremony's hours, and a ceremony in which the HSM saw no key made."""
    begin, end = ceremony.began - NEAR, ceremony.ended + NEAR
    made = [(log, event) for log, facts in logs for event in facts.events if event.action == "generate" and event.at]
    findings = []
    for log, event in made:
        if event.at is None or begin <= event.at <= end or event.ok is False:
            continue
        ours = event.key in ceremony.keys
        which = f"the key {event.key}" if event.key else "a key"
        message = f"{which} was made on {event.at:%Y-%m-%d %H:%M}Z, outside the ceremony of {artefact.name}"
        fix = "make the seal's key in a ceremony" if ours else "show that it is no key of the seal"
        severity = Verdict.FAIL if ours else Verdict.WARN
        findings.append(at(log, event.line, message, fix, SP_800_57, severity))
    if any(event.at and begin <= event.at <= end and event.ok is not False for _, event in made):
        return findings
    when = f"{ceremony.began:%Y-%m-%d %H:%M}Z to {ceremony.ended:%H:%M}Z"
    covered = any(facts.first and facts.last and facts.first <= begin and facts.last >= end for _, facts in logs)
    if covered:
        message = f"the record says that keys were made from {when}; the HSM's log of those hours shows none"
        findings.append(at(artefact, None, message, "find out which ceremony made the seal's key", SP_800_57))
    else:
        findings.append(lacking(("key_store_log",), SP_800_57, f"no log covers the ceremony, {when}"))
    return findings


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
