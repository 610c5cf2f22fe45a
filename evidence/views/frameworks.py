"""What the verdicts say about each requirement of a framework, as a page and as a table to take along."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from evidence import services
from evidence.core import tables
from evidence.core.frameworks import Framework, current, rows
from evidence.core.results import Result
from evidence.storage import BlobChanged
from evidence.views.contexts.frameworks import framework_page, frameworks_page
from seal_advisor.access import actor_of, design_or_404
from seal_advisor.models import Design
from seal_advisor.views.door import signed_in


@signed_in
@require_safe
def frameworks(request: HttpRequest, design_id: UUID) -> HttpResponse:
    design = design_or_404(actor_of(request), design_id)
    results = _judged(request, design)
    if results is None:
        return redirect("evidence", design.pk)
    page = frameworks_page(design, current(), results)
    return render(request, "pages/frameworks.html", {"page": page})


@signed_in
@require_safe
def framework(request: HttpRequest, design_id: UUID, framework_id: str) -> HttpResponse:
    design = design_or_404(actor_of(request), design_id)
    wanted = _known(framework_id)
    results = _judged(request, design)
    if results is None:
        return redirect("evidence", design.pk)
    return render(request, "pages/framework.html", {"page": framework_page(design, wanted, results)})


@signed_in
@require_safe
def as_csv(request: HttpRequest, design_id: UUID, framework_id: str) -> HttpResponse:
    design = design_or_404(actor_of(request), design_id)
    wanted = _known(framework_id)
    results = _judged(request, design)
    if results is None:
        return redirect("evidence", design.pk)
    return csv_response(wanted, results)


def csv_response(wanted: Framework, results: tuple[Result, ...]) -> HttpResponse:
    """The table as a download."""
    headers = {
        "Content-Disposition": f'attachment; filename="{wanted.id}.csv"',
        "X-Content-Type-Options": "nosniff",
    }
    content = tables.framework(rows(wanted, results), results)
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


def _known(framework_id: str) -> Framework:
    found = next((one for one in current() if one.id == framework_id), None)
    if found is None:
        raise Http404("no such framework")
    return found


def _judged(request: HttpRequest, design: Design) -> tuple[Result, ...] | None:
    try:
        return services.judge(design)
    except BlobChanged as error:
        messages.error(request, _("Nothing can be judged: %(error)s. Tell the administrator.") % {"error": error})
        return None
