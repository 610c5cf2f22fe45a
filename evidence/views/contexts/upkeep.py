"""The page about a design's schedule, retention and holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evidence.upkeep.models import Every, LegalHold, Retention, Schedule
from evidence.views import words
from seal_advisor.access import Action
from seal_advisor.models import Design, User
from seal_advisor.views import road
from seal_advisor.views.words import translated

KEPT_FOR_EVER = gettext_lazy("Packages of {house} are kept for ever.")
KEPT = gettext_lazy("Packages of {house} are deleted {days} days after they were asked for, unless a hold keeps them.")


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    title: str
    selected: bool


@dataclass(frozen=True, slots=True)
class HoldSeen:
    """release_href: "" where it was released, or the reader may not."""

    reason: str
    placed: str
    released: str
    release_href: str


@dataclass(frozen=True, slots=True)
class UpkeepPage:
    design: road.DesignHead
    schedule: str
    paused: str
    every: tuple[Choice, ...]
    people: tuple[Choice, ...]
    may_schedule: bool
    schedule_href: str
    kept: str
    days: str
    may_administer: bool
    retention_href: str
    holds: tuple[HoldSeen, ...]
    hold_href: str
    back_href: str


def upkeep_page(design: Design, allowed: Iterable[Action]) -> UpkeepPage:
    may = set(allowed)
    schedule = Schedule.objects.filter(design=design).select_related("owner").first()
    kept = Retention.objects.filter(organisation=design.organisation_id).first()
    house, of_design = design.organisation.name, [design.pk]
    return UpkeepPage(
        design=road.head(design, current="packages"),
        schedule=_schedule(schedule),
        paused=schedule.paused if schedule else "",
        every=(
            Choice("", _("Only when somebody asks"), schedule is None),
            *(
                Choice(value, translated(str(title)), schedule is not None and schedule.every == value)
                for value, title in Every.choices
            ),
        ),
        people=_people(design, schedule),
        may_schedule=Action.BUILD_PACKAGE in may,
        schedule_href=reverse("upkeep-schedule", args=of_design),
        kept=KEPT.format(house=house, days=kept.package_days) if kept else KEPT_FOR_EVER.format(house=house),
        days=str(kept.package_days) if kept else "",
        may_administer=Action.ADMINISTER in may,
        retention_href=reverse("upkeep-retention", args=of_design),
        holds=tuple(
            _hold(hold, Action.ADMINISTER in may)
            for hold in LegalHold.objects.filter(design=design).select_related("placed_by", "released_by")
        ),
        hold_href=reverse("upkeep-hold", args=of_design),
        back_href=reverse("packages", args=of_design),
    )


def _schedule(schedule: Schedule | None) -> str:
    if schedule is None:
        return _("No schedule: a package is built when somebody asks for one.")
    every = {"weekly": _("every week"), "monthly": _("every 30 days")}[schedule.every]
    return _("Built %(every)s in the name of %(get_username)s; next on %(moment)s.") % {
        "every": every,
        "get_username": schedule.owner.get_username(),
        "moment": words.moment(schedule.next_at),
    }


def _people(design: Design, schedule: Schedule | None) -> tuple[Choice, ...]:
    """Everybody of the organisation who has an address; who is told already is selected."""
    told = set(schedule.recipients.values_list("pk", flat=True)) if schedule else set()
    members = User.objects.filter(memberships__organisation=design.organisation_id, is_active=True).exclude(email="")
    return tuple(
        Choice(str(one.pk), f"{one.get_username()} ({one.email})", one.pk in told)
        for one in members.order_by("username").distinct()
    )


def _hold(hold: LegalHold, may_release: bool) -> HoldSeen:
    released = (
        _("Released on %(moment)s by %(get_username)s: %(release_reason)s")
        % {
            "moment": words.moment(hold.released_at),
            "get_username": hold.released_by.get_username(),
            "release_reason": hold.release_reason,
        }
        if hold.released_at and hold.released_by
        else ""
    )
    return HoldSeen(
        reason=hold.reason,
        placed=_("Placed on %(moment)s by %(get_username)s")
        % {"moment": words.moment(hold.placed_at), "get_username": hold.placed_by.get_username()},
        released=released,
        release_href=reverse("upkeep-release", args=[hold.design_id, hold.pk]) if may_release and not released else "",
    )
