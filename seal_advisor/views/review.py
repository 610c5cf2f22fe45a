"""The meeting view."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from seal_advisor import access, services
from seal_advisor.core.explain import explain
from seal_advisor.views.contexts.review import review_page
from seal_advisor.views.door import signed_in


@signed_in
@require_safe
def review(request: HttpRequest, design_id: UUID) -> HttpResponse:
    design = access.design_or_404(access.actor_of(request), design_id)
    draft = services.draft_of(design)
    page = review_page(
        design,
        ruleset=services.current_ruleset(),
        answers=draft,
        explanation=explain(services.current_ruleset(), draft),
    )
    return render(request, "pages/review.html", {"page": page})
