"""What Terraform code says about the protection of KMS keys and the members of a CloudHSM cluster.

Code is an intention: a finding in it is real, but nothing in it ever proves what runs.
"""

from __future__ import annotations

from evidence.core.facts import Artefact, DeclaredResource, Evidence, TerraformFacts
from evidence.core.judgement import at, note
from evidence.core.results import Finding, Verdict
from evidence.core.sources import AWS_KMS_DELETION, AZURE_PURGE, VAULT_PKCS11
from seal_advisor.core.regex import regex
from seal_advisor.core.words import plural

LONGEST_WAIT = 30  # days; AWS KMS takes 7 to 30
_ANYBODY = regex(r'"?Principal"?\s{0,8}[=:]\s{0,8}(?:\{\s{0,8}"?AWS"?\s{0,8}[=:]\s{0,8})?\[?\s{0,8}"\*"')
_CONDITION = regex(r'"?Condition"?\s{0,8}[=:]')


def key_findings(evidence: Evidence) -> list[Finding]:
    """How easily the declared KMS keys can be lost."""
    findings: list[Finding] = []
    for artefact, code in evidence.of(TerraformFacts):
        for key in code.of("aws_kms_key"):
            findings += _aws(artefact, key)
        for vault in code.of("azurerm_key_vault"):
            findings += _azure(artefact, vault)
    return findings


def _aws(artefact: Artefact, key: DeclaredResource) -> list[Finding]:
    findings = []
    window = key.settings.get("deletion_window_in_days")
    if window is not None and isinstance(window.value, int) and window.value < LONGEST_WAIT:
        message = f"{key.type}.{key.name}: a deletion takes effect after {window.value} days; {LONGEST_WAIT} can be had"
        fix = f"deletion_window_in_days = {LONGEST_WAIT}"
        findings.append(at(artefact, window.line, message, fix, AWS_KMS_DELETION, Verdict.WARN))
    policy = key.settings.get("policy")
    text = str(policy.value) if policy else ""
    if policy is not None and _ANYBODY.search(text) and not _CONDITION.search(text):
        message = f"{key.type}.{key.name}: the key's policy admits every principal, so anybody may use or delete it"
        fix = "name the role of the Vault nodes and that of the key administrators"
        findings.append(at(artefact, policy.line, message, fix, AWS_KMS_DELETION))
    return findings


def _azure(artefact: Artefact, vault: DeclaredResource) -> list[Finding]:
    purge = vault.settings.get("purge_protection_enabled")
    if purge is not None and purge.value is not False:
        return []
    message = f"{vault.type}.{vault.name}: without purge protection a deleted key can be destroyed at once"
    line = vault.line_of("purge_protection_enabled")
    return [at(artefact, line, message, "purge_protection_enabled = true", AZURE_PURGE)]


def rotation_findings(evidence: Evidence) -> list[Finding]:
    """Declared AWS keys that do not rotate by themselves."""
    findings = []
    for artefact, code in evidence.of(TerraformFacts):
        for key in code.of("aws_kms_key"):
            rotation = key.settings.get("enable_key_rotation")
            if rotation is None or rotation.value is False:
                message = f"{key.type}.{key.name}: automatic rotation is not on"
                line = key.line_of("enable_key_rotation")
                findings.append(
                    at(artefact, line, message, "enable_key_rotation = true", AWS_KMS_DELETION, Verdict.WARN)
                )
    return findings


def member_findings(evidence: Evidence) -> list[Finding]:
    """CloudHSM clusters with fewer than two members, or with all of them in one zone."""
    findings: list[Finding] = []
    for artefact, code in evidence.of(TerraformFacts):
        members = code.of("aws_cloudhsm_v2_hsm")
        clusters = code.of("aws_cloudhsm_v2_cluster")
        if members:
            findings += _members(artefact, members)
        elif clusters:
            message = f"{clusters[0].type}.{clusters[0].name} is declared without a member in this file"
            findings.append(note(message, artefact))
    return findings


def _members(artefact: Artefact, members: tuple[DeclaredResource, ...]) -> list[Finding]:
    counts = [member.settings["count"].value if "count" in member.settings else 1 for member in members]
    if any(not isinstance(count, int) for count in counts) or any("for_each" in member.settings for member in members):
        return [note("the number of CloudHSM members is computed, so the code does not say it", artefact)]
    number = sum(count for count in counts if isinstance(count, int))
    if number < 2:
        message = f"{plural(number, 'CloudHSM member')} declared: the seal key does not survive the loss of one HSM"
        fix = "add a second aws_cloudhsm_v2_hsm in another availability zone"
        return [at(artefact, members[0].line, message, fix, VAULT_PKCS11)]
    zones = {
        str(member.settings[name].value) if name in member.settings else ""
        for member in members
        for name in (("availability_zone",) if "availability_zone" in member.settings else ("subnet_id",))
    }
    if len(zones) == 1 and not next(iter(zones)).startswith("${") and "" not in zones:
        message = f"all {number} CloudHSM members stand in {next(iter(zones))}: the loss of one zone takes them all"
        fix = "give each aws_cloudhsm_v2_hsm its own availability_zone"
        return [at(artefact, members[0].line, message, fix, VAULT_PKCS11)]
    return [note(f"the code declares {number} CloudHSM members in {plural(len(zones), 'zone')}", artefact)]
