"""What can be done with evidence: receive, judge, ask for a package. Access was decided by the caller.

The order of `receive_evidence` is the product's promise: limits, kind, redaction and parsing happen in memory, and only
what came out redacted touches the disk or the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from typing import Any, BinaryIO

from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils import timezone

from evidence import jobs, ledger
from evidence.core import demands, examine, facts, signing, upload, verify
from evidence.core.artefact_json import plain
from evidence.core.demands import Settings
from evidence.core.facts import Evidence, Redaction
from evidence.core.manifest import moment
from evidence.core.results import Result
from evidence.core.stream import intake_stream
from evidence.core.upload import Declared
from evidence.models import Artefact, Job, Package
from evidence.storage import Spool, get_blob
from seal_advisor import __version__
from seal_advisor.access import Actor
from seal_advisor.core.rules import Decision
from seal_advisor.models import Design
from seal_advisor.services import decision_of, freeze_revision

JUDGED_FOR_SECONDS = 3600
PACKAGE_JOB = "package"


def receive_evidence(
    design: Design, *, actor: Actor, name: str, data: bytes | BinaryIO, declared: Declared | None = None
) -> tuple[Artefact, bool]:
    """Take one file in. Returns (artefact, new); the same bytes again return the first artefact and change nothing.

    Raises upload.Refused (reason, remedy, status 422, 413 or 415); then nothing was stored anywhere.
    """
    given = declared or Declared()
    assumed = replace(given, product=given.product or product_of(design.answers.get("answers", {})))
    source = BytesIO(data) if isinstance(data, bytes) else data
    with Spool() as spool:
        taken = intake_stream(name, source, spool.write, declared=assumed, again=spool.again)
        return _store(design, taken, spool, actor, given)


def _store(
    design: Design, taken: facts.Artefact, spool: Spool, actor: Actor, declared: Declared
) -> tuple[Artefact, bool]:
    first = Artefact.objects.filter(design=design, sha256=taken.sha256).first()
    if first is not None:
        return first, False
    key, blob_sha256 = spool.store()
    try:
        with transaction.atomic():
            artefact = Artefact.objects.create(
                design=design,
                sha256=taken.sha256,
                size=taken.size,
                name=taken.name,
                kind=taken.kind,
                facts=storable(plain(taken.facts)),
                redactions=[{"line": item.line, "what": item.what} for item in taken.redactions],
                product=declared.product or "",
                product_version=declared.version or "",
                node=taken.node or "",
                source=taken.source,
                observed_from=taken.observed_from,
                observed_to=taken.observed_to,
                uploader=actor.user,
                uploader_label=actor.label,
                token=actor.token,
                blob=key,
                blob_sha256=blob_sha256,
                blob_size=spool.size,
            )
            ledger.append("received", design, [_receipt(artefact)], at=artefact.received_at)
    except IntegrityError:
        # The same bytes came in at the same moment by another request; the first one counts.
        return Artefact.objects.get(design=design, sha256=taken.sha256), False
    return artefact, True


def _receipt(artefact: Artefact) -> dict[str, Any]:
    return {
        "what": "received",
        "design": str(artefact.design_id),
        "artefact": str(artefact.pk),
        "received_at": moment(artefact.received_at),
        "uploader": artefact.uploader_label,
        "sha256": artefact.sha256,
        "stored_sha256": artefact.blob_sha256,
        "name": artefact.name,
        "size": artefact.size,
        "artefact_kind": artefact.kind,
        "redactions": artefact.redactions,
    }


def product_of(answers: Mapping[str, str]) -> str | None:
    """The product that the answers name: what a configuration is read as when nobody declares it."""
    platform = answers.get("platform") or ""
    return "openbao" if platform.startswith("openbao") else "vault" if platform else None


def evidence_of(artefacts: Iterable[Artefact], answers: Mapping[str, str]) -> Evidence:
    """The artefacts as the controls read them: the stored bytes, hashed again, parsed again.

    Raises storage.BlobChanged when a blob is not what was received.
    """
    return Evidence(tuple(_read_again(row, answers) for row in artefacts))


def _read_again(row: Artefact, answers: Mapping[str, str]) -> facts.Artefact:
    declared = Declared(
        product=row.product or product_of(answers),
        version=row.product_version or None,
        node=row.node or None,
        observed_from=row.observed_from,
        observed_to=row.observed_to,
        source=row.source,
    )
    content = get_blob(row.blob, row.blob_sha256)
    try:
        taken = intake_stream(row.name, BytesIO(content), len, declared=declared)
    except upload.Refused as refused:
        # Accepted under other answers (OpenBao reads a config that Vault refuses): it proves nothing now, and says why.
        taken = upload.refused_artefact(row.name, content, str(refused), declared)
    return replace(
        taken,
        content=content if taken.kind != "refused" else b"",
        spooled=False,
        sha256=row.sha256,
        size=row.size,
        redactions=tuple(Redaction(line=item["line"], what=item["what"]) for item in row.redactions),
        received_at=row.received_at,
    )


def judge(design: Design, *, now: datetime | None = None) -> tuple[Result, ...]:
    """Every control over all of the design's evidence, held against the decision of its draft.

    Kept for an hour under everything that it rests on, so that a page does not read every log again.
    """
    artefacts = list(Artefact.objects.filter(design=design).order_by("received_at", "pk"))
    key = f"judged:{__version__}:{design.pk}:{design.version}:{len(artefacts)}:{artefacts[-1].pk if artefacts else ''}"
    results: tuple[Result, ...] | None = cache.get(key) if now is None else None
    if results is None:
        results = judge_against(
            decision_of(design), evidence_of(artefacts, design.answers.get("answers", {})), now=now or timezone.now()
        )
        cache.set(key, results, JUDGED_FOR_SECONDS)
    return results


def judge_against(decision: Decision, evidence: Evidence, *, now: datetime) -> tuple[Result, ...]:
    return examine.examine(evidence, demands.from_decision(decision), Settings(now=now))


def start_package(design: Design, *, actor: Actor) -> Package:
    """Freeze the draft and ask for its package. The job is stored here; a worker is woken once that is committed."""
    with transaction.atomic():
        revision = freeze_revision(design, actor=actor)
        artefacts: Sequence[Any] = (
            Artefact.objects.filter(design=design).order_by("received_at", "pk").values_list("pk", flat=True)
        )
        job = Job.objects.create(kind=PACKAGE_JOB, design=design)
        package = Package.objects.create(
            design=design,
            revision=revision,
            job=job,
            title=design.title,
            artefacts=[str(pk) for pk in artefacts],
            requested_by=actor.user,
            requested_by_label=actor.label,
        )
        transaction.on_commit(lambda: jobs.wake(job.pk))
    return package


def storable(document: Any) -> Any:
    """The JSON value without NUL characters, which PostgreSQL's JSON cannot hold; a visible mark stands for each."""
    if isinstance(document, str):
        return document.replace("\0", "\ufffd")
    if isinstance(document, dict):
        return {storable(key): storable(value) for key, value in document.items()}
    if isinstance(document, list):
        return [storable(value) for value in document]
    return document


class CannotVerify(Exception):
    """What was handed in is no package and no report, or no certificate to trust."""


def verification(data: bytes, *, trust: bytes | None) -> dict[str, Any]:
    """The verification report of `seal-advisor verify --format json`. trust: PEM or DER. Nothing is stored."""
    try:
        anchors = signing.from_pem(trust) if trust is not None else ()
        return verify.verify(data, now=timezone.now(), anchors=anchors).as_json()
    except (verify.Unreadable, signing.UnusableKey) as error:
        raise CannotVerify(str(error)) from error
