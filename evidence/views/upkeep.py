"""What happens to a design's packages by themselves: the schedule, how long they are kept, what holds them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from evidence import access
from evidence.upkeep import retention as keeping
from evidence.upkeep import schedules
from evidence.upkeep.models import Every
from evidence.views.contexts.upkeep import upkeep_page
from seal_advisor.access import Action, actions_on, actor_of, design_or_404
from seal_advisor.models import Design, User
from seal_advisor.views.door import signed_in

REASON_AT_MOST = 500
DAYS_AT_MOST = 36_500


@signed_in
@require_safe
def upkeep(request: HttpRequest, design_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    design = design_or_404(actor, design_id)
    return render(request, "pages/upkeep.html", {"page": upkeep_page(design, actions_on(actor, design))})


@signed_in
@require_POST
def schedule(request: HttpRequest, design_id: UUID) -> HttpResponse:
    """`every` = weekly, monthly, or "" for no schedule; `recipient`: ids of people of the organisation."""
    actor = actor_of(request)
    design = design_or_404(actor, design_id, Action.BUILD_PACKAGE)
    every = request.POST.get("every", "")
    if every not in Every.values:
        schedules.drop_schedule(design, actor=actor)
        return _back(request, design, _("Packages of this design are built on request only."))
    wanted = [int(pk) for pk in request.POST.getlist("recipient") if pk.isascii() and pk.isdecimal() and len(pk) < 19]
    people = User.objects.filter(pk__in=wanted, memberships__organisation=design.organisation_id)
    set_now = schedules.set_schedule(design, actor=actor, every=every, recipients=list(people), now=timezone.now())
    return _back(
        request,
        design,
        _("The next package is built on %(next_at)s UTC.") % {"next_at": f"{set_now.next_at:%-d %B %Y, %H:%M}"},
    )


@signed_in
@require_POST
def place(request: HttpRequest, design_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    design = design_or_404(actor, design_id, Action.ADMINISTER)
    reason = request.POST.get("reason", "").strip()[:REASON_AT_MOST]
    if not reason:
        return _back(request, design, _("Say why nothing may be deleted: a hold needs a reason."), messages.ERROR)
    keeping.place_hold(design, actor=actor, reason=reason, now=timezone.now())
    return _back(request, design, _("Held: nothing of this design is deleted until the hold is released."))


@signed_in
@require_POST
def release(request: HttpRequest, design_id: UUID, hold_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    design = design_or_404(actor, design_id, Action.ADMINISTER)
    hold = access.hold_or_404(actor, design, hold_id)
    reason = request.POST.get("reason", "").strip()[:REASON_AT_MOST]
    if not reason:
        return _back(request, design, _("Say why the hold is released."), messages.ERROR)
    keeping.release_hold(hold, actor=actor, reason=reason, now=timezone.now())
    return _back(request, design, _("Released."))


@signed_in
@require_POST
def retention(request: HttpRequest, design_id: UUID) -> HttpResponse:
    """`days` for every design of the organisation; "" = for ever."""
    actor = actor_of(request)
    design = design_or_404(actor, design_id, Action.ADMINISTER)
    days = request.POST.get("days", "").strip()
    if not days:
        keeping.keep_for_ever(design.organisation, actor=actor)
        return _back(request, design, _("Packages are kept for ever."))
    if not days.isascii() or not days.isdecimal() or not 1 <= int(days[:9]) <= DAYS_AT_MOST:
        return _back(
            request, design, _("Days: a whole number from 1 to %(value)s.") % {"value": DAYS_AT_MOST}, messages.ERROR
        )
    keeping.set_retention(design.organisation, actor=actor, package_days=int(days), now=timezone.now())
    return _back(request, design, _("Packages are kept for %(int)s days and deleted after that.") % {"int": int(days)})


def _back(request: HttpRequest, design: Design, said: str, level: int = messages.SUCCESS) -> HttpResponse:
    messages.add_message(request, level, said)
    return redirect("upkeep", design.pk)
