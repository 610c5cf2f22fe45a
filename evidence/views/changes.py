"""What a package says otherwise than an earlier one."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evidence import access, comparison
from evidence.views.contexts.changes import changes_page
from seal_advisor.access import actor_of, design_or_404
from seal_advisor.views.door import signed_in


@signed_in
@require_safe
def changes(request: HttpRequest, design_id: UUID, package_id: UUID) -> HttpResponse:
    """`?since=ID`: the earlier package; the one before it when none is named."""
    actor = actor_of(request)
    design = design_or_404(actor, design_id)
    new = access.package_or_404(actor, package_id)
    if new.design_id != design.pk:
        raise Http404("no such package in this design")
    since = request.GET.get("since")
    old = access.earlier_or_404(actor, new, since) if since else comparison.previous(new)
    page = changes_page(design, old, new, list(access.built_packages_of(actor, design)))
    return render(request, "pages/package_changes.html", {"page": page})
