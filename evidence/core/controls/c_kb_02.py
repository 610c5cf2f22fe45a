"""C-KB-02: the seal key was made in the HSM and can never leave it in plain text.

In a listing or a doctor's report: never extractable, sensitive, local (made inside). A listing that shows the key's
value shows that it can leave. SoftHSM keeps keys in files: no boundary at all.
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, Evidence, HsmObject, HsmObjectsFacts
from evidence.core.judgement import absent, at, inconclusive, lacking, not_applicable, settle
from evidence.core.results import Finding, Result, Verdict
from evidence.core.seal_facts import artefacts_with_seal, doctors, key_labels, listings, only_other_seals
from evidence.core.sources import PKCS11, SOFTHSM, SP_800_57

ID = "C-KB-02"
TITLE = "The seal key is in the HSM and cannot leave it"
NEEDS = ("hsm_objects",)
SOURCES = (PKCS11, SP_800_57, SOFTHSM)

SEALS = frozenset({"pkcs11"})
WHY = "sensitive, never extractable, local: the listing shows it, or `seal-advisor doctor` on a node"
REMAKE = "create a new key inside the HSM with CKA_SENSITIVE=true and CKA_EXTRACTABLE=false, rewrap, destroy this one"


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    reports, findings = doctors(evidence, settings)
    shown = listings(evidence, reports)
    if not shown and findings:
        return settle(ID, TITLE, findings, proof="", missing=NEEDS)
    if not shown:
        other = only_other_seals(evidence, demands, SEALS)
        if other:
            return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
        return absent(ID, TITLE, NEEDS, PKCS11, WHY)
    wanted = key_labels(evidence, reports)
    judged: set[str] = set()
    for artefact, listing in shown:
        if listing.inconclusive:
            findings.append(inconclusive(artefact, listing.inconclusive, "log in with --login and list again", PKCS11))
        if listing.software:
            message = "the token is SoftHSM: its keys lie in files, no hardware keeps them"
            findings.append(at(artefact, None, message, "use a validated HSM", SOFTHSM))
        for key in seal_keys(listing, wanted):
            judged.add(key.label)
            findings += _key(artefact, key)
    lost = sorted(set(wanted) - judged)
    if lost or not judged:
        named = f"no key labelled {', '.join(lost)} in a listing" if lost else WHY
        findings.append(lacking(NEEDS, PKCS11, named))
    proof = f"{', '.join(sorted(judged))}: made in the HSM, never extractable"
    return settle(ID, TITLE, findings, proof=proof, used=[artefact for artefact, _ in shown], missing=NEEDS)


def seal_keys(listing: HsmObjectsFacts, wanted: dict[str, str]) -> tuple[HsmObject, ...]:
    """The secret and private keys that the configurations name; all of them where no configuration names any."""
    keys = (key for key in listing.objects if key.kind.lower().startswith(("secret", "private")))
    return tuple(key for key in keys if not wanted or key.label in wanted)


def _key(artefact: Artefact, key: HsmObject) -> list[Finding]:
    if key.extractable:
        how = "the listing shows its value" if key.value_shown else "it is extractable"
        return [at(artefact, key.line, f"key {key.label} can leave the HSM: {how}", REMAKE, PKCS11)]
    if key.extractable is None and "not sensitive" not in key.attributes:
        why = f"key {key.label}: the listing does not say whether it is extractable"
        return [at(artefact, key.line, why, "log in with --login and list again", PKCS11, Verdict.NOT_PROVEN)]
    findings = []
    if "not sensitive" in key.attributes:
        message = f"key {key.label} is not sensitive: its value may be shown"
        findings.append(at(artefact, key.line, message, REMAKE, PKCS11))
    if "never extractable" not in key.attributes:
        message = f"key {key.label} is not extractable now, but was once"
        findings.append(at(artefact, key.line, message, REMAKE, PKCS11))
    if "local" not in key.attributes:
        message = f"key {key.label} was not made in this HSM: a copy may exist outside"
        findings.append(at(artefact, key.line, message, REMAKE, PKCS11, Verdict.WARN))
    return findings
