"""Answers as a file and as a link: export, import, and a new design that a link has filled in."""

from __future__ import annotations

import json
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from seal_advisor import access, services
from seal_advisor.access import Action
from seal_advisor.core.answers import MAX_CHARACTERS, Answers, AnswersError
from seal_advisor.core.explain import explain
from seal_advisor.core.rules import Ruleset
from seal_advisor.forms import NewDesign
from seal_advisor.models import Design
from seal_advisor.views import road
from seal_advisor.views.contexts.answer_files import AnswersFilePage, prefilled_page
from seal_advisor.views.door import signed_in
from seal_advisor.views.words import Problem, counted

MAX_BYTES = 4 * MAX_CHARACTERS
MAX_LINK = 7000  # characters; gunicorn takes a request line of 8190 bytes


@signed_in
@require_safe
def export(request: HttpRequest, design_id: UUID) -> HttpResponse:
    """The draft as the command line reads it; importing it gives the same answers."""
    design = access.design_or_404(access.actor_of(request), design_id)
    text = json.dumps(services.draft_of(design).as_json(), indent=2, ensure_ascii=False) + "\n"
    name = f"{slugify(design.title) or 'design'}-answers.json"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(text.encode(), content_type="application/json", headers=headers)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def answers_file(request: HttpRequest, design_id: UUID) -> HttpResponse:
    """GET offers the file and the link; POST takes a file in place of the draft's answers, or changes nothing."""
    actor = access.actor_of(request)
    wanted = Action.WRITE_DESIGN if request.method == "POST" else Action.READ
    design = access.design_or_404(actor, design_id, wanted)
    problem = ""
    if request.method == "POST":
        try:
            design = services.import_answers(design, _uploaded(request), actor=actor)
        except AnswersError as error:
            where = _("Line %(line)s: ") % {"line": error.line} if error.line else ""
            problem = _("Nothing was imported. %(where)s%(error)s") % {"where": where, "error": error}
        else:
            given = counted(len(services.draft_of(design).given), "answer")
            messages.success(request, _("%(given)s imported.") % {"given": given})
            return redirect("questions", design.pk)
    page = AnswersFilePage(
        design=road.head(design, current="questions"),
        export_href=reverse("answers-json", args=[design.pk]),
        link=_link(request, design),
        import_href=reverse("answers-file", args=[design.pk]),
        may_write=access.may(actor, Action.WRITE_DESIGN, design),
        problems=(Problem(problem, "#file"),) if problem else (),
    )
    return render(request, "pages/answers_file.html", {"page": page}, status=422 if problem else 200)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def prefilled(request: HttpRequest) -> HttpResponse:
    """GET with `answers` (an answers file) and `title` shows what would be made and changes nothing; POST makes it."""
    actor = access.actor_of(request)
    organisation = access.organisation_or_403(actor, Action.WRITE_DESIGN)
    data = request.POST if request.method == "POST" else request.GET
    text, title = data.get("answers", ""), data.get("title", "")
    problems, answers = [], None
    try:
        answers = services.read_answers(text)
    except AnswersError as error:
        problems.append(Problem(_("The link’s answers cannot be read: %(error)s") % {"error": error}))
    form = NewDesign(request.POST) if request.method == "POST" else None
    if form is not None and not form.is_valid():
        problems += [Problem(str(error), "#title") for error in form.errors["title"]]
    if form is not None and answers is not None and not problems:
        design = services.create_design(
            organisation=organisation, actor=actor, title=form.cleaned_data["title"], document=answers.as_json()
        )
        return redirect("questions", design.pk)
    rules = services.ruleset_of(organisation)
    return _prefilled(request, rules, answers, text, title, problems)


def _prefilled(
    request: HttpRequest, rules: Ruleset, answers: Answers | None, text: str, title: str, problems: list[Problem]
) -> HttpResponse:
    explanation = explain(rules, answers) if answers is not None else None
    page = prefilled_page(rules, explanation, text=text, title=title, problems=problems)
    return render(request, "pages/prefilled.html", {"page": page}, status=422 if problems else 200)


def _uploaded(request: HttpRequest) -> str:
    """The uploaded file's text. Raises AnswersError."""
    file = request.FILES.get("file")
    if file is None:
        raise AnswersError("choose an answers file, such as the one that this page exports")
    data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise AnswersError(f"longer than {MAX_BYTES // 1024} KiB; an answers file is a page long")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise AnswersError(f"not UTF-8 (byte {error.start})", data.count(b"\n", 0, error.start) + 1) from None


def _link(request: HttpRequest, design: Design) -> str:
    """The address that offers these answers as a new design; "" where they are too long for an address."""
    draft = services.draft_of(design)
    said = {"answers": draft.given, "unsure": sorted(draft.unsure), "notes": dict(draft.notes)}
    text = json.dumps({key: value for key, value in said.items() if value or key == "answers"}, ensure_ascii=False)
    query = urlencode({"title": design.title, "answers": text})
    return request.build_absolute_uri(f"{reverse('prefilled')}?{query}") if len(query) <= MAX_LINK else ""
