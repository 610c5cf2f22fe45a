"""The register's page: four kinds of statements, what each is worth now, and a form for one more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.forms import Form
from django.forms.boundfield import BoundField
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evidence.core.facts.certificate import STANDARDS
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
from evidence.views import words
from seal_advisor.access import Actor
from seal_advisor.models import Design, Organisation
from seal_advisor.views import road
from seal_advisor.views.words import Mark, Problem, counted, translated

COUNTS = Mark(gettext_lazy("Counts"), "signature", "accent")
WAITS = Mark(gettext_lazy("Waits for approval"), "circle-dashed", "warn")
EXPIRED = Mark(gettext_lazy("Expired"), "clock-alert", "warn")
OLD = Mark(gettext_lazy("Too old: read the list again"), "clock-alert", "warn")
FAILS = Mark(gettext_lazy("Not active"), "octagon-x", "fail")
ENDED = Mark(gettext_lazy("Ended"), "circle-minus")

# Kind -> (heading, what it is worth, the form's button).
SECTIONS = {
    "certificates": (
        gettext_lazy("FIPS certificates"),
        gettext_lazy("What NIST's list said on the day it was read. It attests C-CM-01, weaker than proof, and ages."),
        gettext_lazy("Enter certificate"),
    ),
    "attestations": (
        gettext_lazy("Attestations"),
        gettext_lazy(
            "A person's word where no machine can prove. It turns “not proven” into “attested”, until its last day."
        ),
        gettext_lazy("Enter attestation"),
    ),
    "waivers": (
        gettext_lazy("Waivers"),
        gettext_lazy(
            "A failure that is accepted for a while. It counts once somebody other than owner and author approved it."
        ),
        gettext_lazy("Ask for the waiver"),
    ),
    "exclusions": (
        gettext_lazy("Does not apply"),
        gettext_lazy(
            "A control without a subject here, in somebody's name. A failure stays a failure: only a waiver accepts it."
        ),
        gettext_lazy("Enter reason"),
    ),
}


@dataclass(frozen=True, slots=True)
class FieldSeen:
    """One field of a form. kind: "text", "textarea", "date" or "select"; options: (value, words, chosen)."""

    id: str
    name: str
    label: str
    kind: str
    value: str
    required: bool
    error: str
    options: tuple[tuple[str, str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class StatementSeen:
    """One entry. lines: what it says, in order; people: who stated, approved, ended it, and when."""

    id: str
    control: str
    control_href: str
    mark: Mark
    lines: tuple[str, ...]
    href: str
    people: tuple[str, ...]
    period: str
    end_href: str
    approve_href: str
    correct_href: str


@dataclass(frozen=True, slots=True)
class SectionSeen:
    key: str
    title: str
    worth: str
    entries: tuple[StatementSeen, ...]
    ended: tuple[StatementSeen, ...]
    count: str
    fields: tuple[FieldSeen, ...]
    enter_href: str
    button: str
    replaces: str
    open: bool
    shared: tuple[StatementSeen, ...] = ()
    shared_said: str = ""
    shared_href: str = ""


@dataclass(frozen=True, slots=True)
class SharedPage:
    """What an organisation states for all of its designs."""

    organisation: str
    section: SectionSeen
    may_state: bool
    certificate_days: int
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class RegisterPage:
    design: road.DesignHead
    sections: tuple[SectionSeen, ...]
    may_state: bool
    controls_href: str
    certificate_days: int
    problems: tuple[Problem, ...] = ()


def register_page(
    design: Design,
    rows: Mapping[str, Iterable[Statement]],
    forms: Mapping[str, Form],
    *,
    shared: Iterable[SharedCertificate],
    actor: Actor,
    may_state: bool,
    may_approve: bool,
    now: datetime,
    replaces: str = "",
    problems: Iterable[Problem] = (),
) -> RegisterPage:
    """forms: kind -> the form to show, filled or empty. replaces: the entry that the filled form corrects.

    shared: what the organisation states for all of its designs.
    """
    sections = []
    for key, (title, worth, button) in SECTIONS.items():
        every = list(rows[key])
        seen = {
            ended: tuple(
                _seen(one, design, actor, now.date(), may_state=may_state, may_approve=may_approve)
                for one in every
                if (one.ended_at is not None) == ended
            )
            for ended in (False, True)
        }
        form = forms[key]
        filled = form.is_bound or bool(form.initial)
        certificates = key == "certificates"
        sections.append(
            SectionSeen(
                key=key,
                title=title,
                worth=worth,
                entries=seen[False],
                ended=seen[True],
                count=counted(len(seen[True]), "ended entry", "ended entries"),
                fields=tuple(_field(bound, key) for bound in form),
                enter_href=reverse("register-enter", args=[design.pk, key]),
                button=button,
                replaces=replaces if filled else "",
                open=filled,
                shared=tuple(_shared_seen(one, now.date()) for one in shared if one.ended_at is None)
                if certificates
                else (),
                shared_said=_shared_said(seen[False]) if certificates else "",
                shared_href=reverse("shared-certificates", args=[design.organisation_id]) if certificates else "",
            )
        )
    return RegisterPage(
        design=road.head(design, current="register"),
        sections=tuple(sections),
        may_state=may_state,
        controls_href=reverse("controls", args=[design.pk]),
        certificate_days=settings.CERTIFICATE_MAX_AGE_DAYS,
        problems=tuple(problems),
    )


def _shared_said(own: Sequence[StatementSeen]) -> str:
    if own:
        return _("The organisation states these for all designs. They do not count here: this design states its own.")
    return _("The organisation states these for all designs. They count here while this design states none of its own.")


def shared_page(
    organisation: Organisation,
    rows: Iterable[SharedCertificate],
    form: Form,
    *,
    may_state: bool,
    today: date,
    replaces: str = "",
    problems: Iterable[Problem] = (),
) -> SharedPage:
    """form: filled with the entry that it corrects (`replaces`), with what was wrong, or empty."""
    every = list(rows)
    seen = {
        ended: tuple(_shared_seen(one, today, may_state=may_state) for one in every if bool(one.ended_at) == ended)
        for ended in (False, True)
    }
    title, _worth, button = SECTIONS["certificates"]
    section = SectionSeen(
        key="certificates",
        title=title,
        worth=_("Each counts for every design of the organisation that states no certificate of its own."),
        entries=seen[False],
        ended=seen[True],
        count=counted(len(seen[True]), "ended entry", "ended entries"),
        fields=tuple(_field(bound, "certificates") for bound in form),
        enter_href=reverse("shared-certificates", args=[organisation.pk]),
        button=button,
        replaces=replaces,
        open=form.is_bound or bool(form.initial),
    )
    return SharedPage(organisation.name, section, may_state, settings.CERTIFICATE_MAX_AGE_DAYS, tuple(problems))


def _shared_seen(one: SharedCertificate, today: date, *, may_state: bool = False) -> StatementSeen:
    page = reverse("shared-certificates", args=[one.organisation_id])
    going = one.ended_at is None and may_state
    return StatementSeen(
        id=str(one.pk),
        control="C-CM-01",
        control_href="",
        mark=_mark(one, today),
        lines=(*_lines(one), _("for every seal of kind %(seal)s") % {"seal": one.seal}),
        href=one.source,
        people=_people(one),
        period=_period(one),
        end_href=reverse("shared-certificate-end", args=[one.organisation_id, one.pk]) if going else "",
        approve_href="",
        correct_href=f"{page}?correct={one.pk}#certificates" if going else "",
    )


def _field(bound: BoundField, section: str) -> FieldSeen:
    widget = bound.field.widget
    kind = {"Textarea": "textarea", "DateInput": "date", "Select": "select"}.get(type(widget).__name__, "text")
    value = bound.value()
    text = "" if value is None else str(value)
    options: tuple[tuple[str, str, bool], ...] = ()
    if kind == "select":
        choices = list(bound.field.choices)  # type: ignore[attr-defined]
        options = tuple((str(one), _choice(str(one), str(said)), str(one) == text) for one, said in choices)
    return FieldSeen(
        id=f"{section}-{bound.name}",
        name=bound.name,
        label=str(bound.label),
        kind=kind,
        value=text,
        required=bound.field.required,
        error=" ".join(str(error) for error in bound.errors),
        options=options,
    )


def _choice(value: str, said: str) -> str:
    """A control by its id and its title; anything else as the form says it."""
    title = said.removeprefix(f"{value}: ")
    return said if title == said else f"{value}: {translated(title)}"


def _seen(
    one: Statement, design: Design, actor: Actor, today: date, *, may_state: bool, may_approve: bool
) -> StatementSeen:
    control = getattr(one, "control", "C-CM-01")
    waiting = isinstance(one, Waiver) and one.approver_id is None and one.ended_at is None and one.expires >= today
    mine = isinstance(one, Waiver) and actor.user.pk in (one.owner_id, one.entered_by_id)
    going = one.ended_at is None and may_state
    correct = f"{reverse('register', args=[design.pk])}?correct={one.pk}#{_section(one)}"
    return StatementSeen(
        id=str(one.pk),
        control=control,
        control_href=f"{reverse('controls', args=[design.pk])}#{control}",
        mark=_mark(one, today),
        lines=_lines(one),
        href=one.source if isinstance(one, ModuleCertificate) else "",
        people=_people(one),
        period=_period(one),
        end_href=reverse("register-end", args=[design.pk, one.pk]) if going else "",
        approve_href=reverse("register-approve", args=[design.pk, one.pk])
        if waiting and may_approve and not mine
        else "",
        correct_href=correct if going else "",
    )


def _section(one: Statement) -> str:
    return {ModuleCertificate: "certificates", Attestation: "attestations", Waiver: "waivers", Exclusion: "exclusions"}[
        type(one)
    ]


def _mark(one: Entry, today: date) -> Mark:
    if one.ended_at is not None:
        return ENDED
    if isinstance(one, Attestation | Waiver) and one.expires < today:
        return EXPIRED
    if isinstance(one, Waiver) and one.approver_id is None:
        return WAITS
    if isinstance(one, CertificateRead):
        if one.status != CertificateRead.Status.ACTIVE:
            return FAILS
        if today - one.checked_on > timedelta(days=settings.CERTIFICATE_MAX_AGE_DAYS):
            return OLD
    return COUNTS


def _lines(one: Entry) -> tuple[str, ...]:
    match one:
        case CertificateRead():
            said = _("%(standard)s level %(level)s, %(get_status_display)s") % {
                "standard": STANDARDS[one.standard],
                "level": one.level,
                "get_status_display": one.get_status_display().lower(),
            }
            return (_("%(module)s, certificate %(number)s") % {"module": one.module, "number": one.number}, said)
        case Attestation():
            return (
                one.statement,
                *([_("Reference: %(reference)s") % {"reference": one.reference}] if one.reference else []),
            )
        case Waiver() | Exclusion():
            return (one.reason,)
        case _:
            return ()


def _people(one: Entry) -> tuple[str, ...]:
    said = []
    match one:
        case CertificateRead():
            said.append(_("read by %(checked_by)s") % {"checked_by": one.checked_by})
        case Attestation() | Exclusion():
            said.append(_("stated by %(by)s") % {"by": one.by})
        case Waiver():
            said.append(_("owner %(get_username)s") % {"get_username": one.owner.get_username()})
            if one.approver and one.approved_at:
                said.append(
                    _("approved by %(get_username)s, %(moment)s")
                    % {"get_username": one.approver.get_username(), "moment": words.moment(one.approved_at)}
                )
    said.append(
        _("entered by %(entered_by_label)s, %(moment)s")
        % {"entered_by_label": one.entered_by_label, "moment": words.moment(one.entered_at)}
    )
    if one.ended_at is not None:
        said.append(
            _("ended by %(ended_by_label)s, %(moment)s: %(ended_why)s")
            % {"ended_by_label": one.ended_by_label, "moment": words.moment(one.ended_at), "ended_why": one.ended_why}
        )
    return tuple(said)


def _period(one: Entry) -> str:
    match one:
        case CertificateRead():
            return _("list read on %(checked_on)s") % {"checked_on": one.checked_on}
        case Attestation():
            return _("%(on)s to %(expires)s") % {"on": one.on, "expires": one.expires}
        case Waiver():
            return _("until %(expires)s") % {"expires": one.expires}
        case Exclusion():
            return _("since %(on)s") % {"on": one.on}
        case _:
            return ""
