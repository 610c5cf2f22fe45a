"""The only door to this package's rows. What an actor sees follows from the designs that it sees.

The ledger's entries belong to a design; heads and proofs are hashes only and tell nothing about foreign rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.http import Http404

from evidence import trail
from evidence.models import Artefact, Delivery, Erasure, Job, JobState, LedgerEntry, Package, ResumableUpload, Webhook
from evidence.register.models import SharedCertificate, Statement
from evidence.register.services import KINDS, find
from evidence.upkeep.models import LegalHold
from seal_advisor.access import Action, Actor, design_or_404, designs_for, organisations_for
from seal_advisor.models import Design

Row = TypeVar("Row", Artefact, Delivery, Package, ResumableUpload, SharedCertificate, Webhook)


def artefacts_of(actor: Actor, design: Design) -> QuerySet[Artefact]:
    """The design's artefacts, newest first."""
    return artefacts_for(actor).filter(design=design)


def artefacts_for(actor: Actor) -> QuerySet[Artefact]:
    return Artefact.objects.filter(design__in=designs_for(actor)).select_related("uploader")


def artefact_or_404(actor: Actor, design: Design, artefact_id: UUID | str) -> Artefact:
    return _one(artefacts_of(actor, design), artefact_id, "artefact")


def upload_or_404(actor: Actor, design: Design, upload_id: UUID | str) -> ResumableUpload:
    """The actor's own upload on its way; nobody continues another's."""
    mine = ResumableUpload.objects.filter(design=design, user_id=actor.user.pk).select_related("design__organisation")
    return _one(mine, upload_id, "upload")


def versions_of(actor: Actor, design: Design, artefact: Artefact) -> QuerySet[Artefact]:
    """The files that came in under the same name from the same node, oldest first; this one is among them."""
    same = artefacts_of(actor, design).filter(name=artefact.name, node=artefact.node)
    return same.order_by("received_at", "pk")


def versions_among(actor: Actor, design: Design, shown: Sequence[Artefact]) -> dict[UUID, tuple[int, int]]:
    """Of each of these artefacts: (which, of how many) of its name and node, the oldest first; by one query."""
    names = {one.name for one in shown}
    rows = artefacts_of(actor, design).filter(name__in=names).order_by("received_at", "pk")
    series: dict[tuple[str, str], list[UUID]] = {}
    for name, node, pk in rows.values_list("name", "node", "pk"):
        series.setdefault((name, node), []).append(pk)
    return {pk: (place, len(pks)) for pks in series.values() for place, pk in enumerate(pks, 1)}


def leaves_about(actor: Actor, design: Design, artefact: Artefact) -> QuerySet[LedgerEntry]:
    """The leaves that were written when the artefact came in."""
    kinds = ("received", "redacted", "parsed")
    return ledger_of(actor, design).filter(kind__in=kinds, entry__contains=f'"artefact":"{artefact.pk}"')


def erasures_of(actor: Actor, design: Design) -> QuerySet[Erasure]:
    """What was erased from the design's evidence, oldest first."""
    return Erasure.objects.filter(design__in=designs_for(actor).filter(pk=design.pk))


def packages_for(actor: Actor) -> QuerySet[Package]:
    return Package.objects.filter(design__in=designs_for(actor)).select_related(
        "job", "revision", "requested_by", "design"
    )


def packages_of(actor: Actor, design: Design) -> QuerySet[Package]:
    """The design's packages, newest first, with their jobs."""
    return packages_for(actor).filter(design=design)


def built_packages_of(actor: Actor, design: Design) -> QuerySet[Package]:
    """Those that were built and whose bytes are still kept, newest first."""
    return packages_of(actor, design).filter(job__state=JobState.DONE, purged_at=None)


def holds_of(actor: Actor, design: Design) -> QuerySet[LegalHold]:
    held = LegalHold.objects.filter(design__in=designs_for(actor).filter(pk=design.pk))
    return held.select_related("placed_by", "released_by")


def hold_or_404(actor: Actor, design: Design, hold_id: UUID) -> LegalHold:
    hold = LegalHold.objects.filter(design__in=designs_for(actor).filter(pk=design.pk), pk=hold_id).first()
    if hold is None:
        raise Http404("no such hold")
    return hold


def statements_of(actor: Actor, design: Design, model: type[Statement]) -> QuerySet[Any]:
    """The design's statements of one kind, oldest first, ended ones too."""
    rows: QuerySet[Any] = model.objects.filter(design__in=designs_for(actor).filter(pk=design.pk))  # type: ignore[attr-defined]
    return rows.select_related("entered_by", "design")


def shared_certificates_of(actor: Actor, organisation: UUID) -> QuerySet[SharedCertificate]:
    """What the organisation states for all of its designs, oldest first, ended entries too."""
    mine = organisations_for(actor).filter(pk=organisation)
    return SharedCertificate.objects.filter(organisation__in=mine).select_related("entered_by", "organisation")


def shared_certificate_or_404(actor: Actor, organisation: UUID, entry_id: UUID | str) -> SharedCertificate:
    return _one(shared_certificates_of(actor, organisation), entry_id, "certificate")


def statement_or_404(actor: Actor, design: Design, entry_id: UUID | str) -> Statement:
    """The statement of this id, of whatever kind."""
    try:
        wanted = entry_id if isinstance(entry_id, UUID) else UUID(str(entry_id))
    except ValueError as error:
        raise Http404("no such statement") from error
    found = find((statements_of(actor, design, model) for model in KINDS.values()), wanted)
    if found is None:
        raise Http404("no such statement")
    return found


def package_or_404(actor: Actor, package_id: UUID | str) -> Package:
    return _one(packages_for(actor), package_id, "package")


def earlier_or_404(actor: Actor, package: Package, earlier_id: UUID | str) -> Package:
    """Another package of the same design."""
    return _one(packages_for(actor).filter(design=package.design_id).exclude(pk=package.pk), earlier_id, "package")


def artefact_counts(designs: Sequence[Design]) -> dict[UUID, int]:
    """Number of artefacts of each of these designs (in sight already), in one query; none is absent."""
    counted = Artefact.objects.filter(design__in=designs).order_by().values("design").annotate(number=Count("pk"))
    return {row["design"]: row["number"] for row in counted}


def latest_package_states(designs: Sequence[Design]) -> dict[UUID, str]:
    """JobState of the newest package of each of these designs (in sight already), in one query; none is absent.

    A decision that was signed alone proves nothing of what runs, and is not counted.
    """
    rows = (
        Package.objects.filter(design__in=designs, judged=True)
        .order_by("created_at")
        .values_list("design", "job__state")
    )
    return dict(rows)


def jobs_of(actor: Actor, design: Design) -> QuerySet[Job]:
    return Job.objects.filter(design__in=designs_for(actor).filter(pk=design.pk))


def ledger_of(actor: Actor, design: Design) -> QuerySet[LedgerEntry]:
    """The entries about the design, oldest first."""
    return LedgerEntry.objects.filter(design__in=designs_for(actor).filter(pk=design.pk))


def leaf_or_404(actor: Actor, leaf: str) -> LedgerEntry:
    """The entry with this leaf hash (64 lower-case hex) or this index, if it belongs to a design in sight."""
    entries = LedgerEntry.objects.filter(design__in=designs_for(actor)) | _of_organisations(actor)
    found = entries.filter(index=int(leaf)) if leaf.isdecimal() and len(leaf) < 19 else entries.filter(leaf_hash=leaf)
    entry = found.first()
    if entry is None:
        raise Http404("no such leaf")
    return entry


def webhooks_of(actor: Actor, design: Design) -> QuerySet[Webhook]:
    """The design's webhooks, newest first, for who administers it."""
    administered = designs_for(actor, Action.ADMINISTER).filter(pk=design.pk)
    return Webhook.objects.filter(design__in=administered).select_related("user", "design__organisation")


def webhook_or_404(actor: Actor, design: Design, webhook_id: UUID | str) -> Webhook:
    return _one(webhooks_of(actor, design), webhook_id, "webhook")


def deliveries_of(webhook: Webhook, *, before: str = "") -> QuerySet[Delivery]:
    """What the webhook (in sight already) was told, newest first. before: id of the delivery under which to begin."""
    rows = webhook.deliveries.select_related("job").order_by("-created_at", "-id")
    if not before:
        return rows
    last = _one(webhook.deliveries.all(), before, "delivery")
    return rows.filter(Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, pk__lt=last.pk))


def last_deliveries(webhooks: Sequence[Webhook]) -> dict[UUID, Delivery]:
    """The newest of each of these webhooks (in sight already), in one query; one that told nothing is absent."""
    newest = Delivery.objects.filter(webhook=OuterRef("pk")).order_by("-created_at", "-id").values("pk")[:1]
    wanted = Webhook.objects.filter(pk__in=[one.pk for one in webhooks]).annotate(last=Subquery(newest))
    found = Delivery.objects.filter(pk__in=wanted.order_by().values("last")).select_related("job")
    return {one.webhook_id: one for one in found}


def design_of(actor: Actor, design_id: UUID | str) -> Design:
    """The design of this id, if it is in sight; else 404."""
    return design_or_404(actor, design_id)


def trail_for(actor: Actor) -> QuerySet[LedgerEntry]:
    """Every write about the designs in sight; for an administrator also those about the organisation and its people."""
    rows = LedgerEntry.objects.filter(design__in=designs_for(actor)) | _of_organisations(actor)
    return rows.filter(kind__in=trail.KINDS).distinct()


def _of_organisations(actor: Actor) -> QuerySet[LedgerEntry]:
    """Entries about no design, of the organisations that the actor administers."""
    return LedgerEntry.objects.filter(design=None, organisation__in=organisations_for(actor, Action.ADMINISTER))


def _one(rows: QuerySet[Row], row_id: UUID | str, what: str) -> Row:
    try:
        row = rows.filter(pk=row_id if isinstance(row_id, UUID) else UUID(str(row_id))).first()
    except ValueError as error:
        raise Http404(f"no such {what}") from error
    if row is None:
        raise Http404(f"no such {what}")
    return row
