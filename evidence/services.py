"""What can be done with evidence: receive, judge, ask for a package. Access was decided by the caller.

The order of `receive_evidence` is the product's promise: limits, kind, redaction and parsing happen in memory, and only
what came out redacted touches the disk or the database.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, cast
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils import timezone

from evidence import batches, jobs, ledger
from evidence.core import examine, facts, signing, sniff, upload, verify
from evidence.core.approved import approved
from evidence.core.artefact_json import plain
from evidence.core.batch import File
from evidence.core.demands import Settings
from evidence.core.facts import Evidence, Redaction
from evidence.core.results import Result
from evidence.core.unpacking import PEEK, Rejoined, plain_name
from evidence.core.upload import Declared
from evidence.core.waivers import Statements
from evidence.core.wanted import WANTED
from evidence.keeping.metrics import count_refusal, counts_refusals
from evidence.models import Artefact, Erasure, Job, Package
from evidence.reading.parent import readers
from evidence.receipts import entries_of
from evidence.register import services as statements
from evidence.storage import BlobChanged, HashedBlob, Spool, Stored, get_blob, map_blob
from evidence.webhooks import services as webhooks
from seal_advisor import __version__, trail
from seal_advisor.access import Actor
from seal_advisor.core.record import replace
from seal_advisor.core.rules import Decision
from seal_advisor.models import Design
from seal_advisor.rulesets import ruleset_of
from seal_advisor.services import decision_of, draft_of, freeze_revision

JUDGED_FOR_SECONDS = 3600
READ_FOR_SECONDS = 7 * 24 * 3600
READ_ONCE_FROM = 1024 * 1024  # bytes; a smaller file is read again in no time
MAPPED_FROM = 16 * 1024 * 1024
PACKAGE_JOB = "package"
UNREAD = frozenset({"opaque", "document"})  # kinds of files that no reader understands


@counts_refusals
def receive_evidence(
    design: Design, *, actor: Actor, name: str, data: bytes | BinaryIO, declared: Declared | None = None
) -> tuple[Artefact, bool]:
    """Take one file in. Returns (artefact, new); the same bytes again return the first artefact and change nothing.

    Of an archive every member is an artefact, and the archive is one that lists them: that one is returned, or the one
    file that was compressed.
    Raises upload.Refused (reason, remedy, status 422, 413 or 415); then nothing was stored anywhere.
    """
    given = upload.safely(declared or Declared())
    assumed = _assumed(design, given)
    upload.check_name(name)
    store = functools.partial(_keep, design, actor, given)
    source = BytesIO(data) if isinstance(data, bytes) else data
    head = source.read(PEEK)
    whole = Rejoined(head, source)
    if sniff.archive(head):
        (outcome,) = batches.receive([File(name, whole, assumed)], store)
        if isinstance(outcome, upload.Refused):
            raise outcome
        return outcome
    with Spool() as spool:
        taken = readers.intake(
            name, cast(BinaryIO, whole), spool.take, declared=assumed, again=spool.again, hashed=spool.is_known_as
        )
        return store(taken, spool)


def receive_together(
    design: Design, *, actor: Actor, files: Sequence[tuple[str, BinaryIO]], declared: Declared
) -> list[tuple[Artefact, bool] | upload.Refused]:
    """Take files in as `receive_evidence` does; what one of them gives away as a secret is stored in none of them.

    files: (name, its bytes, which can be read again from their beginning). A refused file does not hold up the others.
    """
    given = upload.safely(declared)
    assumed = _assumed(design, given)
    store = functools.partial(_keep, design, actor, given)

    def rewound() -> list[File]:
        for _, data in files:
            data.seek(0)
        return [File(name, data, assumed) for name, data in files]

    found = batches.receive(rewound(), store, rewound)
    for one in found:
        if isinstance(one, upload.Refused):
            count_refusal(one)
    return found


def _assumed(design: Design, declared: Declared) -> Declared:
    """What was declared, with the product that the design's answers name where nobody declared one."""
    return replace(declared, product=declared.product or product_of(draft_of(design).values))


def _keep(
    design: Design, actor: Actor, declared: Declared, taken: facts.Artefact, text: Stored
) -> tuple[Artefact, bool]:
    artefact, new = _store(design, taken, text, actor, declared)
    if new:
        _keep_reading(artefact, declared_about(artefact, draft_of(design).values), taken)
    return artefact, new


def _store(
    design: Design, taken: facts.Artefact, spool: Stored, actor: Actor, declared: Declared
) -> tuple[Artefact, bool]:
    first = Artefact.objects.filter(design=design, sha256=taken.sha256).first()
    if first is not None:
        return first, False
    erased = Erasure.objects.filter(design=design, sha256=taken.sha256).first()
    if erased is not None:
        reason = (
            f"these bytes were erased here on {erased.erased_at:%Y-%m-%d} by {erased.erased_by_label}: {erased.why}"
        )
        raise upload.Refused(reason, "hand in another file, or ask the administrator")
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
                claims=actor.token.claims if actor.token else {},
                within=[{"name": around, "sha256": sha256} for around, sha256 in taken.within],
                blob=key,
                blob_sha256=blob_sha256,
                blob_size=spool.size,
            )
            ledger.append_each(entries_of(artefact), design, at=artefact.received_at)
            told = {"name": artefact.name, "kind": artefact.kind, "sha256": artefact.sha256, "claims": artefact.claims}
            webhooks.announce(design, "evidence.received", {"artefact": str(artefact.pk), **told})
    except IntegrityError:
        # The same bytes came in at the same moment by another request; the first one counts.
        return Artefact.objects.get(design=design, sha256=taken.sha256), False
    return artefact, True


def say_kind(artefact: Artefact, *, actor: Actor, kind: str) -> None:
    """What a file is that no reader recognised, in somebody's word. Raises ValueError for a kind that there is not."""
    if kind not in WANTED:
        raise ValueError(f"there is no kind of evidence {kind[:40]!r}")
    if artefact.kind not in UNREAD:
        raise ValueError(f"{artefact.name} was recognised as {artefact.kind}; its content decides")
    with transaction.atomic():
        before = {"declared_kind": artefact.declared_kind}
        Artefact.objects.filter(pk=artefact.pk).update(declared_kind=kind)
        artefact.declared_kind = kind
        about = {"declared_kind": kind}
        trail.record(actor, "evidence.kind_declared", artefact.pk, design=artefact.design, before=before, after=about)


def product_of(answers: Mapping[str, str]) -> str | None:
    """The product that the answers name: what a configuration is read as when nobody declares it."""
    platform = answers.get("platform") or ""
    return "openbao" if platform.startswith("openbao") else "vault" if platform else None


def evidence_of(artefacts: Iterable[Artefact], answers: Mapping[str, str], *, contents: bool) -> Evidence:
    """The artefacts as the controls read them: parsed again from the stored bytes, which are hashed again.

    contents: with these bytes, as a package needs them; judging needs the facts only, and a log may have gigabytes.
    Raises storage.BlobChanged, naming the artefact, when a blob is not what was received.
    """
    return Evidence(tuple(_read_named(row, answers, contents=contents) for row in artefacts))


def _read_named(row: Artefact, answers: Mapping[str, str], *, contents: bool) -> facts.Artefact:
    try:
        return _read_again(row, answers, contents=contents)
    except BlobChanged as error:
        raise BlobChanged(f"{row.name}: {error}") from error


def _read_again(row: Artefact, answers: Mapping[str, str], *, contents: bool) -> facts.Artefact:
    declared = declared_about(row, answers)
    taken: facts.Artefact | None = cache.get(_reading_key(row, declared)) if row.blob_size > READ_ONCE_FROM else None
    if taken is None:
        taken = _parsed(row, declared)
        _keep_reading(row, declared, taken)
    return replace(
        taken,
        content=_content(row) if _is_wanted(taken.kind, contents) else b"",
        spooled=False,
        sha256=row.sha256,
        size=row.size,
        name=row.name,
        within=tuple((item["name"], item["sha256"]) for item in row.within),
        redactions=tuple(Redaction(line=item["line"], what=item["what"]) for item in row.redactions),
        received_at=row.received_at,
    )


def _is_wanted(kind: str, contents: bool) -> bool:
    """Whether the bytes go with the facts: configurations of one node are read together, as the server does."""
    return kind != "refused" and (contents or kind == facts.ConfigFacts.KIND)


def _content(row: Artefact) -> bytes:
    return (map_blob if row.blob_size > MAPPED_FROM else get_blob)(row.blob, row.blob_sha256)


def _parsed(row: Artefact, declared: Declared) -> facts.Artefact:
    with HashedBlob(row.blob, row.blob_sha256) as stream:
        try:
            return readers.intake(plain_name(row.name), cast(BinaryIO, stream), None, declared=declared)
        except upload.Refused as refused:
            # Accepted under other answers (OpenBao reads a config that Vault refuses): it proves nothing now, says why.
            return upload.refused_artefact(row.name, b"", str(refused), declared)


def declared_about(row: Artefact, answers: Mapping[str, str]) -> Declared:
    return Declared(
        product=row.product or product_of(answers),
        version=row.product_version or None,
        node=row.node or None,
        observed_from=row.observed_from,
        observed_to=row.observed_to,
        source=row.source,
    )


def _keep_reading(row: Artefact, declared: Declared, taken: facts.Artefact) -> None:
    """What a long log says is read once, not at every changed answer: minutes for a gigabyte."""
    if row.blob_size > READ_ONCE_FROM and taken.kind != "refused":  # its reader may fare better next time
        cache.set(_reading_key(row, declared), replace(taken, content=b""), READ_FOR_SECONDS)


def _reading_key(row: Artefact, declared: Declared) -> str:
    about = hashlib.sha256(repr((row.name, declared)).encode()).hexdigest()
    return f"read:{_code()}:{row.blob_sha256}:{about}"


@functools.cache
def _code() -> str:
    """Stands for the code that reads and judges: what another code has kept is not used."""
    here = Path(facts.__file__).parent
    parts = [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in sorted(here.rglob("*.py"))]
    return hashlib.sha256("\n".join([__version__, *parts]).encode()).hexdigest()[:16]


def receipts(designs: Iterable[Design]) -> dict[UUID, list[UUID]]:
    """Design -> its artefacts in the order of receipt, by one query however many designs there are."""
    found: dict[UUID, list[UUID]] = {design.pk: [] for design in designs}
    rows = Artefact.objects.filter(design__in=found).order_by("received_at", "pk")
    for design, artefact in rows.values_list("design", "pk"):
        found[design].append(artefact)
    return found


def with_register(evidence: Evidence, design: Design, at: datetime) -> Evidence:
    """The evidence and the design's register of certificates, which is read like any other artefact."""
    register = statements.certificates_at(design, at)
    return evidence if register is None else replace(evidence, artefacts=(*evidence.artefacts, register))


def judge(
    design: Design,
    *,
    received: Sequence[UUID] | None = None,
    register: str | None = None,
    now: datetime | None = None,
) -> tuple[Result, ...]:
    """Every control over all of the design's evidence, held against the decision of its draft.

    received, register: the design's `receipts` and its register's version, for a list of designs that has asked for all
    of them at once. Kept for an hour under everything that it rests on, so that a page does not read every log again.
    """
    pks = receipts([design])[design.pk] if received is None else received
    rules = ruleset_of(design.organisation).sha256
    key = f"judged:{_code()}:{rules}:{design.pk}:{design.version}:{len(pks)}:{pks[-1] if pks else ''}"
    version = statements.version_of(design) if register is None else register
    key += f":{version}"
    results: tuple[Result, ...] | None = cache.get(key) if now is None else None
    if results is None:
        artefacts = Artefact.objects.filter(pk__in=pks).order_by("received_at", "pk") if pks else ()
        at = now or timezone.now()
        evidence = evidence_of(artefacts, draft_of(design).values, contents=False)
        stated = None
        if statements.says_something(version):
            evidence, stated = with_register(evidence, design, at), statements.statements_at(design, at)
        results = judge_against(decision_of(design), evidence, now=at, stated=stated)
        cache.set(key, results, JUDGED_FOR_SECONDS)
    return results


def judge_against(
    decision: Decision, evidence: Evidence, *, now: datetime, stated: Statements | None = None
) -> tuple[Result, ...]:
    """stated: what people state about the design, as it counts now; None: nothing."""
    said = stated or Statements()
    return examine.examine(
        evidence,
        approved(decision),
        thresholds(now),
        waivers=said.waivers,
        attestations=said.attestations,
        exclusions=said.exclusions,
    )


def thresholds(now: datetime) -> Settings:
    """The controls' settings of this installation."""
    return Settings(now=now, certificate_max_age=timedelta(days=settings.CERTIFICATE_MAX_AGE_DAYS))


def start_package(design: Design, *, actor: Actor, judged: bool = True) -> Package:
    """Freeze the draft and ask for its package. The job is stored here; a worker is woken once that is committed.

    judged: False for the decision alone, for a review before there is any evidence.
    """
    with transaction.atomic():
        revision = freeze_revision(design, actor=actor)
        received = Artefact.objects.filter(design=design) if judged else Artefact.objects.none()
        artefacts: Sequence[Any] = received.order_by("received_at", "pk").values_list("pk", flat=True)
        job = Job.objects.create(kind=PACKAGE_JOB, design=design)
        package = Package.objects.create(
            design=design,
            revision=revision,
            job=job,
            title=design.title,
            artefacts=[str(pk) for pk in artefacts],
            judged=judged,
            requested_by=actor.user,
            requested_by_label=actor.label,
        )
        asked = {"revision": revision.number, "artefacts": len(package.artefacts), "judged": judged}
        trail.record(actor, "package.asked", package.pk, design=design, after=asked)
        transaction.on_commit(lambda: jobs.wake(job.pk))
    return package


def cancel_package(package: Package, *, actor: Actor) -> bool:
    """Stop its build; False when that has ended already."""
    with transaction.atomic():
        stopped = jobs.cancel(package.job_id)
        if stopped:
            trail.record(actor, "package.cancelled", package.pk, design=package.design, before={"state": "under way"})
    return stopped


def storable(document: Any) -> Any:
    """The JSON value without NUL characters, which PostgreSQL's JSON cannot hold; a visible mark stands for each."""
    if isinstance(document, str):
        return document.replace("\0", "\ufffd")
    if isinstance(document, dict):
        return {storable(key): storable(value) for key, value in document.items()}
    if isinstance(document, list):
        return [storable(value) for value in document]
    return document


VERIFIED_BYTES = 512 * 1024 * 1024  # unpacked, in memory, for anybody who asks; the command line reads any size


class CannotVerify(Exception):
    """What was handed in is no package and no report, or no certificate to trust."""


def verification(data: bytes, *, trust: bytes | None) -> dict[str, Any]:
    """The verification report of `seal-advisor verify --format json`. trust: PEM or DER. Nothing is stored."""
    try:
        anchors = signing.from_pem(trust) if trust is not None else ()
        found = verify.verify(data, now=timezone.now(), anchors=anchors, strangers=False, unpacked=VERIFIED_BYTES)
        return found.as_json()
    except (verify.Unreadable, signing.UnusableKey) as error:
        raise CannotVerify(str(error)) from error
