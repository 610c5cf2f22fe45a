"""Evidence that must go: an administrator erases a mistaken upload, and what is left says so.

The bytes go, the facts, every package that holds them and what was kept of answers about them. What stays is a
tombstone: a row here, a leaf in the ledger, a line in the next package. The tombstone is written after the bytes are
gone, so that a process killed between the two only erases again. A legal hold keeps everything.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from evidence import jobs, ledger, storage
from evidence.core.erased import Tombstone
from evidence.core.manifest import moment
from evidence.models import Artefact, Erasure, JobState, Package
from evidence.upkeep.retention import on_hold
from seal_advisor.access import Actor
from seal_advisor.models import Design, IdempotentRequest

ERASED = "deleted"  # the ledger's word


class CannotErase(Exception):
    """Nothing was erased; the message says what keeps it."""


def erase(artefact: Artefact, *, actor: Actor, why: str) -> Erasure:
    """Erase one artefact. Raises CannotErase while a legal hold or the store's own lock keeps it."""
    now = timezone.now()
    with transaction.atomic():
        design = Design.objects.select_for_update(no_key=True).get(pk=artefact.design_id)
        if on_hold(design):
            raise CannotErase("a legal hold keeps the evidence of this design; it must be released first")
        row = Artefact.objects.filter(pk=artefact.pk).first()
        if row is None:
            raise CannotErase("it was erased already")
        packages = [one for one in Package.objects.filter(design=design) if str(row.pk) in one.artefacts]
        _delete_blobs(row, packages)
        erasure = Erasure.objects.create(
            artefact_id=row.pk,
            design=design,
            name=row.name,
            kind=row.kind,
            sha256=row.sha256,
            size=row.size,
            received_at=row.received_at,
            uploader_label=row.uploader_label,
            erased_by=actor.user,
            erased_by_label=actor.label,
            erased_at=now,
            why=why,
        )
        built = [one for one in packages if one.archive_blob]
        ledger.append(ERASED, design, [_entry(erasure, now), *(_of_package(one, erasure) for one in built)], at=now)
        for package in packages:
            _forget(package, now)
        # What was answered to the upload stands among the requests that may be repeated, facts and all.
        IdempotentRequest.objects.filter(body__contains=str(row.pk)).delete()
        row.delete()
    cache.clear()  # readings and judgements are kept under hashes; which of them are about this file nobody can tell
    return erasure


def _delete_blobs(row: Artefact, packages: list[Package]) -> None:
    """Its own bytes and those of packages that hold it, unless another row rests on the same bytes."""
    mine = {row.blob, *(one.report_blob for one in packages), *(one.archive_blob for one in packages)} - {""}
    ids = [one.pk for one in packages]
    others = Package.objects.exclude(pk__in=ids)
    shared = {
        *Artefact.objects.exclude(pk=row.pk).filter(blob__in=mine).values_list("blob", flat=True),
        *others.filter(report_blob__in=mine).values_list("report_blob", flat=True),
        *others.filter(archive_blob__in=mine).values_list("archive_blob", flat=True),
    }
    try:
        for blob in sorted(mine - shared):
            storage.delete_blob(blob)
    except storage.StillLocked as error:
        raise CannotErase(f"the object store still locks it: {error}") from error


def _forget(package: Package, now: datetime) -> None:
    """A package that holds the file is gone with it; one that is just being built is cancelled."""
    jobs.cancel(package.job_id)
    fields: dict[str, Any] = {"report_blob": "", "archive_blob": "", "said": {}}
    if package.job.state == JobState.DONE and package.purged_at is None:
        fields["purged_at"] = now
    Package.objects.filter(pk=package.pk).update(**fields)


def _entry(erasure: Erasure, now: datetime) -> dict[str, Any]:
    return {
        "what": ERASED,
        "design": str(erasure.design_id),
        "artefact": str(erasure.artefact_id),
        "name": erasure.name,
        "sha256": erasure.sha256,
        "size": erasure.size,
        "received_at": moment(erasure.received_at),
        "by": erasure.erased_by_label,
        "why": erasure.why,
        "at": moment(now),
    }


def _of_package(package: Package, erasure: Erasure) -> dict[str, Any]:
    return {
        "what": f"{ERASED} with evidence",
        "design": str(package.design_id),
        "package": str(package.pk),
        "archive_sha256": package.archive_sha256,
        "report_sha256": package.report_sha256,
        "erased_artefact": str(erasure.artefact_id),
        "by": erasure.erased_by_label,
        "at": moment(erasure.erased_at),
    }


def tombstones(design: Design, at: datetime) -> tuple[Tombstone, ...]:
    """What had been erased at that moment, oldest first, as a package says it."""
    return tuple(
        Tombstone(
            name=one.name,
            sha256=one.sha256,
            size=one.size,
            kind=one.kind,
            received_at=one.received_at,
            uploader=one.uploader_label,
            erased_at=one.erased_at,
            erased_by=one.erased_by_label,
            reason=one.why,
        )
        for one in Erasure.objects.filter(design=design, erased_at__lte=at)
    )
