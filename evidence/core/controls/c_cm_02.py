"""C-CM-02: the HSM runs in the mode that its certificate covers.

AWS CloudHSM says it in the description of the cluster. Other vendors' policy dumps no reader takes, so the document is
to be attested: Luna HSM policy 12 and partition policy 43 off, nShield security world in its FIPS 140-3 level 3 mode.
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Evidence
from evidence.core.facts.hsm_members import HsmMembersFacts
from evidence.core.judgement import absent, at, fresh, not_applicable, settle
from evidence.core.results import Result
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import CLOUDHSM_CLUSTER, CMVP, FIPS_140_3
from seal_advisor.core.words import plural

ID = "C-CM-02"
TITLE = "The HSM runs in its approved mode"
NEEDS = ("hsm_policy",)
SOURCES = (FIPS_140_3, CMVP, CLOUDHSM_CLUSTER)

SEALS = frozenset({"pkcs11"})
WHY = "a validated module is validated in its approved mode only"


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    given = evidence.of(HsmMembersFacts)
    clusters, findings = fresh(given, lambda cluster: None, settings, settings.runtime_max_age)
    told = [(artefact, cluster) for artefact, cluster in clusters if cluster.fips is not None]
    if not told and not findings:
        return absent(ID, TITLE, NEEDS, FIPS_140_3, WHY)
    for artefact, cluster in told:
        if cluster.fips is False:
            message = f"the cluster {cluster.cluster} runs in NON_FIPS mode, which no certificate covers"
            fix = "create a cluster in FIPS mode and move the seal key's successor there"
            findings.append(at(artefact, None, message, fix, CLOUDHSM_CLUSTER))
    proof = f"{plural(len(told), 'cluster')} in FIPS mode"
    return settle(ID, TITLE, findings, proof=proof, used=[artefact for artefact, _ in told], missing=NEEDS)
