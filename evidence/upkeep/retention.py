"""How long packages are kept, and what keeps them longer: a legal hold.

Only bytes are deleted. The row stays, without them, and the ledger says what was deleted, when and under which rule;
the entry is written after the bytes are gone, so that a process killed between the two only deletes them again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db import transaction

from evidence import ledger, storage
from evidence.core.manifest import moment
from evidence.models import Artefact, JobState, Package
from evidence.upkeep.models import LegalHold, Retention
from seal_advisor import trail
from seal_advisor.access import Actor
from seal_advisor.models import Design, Organisation

logger = structlog.get_logger(__name__)
ENTRY = "deleted-after-retention"  # what the entry says; its kind is one word
AT_LEAST_DAYS = 1


def set_retention(organisation: Organisation, *, actor: Actor, package_days: int, now: datetime) -> Retention:
    """Raises ValueError for less than a day."""
    if package_days < AT_LEAST_DAYS:
        raise ValueError("packages are kept for a day at least")
    with transaction.atomic():
        before = _told(Retention.objects.filter(organisation=organisation).first())
        kept, _ = Retention.objects.update_or_create(
            organisation=organisation,
            defaults={"package_days": package_days, "set_by": actor.user, "set_at": now},
        )
        trail.record(
            actor, "retention.set", organisation.pk, organisation=organisation, before=before, after=_told(kept)
        )
    return kept


def keep_for_ever(organisation: Organisation, *, actor: Actor) -> None:
    """Without a rule nothing changes."""
    with transaction.atomic():
        found = Retention.objects.filter(organisation=organisation).first()
        if found is not None:
            found.delete()
            trail.record(actor, "retention.dropped", organisation.pk, organisation=organisation, before=_told(found))


def _told(kept: Retention | None) -> dict[str, int] | None:
    return None if kept is None else {"package_days": kept.package_days}


def place_hold(design: Design, *, actor: Actor, reason: str, now: datetime) -> LegalHold:
    """From this transaction on nothing of the design is deleted. The design's row is what both sides wait for."""
    with transaction.atomic():
        _locked(design)
        hold = LegalHold.objects.create(design=design, reason=reason, placed_by=actor.user, placed_at=now)
        ledger.append("held", design, [_said(hold, "placed", actor, reason, now)], at=now)
    return hold


def release_hold(hold: LegalHold, *, actor: Actor, reason: str, now: datetime) -> bool:
    """Whether it was released here: one that was released already stays as it is."""
    with transaction.atomic():
        _locked(hold.design)
        held = LegalHold.objects.filter(pk=hold.pk, released_at=None)
        released = bool(held.update(released_by=actor.user, released_at=now, release_reason=reason))
        if released:
            ledger.append("held", hold.design, [_said(hold, "released", actor, reason, now)], at=now)
    return released


def _said(hold: LegalHold, what: str, actor: Actor, reason: str, now: datetime) -> dict[str, str | None]:
    return {
        "what": f"legal hold {what}",
        "design": str(hold.design_id),
        "hold": str(hold.pk),
        "by": actor.label,
        "reason": reason,
        "at": moment(now),
    }


def on_hold(design: Design) -> bool:
    return LegalHold.objects.filter(design=design, released_at=None).exists()


def purge(now: datetime) -> list[Package]:
    """Delete the bytes of every package whose time is over and that nothing holds; returns the packages."""
    purged = []
    for kept in Retention.objects.all():
        old = Package.objects.filter(
            design__organisation=kept.organisation_id,
            created_at__lt=now - timedelta(days=kept.package_days),
            purged_at=None,
            job__state=JobState.DONE,
        )
        for package in old.select_related("design").order_by("created_at"):
            if _purged(package, kept, now):
                purged.append(package)
    return purged


def _purged(package: Package, kept: Retention, now: datetime) -> bool:
    """Whether the package's bytes were deleted here and now."""
    with transaction.atomic():
        _locked(package.design)
        if on_hold(package.design) or not Package.objects.filter(pk=package.pk, purged_at=None).exists():
            return False
        blobs = {package.report_blob, package.archive_blob} - {""} - _used_elsewhere(package)
        try:
            for blob in sorted(blobs):
                storage.delete_blob(blob)
        except storage.StillLocked as error:
            # The store's own lock outlasts the organisation's rule: tried again at the next round.
            logger.warning("a package is past its retention and still locked", package=str(package.pk), why=str(error))
            return False
        ledger.append("deleted", package.design, [_deleted(package, kept, now)], at=now)
        changes = {"report_blob": "", "archive_blob": "", "said": {}, "purged_at": now}
        Package.objects.filter(pk=package.pk).update(**changes)
    return True


def _deleted(package: Package, kept: Retention, now: datetime) -> dict[str, str | int | None]:
    return {
        "what": ENTRY,
        "design": str(package.design_id),
        "package": str(package.pk),
        "created_at": moment(package.created_at),
        "archive_sha256": package.archive_sha256,
        "report_sha256": package.report_sha256,
        "rule_days": kept.package_days,
        "rule_by": kept.set_by.get_username(),
        "deleted_at": moment(now),
    }


def _locked(design: Design) -> Design:
    return Design.objects.select_for_update(no_key=True).get(pk=design.pk)


def _used_elsewhere(package: Package) -> set[str]:
    """Blobs lie under their hash: equal bytes of another row are the same object."""
    mine = [package.report_blob, package.archive_blob]
    others = Package.objects.exclude(pk=package.pk)
    return {
        *others.filter(report_blob__in=mine).values_list("report_blob", flat=True),
        *others.filter(archive_blob__in=mine).values_list("archive_blob", flat=True),
        *Artefact.objects.filter(blob__in=mine).values_list("blob", flat=True),
    }
