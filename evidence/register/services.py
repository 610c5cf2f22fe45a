"""Entering, approving and ending statements, and what of them counts at a moment. Access was decided by the caller.

Each change enters the ledger in its own transaction: `waived` for a waiver's life, `attested` for everything else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.forms.models import model_to_dict
from django.utils import timezone

from evidence import ledger
from evidence.core import facts, waivers
from evidence.core.facts import Declared
from evidence.core.facts.certificate import Certificate
from evidence.core.manifest import moment
from evidence.core.parsers.module_certificate import written
from evidence.core.upload import intake
from evidence.core.waivers import Statements
from evidence.register.models import (
    Attestation,
    CertificateRead,
    Entry,
    Exclusion,
    ModuleCertificate,
    SharedCertificate,
    Statement,
    Waiver,
)
from seal_advisor.access import Actor
from seal_advisor.core.record import replace
from seal_advisor.models import Design, Organisation, User

KINDS: Mapping[str, type[Statement]] = {
    "certificates": ModuleCertificate,
    "attestations": Attestation,
    "waivers": Waiver,
    "exclusions": Exclusion,
}
# The register as an artefact: its file's name and who collected it.
FILE = "register-of-certificates.toml"
COLLECTOR = "register of certificates, kept in this application"
# Fields that every statement has; what is left is what was stated.
SHARED = ("id", "design", "organisation", "entered_by", "entered_by_label", "ended_by_label", "ended_why")

S = TypeVar("S", bound=Statement)
E = TypeVar("E", bound=Entry)


class NotNow(Exception):
    """The statement cannot be changed this way; the message says why."""


def enter(model: type[S], design: Design, *, actor: Actor, said: Mapping[str, Any], replaces: S | None = None) -> S:
    """One statement more. replaces: the entry that this one corrects; it ends at the same moment.

    Raises django.db.IntegrityError where the database refuses it, NotNow where the entry to correct has ended.
    """
    with transaction.atomic():
        if replaces is not None:
            end(replaces, actor=actor, why="corrected by a new entry")
        made: S = model.objects.create(  # type: ignore[attr-defined]
            design=design, entered_by=actor.user, entered_by_label=actor.label, **said
        )
        _enter_in_ledger(made, "asked" if isinstance(made, Waiver) else "entered", actor, made.entered_at)
    return made


def enter_shared(
    organisation: Organisation, *, actor: Actor, said: Mapping[str, Any], replaces: SharedCertificate | None = None
) -> SharedCertificate:
    """A certificate for every design of the organisation that states none of its own. Otherwise as `enter`."""
    with transaction.atomic():
        if replaces is not None:
            end(replaces, actor=actor, why="corrected by a new entry")
        made = SharedCertificate.objects.create(
            organisation=organisation, entered_by=actor.user, entered_by_label=actor.label, **said
        )
        _enter_in_ledger(made, "entered", actor, made.entered_at)
    return made


def approve(waiver: Waiver, *, actor: Actor) -> Waiver:
    """From now on the waiver counts. Raises NotNow for its owner, for who asked for it, and where it is too late."""
    if actor.user.pk in (waiver.owner_id, waiver.entered_by_id):
        raise NotNow("the approver is neither the waiver's owner nor who asked for it; ask somebody else")
    now = timezone.now()
    if waiver.expires < now.date():
        raise NotNow(f"the waiver expired on {waiver.expires}; ask for a new one")
    with transaction.atomic():
        open_ = Waiver.objects.filter(pk=waiver.pk, approver=None, ended_at=None)
        if not open_.update(approver=actor.user, approved_at=now):
            raise NotNow("the waiver was approved or ended already")
        waiver.refresh_from_db()
        _enter_in_ledger(waiver, "approved", actor, now)
    return waiver


def end(statement: Entry, *, actor: Actor, why: str) -> None:
    """The statement counts no more; it stays to be read. Raises NotNow when it has ended already."""
    now = timezone.now()
    model = type(statement)
    with transaction.atomic():
        current = model.objects.filter(pk=statement.pk, ended_at=None)  # type: ignore[attr-defined]
        if not current.update(ended_at=now, ended_by_label=actor.label, ended_why=why[:500]):
            raise NotNow("this entry has ended already")
        statement.refresh_from_db()
        _enter_in_ledger(statement, "ended", actor, now)


def stated(statement: Entry) -> dict[str, Any]:
    """What was stated, as JSON knows it: people by their names, days in ISO 8601."""
    said = model_to_dict(statement, exclude=SHARED)
    for name in ("owner", "approver"):
        if name in said:
            person = getattr(statement, name)
            said[name] = person.get_username() if person else None
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in said.items()}


def _enter_in_ledger(statement: Entry, verb: str, actor: Actor, at: datetime) -> None:
    kind = "waived" if isinstance(statement, Waiver) else "attested"
    said = stated(statement)
    said.pop("approved_at", None)
    design = statement.design if isinstance(statement, Statement) else None
    organisation = statement.organisation if isinstance(statement, SharedCertificate) else None
    entry = {
        "what": f"{type(statement).__name__.lower()} {verb}",
        **({"design": str(design.pk)} if design else {}),
        **({"organisation": str(organisation.pk)} if organisation else {}),
        "statement": str(statement.pk),
        "by": actor.label,
        "at": moment(at),
        "why": statement.ended_why,
        "stated": said,
    }
    ledger.append(kind, design, [entry], at=at, organisation=organisation)


def counting(rows: QuerySet[E], at: datetime) -> QuerySet[E]:
    """Those that were entered and not ended at that moment."""
    return rows.filter(Q(ended_at=None) | Q(ended_at__gt=at), entered_at__lte=at)


def statements_at(design: Design, at: datetime) -> Statements:
    """What counts, and what has expired and is to be named, as `examine` takes it. A waiver counts once approved."""
    approved = counting(Waiver.objects.filter(design=design), at).filter(approved_at__lte=at)
    return Statements(
        waivers=tuple(
            waivers.Waiver(
                control=one.control,
                reason=one.reason,
                owner=one.owner.get_username(),
                approved_by=one.approver.get_username() if one.approver else "",
                expires=one.expires,
            )
            for one in approved.select_related("owner", "approver")
        ),
        attestations=tuple(
            waivers.Attestation(
                control=one.control,
                statement=one.statement,
                by=one.by,
                on=one.on,
                expires=one.expires,
                reference=one.reference,
            )
            for one in counting(Attestation.objects.filter(design=design), at)
        ),
        exclusions=tuple(
            waivers.Exclusion(control=one.control, reason=one.reason, by=one.by, on=one.on)
            for one in counting(Exclusion.objects.filter(design=design), at)
        ),
    )


def certificates_at(design: Design, at: datetime) -> facts.Artefact | None:
    """The register of certificates as one artefact, which the controls read like any other; None while it is empty.

    What the design states itself counts alone; else what its organisation states for all of its designs.
    """
    rows: list[CertificateRead] = list(counting(ModuleCertificate.objects.filter(design=design), at))
    rows = rows or list(counting(SharedCertificate.objects.filter(organisation=design.organisation_id), at))
    if not rows:
        return None
    text = written(_value(row) for row in rows)
    return replace(intake(FILE, text.encode(), declared=Declared(source=COLLECTOR)), received_at=at)


def _value(row: CertificateRead) -> Certificate:
    return Certificate(
        module=row.module,
        number=row.number,
        standard=row.standard,
        level=row.level,
        status=row.status,
        checked_on=row.checked_on,
        source=row.source,
        checked_by=row.checked_by,
        seal=row.seal if isinstance(row, SharedCertificate) else "",
    )


def versions_of(designs: Iterable[Design]) -> dict[UUID, str]:
    """Changes with every change of a design's register: part of what a kept judgement rests on. A query a kind."""
    designs = list(designs)
    marks: dict[UUID, list[str]] = {design.pk: [] for design in designs}
    for model in KINDS.values():
        counts = {
            "entered": Count("pk"),
            "open": Count("pk", filter=Q(ended_at=None)),
            **({"waiting": Count("pk", filter=Q(approver=None))} if model is Waiver else {}),
        }
        rows = model.objects.filter(design__in=marks).order_by().values("design")  # type: ignore[attr-defined]
        found = {row.pop("design"): ".".join(str(number) for number in row.values()) for row in rows.annotate(**counts)}
        for key, mark in marks.items():
            mark.append(found.get(key, ""))
    shared = _shared_versions({design.organisation_id for design in designs})
    for design in designs:
        marks[design.pk].append(shared.get(design.organisation_id, ""))
    return {key: "-".join(mark) for key, mark in marks.items()}


def _shared_versions(organisations: Iterable[UUID]) -> dict[UUID, str]:
    rows = SharedCertificate.objects.filter(organisation__in=list(organisations)).order_by().values("organisation")
    counted = rows.annotate(entered=Count("pk"), open=Count("pk", filter=Q(ended_at=None)))
    return {row["organisation"]: f"{row['entered']}.{row['open']}" for row in counted}


def version_of(design: Design) -> str:
    """The same of one design."""
    return versions_of([design])[design.pk]


def says_something(version: str) -> bool:
    """Whether a register of this version has any entry."""
    return any(character.isdigit() for character in version)


def find(rows: Iterable[QuerySet[Any]], entry_id: UUID) -> Statement | None:
    """The entry of this id, of whatever kind."""
    for query in rows:
        found: Statement | None = query.filter(pk=entry_id).first()
        if found is not None:
            return found
    return None


def people_of(design: Design) -> QuerySet[User]:
    """Who can own a waiver: the members of the design's organisation."""
    return User.objects.filter(memberships__organisation=design.organisation_id).order_by("username").distinct()
