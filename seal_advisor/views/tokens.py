"""The page of one's own tokens: make one, see when it was last used, rotate it, revoke it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from seal_advisor import access
from seal_advisor import tokens as service
from seal_advisor.access import TOKEN_SCOPES, Action, Actor, actor_of
from seal_advisor.models import TOKEN_LIFE_AT_MOST, ApiToken
from seal_advisor.views.contexts.tokens import tokens_page
from seal_advisor.views.door import signed_in
from seal_advisor.views.words import Problem


class NewToken(forms.Form):
    name = forms.CharField(
        max_length=200, error_messages={"required": gettext_lazy("Give the token a name: what it is for.")}
    )
    design = forms.UUIDField(required=False)
    days = forms.IntegerField(
        min_value=1,
        max_value=TOKEN_LIFE_AT_MOST.days,
        error_messages={
            "max_value": format_lazy(gettext_lazy("A token lives at most {days} days."), days=TOKEN_LIFE_AT_MOST.days)
        },
    )
    scopes = forms.MultipleChoiceField(
        choices=[(str(scope), str(scope)) for scope in TOKEN_SCOPES],
        error_messages={"required": gettext_lazy("Choose at least one thing that the token may do.")},
    )


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """GET the list; POST a new one. Its secret is on the answer's page and nowhere else, ever."""
    actor, form, secret, problems = actor_of(request), None, "", []
    if request.method == "POST":
        form = NewToken(request.POST)
        secret, problems = _made(actor, form)
    return _shown(request, actor, form=form if problems else None, secret=secret, problems=problems)


@signed_in
@require_POST
def change(request: HttpRequest, token_id: UUID) -> HttpResponse:
    """`rotate` shows the new secret; `revoke` ends the token at once."""
    actor = actor_of(request)
    token: ApiToken = get_object_or_404(access.tokens_for(actor), pk=token_id)
    if "rotate" not in request.POST:
        service.revoke_token(token)
        return redirect("tokens")
    try:
        _, secret = service.rotate_token(token)
    except ValidationError as error:
        return _shown(request, actor, problems=[Problem(message) for message in error.messages])
    return _shown(request, actor, secret=secret)


def _made(actor: Actor, form: NewToken) -> tuple[str, list[Problem]]:
    if not form.is_valid():
        return "", [Problem(str(error), f"#{field}") for field, errors in form.errors.items() for error in errors]
    given = form.cleaned_data
    try:
        design = access.design_or_404(actor, given["design"]) if given["design"] else None
        organisation = access.organisation_or_403(actor, Action.READ, design.organisation_id if design else None)
        _, secret = service.issue_token(
            organisation=organisation,
            user=actor.user,
            name=given["name"],
            scopes=given["scopes"],
            expires_at=timezone.now() + timedelta(days=given["days"]),
            design=design,
        )
    except (Http404, PermissionDenied) as error:
        return "", [Problem(str(error), "#design")]
    return secret, []


def _shown(
    request: HttpRequest,
    actor: Actor,
    *,
    form: NewToken | None = None,
    secret: str = "",
    problems: list[Problem] | None = None,
) -> HttpResponse:
    page = tokens_page(
        list(access.tokens_for(actor)[:200]),
        list(access.designs_for(actor)[:200]),
        said=form.data if form else {},
        chosen=form.data.getlist("scopes") if form else None,
        secret=secret,
        problems=problems or [],
        now=timezone.now(),
    )
    answer = render(request, "pages/tokens.html", {"page": page}, status=422 if problems else 200)
    answer["Cache-Control"] = "no-store"
    return answer
