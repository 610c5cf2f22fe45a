"""C-DR-01: the seal key survives the loss of one HSM: two members or more, in sync, on different sites.

The service's listing of the members proves it. Terraform code can show that a CloudHSM cluster has too few members;
that they run and hold the key, it cannot show.
"""

from __future__ import annotations

from evidence.core.declared_keys import member_findings
from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, Evidence, TerraformFacts
from evidence.core.facts.hsm_members import HsmMembersFacts
from evidence.core.judgement import absent, at, fresh, inconclusive, lacking, not_applicable, note, settle
from evidence.core.results import Finding, Result
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import CLOUDHSM_CLUSTER, SP_800_53, VAULT_PKCS11
from seal_advisor.core.words import plural

ID = "C-DR-01"
TITLE = "The HSM cluster has two members or more, in sync, on different sites"
NEEDS = ("hsm_members",)
SOURCES = (VAULT_PKCS11, SP_800_53, CLOUDHSM_CLUSTER)

SEALS = frozenset({"pkcs11"})
WHY = "members, their sites, and that each holds the key"
LEAST = 2


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    given = evidence.of(HsmMembersFacts)
    clusters, findings = fresh(given, lambda cluster: None, settings, settings.runtime_max_age)
    declared = member_findings(evidence)
    if not given and not declared:
        return absent(ID, TITLE, NEEDS, VAULT_PKCS11, WHY)
    findings += declared
    for artefact, cluster in clusters:
        findings += _cluster(artefact, cluster)
    if not given:
        findings.append(lacking(NEEDS, VAULT_PKCS11, WHY))
    used = [artefact for artefact, _ in (*evidence.of(TerraformFacts), *clusters)]
    proof = f"{sum(len(cluster.members) for _, cluster in clusters)} members answer, on different sites"
    return settle(ID, TITLE, findings, proof=proof, used=used, missing=NEEDS)


def _cluster(artefact: Artefact, cluster: HsmMembersFacts) -> list[Finding]:
    if cluster.inconclusive:
        return [inconclusive(artefact, cluster.inconclusive, "list this one group or cluster whole", CLOUDHSM_CLUSTER)]
    findings: list[Finding] = []
    active = [member for member in cluster.members if member.active]
    for member in cluster.members:
        if not member.active:
            message = f"{member.id} does not take part: it is {member.state or 'in no known state'}"
            findings.append(at(artefact, None, message, "replace this member", CLOUDHSM_CLUSTER))
    if len(active) < LEAST:
        message = (
            f"{plural(len(active), 'member')} of {cluster.cluster} in service: the loss of one HSM loses the seal key"
        )
        findings.append(at(artefact, None, message, "add a second HSM in another zone", CLOUDHSM_CLUSTER))
        return findings
    zones = {member.zone for member in active}
    if None in zones:
        findings.append(
            inconclusive(artefact, "it does not say where each member stands", "attest the sites", SP_800_53)
        )
    elif len(zones) < LEAST:
        message = f"all members of {cluster.cluster} stand in {next(iter(zones))}: the loss of one zone takes them all"
        findings.append(at(artefact, None, message, "add an HSM in another zone", CLOUDHSM_CLUSTER))
    if cluster.synchronised is False:
        message = f"the members of {cluster.cluster} are not in sync: not each of them holds the key"
        findings.append(at(artefact, None, message, "synchronise them, and list the keys of each", VAULT_PKCS11))
    elif cluster.synchronised is None and cluster.vendor == "aws_cloudhsm":
        findings.append(
            note("AWS keeps the members of a cluster in sync; the listing itself does not show the key", artefact)
        )
    elif cluster.synchronised is None:
        message = "it does not say whether the members are in sync"
        findings.append(inconclusive(artefact, message, "list the keys of each member", VAULT_PKCS11))
    return findings
