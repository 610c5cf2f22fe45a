"""What runs out, in which design, on which day, and whom it concerns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings

from evidence.core.demands import Settings
from evidence.core.facts import TlsScanFacts
from evidence.models import Artefact
from evidence.register.models import Attestation, ModuleCertificate, Waiver
from evidence.services import UNREAD, thresholds
from evidence.views import words
from seal_advisor.models import Design, Role, User


@dataclass(frozen=True, slots=True)
class Item:
    """runs_out: the last day on which it counts. what: in words, as a sentence's subject. people: by user id."""

    key: str
    design: Design
    runs_out: date
    what: str
    page: str
    people: tuple[int, ...]


def running_out(now: datetime) -> Iterator[Item]:
    """Everything whose last day is today or at most as far away as the first threshold."""
    first = now.date()
    last = first + timedelta(days=max(settings.REMIND_DAYS))
    yield from _statements(first, last)
    yield from _certificates(first, last)
    yield from _evidence(first, last, thresholds(now))


def _statements(first: date, last: date) -> Iterator[Item]:
    waivers = Waiver.objects.filter(ended_at=None, approver__isnull=False, expires__range=(first, last))
    for one in waivers.select_related("design"):
        said = f"The waiver of {one.control}"
        yield Item(f"waiver {one.pk}", one.design, one.expires, said, "register", (one.owner_id, one.entered_by_id))
    attestations = Attestation.objects.filter(ended_at=None, expires__range=(first, last))
    for word in attestations.select_related("design"):
        said = f"The attestation of {word.control} by {word.by}"
        yield Item(f"attestation {word.pk}", word.design, word.expires, said, "register", (word.entered_by_id,))


def _certificates(first: date, last: date) -> Iterator[Item]:
    life = timedelta(days=settings.CERTIFICATE_MAX_AGE_DAYS)
    rows = ModuleCertificate.objects.filter(ended_at=None, checked_on__range=(first - life, last - life))
    for one in rows.select_related("design"):
        said = f"What NIST's list said of certificate {one.number} ({one.module})"
        yield Item(f"certificate {one.pk}", one.design, one.checked_on + life, said, "register", (one.entered_by_id,))


def _evidence(first: date, last: date, limits: Settings) -> Iterator[Item]:
    """The newest file of each kind from each node: when it is older than captures may be, its controls are stale."""
    newest: dict[tuple[object, ...], Artefact] = {}
    read = Artefact.objects.exclude(kind__in=UNREAD).order_by("received_at", "pk").select_related("design")
    for one in read.defer("facts", "redactions"):
        newest[one.design_id, one.kind, one.node] = one
    for one in newest.values():
        life = limits.scan_max_age if one.kind == TlsScanFacts.KIND else limits.runtime_max_age
        day = ((one.observed_to or one.received_at) + life).date()
        if first <= day <= last:
            node = f" of {one.node}" if one.node else ""
            said = f"The newest {words.kind(one.kind)}{node} ({one.name})"
            yield Item(f"artefact {one.pk}", one.design, day, said, "collect-plan", (one.uploader_id,))


def addresses(item: Item) -> list[str]:
    """Of its people who are still members, and of the organisation's compliance officers, each once."""
    members = User.objects.filter(memberships__organisation=item.design.organisation_id, is_active=True)
    chosen = members.filter(pk__in=item.people) | members.filter(
        memberships__role=Role.COMPLIANCE, memberships__organisation=item.design.organisation_id
    )
    found = chosen.exclude(email="").order_by("email").values_list("email", flat=True)
    return list(dict.fromkeys(found))
