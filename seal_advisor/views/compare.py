"""What if: a copy beside the original, and two designs side by side."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from seal_advisor import access, services
from seal_advisor.access import Action
from seal_advisor.views.contexts.compare import compare_page
from seal_advisor.views.door import signed_in

OFFERED = 100


@signed_in
@require_POST
def copy(request: HttpRequest, design_id: UUID) -> HttpResponse:
    """A what-if copy; the original stays as it is."""
    actor = access.actor_of(request)
    design = access.design_or_404(actor, design_id, Action.WRITE_DESIGN)
    made = services.copy_design(design, actor=actor)
    messages.success(
        request, _("This is a copy: change what you like, “%(title)s” stays as it is.") % {"title": design.title}
    )
    return redirect("questions", made.pk)


@signed_in
@require_safe
def compare(request: HttpRequest, design_id: UUID) -> HttpResponse:
    """`with` names the other design; without it the page offers those in sight, relatives first."""
    actor = access.actor_of(request)
    design = access.design_or_404(actor, design_id)
    wanted = request.GET.get("with", "")
    page = compare_page(
        design,
        other=access.design_or_404(actor, wanted) if wanted else None,
        offered=access.designs_for(actor).exclude(pk=design.pk)[:OFFERED],
        may_copy=access.may(actor, Action.WRITE_DESIGN, design),
        ruleset=services.ruleset_of(design.organisation),
    )
    return render(request, "pages/compare.html", {"page": page})
