"""Archive time-stamps, added while the one before them still proves something.

The report gets one more revision, and the archive is written again around it: every other member stays as it was. What
comes out is verified before it takes the place of what was there, and the ledger keeps both digests.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import QuerySet

from evidence import ledger, revocation, storage
from evidence.core import manifest, proofs, signing, zip_layout
from evidence.core.levels import Level
from evidence.core.manifest import moment
from evidence.core.verify import verify
from evidence.keys import signature_plan
from evidence.models import Package
from evidence.revocation import NoRevocation
from evidence.sealing import Plan
from evidence.storage import BlobChanged, StillLocked
from evidence.timestamps import NoTimestamp
from evidence.upkeep.retention import on_hold
from seal_advisor.core.record import Record

RENEWED = "renewed"  # the ledger's word
RENEWABLE = (Level.B_LT.value, Level.B_LTA.value)
WITHIN = timedelta(days=90)  # a quarter to notice that an authority no longer answers


class Outcome(Record):
    """One package that was due. said: until when it proves itself now, or why it could not be renewed."""

    package: Package
    renewed: bool
    said: str


class CannotRenew(Exception):
    """Nothing was changed; the message says why."""


def renewable() -> QuerySet[Package]:
    """The packages that are kept and whose level lets their proof be prolonged."""
    return Package.objects.filter(signature_level__in=RENEWABLE, purged_at=None).exclude(archive_blob="")


def renew(*, now: datetime, within: timedelta) -> Iterator[Outcome]:
    """Renew every package whose proof ends within this time. Raises ImproperlyConfigured without the means for it."""
    plan = signature_plan()
    if plan.authority is None or not plan.anchors:
        raise ImproperlyConfigured("archive time-stamps need TSA_URL and SIGNING_TRUST")
    for package in renewable().order_by("created_at").iterator():
        try:
            report = storage.get_blob(package.report_blob, package.report_sha256)
            end = proofs.ends(report)
            if end is None or end - now > within:
                continue
            until = _renewed(package, report, plan, now)
            yield Outcome(package, True, f"proves itself until {until:%Y-%m-%d}")
        except (BlobChanged, CannotRenew, NoTimestamp, NoRevocation, signing.UnusableKey) as error:
            yield Outcome(package, False, " ".join(str(error).split()))


def _renewed(package: Package, report: bytes, plan: Plan, now: datetime) -> datetime:
    """When the proof ends now."""
    if plan.authority is None:
        raise CannotRenew("no time-stamp authority is configured")
    known = (*plan.authority.probe(), *proofs.authority_of(report))
    context = revocation.gather(known, anchors=plan.anchors, lists=plan.lists, now=now)
    try:
        longer = signing.add_archive_stamp(report, timestamper=plan.authority, validation=context)
    except ValueError as error:
        raise CannotRenew(str(error)) from error
    files = zip_layout.read(storage.get_blob(package.archive_blob, package.archive_sha256)).members
    whole = b"".join(zip_layout.chunks([(name, longer if name == manifest.REPORT else files[name]) for name in files]))
    outcome = verify(whole, now=now + timedelta(minutes=1), anchors=plan.anchors, again=False)
    if not outcome.valid:
        first = outcome.differences[0]
        raise CannotRenew(f"what would come out does not verify: {first.name}: {first.detail}")
    _replace(package, longer, whole, now)
    return proofs.ends(longer) or now


def _replace(package: Package, report: bytes, whole: bytes, now: datetime) -> None:
    """The new bytes first, then row and ledger together, then the old bytes go: they are whole inside the new ones."""
    report_blob, report_sha256 = storage.put_blob(report)
    archive_blob, archive_sha256 = storage.put_blob(whole)
    entry = {
        "what": RENEWED,
        "package": str(package.pk),
        "report_sha256": report_sha256,
        "archive_sha256": archive_sha256,
        "before": {"report_sha256": package.report_sha256, "archive_sha256": package.archive_sha256},
        "renewed_at": moment(now),
    }
    with transaction.atomic():
        rows = Package.objects.filter(pk=package.pk, archive_sha256=package.archive_sha256, purged_at=None)
        changed = rows.update(
            report_blob=report_blob,
            report_sha256=report_sha256,
            report_size=len(report),
            archive_blob=archive_blob,
            archive_sha256=archive_sha256,
            archive_size=len(whole),
            signature_level=Level.B_LTA.value,
        )
        if not changed:
            raise CannotRenew("it was deleted or renewed in the meantime")
        ledger.append(RENEWED, package.design, [entry], at=now)
    if on_hold(package.design):
        return
    for blob in (package.report_blob, package.archive_blob):
        try:
            storage.delete_blob(blob)
        except StillLocked:
            continue  # the store's own lock keeps it for its time; nobody may shorten that
