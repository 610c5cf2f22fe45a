"""The result page and the downloads of the design."""

from __future__ import annotations

import io
import zipfile
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from seal_advisor import access, services
from seal_advisor.core.explain import explain
from seal_advisor.models import Design
from seal_advisor.views.contexts.decision import decision_page
from seal_advisor.views.door import signed_in

TYPES = {"svg": "image/svg+xml", "md": "text/markdown; charset=utf-8"}


@signed_in
@require_safe
def decision(request: HttpRequest, design_id: UUID) -> HttpResponse:
    design = access.design_or_404(access.actor_of(request), design_id)
    draft, rules = services.draft_of(design), services.ruleset_of(design.organisation)
    page = decision_page(
        design,
        ruleset=rules,
        answers=draft,
        explanation=explain(rules, draft),
        files=_files(design),
        asked=request.GET,
    )
    return render(request, "pages/decision.html", {"page": page})


@signed_in
@require_safe
def file(request: HttpRequest, design_id: UUID, name: str) -> HttpResponse:
    """One generated file by its relative path, as a download."""
    design = access.design_or_404(access.actor_of(request), design_id)
    text = _files(design).get(name)
    if text is None:
        raise Http404("no such file in this design")
    kind = TYPES.get(name.rpartition(".")[2], "text/plain; charset=utf-8")
    return _download(text.encode(), name.rpartition("/")[2], kind)


@signed_in
@require_safe
def archive(request: HttpRequest, design_id: UUID) -> HttpResponse:
    """All generated files in one zip; the same design gives the same bytes."""
    design = access.design_or_404(access.actor_of(request), design_id)
    files = _files(design)
    if not files:
        raise Http404("nothing is recommended yet, so there is nothing to download")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bundle:
        for path, text in sorted(files.items()):
            bundle.writestr(zipfile.ZipInfo(path), text)
    return _download(buffer.getvalue(), f"{slugify(design.title) or 'design'}.zip", "application/zip")


def _files(design: Design) -> dict[str, str]:
    """What can be generated: nothing before an option is recommended."""
    return services.design_files(design) if services.decision_of(design).recommended else {}


def _download(content: bytes, name: str, kind: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=kind, headers=headers)
