"""C-KB-09: the principals that may use the KMS key, and those that did, are the Vault workload's role only.

A policy shows who may, the log who did. Who the workload is, the answers do not say: one principal that may decrypt is
taken for it, several need a person's word.
"""

from __future__ import annotations

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, Evidence, KeyStoreLogFacts
from evidence.core.facts.kms import Grant, KmsPolicyFacts
from evidence.core.judgement import absent, at, inconclusive, lacking, not_applicable, settle
from evidence.core.results import Finding, Result, Verdict
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import AWS_KMS_POLICY, SP_800_53, SP_800_57

ID = "C-KB-09"
TITLE = "Only Vault may use the seal key in the KMS"
NEEDS = ("kms_policy", "key_store_log")
SOURCES = (SP_800_57, SP_800_53, AWS_KMS_POLICY)

SEALS = frozenset({"cloud_kms"})
WHY = "principals in the policy and in the log must be the workload's role only"
NARROW = "name the role of the Vault nodes alone for Encrypt and Decrypt"
# Actions and roles that let somebody decrypt with the key, by provider.
DECRYPTING = {
    "aws": ("kms:Decrypt", "kms:*", "*", "kms:Decrypt*"),
    "gcp": (
        "roles/cloudkms.cryptoKeyDecrypter", "roles/cloudkms.cryptoKeyEncrypterDecrypter",
        "roles/cloudkms.cryptoOperator", "roles/owner",
    ),
    "azure": (
        "Key Vault Crypto User", "Key Vault Crypto Service Encryption User", "Key Vault Crypto Officer",
        "Key Vault Administrator",
    ),
}  # fmt: skip
ANYBODY = frozenset({"*", "allUsers", "allAuthenticatedUsers", "everybody but some"})
USES = ("decrypt", "unwrap", "encrypt", "wrap")


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    other = only_other_seals(evidence, demands, SEALS)
    if other:
        return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
    policies, logs = evidence.of(KmsPolicyFacts), evidence.of(KeyStoreLogFacts)
    if not policies and not logs:
        return absent(ID, TITLE, NEEDS, SP_800_57, WHY)
    findings: list[Finding] = []
    allowed: set[str] = set()
    for artefact, policy in policies:
        findings += _anybody(artefact, policy)
        allowed |= users_of(policy)
    named = allowed - ANYBODY
    if len(named) > 1:
        who = ", ".join(sorted(named))
        why = f"{len(named)} principals may decrypt with the key ({who}); which of them is the workload, no file says"
        findings.append(inconclusive(policies[0][0], why, f"{NARROW}, or attest who they are", SP_800_57))
    for artefact, log in logs:
        findings += _others(artefact, log, named)
    missing = [kind for kind, there in (("kms_policy", policies), ("key_store_log", logs)) if not there]
    if missing:
        findings.append(lacking(missing, SP_800_57, WHY))
    proof = f"{', '.join(sorted(named)) or 'nobody'} alone may use the key, and nobody else did"
    used = [artefact for artefact, _ in (*policies, *logs)]
    return settle(ID, TITLE, findings, proof=proof, used=used, missing=missing)


def users_of(policy: KmsPolicyFacts) -> set[str]:
    """Who may decrypt. The account itself (AWS `:root`) is left out: it only lets IAM decide, as AWS's default does."""
    return {
        principal
        for grant in policy.grants
        if grant.allow and _decrypts(grant, policy.provider)
        for principal in grant.principals
        if not principal.endswith(":root")
    }


def _anybody(artefact: Artefact, policy: KmsPolicyFacts) -> list[Finding]:
    if policy.inconclusive:
        return [inconclusive(artefact, policy.inconclusive, "hand in the whole policy", SP_800_57)]
    findings = []
    for grant in policy.grants:
        if not grant.allow or grant.conditional or not _decrypts(grant, policy.provider):
            continue
        if ANYBODY & set(grant.principals):
            message = f"the policy lets everybody use the key ({', '.join(grant.actions)})"
            findings.append(at(artefact, grant.line, message, NARROW, AWS_KMS_POLICY))
        elif any(who.endswith(":root") for who in grant.principals):
            message = "the account's IAM policies may let others use the key, too: this policy leaves it to them"
            fix = "name the key's administrators without Decrypt, and the workload's role alone with it"
            findings.append(at(artefact, grant.line, message, fix, AWS_KMS_POLICY, Verdict.WARN))
    return findings


def _decrypts(grant: Grant, provider: str) -> bool:
    return any(action in DECRYPTING.get(provider, ()) for action in grant.actions)


def _others(artefact: Artefact, log: KeyStoreLogFacts, allowed: set[str]) -> list[Finding]:
    """Who used the key without being named; the log lists every principal once, whatever it did."""
    if log.inconclusive or not any(log.counts.get(action) for action in USES):
        why = log.inconclusive or "no use of the key in it"
        return [inconclusive(artefact, why, "export the whole period", SP_800_57)]
    strangers = [who for who in log.principals if allowed and not any(_same(who, known) for known in allowed)]
    message = "{} stands in the log, but not in the policy as a user of the key"
    fix = "find out whether it administered the key or used it"
    return [at(artefact, None, message.format(who), fix, SP_800_53, Verdict.WARN) for who in strangers[:20]]


def _same(who: str, allowed: str) -> bool:
    """An assumed role of AWS (`assumed-role/NAME/SESSION`) is the role (`role/NAME`); Google's have a prefix."""
    if who == allowed or who == allowed.partition(":")[2]:
        return True
    parts = who.partition(":assumed-role/")[2].split("/")
    return bool(parts[0]) and allowed.endswith(f":role/{parts[0]}")
