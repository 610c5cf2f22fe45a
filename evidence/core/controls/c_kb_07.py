"""C-KB-07: the KMS key is the customer's own, enabled, and kept at the demanded protection level.

The service's description of the key proves it, where it speaks of the key that the configuration names.
"""

from __future__ import annotations

from evidence.core.cloud_keys import SOURCE, Described, described, undescribed
from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.judgement import absent, at, fresh, inconclusive, not_applicable, note, settle
from evidence.core.results import Finding, Result
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import FIPS_140_3, SP_800_57
from seal_advisor.core.words import plural

ID = "C-KB-07"
TITLE = "The KMS key is customer-managed, at the right protection level"
NEEDS = ("kms_key",)
SOURCES = (SP_800_57, FIPS_140_3, *SOURCE.values())

SEALS = frozenset({"cloud_kms"})
WHY = "key manager, origin, state and protection level stand in the key's description"
AGAIN = "describe the key again, in full"


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    given, findings = described(evidence)
    keys, old = fresh(given, lambda key: None, settings, settings.runtime_max_age)
    findings += old
    if not keys and not findings:
        return absent(ID, TITLE, NEEDS, SP_800_57, WHY)
    for each in keys:
        findings += _owner_and_state(each) + _protection(each, demands)
    if not old:
        findings += undescribed(evidence, keys)
    proof = f"{plural(len(keys), 'key')}: the customer's own, enabled, at the demanded protection level"
    return settle(ID, TITLE, findings, proof=proof, used=[artefact for artefact, _ in keys], missing=NEEDS)


def _owner_and_state(described_key: Described) -> list[Finding]:
    artefact, key = described_key
    source = SOURCE[key.provider]
    if key.inconclusive or key.state is None:
        return [inconclusive(artefact, key.inconclusive or "it does not say the key's state", AGAIN, source)]
    findings = []
    if key.customer_managed is False:
        message = f"{key.key} is managed by the provider, not by the customer"
        findings.append(at(artefact, None, message, "create a key of your own and migrate the seal to it", source))
    elif key.customer_managed is None:
        findings.append(inconclusive(artefact, "it does not say who manages the key", AGAIN, source))
    if key.state != "enabled":
        message = f"{key.key} is {key.state.replace('_', ' ')}: the next start of the server fails"
        fix = "cancel the deletion or enable the key at once, and restart no node before"
        findings.append(at(artefact, None, message, fix, source))
    if key.exportable:
        message = f"{key.key} may be exported, so it does not stay where it is"
        findings.append(at(artefact, None, message, "create a key that is not exportable, and rewrap", source))
    return findings


def _protection(described_key: Described, demands: Demands) -> list[Finding]:
    artefact, key = described_key
    source = SOURCE[key.provider]
    if key.inconclusive:
        return []
    if key.protection is None:
        return [inconclusive(artefact, "it does not say at which level the key is protected", AGAIN, source)]
    if key.protection == "software" and (demands.hardware or demands.fips):
        message = f"{key.key} is protected by software; the answers demand a validated module"
        fix = "create the key with HSM protection (GCP and OCI: HSM; Azure: RSA-HSM), and rewrap"
        return [at(artefact, None, message, fix, source)]
    if key.protection == "external":
        return [note(f"{key.key} is kept outside the provider; what keeps it there must be shown apart", artefact)]
    return []
