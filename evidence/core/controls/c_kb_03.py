"""C-KB-03: no label exists twice on the token, and clusters do not share a key.

PKCS#11 does not enforce unique labels: two keys of one label are created without an error, and the seal may then take
either. Only a listing shows it, or the doctor.
"""

from __future__ import annotations

from collections import Counter

from evidence.core.controls.c_kb_02 import seal_keys
from evidence.core.demands import Demands, Settings
from evidence.core.facts import ConfigFacts, Evidence
from evidence.core.judgement import absent, at, inconclusive, not_applicable, settle
from evidence.core.results import Finding, Result
from evidence.core.seal_facts import artefacts_with_seal, doctors, key_labels, listings, only_other_seals
from evidence.core.sources import PKCS11, VAULT_PKCS11
from seal_advisor.core.words import plural

ID = "C-KB-03"
TITLE = "Key labels are unique on the token"
NEEDS = ("hsm_objects",)
SOURCES = (PKCS11, VAULT_PKCS11)

SEALS = frozenset({"pkcs11"})


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    reports, findings = doctors(evidence, settings)
    findings += _one_label_for_two(evidence)
    shown = listings(evidence, reports)
    if not shown and not findings:
        other = only_other_seals(evidence, demands, SEALS)
        if other:
            return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
        return absent(ID, TITLE, NEEDS, PKCS11, "PKCS#11 does not enforce unique labels")
    wanted = key_labels(evidence, reports)
    judged = 0
    for artefact, listing in shown:
        keys = seal_keys(listing, wanted)
        judged += len(keys)
        if listing.inconclusive or not keys:
            why = listing.inconclusive or "no key of the seal in it"
            findings.append(inconclusive(artefact, why, "log in with --login and list again", PKCS11))
        counts = Counter((key.kind.split(";")[0].lower(), key.label) for key in keys)
        for (kind, label), count in counts.items():
            if count > 1:
                lines = [key.line for key in keys if key.label == label]
                message = f"{count} keys labelled {label} ({kind}): the seal may take either"
                fix = "stop the nodes; find the key in use by its id, set key_id, rename the other; delete none"
                findings.append(at(artefact, lines[1] if len(lines) > 1 else lines[0], message, fix, VAULT_PKCS11))
    proof = f"{plural(judged, 'key')}, each label once"
    return settle(ID, TITLE, findings, proof=proof, used=[artefact for artefact, _ in shown], missing=NEEDS)


def _one_label_for_two(evidence: Evidence) -> list[Finding]:
    """One configuration whose key and HMAC key have the same label."""
    findings = []
    for artefact, config in evidence.of(ConfigFacts):
        for seal in config.blocks("seal"):
            first, second = seal.settings.get("key_label"), seal.settings.get("hmac_key_label")
            if first and second and first.value == second.value:
                message = f"key_label and hmac_key_label are both {first.value}"
                findings.append(at(artefact, second.line, message, 'hmac_key_label = "vault-hmac"', VAULT_PKCS11))
    return findings
