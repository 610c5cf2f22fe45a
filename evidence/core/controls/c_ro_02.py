"""C-RO-02: the seal key is younger than its cryptoperiod, or was reviewed.

SP 800-57 Part 1 suggests at most two years of originator use for a key-wrapping key; a suggestion, so a setting. A key
service says when the key was made and whether it rotates by itself; a PKCS#11 token says neither, so its key's age is
to be attested from the ceremony.
"""

from __future__ import annotations

from datetime import timedelta

from evidence.core.cloud_keys import SOURCE, Described, described
from evidence.core.declared_keys import rotation_findings
from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence, TerraformFacts
from evidence.core.judgement import absent, at, fresh, inconclusive, lacking, not_applicable, settle
from evidence.core.results import Finding, Result, Verdict
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import SP_800_57
from seal_advisor.core.words import plural

CRYPTOPERIOD = timedelta(days=2 * 365)  # SP 800-57 Part 1, Table 1: key-wrapping key, originator usage

ID = "C-RO-02"
TITLE = "The seal key is within its cryptoperiod"
NEEDS = (
    "hsm_objects",
    "kms_key",
)
SOURCES = (SP_800_57,)

WHY = "creation date and rotation status; two years of use for a key that wraps keys is suggested, not mandatory"
SEALS = frozenset({"pkcs11", "cloud_kms", "kmip", "static", "transit"})


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    declared = rotation_findings(evidence)
    given, unbound = described(evidence)
    keys, old = fresh(given, lambda key: None, settings, settings.runtime_max_age)
    findings = [*declared, *unbound, *old, *(each for key in keys for each in _age(key, settings))]
    if not findings and not keys:
        return absent(ID, TITLE, NEEDS, SP_800_57, WHY)
    if not given and not unbound:
        findings.append(lacking(NEEDS, SP_800_57, WHY))
    used = [artefact for artefact, _ in (*evidence.of(TerraformFacts), *keys)]
    proof = f"{plural(len(keys), 'key')} rotated, or younger than {CRYPTOPERIOD.days // 365} years"
    return settle(ID, TITLE, findings, proof=proof, used=used, missing=NEEDS)


def _age(described_key: Described, settings: Settings) -> list[Finding]:
    artefact, key = described_key
    source = SOURCE[key.provider]
    if key.rotates and key.rotation_days is not None and key.rotation_days > CRYPTOPERIOD.days:
        message = f"{key.key} rotates every {key.rotation_days} days, beyond the cryptoperiod of {CRYPTOPERIOD.days}"
        return [at(artefact, None, message, "rotate it at least every two years", source, Verdict.WARN)]
    if key.rotates:
        return []
    if key.created is None:
        why = "it says neither when the key was made nor whether it rotates"
        return [inconclusive(artefact, why, "describe the key again, with its rotation", source)]
    if settings.now - key.created > CRYPTOPERIOD:
        years = (settings.now - key.created).days / 365
        message = f"{key.key} was made on {key.created:%Y-%m-%d}, {years:.1f} years ago, and is not known to rotate"
        fix = "switch rotation on, or make a new key and rewrap; or attest the review"
        return [at(artefact, None, message, fix, SP_800_57, Verdict.WARN)]
    return []
