"""The frozen revisions of a design: list, check-your-answers, one revision, its decision as JSON."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from seal_advisor import access, services
from seal_advisor import revisions as frozen
from seal_advisor.access import Action
from seal_advisor.core.explain import explain
from seal_advisor.views.contexts.revisions import check_page, revision_page, revisions_page
from seal_advisor.views.door import signed_in

SHOWN = 200


@signed_in
@require_safe
def revisions(request: HttpRequest, design_id: UUID) -> HttpResponse:
    actor = access.actor_of(request)
    design = access.design_or_404(actor, design_id)
    may_freeze = access.may(actor, Action.WRITE_DESIGN, design)
    page = revisions_page(design, access.revisions_of(actor, design)[:SHOWN], may_freeze=may_freeze)
    return render(request, "pages/revisions.html", {"page": page})


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, design_id: UUID) -> HttpResponse:
    """GET shows every answer once more; POST freezes them with the decision."""
    actor = access.actor_of(request)
    design = access.design_or_404(actor, design_id, Action.WRITE_DESIGN)
    if request.method == "POST":
        revision = services.freeze_revision(design, actor=actor)
        messages.success(request, _("Revision %(number)s is frozen.") % {"number": revision.number})
        return redirect("revision", design.pk, revision.number)
    draft, rules = services.draft_of(design), services.ruleset_of(design.organisation)
    page = check_page(
        design,
        ruleset=rules,
        answers=draft,
        explanation=explain(rules, draft),
        last=access.revisions_of(actor, design).first(),
    )
    return render(request, "pages/check_answers.html", {"page": page})


@signed_in
@require_safe
def revision(request: HttpRequest, design_id: UUID, number: int) -> HttpResponse:
    """What was frozen, read-only, and whether it still re-evaluates to the same bytes. Reading stores nothing."""
    actor = access.actor_of(request)
    design = access.design_or_404(actor, design_id)
    found = access.revision_or_404(actor, design, number)
    page = revision_page(design, found, later=frozen.under_current(found))
    return render(request, "pages/revision.html", {"page": page})


@signed_in
@require_safe
def decision(request: HttpRequest, design_id: UUID, number: int) -> HttpResponse:
    """The stored decision: canonical JSON, the bytes under its sha256."""
    actor = access.actor_of(request)
    design = access.design_or_404(actor, design_id)
    found = access.revision_or_404(actor, design, number)
    headers = {"Content-Disposition": f'attachment; filename="decision-revision-{number}.json"'}
    return HttpResponse(services.canonical(found.decision), content_type="application/json", headers=headers)
