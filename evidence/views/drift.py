"""What runs against what was decided, and one node against another, side by side."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from evidence import drifting
from evidence.storage import BlobChanged
from evidence.views.contexts.drift import drift_page
from seal_advisor.access import actor_of, design_or_404
from seal_advisor.views.door import signed_in


@signed_in
@require_safe
def drift(request: HttpRequest, design_id: UUID) -> HttpResponse:
    design = design_or_404(actor_of(request), design_id)
    try:
        found = drifting.drift(design)
    except BlobChanged as error:
        messages.error(request, _("Nothing can be compared: %(error)s. Tell the administrator.") % {"error": error})
        return redirect("evidence", design.pk)
    return render(request, "pages/drift.html", {"page": drift_page(design, found)})
