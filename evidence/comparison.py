"""Two packages of one design side by side: what the newer one says otherwise.

What a package says is kept with its row when it is built, so that a comparison reads no archive; packages from before
that are read from their archives.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from evidence.core import diff
from evidence.core.diff import Change
from evidence.models import JobState, Package
from evidence.storage import get_blob

Areas = Mapping[str, Mapping[str, str]]


class NothingToCompare(Exception):
    """A package that is not built, or whose bytes were deleted after its retention; the message says which."""


def said(package: Package) -> Areas:
    """Area -> name -> value. Raises NothingToCompare; storage.BlobChanged for an archive that is not what was built."""
    if package.said:
        kept: Areas = package.said
        return kept
    if package.purged_at is not None:
        raise NothingToCompare(f"{package.title}: it was deleted after its retention, and so was what it said")
    if not package.archive_blob:
        raise NothingToCompare(f"{package.title}: it is not built")
    return diff.said(get_blob(package.archive_blob, package.archive_sha256), "the package")


def changes(old: Package, new: Package) -> tuple[Change, ...]:
    return diff.compare(said(old), said(new))


def previous(package: Package) -> Package | None:
    """The last package of the design that was finished before this one was asked for, and can still be read."""
    alike = Package.objects.filter(design=package.design_id, judged=package.judged)
    built = alike.filter(job__state=JobState.DONE, purged_at=None)
    earlier = built.filter(created_at__lt=package.created_at, job__finished_at__lte=package.created_at)
    return earlier.exclude(pk=package.pk).order_by("-created_at").first()


def before(package: Package) -> tuple[Areas, datetime] | None:
    """What the package before it said, and when that was asked for; None where there is none."""
    last = previous(package)
    return (said(last), last.created_at) if last is not None else None
