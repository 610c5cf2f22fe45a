"""State something about a design: a certificate that was read, an attestation, a waiver, what does not apply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from evidence import access
from evidence.register import services
from evidence.register.expiry import Expiry, next_expiries
from evidence.register.forms import FORMS
from evidence.register.models import Statement, Waiver
from evidence.register.services import KINDS, NotNow
from evidence.views.contexts.register import register_page
from seal_advisor.access import Action, Actor, actor_of, design_or_404, may
from seal_advisor.models import Design
from seal_advisor.views import road
from seal_advisor.views.door import signed_in
from seal_advisor.views.words import Problem


@signed_in
@require_safe
def register(request: HttpRequest, design_id: UUID) -> HttpResponse:
    """Everything that is stated. `?correct=ID` fills the form with an entry, to be entered anew in its place."""
    actor = actor_of(request)
    design = design_or_404(actor, design_id)
    correcting = None
    if request.GET.get("correct"):
        correcting = access.statement_or_404(actor, design, request.GET["correct"])
    return _page(request, actor, design, correcting=correcting)


@signed_in
@require_POST
def enter(request: HttpRequest, design_id: UUID, kind: str) -> HttpResponse:
    """One statement more, or one in the place of another (`replaces`)."""
    actor = actor_of(request)
    design = design_or_404(actor, design_id, Action.ADD_EVIDENCE)
    if kind not in KINDS:
        raise Http404("no such kind of statement")
    model = KINDS[kind]
    form = FORMS[model](request.POST, design=design)
    wanted = request.POST.get("replaces", "")
    replaced = access.statement_or_404(actor, design, wanted) if wanted else None
    if not form.is_valid():
        return _page(request, actor, design, bound=(kind, form), replaces=wanted)
    if replaced is not None and not isinstance(replaced, model):
        raise Http404("no such statement of this kind")
    try:
        services.enter(model, design, actor=actor, said=form.said, replaces=replaced)
    except NotNow as error:
        messages.error(request, f"{error}.")
    else:
        messages.success(request, _("Entered; it is in the ledger."))
    return redirect("register", design.pk)


@signed_in
@require_POST
def approve(request: HttpRequest, design_id: UUID, entry_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    design = design_or_404(actor, design_id, Action.REVIEW)
    waiver = access.statement_or_404(actor, design, entry_id)
    if not isinstance(waiver, Waiver):
        raise Http404("no such waiver")
    try:
        services.approve(waiver, actor=actor)
    except NotNow as error:
        messages.error(request, f"{error}.")
    else:
        messages.success(
            request,
            _("Waiver of %(control)s approved until %(expires)s.")
            % {"control": waiver.control, "expires": waiver.expires},
        )
    return redirect("register", design.pk)


@signed_in
@require_POST
def end(request: HttpRequest, design_id: UUID, entry_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    design = design_or_404(actor, design_id, Action.ADD_EVIDENCE)
    statement = access.statement_or_404(actor, design, entry_id)
    why = request.POST.get("why", "").strip()
    if not why:
        messages.error(request, _("Say why the entry ends."))
    else:
        try:
            services.end(statement, actor=actor, why=why)
        except NotNow as error:
            messages.error(request, f"{error}.")
        else:
            messages.success(request, _("Ended; it counts no more."))
    return redirect("register", design.pk)


def _page(
    request: HttpRequest,
    actor: Actor,
    design: Design,
    *,
    bound: tuple[str, Form] | None = None,
    correcting: Statement | None = None,
    replaces: str = "",
) -> HttpResponse:
    forms: dict[str, Form] = {}
    for kind, model in KINDS.items():
        filled = services.stated(correcting) if type(correcting) is model and correcting is not None else {}
        forms[kind] = FORMS[model](design=design, initial=filled)
    problems = []
    if bound is not None:
        kind, form = bound
        forms[kind] = form
        problems = [
            Problem(f"{form[field].label if field in form.fields else ''}: {error}".lstrip(": "), f"#{kind}-{field}")
            for field, errors in form.errors.items()
            for error in errors
        ]
    page = register_page(
        design,
        {kind: access.statements_of(actor, design, model) for kind, model in KINDS.items()},
        forms,
        shared=access.shared_certificates_of(actor, design.organisation_id),
        actor=actor,
        may_state=may(actor, Action.ADD_EVIDENCE, design),
        may_approve=may(actor, Action.REVIEW, design),
        now=timezone.now(),
        replaces=str(correcting.pk) if correcting is not None else replaces,
        problems=problems,
    )
    return render(request, "pages/register.html", {"page": page}, status=422 if problems else 200)


def _states(designs: Sequence[Design]) -> Mapping[UUID, road.State]:
    """What runs out next, so that nobody is surprised by it."""
    expiries = next_expiries(designs)
    return {design.pk: _state(expiries.get(design.pk)) for design in designs}


def _state(expiry: Expiry | None) -> road.State:
    if expiry is None:
        return road.State(_("Nothing runs out"))
    said = _("Next end %(day)s: %(what)s") % {"day": f"{expiry.day:%Y-%m-%d}", "what": expiry.what}
    return road.State(said, "fail" if expiry.day < timezone.now().date() else "")


road.register(road.Step("register", gettext_lazy("Statements"), "register", 5, _states))
