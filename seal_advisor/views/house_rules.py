"""The page of an organisation's house rules: read by its members, changed by its administrators."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from seal_advisor import access
from seal_advisor import house_rules as service
from seal_advisor.access import Action
from seal_advisor.house_rules import Examined
from seal_advisor.models import Organisation
from seal_advisor.proving import HouseRefused
from seal_advisor.rulesets import HouseDoesNotFit, ruleset_of
from seal_advisor.views.contexts.house_rules import house_rules_page, in_force
from seal_advisor.views.door import signed_in
from seal_advisor.views.words import Problem


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def house_rules(request: HttpRequest, organisation_id: UUID) -> HttpResponse:
    """GET what holds; POST `do` = check (stores nothing), accept or withdraw, with the files as texts and uploads."""
    actor = access.actor_of(request)
    wanted = Action.ADMINISTER if request.method == "POST" else Action.READ
    organisation = access.organisation_or_404(actor, organisation_id, wanted)
    if request.method != "POST":
        return _page(request, organisation)
    if request.POST.get("do") == "withdraw":
        service.withdraw(organisation, actor=actor)
        messages.success(request, _("The house rules are withdrawn: the released rules hold alone."))
        return redirect("house-rules", organisation.pk)
    files = typed(request)
    try:
        read = uploaded(request)
        files |= read
        if request.POST.get("do") == "check":
            return _page(request, organisation, files, checked=service.examined(files))
        accepted = service.put_in_force(organisation, files, actor=actor)
    except HouseRefused as refused:
        return _page(request, organisation, files, refused=refused)
    messages.success(
        request,
        _("From now on the designs of %(organisation)s are decided under %(accepted)s.")
        % {"organisation": organisation, "accepted": accepted},
    )
    return redirect("house-rules", organisation.pk)


def typed(request: HttpRequest) -> dict[str, str]:
    """The files that stand on the page; one that was emptied goes. A browser sends CR LF, the files have LF."""
    pairs = zip(request.POST.getlist("name"), request.POST.getlist("text"), strict=False)
    return {name.strip(): text.replace("\r\n", "\n") for name, text in pairs if text.strip()}


def uploaded(request: HttpRequest) -> dict[str, str]:
    """Uploaded files by their name. Raises HouseRefused."""
    found = {}
    for file in request.FILES.getlist("file"):
        name = file.name or ""
        data = file.read(service.MAX_CHARACTERS + 1)
        if len(data) > service.MAX_CHARACTERS:
            raise HouseRefused(f"{name}: longer than {service.MAX_CHARACTERS // 1024} KiB")
        try:
            found[name] = data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise HouseRefused(f"{name}:{line}: not UTF-8 (byte {error.start})") from None
    return found


def _page(
    request: HttpRequest,
    organisation: Organisation,
    files: Mapping[str, str] | None = None,
    *,
    checked: Examined | None = None,
    refused: HouseRefused | None = None,
) -> HttpResponse:
    """files: as they were sent, None for those in force."""
    problems = [Problem(one) for one in refused.problems] if refused else []
    present = organisation.house
    try:
        holds = in_force(ruleset_of(organisation).house, present)
    except HouseDoesNotFit as error:
        holds = None
        problems.append(
            Problem(
                _("%(error)s. Until that is repaired no design of %(organisation)s is decided.")
                % {"error": error, "organisation": organisation}
            )
        )
    stored: Mapping[str, str] = present.files if present else {}
    page = house_rules_page(
        organisation,
        holds=holds,
        files=stored if files is None else files,
        history=organisation.house_rules.select_related("author")[:50],
        may_change=access.organisations_for(access.actor_of(request), Action.ADMINISTER)
        .filter(pk=organisation.pk)
        .exists(),
        checked=checked,
        problems=problems,
    )
    return render(request, "pages/house_rules.html", {"page": page}, status=422 if refused else 200)
