"""Packages that are built again by themselves, and what their builders need to know about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from django.db import transaction

from evidence import services
from evidence.models import Package
from evidence.upkeep.models import Notice, Schedule
from seal_advisor import trail
from seal_advisor.access import Action, Actor, may
from seal_advisor.models import Design, User

logger = structlog.get_logger(__name__)
LOST_RIGHT = "{owner} may no longer build packages of this design; somebody who may must set the schedule again"


def set_schedule(design: Design, *, actor: Actor, every: str, recipients: Sequence[User], now: datetime) -> Schedule:
    """From now on, in the actor's name. recipients: those of them who are not of the organisation are left out."""
    with transaction.atomic():
        before = _told(Schedule.objects.filter(design=design).select_related("owner").first())
        schedule, _ = Schedule.objects.update_or_create(
            design=design,
            defaults={"every": every, "owner": actor.user, "set_at": now, "next_at": now, "paused": ""},
        )
        schedule.next_at = schedule.following(now)
        schedule.save(update_fields=["next_at"])
        people = User.objects.filter(pk__in=[one.pk for one in recipients])
        schedule.recipients.set(people.filter(memberships__organisation=design.organisation_id))
        trail.record(actor, "schedule.set", design.pk, design=design, before=before, after=_told(schedule))
    return schedule


def drop_schedule(design: Design, *, actor: Actor) -> None:
    """Without a schedule nothing changes."""
    with transaction.atomic():
        found = Schedule.objects.filter(design=design).select_related("owner").first()
        if found is not None:
            before = _told(found)
            found.delete()
            trail.record(actor, "schedule.dropped", design.pk, design=design, before=before)


def _told(schedule: Schedule | None) -> dict[str, object] | None:
    if schedule is None:
        return None
    names = sorted(schedule.recipients.values_list("username", flat=True))
    return {"every": schedule.every, "owner": schedule.owner.get_username(), "recipients": names}


def run_due(now: datetime) -> list[Package]:
    """Ask for every package that is due. Two that look at the same moment ask once: the row's `next_at` decides."""
    return [built for one in Schedule.objects.filter(next_at__lte=now, paused="") if (built := _run(one, now))]


def _run(schedule: Schedule, now: datetime) -> Package | None:
    with transaction.atomic():
        mine = Schedule.objects.filter(pk=schedule.pk, next_at=schedule.next_at, paused="")
        if mine.update(next_at=schedule.following(now)) == 0:
            return None
        actor = Actor(schedule.owner)
        if not schedule.owner.is_active or not may(actor, Action.BUILD_PACKAGE, schedule.design):
            reason = LOST_RIGHT.format(owner=schedule.owner.get_username())
            Schedule.objects.filter(pk=schedule.pk).update(paused=reason)
            logger.warning("a schedule was paused", design=str(schedule.design_id), reason=reason)
            return None
        package = services.start_package(schedule.design, actor=actor)
        Notice.objects.create(package=package, recipients=addresses(schedule))
    return package


def addresses(schedule: Schedule) -> list[str]:
    """Where the notice goes: the recipients who are still of the organisation and have an address."""
    people = schedule.recipients.filter(memberships__organisation=schedule.design.organisation_id, is_active=True)
    return sorted(set(people.exclude(email="").values_list("email", flat=True)))
