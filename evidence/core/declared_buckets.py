"""What Terraform code says about the buckets that take audit records: can a record be overwritten or deleted there?

Code is an intention: a finding in it is real, but nothing in it ever proves what runs.
"""

from __future__ import annotations

from evidence.core.facts import Artefact, DeclaredResource, Evidence, TerraformFacts
from evidence.core.judgement import at, note
from evidence.core.results import Finding, Verdict
from evidence.core.sources import S3_OBJECT_LOCK
from seal_advisor.core.regex import regex

_TAKES_RECORDS = regex(r"(?i)audit|trail|log")
_REFERENCE = regex(r"aws_s3_bucket\.([A-Za-z_][\w\-]{0,80})")
MODE = "rule.default_retention.mode"
FIX = 'aws_s3_bucket_object_lock_configuration with default_retention { mode = "COMPLIANCE" }'


def bucket_findings(evidence: Evidence) -> list[Finding]:
    """One for each declared bucket whose name says that it takes audit records, trails or logs."""
    findings: list[Finding] = []
    for artefact, code in evidence.of(TerraformFacts):
        locks = code.of("aws_s3_bucket_object_lock_configuration")
        for bucket in code.of("aws_s3_bucket"):
            named = bucket.settings.get("bucket")
            if _TAKES_RECORDS.search(f"{bucket.name} {named.value if named else ''}"):
                findings.append(_bucket(artefact, bucket, locks))
    return findings


def _bucket(artefact: Artefact, bucket: DeclaredResource, locks: tuple[DeclaredResource, ...]) -> Finding:
    here = f"{bucket.type}.{bucket.name}"
    lock = next((one for one in locks if _locks(one, bucket)), None)
    mode = lock.settings.get(MODE) if lock else None
    if lock is None or mode is None:
        what = "without Object Lock" if lock is None else "without a default retention"
        message = f"{here}: {what} whoever may write here can delete or overwrite audit records"
        return at(artefact, (lock or bucket).line, message, FIX, S3_OBJECT_LOCK, Verdict.WARN)
    if str(mode.value).upper() == "GOVERNANCE":
        message = f"{here}: mode GOVERNANCE lets whoever has s3:BypassGovernanceRetention delete audit records"
        fix = 'mode = "COMPLIANCE", or show that nobody has that permission'
        return at(artefact, mode.line, message, fix, S3_OBJECT_LOCK, Verdict.WARN)
    return note(f"the code locks {here} in mode {mode.value}", artefact)


def _locks(lock: DeclaredResource, bucket: DeclaredResource) -> bool:
    """By reference to the resource, or by the same literal name."""
    about = lock.settings.get("bucket")
    if about is None:
        return False
    reference = _REFERENCE.search(str(about.value))
    named = bucket.settings.get("bucket")
    return reference.group(1) == bucket.name if reference else named is not None and named.value == about.value
