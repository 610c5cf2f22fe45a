"""The home page, a new design, and the sample design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from seal_advisor import access, services
from seal_advisor.access import Action
from seal_advisor.forms import NewDesign
from seal_advisor.models import Design
from seal_advisor.views import road
from seal_advisor.views.contexts.designs import designs_page
from seal_advisor.views.door import signed_in
from seal_advisor.views.words import Problem, translated

SHOWN = 20  # a page of designs; each is judged when it is shown, so none is judged that nobody sees


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def designs(request: HttpRequest) -> HttpResponse:
    """GET a page of the designs in sight, newest first; POST a title starts one."""
    form = NewDesign(request.POST) if request.method == "POST" else None
    actor = access.actor_of(request)
    if form is not None and form.is_valid():
        organisation = access.organisation_or_403(actor, Action.WRITE_DESIGN)
        design = services.create_design(organisation=organisation, actor=actor, title=form.cleaned_data["title"])
        return redirect("questions", design.pk)
    page = designs_page(
        Paginator(access.designs_for(actor), SHOWN).get_page(request.GET.get("page")),
        may_create=access.organisations_for(actor, Action.WRITE_DESIGN).exists(),
        organisations=access.organisations_for(actor),
        title=form.data.get("title", "") if form else "",
        problems=[Problem(str(error), "#title") for error in form.errors["title"]] if form else [],
    )
    return render(request, "pages/designs.html", {"page": page}, status=422 if page.problems else 200)


@signed_in
@require_POST
def sample(request: HttpRequest) -> HttpResponse:
    """Make the sample design and show its questions, answered."""
    actor = access.actor_of(request)
    organisation = access.organisation_or_403(actor, Action.WRITE_DESIGN)
    return redirect("questions", services.create_sample_design(organisation=organisation, actor=actor).pk)


def _answered(designs: Sequence[Design]) -> Mapping[UUID, road.State]:
    asked = len(services.current_ruleset().questions)
    return {
        design.pk: road.State(_("%(given)s of %(asked)s answered") % {"given": _given(design), "asked": asked})
        for design in designs
    }


def _given(design: Design) -> int:
    return sum(value is not None for value in design.answers.get("answers", {}).values())


def _decided(designs: Sequence[Design]) -> Mapping[UUID, road.State]:
    return {design.pk: _decision(design) for design in designs}


def _decision(design: Design) -> road.State:
    decision = services.decision_of(design)
    titles = {option.id: translated(option.title) for option in services.current_ruleset().options}
    if decision.status == "recommended":
        return road.State(titles[decision.recommended[0]], "pass")
    return {
        "tie": road.State(_("Two equally good")),
        "none": road.State(_("No option satisfies"), "fail"),
        "open": road.State(_("Not decided yet")),
    }[decision.status]


road.register(road.Step("questions", gettext_lazy("Questions"), "questions", 1, _answered))
road.register(road.Step("decision", gettext_lazy("Decision"), "decision", 2, _decided))
