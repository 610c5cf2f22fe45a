"""C-KB-08: nobody can delete or disable the KMS key unnoticed; its loss is the loss of all data, backups included.

What guards the key depends on the service: with AWS a statement of the key's policy that denies deletion and disabling,
with Azure purge protection, with Google the time that a destruction waits. Terraform code can show a weak key, never
that the key in use is guarded; the log shows who tried.
"""

from __future__ import annotations

from evidence.core.cloud_keys import SOURCE, Described, described
from evidence.core.declared_keys import key_findings
from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, Evidence, KeyStoreLogFacts, TerraformFacts
from evidence.core.facts.kms import Grant, KmsPolicyFacts, KmsVaultFacts
from evidence.core.judgement import absent, at, fresh, inconclusive, lacking, not_applicable, settle
from evidence.core.results import Finding, Result, Verdict
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import (
    AWS_KMS_DELETION,
    AWS_KMS_POLICY,
    AZURE_PURGE,
    GCP_DESTROY,
    SP_800_57,
    VAULT_SEAL_CONCEPT,
)
from seal_advisor.core.words import plural

ID = "C-KB-08"
TITLE = "The KMS key is protected against deletion and disabling"
NEEDS = ("kms_key", "kms_policy")
SOURCES = (SP_800_57, VAULT_SEAL_CONCEPT, AWS_KMS_DELETION, AWS_KMS_POLICY, AZURE_PURGE, GCP_DESTROY)

WHY = "if the seal key is lost, all data are lost, backups included"
LONG_ENOUGH = 30  # days; Google's default, and the longest that AWS KMS can wait
LOST_BY = frozenset({"schedule_deletion", "destroy", "disable"})
DENIED = ("kms:ScheduleKeyDeletion", "kms:DisableKey")

SEALS = frozenset({"cloud_kms"})


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    findings = key_findings(evidence)
    given, unbound = described(evidence)
    keys, old = fresh(given, lambda key: None, settings, settings.runtime_max_age)
    logs = evidence.of(KeyStoreLogFacts)
    vaults = evidence.of(KmsVaultFacts)
    for artefact, log in logs:
        findings += _attempts(artefact, log)
    for artefact, vault in vaults:
        if not vault.purge_protection:
            message = f"{vault.name}: without purge protection a deleted key can be destroyed at once"
            fix = "az keyvault update --enable-purge-protection true"
            findings.append(at(artefact, None, message, fix, AZURE_PURGE))
    for each in keys:
        findings += _guard(each, evidence, guarded=any(vault.purge_protection for _, vault in vaults))
    if not keys and not old and not unbound:
        if not findings:
            return absent(ID, TITLE, NEEDS, SP_800_57, WHY)
        findings.append(lacking(NEEDS, SP_800_57, WHY))
    findings += [*unbound, *old]
    used = [artefact for artefact, _ in (*evidence.of(TerraformFacts), *keys, *vaults, *evidence.of(KmsPolicyFacts))]
    proof = f"{plural(len(keys), 'key')} in use, guarded against deletion, and no log shows an attempt"
    return settle(ID, TITLE, findings, proof=proof, used=used, missing=NEEDS)


def _guard(each: Described, evidence: Evidence, *, guarded: bool) -> list[Finding]:
    artefact, key = each
    if key.state == "pending_deletion":
        when = f" on {key.deletion_at:%Y-%m-%d}" if key.deletion_at else ""
        message = f"{key.key} will be deleted{when}: all data are lost then, backups included"
        fix = "cancel the deletion at once, and restart no node before"
        return [at(artefact, None, message, fix, SOURCE[key.provider])]
    if key.provider == "aws":
        return _aws_policy(evidence)
    if key.provider == "azure":
        return _azure(each, guarded=guarded)
    if key.provider == "gcp":
        return _waiting(each)
    why = f"what guards {key.key} against deletion is not in its description"
    return [inconclusive(artefact, why, "attest who may delete it", SP_800_57)]


def _azure(each: Described, *, guarded: bool) -> list[Finding]:
    artefact, key = each
    if key.purgeable is None and not guarded:
        return [inconclusive(artefact, "it names no recovery level", "az keyvault key show, in full", AZURE_PURGE)]
    if key.purgeable and not guarded:
        message = f"{key.key} can be purged after a deletion: its recovery level is purgeable"
        fix = "az keyvault update --enable-purge-protection true"
        return [at(artefact, None, message, fix, AZURE_PURGE)]
    return []


def _waiting(each: Described) -> list[Finding]:
    artefact, key = each
    days = key.deletes_after_days
    if days is None:
        why = "it does not say how long a destruction waits"
        return [inconclusive(artefact, why, "describe the key again, in full", GCP_DESTROY)]
    if days < LONG_ENOUGH:
        message = f"{key.key}: a destruction takes effect after {days} days; {LONG_ENOUGH} can be had"
        fix = (
            "the time is set when a key is created: create a new key with --destroy-scheduled-duration=30d, and rewrap"
        )
        return [at(artefact, None, message, fix, GCP_DESTROY, Verdict.WARN)]
    return []


def _aws_policy(evidence: Evidence) -> list[Finding]:
    policies = [(artefact, policy) for artefact, policy in evidence.of(KmsPolicyFacts) if policy.provider == "aws"]
    if not policies:
        return [lacking(("kms_policy",), AWS_KMS_POLICY, "a statement must deny deletion and disabling")]
    findings = []
    for artefact, policy in policies:
        open_ = [action for action in DENIED if not any(_denies(grant, action) for grant in policy.grants)]
        if open_:
            message = f"no statement denies {' and '.join(open_)}: whoever administers the key can lose it"
            fix = "deny both to everybody but one break-glass role, with an alarm on its use"
            findings.append(at(artefact, None, message, fix, AWS_KMS_POLICY))
    return findings


def _denies(grant: Grant, action: str) -> bool:
    return not grant.allow and any(each in (action, "kms:*", "*") for each in grant.actions)


def _attempts(artefact: Artefact, log: KeyStoreLogFacts) -> list[Finding]:
    """Deletions and disablings in the log: done ones fail, refused ones are worth a look."""
    findings = []
    for event in log.events:
        if event.action in LOST_BY:
            when = f" on {event.at:%Y-%m-%d %H:%M}" if event.at else ""
            done = event.ok is not False
            message = f"{event.detail}{when} by {event.principal or 'nobody named'}" + ("" if done else ", refused")
            fix = "find out why, and whether it was undone" if done else "find out who tried, and why"
            severity = Verdict.FAIL if done else Verdict.WARN
            findings.append(at(artefact, event.line, message, fix, SP_800_57, severity))
    return findings
