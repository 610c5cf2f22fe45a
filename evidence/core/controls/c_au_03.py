"""C-AU-03: the HSM's or KMS's own log is there, complete and unbroken.

AWS numbers audit records per log stream and reboot counter, from 0 and without gaps, so completeness is checkable.
A log without numbers is complete only if its integrity was verified. What only the vendor can verify is said so.
Terraform code that puts the records where they can be deleted is a warning: it shows an intention, never a state.
"""

from __future__ import annotations

from evidence.core.declared_buckets import bucket_findings
from evidence.core.demands import Demands, Settings
from evidence.core.facts import Artefact, Evidence, KeyStoreLogFacts, TerraformFacts
from evidence.core.judgement import absent, at, inconclusive, lacking, not_applicable, note, settle, too_old
from evidence.core.results import Finding, Result, Verdict
from evidence.core.seal_facts import artefacts_with_seal, only_other_seals
from evidence.core.sources import CLOUDHSM_AUDIT, CLOUDTRAIL_DIGEST, OURS, S3_OBJECT_LOCK, SOFTHSM
from seal_advisor.core.words import plural

ID = "C-AU-03"
TITLE = "HSM and KMS logs are collected, complete and unbroken"
NEEDS = ("key_store_log",)
SOURCES = (CLOUDHSM_AUDIT, CLOUDTRAIL_DIGEST, SOFTHSM, S3_OBJECT_LOCK)

WHY = "it shows who used and changed the key"
EXPORT = "export the whole period again from the source, not from a filtered view"


def check(evidence: Evidence, demands: Demands, settings: Settings) -> Result:
    given, findings = evidence.of(KeyStoreLogFacts), bucket_findings(evidence)
    digests = {sha256: artefact.name for artefact, log in given for sha256 in log.covers}
    logs = [(artefact, log) for artefact, log in given if not log.covers]
    if not given:
        other = only_other_seals(evidence, demands, frozenset({"pkcs11", "cloud_kms", "kmip"}))
        if other:
            return not_applicable(ID, TITLE, other, artefacts_with_seal(evidence))
        if not findings:
            return absent(ID, TITLE, NEEDS, CLOUDHSM_AUDIT, WHY)
        findings.append(lacking(NEEDS, CLOUDHSM_AUDIT, WHY))
    for artefact, log in logs:
        findings += _gaps(artefact, log)
        findings += _worth(artefact, log, _digest_of(artefact, digests))
        findings += _period(artefact, log, settings)
    if given and not logs:
        findings.append(lacking(NEEDS, CLOUDTRAIL_DIGEST, "digests name the log files, and hold no event"))
    records = sum(log.records for _, log in logs)
    proof = f"{plural(len(logs), 'log')}, {records} records, no gap"
    return settle(ID, TITLE, findings, proof=proof, used=_used(evidence), missing=NEEDS)


def _used(evidence: Evidence) -> list[Artefact]:
    return [artefact for artefact, _ in (*evidence.of(KeyStoreLogFacts), *evidence.of(TerraformFacts))]


def _gaps(artefact: Artefact, log: KeyStoreLogFacts) -> list[Finding]:
    findings = [
        at(
            artefact,
            gap.line,
            f"records are missing in {gap.stream}: after number {gap.after} comes {gap.before}",
            EXPORT,
            CLOUDHSM_AUDIT,
        )
        for gap in log.gaps
    ]
    if log.integrity == "broken":
        message = f"the log's own integrity check fails: {log.integrity_reason}"
        findings.append(at(artefact, None, message, "take a fresh export and compare both", OURS))
    return findings


def _digest_of(artefact: Artefact, digests: dict[str, str]) -> str:
    """The digest that names this file, by its own hash or by that of the compressed file around it."""
    hashes = (artefact.sha256, *(sha256 for _, sha256 in artefact.within))
    return next((digests[each] for each in hashes if each in digests), "")


def _worth(artefact: Artefact, log: KeyStoreLogFacts, digest: str) -> list[Finding]:
    """digest: the file that names this log as the service delivered it, "" where none does."""
    if log.inconclusive:
        return [inconclusive(artefact, log.inconclusive, EXPORT, CLOUDHSM_AUDIT)]
    if log.software:
        why = "this is the debug log of a software token, not an audit log"
        return [inconclusive(artefact, why, "use an HSM that keeps an audit log", SOFTHSM)]
    if not log.records:
        return [inconclusive(artefact, "no record in it", EXPORT, CLOUDHSM_AUDIT)]
    findings = []
    if log.bad_lines:
        line, offset = log.bad_lines[0]
        message = f"{plural(len(log.bad_lines), 'line')} cannot be read, the first at byte {offset}"
        findings.append(at(artefact, line, message, EXPORT, CLOUDHSM_AUDIT, Verdict.NOT_PROVEN))
    if log.integrity != "verified" and not log.numbered:
        findings.append(_unnumbered(artefact, log, digest))
    elif log.integrity == "not_checkable":
        reason = log.integrity_reason or "only the vendor's tool can check it"
        findings.append(note(f"complete by its numbers; integrity not checkable here: {reason}", artefact))
    return findings


def _unnumbered(artefact: Artefact, log: KeyStoreLogFacts, digest: str) -> Finding:
    """A log that numbers nothing: who can show that it is whole, and how."""
    if digest:
        why = f"unchanged as {digest} names it; that this digest is AWS's own, only its signature in S3 shows"
        fix = "run `aws cloudtrail validate-logs` for the period, and attest its outcome"
        return inconclusive(artefact, why, fix, CLOUDTRAIL_DIGEST)
    why = f"complete only by its own word: no sequence numbers, integrity {log.integrity_reason or 'not checked'}"
    if log.format == "cloudtrail_kms":
        return inconclusive(artefact, why, "give the signed digest files of the same period too", CLOUDTRAIL_DIGEST)
    return inconclusive(
        artefact, why, "have the vendor's or the service's own check done, and attest its outcome", OURS
    )


def _period(artefact: Artefact, log: KeyStoreLogFacts, settings: Settings) -> list[Finding]:
    begin, end = settings.observed_from, settings.observed_to
    if begin and log.last and log.last < begin:
        why = f"ends on {log.last:%Y-%m-%d}, before the period under review began on {begin:%Y-%m-%d}"
        return [at(artefact, None, why, EXPORT, OURS, Verdict.STALE)]
    if begin and end and log.first and log.last and (log.first > begin or log.last < end):
        shown = f"{log.first:%Y-%m-%d} to {log.last:%Y-%m-%d}"
        why = f"covers {shown} only; the period under review is {begin:%Y-%m-%d} to {end:%Y-%m-%d}"
        return [at(artefact, None, why, EXPORT, OURS, Verdict.NOT_PROVEN)]
    if begin is None and end is None:
        why = too_old(log.last, settings, settings.runtime_max_age)
        return [at(artefact, None, why, EXPORT, OURS, Verdict.STALE)] if why else []
    return []
