"""The people of an organisation: read by its members, changed by its administrators."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from seal_advisor import access
from seal_advisor import people as service
from seal_advisor.access import Action, Actor
from seal_advisor.models import Membership, Organisation, Role
from seal_advisor.views.contexts.people import FirstPassword, people_page
from seal_advisor.views.door import signed_in
from seal_advisor.views.words import Problem

SHOWN = 100


class NewMember(forms.Form):
    """new: make the account, too."""

    name = forms.CharField(
        max_length=service.NAME_CHARACTERS, error_messages={"required": gettext_lazy("Say who becomes a member.")}
    )
    role = forms.ChoiceField(choices=Role.choices, error_messages={"required": gettext_lazy("Choose a role.")})
    new = forms.BooleanField(required=False)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """GET the members; POST one more. The first password of a new account is on the answer's page and nowhere else."""
    actor = access.actor_of(request)
    if request.method != "POST":
        return _page(request, actor, access.organisation_or_404(actor, organisation_id))
    organisation = access.organisation_or_404(actor, organisation_id, Action.ADMINISTER)
    form = NewMember(request.POST)
    if not form.is_valid():
        found = [Problem(str(error), f"#{field}") for field, errors in form.errors.items() for error in errors]
        return _page(request, actor, organisation, form, problems=found)
    name, role = form.cleaned_data["name"], form.cleaned_data["role"]
    try:
        if form.cleaned_data["new"]:
            _made, password = service.make(organisation, actor=actor, name=name, role=role)
            return _page(request, actor, organisation, first=FirstPassword(name, password))
        service.add(organisation, actor=actor, name=name, role=role)
    except ValidationError as error:
        return _page(request, actor, organisation, form, problems=[Problem(one, "#name") for one in error.messages])
    messages.success(request, _("%(name)s is a member now.") % {"name": name})
    return redirect("people", organisation.pk)


@signed_in
@require_POST
def member(request: HttpRequest, organisation_id: UUID, membership_id: int) -> HttpResponse:
    """`remove`, or `role` = the new one."""
    actor = access.actor_of(request)
    organisation = access.organisation_or_404(actor, organisation_id, Action.ADMINISTER)
    one = _member_or_404(actor, organisation, membership_id)
    name = one.user.get_username()
    try:
        if "remove" in request.POST:
            service.remove(one, actor=actor)
            said = _("%(name)s is no member any more.") % {"name": name}
        else:
            service.change_role(one, actor=actor, role=request.POST.get("role", ""))
            said = _("%(name)s has another role now.") % {"name": name}
    except ValidationError as error:
        return _page(request, actor, organisation, problems=[Problem(message) for message in error.messages])
    if not access.organisations_for(actor).filter(pk=organisation.pk).exists():
        return redirect("designs")
    messages.success(request, said)
    return redirect("people", organisation.pk)


@signed_in
@require_POST
def policy(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """`demanded`: whether every member needs a second factor."""
    actor = access.actor_of(request)
    organisation = access.organisation_or_404(actor, organisation_id, Action.ADMINISTER)
    demanded = "demanded" in request.POST
    service.demand_second_factor(organisation, actor=actor, demanded=demanded)
    said = _("From now on its members need a second factor.") if demanded else _("A password alone is enough again.")
    messages.success(request, said)
    return redirect("people", organisation.pk)


def _member_or_404(actor: Actor, organisation: Organisation, membership_id: int) -> Membership:
    found = access.members_of(actor, organisation).filter(pk=membership_id).first()
    if found is None:
        raise Http404("no such member")
    return found


def _page(
    request: HttpRequest,
    actor: Actor,
    organisation: Organisation,
    form: NewMember | None = None,
    *,
    first: FirstPassword | None = None,
    problems: list[Problem] | None = None,
) -> HttpResponse:
    shown = Paginator(access.members_of(actor, organisation), SHOWN).get_page(request.GET.get("page"))
    may_change = access.organisations_for(actor, Action.ADMINISTER).filter(pk=organisation.pk).exists()
    page = people_page(
        organisation,
        shown,
        access.with_second_factor(shown.object_list) if may_change else frozenset(),
        me=actor.user.pk,
        may_change=may_change,
        said=form.data if form else {},
        first=first,
        problems=problems or [],
    )
    answer = render(request, "pages/people.html", {"page": page}, status=422 if problems else 200)
    answer["Cache-Control"] = "no-store"
    return answer
