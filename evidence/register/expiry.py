"""What runs out next, for each of many designs at once: a query a kind, however many designs there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from evidence.meetings.models import ActionItem, Review
from evidence.register.models import Attestation, ModuleCertificate, SharedCertificate, Waiver
from seal_advisor.models import Design


@dataclass(frozen=True, slots=True)
class Expiry:
    """day: the last on which it holds, or on which something must be done. what: in words."""

    day: date
    what: str


def next_expiries(designs: Sequence[Design]) -> dict[UUID, Expiry]:
    """The first day that comes, or has gone by and nobody has done anything about; a design without one is absent."""
    found: dict[UUID, Expiry] = {}
    for design, expiry in [*_all([design.pk for design in designs]), *_shared(designs)]:
        if design not in found or expiry.day < found[design].day:
            found[design] = expiry
    return found


def _shared(designs: Sequence[Design]) -> Iterator[tuple[UUID, Expiry]]:
    """What an organisation states for its designs, in each design that states no certificate of its own."""
    own = ModuleCertificate.objects.filter(design__in=designs, ended_at=None).values_list("design", flat=True)
    states = set(own)
    organisations = {design.organisation_id for design in designs}
    rows = SharedCertificate.objects.filter(organisation__in=organisations, ended_at=None)
    life = timedelta(days=settings.CERTIFICATE_MAX_AGE_DAYS)
    for number, organisation, read in rows.values_list("number", "organisation", "checked_on"):
        for design in designs:
            if design.organisation_id == organisation and design.pk not in states:
                yield design.pk, Expiry(read + life, _("read certificate %s again") % number)


def _all(ids: Sequence[UUID]) -> Iterator[tuple[UUID, Expiry]]:
    for control, design, day in Waiver.objects.filter(
        design__in=ids, ended_at=None, approver__isnull=False
    ).values_list("control", "design", "expires"):
        yield design, Expiry(day, _("waiver of %s") % control)
    for control, design, day in Attestation.objects.filter(design__in=ids, ended_at=None).values_list(
        "control", "design", "expires"
    ):
        yield design, Expiry(day, _("attestation of %s") % control)
    life = timedelta(days=settings.CERTIFICATE_MAX_AGE_DAYS)
    for number, design, read in ModuleCertificate.objects.filter(design__in=ids, ended_at=None).values_list(
        "number", "design", "checked_on"
    ):
        yield design, Expiry(read + life, _("read certificate %s again") % number)
    open_reviews = Review.objects.filter(design__in=ids, state=Review.State.OPEN, deadline__isnull=False)
    for design, day in open_reviews.values_list("design", "deadline"):
        yield design, Expiry(day, _("review decision"))
    for design, day in ActionItem.objects.filter(vote__review__design__in=ids, done_at=None).values_list(
        "vote__review__design", "due"
    ):
        yield design, Expiry(day, _("action item"))
