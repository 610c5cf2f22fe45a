"""Paste or upload a configuration, look at each answer that it implies, and accept those that are right."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from evidence import prefilling
from evidence.prefilling import CannotPrefill, Read, Taken
from evidence.views.contexts.prefill import prefill_page
from seal_advisor import services
from seal_advisor.access import Action, actor_of, design_or_404
from seal_advisor.core.answers import AnswersError
from seal_advisor.models import Design
from seal_advisor.views.door import signed_in
from seal_advisor.views.words import counted

NOTE_AT_MOST = 400  # characters of "taken from line N: ..."


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def prefill(request: HttpRequest, design_id: UUID) -> HttpResponse:
    """GET offers it; POST with a text or file shows the answers and stores nothing; POST with `accept` takes them."""
    actor = actor_of(request)
    design = design_or_404(actor, design_id, Action.WRITE_DESIGN)
    if "accept-answers" in request.POST:
        return _accept(request, design)
    if request.method != "POST":
        return _page(request, design)
    try:
        return _page(request, design, read=prefilling.read(design, *_sent(request)))
    except CannotPrefill as error:
        return _page(request, design, problem=str(error))


def _sent(request: HttpRequest) -> tuple[str, bytes]:
    """(name, bytes) of the upload, else of what was pasted. Raises CannotPrefill."""
    file = request.FILES.get("file")
    if file is not None:
        return file.name or "file", file.read(prefilling.MAX_BYTES + 1)
    text = request.POST.get("text", "").replace("\r\n", "\n")
    if not text.strip():
        raise CannotPrefill(_("Paste a configuration or choose a file."))
    return prefilling.PASTED, text.encode()


def _accept(request: HttpRequest, design: Design) -> HttpResponse:
    taken = [
        Taken(key, request.POST.get(f"value.{key}", ""), request.POST.get(f"note.{key}", "")[:NOTE_AT_MOST])
        for key in request.POST.getlist("accept")
    ]
    version = request.POST.get("version", "")
    try:
        prefilling.accept(
            design, taken, actor=actor_of(request), version=int(version) if version.isdecimal() else design.version
        )
    except AnswersError as error:
        return _page(request, design, problem=_("Nothing was taken over: %(error)s") % {"error": error})
    except services.LostUpdate:
        said = _("Nothing was taken over: somebody has changed the answers since. Read the configuration again.")
        return _page(request, design, problem=said)
    messages.success(request, _("%s taken over from the configuration.") % counted(len(taken), "answer"))
    return redirect("questions", design.pk)


def _page(request: HttpRequest, design: Design, *, read: Read | None = None, problem: str = "") -> HttpResponse:
    rules = services.current_ruleset()
    page = prefill_page(design, rules, services.draft_of(design), read=read, problem=problem)
    return render(request, "pages/prefill.html", {"page": page}, status=422 if problem else 200)
