"""One artefact: what was kept of it with its redactions visible, its other versions, its leaves; and its end."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from evidence import access, erasing
from evidence.erasing import CannotErase
from evidence.storage import BlobChanged
from evidence.views.contexts.artefact import artefact_page
from evidence.views.evidence import left_out, said_of, wants_json
from seal_advisor.access import Action, actor_of, design_or_404, may
from seal_advisor.views.door import signed_in


@signed_in
@require_safe
def artefact(request: HttpRequest, design_id: UUID, artefact_id: UUID) -> HttpResponse:
    """The redacted text, as far as a page can show it; what was removed stands as `[redacted:NAME]`.

    A script that has sent the file asks for JSON: what it was recognised as, and what of it was left out.
    """
    actor = actor_of(request)
    design = design_or_404(actor, design_id)
    row = access.artefact_or_404(actor, design, artefact_id)
    if wants_json(request):
        problems = [problem.text for problem in left_out(row, True)]
        return JsonResponse({"file": said_of(row, True), "problems": problems})
    try:
        page = artefact_page(
            design,
            row,
            versions=list(access.versions_of(actor, design, row)),
            leaves=list(access.leaves_about(actor, design, row)),
            may_erase=may(actor, Action.ADMINISTER, design),
        )
    except BlobChanged as error:
        messages.error(
            request,
            _("%(name)s cannot be shown: %(error)s. Tell the administrator.") % {"name": row.name, "error": error},
        )
        return redirect("evidence", design.pk)
    return render(request, "pages/artefact.html", {"page": page})


@signed_in
@require_POST
def erase(request: HttpRequest, design_id: UUID, artefact_id: UUID) -> HttpResponse:
    """Erase it for good; `why` stands in the ledger and in the next package."""
    actor = actor_of(request)
    design = design_or_404(actor, design_id, Action.ADMINISTER)
    row = access.artefact_or_404(actor, design, artefact_id)
    why = request.POST.get("why", "").strip()[:500]
    if not why:
        messages.error(request, _("Say why the file is erased."))
        return redirect("artefact", design.pk, row.pk)
    try:
        erasing.erase(row, actor=actor, why=why)
    except CannotErase as error:
        messages.error(request, _("Nothing was erased: %(error)s.") % {"error": error})
        return redirect("artefact", design.pk, row.pk)
    messages.success(request, _("%(name)s is erased. The ledger and the next package say so.") % {"name": row.name})
    return redirect("evidence", design.pk)
