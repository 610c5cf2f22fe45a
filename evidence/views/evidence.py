"""Upload evidence, and see what was received."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from evidence import access, services
from evidence.core.redaction import safe_name
from evidence.core.upload import Declared, Refused
from evidence.views.contexts.evidence import evidence_page
from evidence.views.forms import About
from seal_advisor.access import Action, Actor, actor_of, design_or_404, may
from seal_advisor.models import Design
from seal_advisor.views import road
from seal_advisor.views.door import signed_in
from seal_advisor.views.words import Problem, counted


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def evidence(request: HttpRequest, design_id: UUID) -> HttpResponse:
    """GET what is there; POST files. What can be taken is taken; a refused file says why and leaves nothing."""
    actor = actor_of(request)
    if request.method == "POST":
        design = design_or_404(actor, design_id, Action.ADD_EVIDENCE)
        form = About(request.POST)
        problems, status = _receive(request, actor, design, form)
        if not problems:
            return redirect("evidence", design.pk)
    else:
        design, form, problems, status = design_or_404(actor, design_id), None, [], 200
    page = evidence_page(
        design,
        list(access.artefacts_of(actor, design)),
        may_upload=may(actor, Action.ADD_EVIDENCE, design),
        form=form,
        problems=problems,
    )
    return render(request, "pages/evidence.html", {"page": page}, status=status)


def _receive(request: HttpRequest, actor: Actor, design: Design, form: About) -> tuple[list[Problem], int]:
    """Problems and the HTTP status that the worst of them calls for."""
    too_large = getattr(request, "upload_too_large", None)
    if too_large is not None:
        return [Problem(f"{too_large}. Split it, or hand it in through the API.", "#file")], 413
    if not form.is_valid():
        return [Problem(str(error), f"#{field}") for field, errors in form.errors.items() for error in errors], 422
    files = request.FILES.getlist("file")
    if not files:
        return [Problem("Choose at least one file.", "#file")], 422
    return _take_in(request, actor, design, files, form.declared())


def _take_in(
    request: HttpRequest, actor: Actor, design: Design, files: Sequence[UploadedFile], declared: Declared
) -> tuple[list[Problem], int]:
    problems, status, new, known = [], 200, 0, 0
    for file in files:
        name = file.name or ""
        shown = safe_name(name)
        try:
            _, is_new = services.receive_evidence(design, actor=actor, name=name, data=file, declared=declared)
        except Refused as refused:
            place = f"{shown}, line {refused.line}" if refused.line else shown
            problems.append(Problem(f"{place}: {refused.reason}. Nothing of it was kept; {refused.remedy}."))
            status = max(status, refused.status)
        else:
            new, known = new + is_new, known + (not is_new)
    if new:
        messages.success(request, f"{counted(new, 'file')} received.")
    if known:
        messages.info(request, f"{counted(known, 'file')} had been received before; nothing changed.")
    return problems, status


def _states(designs: Sequence[Design]) -> Mapping[UUID, road.State]:
    counts = access.artefact_counts(designs)
    return {design.pk: road.State(counted(counts.get(design.pk, 0), "file")) for design in designs}


road.register(road.Step("evidence", "Evidence", "evidence", 3, _states))
