"""The certificates that count for every design of an organisation: its members read them, administrators state them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from evidence import access
from evidence.register import services
from evidence.register.forms import SharedCertificateForm
from evidence.register.services import NotNow
from evidence.views.contexts.register import shared_page
from seal_advisor.access import Action, actor_of, organisation_or_404, organisations_for
from seal_advisor.views.door import signed_in
from seal_advisor.views.words import Problem


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def certificates(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """GET what is stated, `?correct=ID` with that entry in the form; POST one more, or one in the place of another."""
    actor = actor_of(request)
    wanted = Action.ADMINISTER if request.method == "POST" else Action.READ
    organisation = organisation_or_404(actor, organisation_id, wanted)
    replaces = request.POST.get("replaces", "") if request.method == "POST" else request.GET.get("correct", "")
    replaced = access.shared_certificate_or_404(actor, organisation.pk, replaces) if replaces else None
    if request.method == "POST":
        form = SharedCertificateForm(request.POST)
        if form.is_valid():
            try:
                services.enter_shared(organisation, actor=actor, said=form.cleaned_data, replaces=replaced)
            except NotNow as error:
                messages.error(request, f"{error}.")
            else:
                messages.success(request, _("Entered; it is in the ledger."))
            return redirect("shared-certificates", organisation.pk)
    else:
        form = SharedCertificateForm(initial=services.stated(replaced) if replaced else {})
    problems = [
        Problem(f"{form[field].label if field in form.fields else ''}: {error}".lstrip(": "), f"#certificates-{field}")
        for field, errors in form.errors.items()
        for error in errors
    ]
    page = shared_page(
        organisation,
        access.shared_certificates_of(actor, organisation.pk),
        form,
        may_state=organisations_for(actor, Action.ADMINISTER).filter(pk=organisation.pk).exists(),
        today=timezone.now().date(),
        replaces=replaces,
        problems=problems,
    )
    return render(request, "pages/shared_certificates.html", {"page": page}, status=422 if problems else 200)


@signed_in
@require_POST
def end(request: HttpRequest, organisation_id: UUID, entry_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    organisation = organisation_or_404(actor, organisation_id, Action.ADMINISTER)
    entry = access.shared_certificate_or_404(actor, organisation.pk, entry_id)
    why = request.POST.get("why", "").strip()
    if not why:
        messages.error(request, _("Say why the entry ends."))
        return redirect("shared-certificates", organisation.pk)
    try:
        services.end(entry, actor=actor, why=why)
    except NotNow as error:
        messages.error(request, f"{error}.")
    else:
        messages.success(request, _("Ended; it counts no more."))
    return redirect("shared-certificates", organisation.pk)
