"""The webhooks of a design, for its administrators: who is told of what, and what came of each telling."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evidence import access
from evidence.views.contexts.webhooks import deliveries_page, webhooks_page
from evidence.webhooks import services
from seal_advisor.access import Action, Actor, actor_of, design_or_404
from seal_advisor.models import Design
from seal_advisor.views.door import signed_in
from seal_advisor.views.words import Problem

SHOWN = 100
DELIVERIES = 50


class NewWebhook(forms.Form):
    address = forms.CharField(
        max_length=500, error_messages={"required": gettext_lazy("Say which address is to be told.")}
    )
    events = forms.MultipleChoiceField(
        choices=[(event, event) for event in services.EVENTS],
        error_messages={"required": gettext_lazy("Choose at least one event.")},
    )


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def webhooks(request: HttpRequest, design_id: UUID) -> HttpResponse:
    """GET the list; POST one more. Its secret is on the answer's page and nowhere else, ever."""
    actor = actor_of(request)
    design = design_or_404(actor, design_id, Action.ADMINISTER)
    if request.method != "POST":
        return _page(request, actor, design)
    form = NewWebhook(request.POST)
    if not form.is_valid():
        found = [Problem(str(error), f"#{field}") for field, errors in form.errors.items() for error in errors]
        return _page(request, actor, design, form, problems=found)
    try:
        _made, secret = services.register(design, actor=actor, **form.cleaned_data)
    except ValidationError as error:
        return _page(request, actor, design, form, problems=[Problem(one, "#address") for one in error.messages])
    return _page(request, actor, design, secret=secret)


@signed_in
@require_safe
def webhook(request: HttpRequest, design_id: UUID, webhook_id: UUID) -> HttpResponse:
    """The last deliveries of one, newest first; `before` = the next page's key."""
    actor = actor_of(request)
    design = design_or_404(actor, design_id, Action.ADMINISTER)
    told = access.webhook_or_404(actor, design, webhook_id)
    rows = access.deliveries_of(told, before=request.GET.get("before", ""))[: DELIVERIES + 1]
    return render(request, "pages/webhook.html", {"page": deliveries_page(design, told, list(rows), shown=DELIVERIES)})


@signed_in
@require_POST
def end(request: HttpRequest, design_id: UUID, webhook_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    design = design_or_404(actor, design_id, Action.ADMINISTER)
    services.end(access.webhook_or_404(actor, design, webhook_id), actor=actor)
    messages.success(request, _("Ended: this address is told nothing more."))
    return redirect("webhooks", design.pk)


def _page(
    request: HttpRequest,
    actor: Actor,
    design: Design,
    form: NewWebhook | None = None,
    *,
    secret: str = "",
    problems: list[Problem] | None = None,
) -> HttpResponse:
    rows = list(access.webhooks_of(actor, design)[:SHOWN])
    page = webhooks_page(
        design,
        rows,
        access.last_deliveries(rows),
        address=form.data.get("address", "") if form else "",
        chosen=form.data.getlist("events") if form else (),
        secret=secret,
        problems=problems or [],
    )
    answer = render(request, "pages/webhooks.html", {"page": page}, status=422 if problems else 200)
    answer["Cache-Control"] = "no-store"
    return answer
