"""C-RO-01: the barrier keyring rotates by policy, before AES-GCM's limit of uses.

Vault's default is 3,865,470,566 operations, 90 % of 2^32; more is not safe with random nonces. `interval` 0 means by
count only.
"""

from __future__ import annotations

from datetime import timedelta

from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, Evidence, KeyStatusFacts, RotationFacts
from evidence.core.judgement import absent, at, inconclusive, lacking, settle
from evidence.core.results import Finding, Result
from evidence.core.sources import SP_800_57, VAULT_ROTATE

ID = "C-RO-01"
TITLE = "The barrier key is rotated within its policy"
NEEDS = ("rotation_config", "key_status")
SOURCES = (VAULT_ROTATE, SP_800_57)

MOST_OPERATIONS = 3_865_470_566
FIX = "vault write sys/rotate/config enabled=true max_operations=3865470566 interval=8760h"
READ = "vault read -format=json sys/rotate/config"


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    policies, keys = evidence.of(RotationFacts), evidence.of(KeyStatusFacts)
    missing = [kind for kind, there in (("rotation_config", policies), ("key_status", keys)) if not there]
    if len(missing) == 2:
        return absent(ID, TITLE, NEEDS, VAULT_ROTATE, "policy and age stand there")
    findings: list[Finding] = []
    intervals = [policy.interval_seconds for _, policy in policies if policy.interval_seconds]
    for artefact, policy in policies:
        findings += _policy(artefact, policy)
    for artefact, key in keys:
        findings += _key(artefact, key, settings, min(intervals, default=0))
    if missing:
        findings.append(lacking(missing, VAULT_ROTATE, "policy and age of the key belong together"))
    used = [artefact for artefact, _ in (*policies, *keys)]
    proof = "rotation is on within the limit of uses, and the key in use is within it"
    return settle(ID, TITLE, findings, proof=proof, used=used, missing=missing)


def _policy(artefact: Artefact, policy: RotationFacts) -> list[Finding]:
    if policy.inconclusive or policy.enabled is None:
        return [inconclusive(artefact, policy.inconclusive or "it does not say whether it is on", READ, VAULT_ROTATE)]
    if not policy.enabled:
        return [at(artefact, None, "automatic rotation of the barrier key is off", FIX, VAULT_ROTATE)]
    if policy.max_operations is not None and policy.max_operations > MOST_OPERATIONS:
        message = f"max_operations {policy.max_operations} is above {MOST_OPERATIONS}, the safe number of uses of a key"
        return [at(artefact, None, message, FIX, VAULT_ROTATE)]
    return []


def _key(artefact: Artefact, key: KeyStatusFacts, settings: Settings, interval: int) -> list[Finding]:
    if key.inconclusive or key.installed is None:
        why = key.inconclusive or "it does not say since when the key is in use"
        return [inconclusive(artefact, why, "vault operator key-status -format=json", VAULT_ROTATE)]
    findings = []
    if key.encryptions is not None and key.encryptions > MOST_OPERATIONS:
        message = f"the key in use has encrypted {key.encryptions} times, more than {MOST_OPERATIONS}"
        findings.append(at(artefact, None, message, "vault operator rotate", VAULT_ROTATE))
    if interval and settings.now - key.installed > timedelta(seconds=interval):
        message = f"the key in use is of {key.installed:%Y-%m-%d}, older than its interval of {interval // 3600} hours"
        findings.append(at(artefact, None, message, "vault operator rotate", VAULT_ROTATE))
    return findings
