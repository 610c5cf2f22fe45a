"""The CI jobs that a design admits: read by who sees the design, admitted and ended by its administrators."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from seal_advisor import access
from seal_advisor.access import TOKEN_SCOPES, Action, Actor
from seal_advisor.models import Design
from seal_advisor.pipelines import exchange
from seal_advisor.pipelines.identity import CLAIM_CHARACTERS
from seal_advisor.views.contexts.pipelines import pipelines_page
from seal_advisor.views.door import signed_in
from seal_advisor.views.words import Problem

SHOWN = 200


class NewPipeline(forms.Form):
    """repository: the text of the claim that the issuer's entry calls so. more: one `claim = text` a line."""

    issuer = forms.CharField(max_length=300, error_messages={"required": gettext_lazy("Choose the issuer.")})
    repository = forms.CharField(
        max_length=CLAIM_CHARACTERS,
        error_messages={"required": gettext_lazy("Name the repository; without it every job would be admitted.")},
    )
    more = forms.CharField(required=False, max_length=10 * CLAIM_CHARACTERS)
    scopes = forms.MultipleChoiceField(
        choices=[(str(scope), str(scope)) for scope in TOKEN_SCOPES],
        error_messages={"required": gettext_lazy("Choose at least one thing that the job may do.")},
    )

    def clean_more(self) -> dict[str, str]:
        """Claim -> exact text."""
        found: dict[str, str] = {}
        for number, line in enumerate(self.cleaned_data["more"].splitlines(), 1):
            name, equals, text = (part.strip() for part in line.partition("="))
            if not line.strip():
                continue
            if not (name and equals and text) or name in found:
                raise ValidationError(
                    _("Line %(number)d: write one claim a line, as ref = refs/heads/main.") % {"number": number}
                )
            found[name] = text
        return found


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def pipelines(request: HttpRequest, design_id: UUID) -> HttpResponse:
    """GET the list; POST admits the jobs of one repository."""
    actor = access.actor_of(request)
    if request.method != "POST":
        return _page(request, actor, access.design_or_404(actor, design_id))
    design = access.design_or_404(actor, design_id, Action.ADMINISTER)
    form = NewPipeline(request.POST)
    problems = _admitted(design, actor, form)
    if problems:
        return _page(request, actor, design, form, problems)
    messages.success(request, _("Admitted: its jobs get a token of an hour for each run, and nothing is stored there."))
    return redirect("pipelines", design.pk)


@signed_in
@require_POST
def end(request: HttpRequest, design_id: UUID, pipeline_id: UUID) -> HttpResponse:
    actor = access.actor_of(request)
    design = access.design_or_404(actor, design_id, Action.ADMINISTER)
    exchange.unbind(access.pipeline_or_404(actor, design, pipeline_id), actor=actor)
    messages.success(request, _("Ended: its jobs get no more tokens, and those that they had hold no longer."))
    return redirect("pipelines", design.pk)


def _admitted(design: Design, actor: Actor, form: NewPipeline) -> list[Problem]:
    """Why nothing was admitted; empty where it was."""
    if not form.is_valid():
        return [Problem(str(error), f"#{field}") for field, errors in form.errors.items() for error in errors]
    given = form.cleaned_data
    names = {one.address: one.repository for one in exchange.issuers()}
    claims = {**given["more"], names.get(given["issuer"], "repository"): given["repository"]}
    try:
        exchange.bind(design, actor=actor, issuer=given["issuer"], claims=claims, scopes=given["scopes"])
    except ValidationError as error:
        return [Problem(message) for message in error.messages]
    return []


def _page(
    request: HttpRequest,
    actor: Actor,
    design: Design,
    form: NewPipeline | None = None,
    problems: list[Problem] | None = None,
) -> HttpResponse:
    bindings = list(access.pipelines_of(actor, design)[:SHOWN])
    page = pipelines_page(
        design,
        bindings,
        access.last_jobs(bindings),
        issuers=exchange.issuers(),
        may_change=Action.ADMINISTER in access.actions_on(actor, design),
        said=form.data if form else {},
        chosen=form.data.getlist("scopes") if form else None,
        problems=problems or [],
    )
    return render(request, "pages/pipelines.html", {"page": page}, status=422 if problems else 200)
