"""The only door to this package's rows. What an actor sees follows from the designs that it sees.

The ledger's entries belong to a design; heads and proofs are hashes only and tell nothing about foreign rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from django.db.models import Count, QuerySet
from django.http import Http404

from evidence.models import Artefact, Job, LedgerEntry, Package
from seal_advisor.access import Actor, designs_for
from seal_advisor.models import Design

Row = TypeVar("Row", Artefact, Package)


def artefacts_of(actor: Actor, design: Design) -> QuerySet[Artefact]:
    """The design's artefacts, newest first."""
    return artefacts_for(actor).filter(design=design)


def artefacts_for(actor: Actor) -> QuerySet[Artefact]:
    return Artefact.objects.filter(design__in=designs_for(actor)).select_related("uploader")


def artefact_or_404(actor: Actor, design: Design, artefact_id: UUID | str) -> Artefact:
    return _one(artefacts_of(actor, design), artefact_id, "artefact")


def packages_for(actor: Actor) -> QuerySet[Package]:
    return Package.objects.filter(design__in=designs_for(actor)).select_related(
        "job", "revision", "requested_by", "design"
    )


def packages_of(actor: Actor, design: Design) -> QuerySet[Package]:
    """The design's packages, newest first, with their jobs."""
    return packages_for(actor).filter(design=design)


def package_or_404(actor: Actor, package_id: UUID | str) -> Package:
    return _one(packages_for(actor), package_id, "package")


def artefact_counts(designs: Sequence[Design]) -> dict[UUID, int]:
    """Number of artefacts of each of these designs (in sight already), in one query; none is absent."""
    counted = Artefact.objects.filter(design__in=designs).order_by().values("design").annotate(number=Count("pk"))
    return {row["design"]: row["number"] for row in counted}


def latest_package_states(designs: Sequence[Design]) -> dict[UUID, str]:
    """JobState of the newest package of each of these designs (in sight already), in one query; none is absent."""
    rows = Package.objects.filter(design__in=designs).order_by("created_at").values_list("design", "job__state")
    return dict(rows)


def jobs_of(actor: Actor, design: Design) -> QuerySet[Job]:
    return Job.objects.filter(design__in=designs_for(actor).filter(pk=design.pk))


def ledger_of(actor: Actor, design: Design) -> QuerySet[LedgerEntry]:
    """The entries about the design, oldest first."""
    return LedgerEntry.objects.filter(design__in=designs_for(actor).filter(pk=design.pk))


def leaf_or_404(actor: Actor, leaf: str) -> LedgerEntry:
    """The entry with this leaf hash (64 lower-case hex) or this index, if it belongs to a design in sight."""
    entries = LedgerEntry.objects.filter(design__in=designs_for(actor))
    found = entries.filter(index=int(leaf)) if leaf.isdecimal() and len(leaf) < 19 else entries.filter(leaf_hash=leaf)
    entry = found.first()
    if entry is None:
        raise Http404("no such leaf")
    return entry


def _one(rows: QuerySet[Row], row_id: UUID | str, what: str) -> Row:
    try:
        row = rows.filter(pk=row_id if isinstance(row_id, UUID) else UUID(str(row_id))).first()
    except ValueError as error:
        raise Http404(f"no such {what}") from error
    if row is None:
        raise Http404(f"no such {what}")
    return row
