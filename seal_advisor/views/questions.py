"""The one-page questionnaire, and the door through which answers are saved: one by one, or the whole form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from seal_advisor import access, services
from seal_advisor.access import Action, Actor
from seal_advisor.core.answers import AnswersError
from seal_advisor.core.explain import explain
from seal_advisor.forms import document, typed
from seal_advisor.merging import merged
from seal_advisor.models import Design
from seal_advisor.views import road
from seal_advisor.views.contexts.questions import QuestionsPage, questions_page
from seal_advisor.views.door import signed_in
from seal_advisor.views.durations import NotAnAmount

HISTORY = 1000  # changes of all answers that the page shows; the API has them all


@signed_in
@require_safe
def questions(request: HttpRequest, design_id: UUID) -> HttpResponse:
    actor = access.actor_of(request)
    design = access.design_or_404(actor, design_id)
    return render(request, "pages/questions.html", {"page": _page(actor, design)})


@signed_in
@require_POST
def answers(request: HttpRequest, design_id: UUID) -> HttpResponse:
    """`only` names the question that changed (autosave); without it the whole form is saved."""
    actor = access.actor_of(request)
    design = access.design_or_404(actor, design_id, Action.WRITE_DESIGN)
    only = request.POST.get("only")
    if only is not None:
        return _save_one(request, actor, design, only)
    said, wrong = document(services.current_ruleset(), request.POST, services.draft_of(design))
    try:
        design, newer = _save_all(actor, design, said, seen=request.POST.get("version", ""))
        wrong |= newer
    except AnswersError as error:
        wrong[""] = _("Nothing was saved: %(error)s.") % {"error": error}
    except services.LostUpdate:
        wrong[""] = _("Nothing was saved: somebody else saved at this very moment. Press save again.")
    if wrong:
        page = _page(actor, design, wrong)
        return render(request, "pages/questions.html", {"page": page}, status=422)
    messages.success(request, _("Your answers are saved."))
    return redirect("questions" if "stay" in request.POST else "decision", design.pk)


@signed_in
@require_POST
def unmapped(request: HttpRequest, design_id: UUID) -> HttpResponse:
    """Somebody has seen which answers did not come over into this ruleset."""
    actor = access.actor_of(request)
    design = access.design_or_404(actor, design_id, Action.WRITE_DESIGN)
    services.dismiss_unmapped(design, actor=actor)
    return redirect("questions", design.pk)


def _save_all(
    actor: Actor, design: Design, said: dict[str, Any], *, seen: str, tries: int = 3
) -> tuple[Design, dict[str, str]]:
    """The design with the whole form, and per question why a newer answer was kept.

    seen: the version that the form shows. What was saved since is merged; so is what is saved at this very moment, such
    as the last autosave of the same page. Raises LostUpdate when that goes on, AnswersError for what does not fit.
    """
    mine, kept = said, {}
    if seen.isdecimal() and int(seen) < design.version:
        mine, kept = merged(design, said, seen=int(seen), actor=actor)
    try:
        saved = services.record_answers(design, mine, actor=actor, version=design.version)
    except services.LostUpdate:
        if not seen.isdecimal() or tries == 1:
            raise
        again = access.design_or_404(actor, design.pk, Action.WRITE_DESIGN)
        return _save_all(actor, again, said, seen=seen, tries=tries - 1)
    said_of = _("%(name)s has answered this since you opened the page; that answer was kept.")
    return saved, {question: said_of % {"name": name} for question, name in kept.items()}


def _save_one(request: HttpRequest, actor: Actor, design: Design, key: str) -> HttpResponse:
    question = services.current_ruleset().by_id.get(key)
    if question is None:
        raise Http404(f"no question {key!r}")
    wrong = {}
    try:
        said = typed(question, request.POST, services.draft_of(design).values.get(key))
        design = services.record_answer(design, key, actor=actor, value=said.value, unsure=said.unsure, note=said.note)
    except (NotAnAmount, AnswersError) as error:
        wrong[key] = str(error)
    # An answer may change what every control demands; judging all evidence again is nothing to do between two clicks.
    page = _page(actor, design, wrong, steps=("questions", "decision"))
    return render(request, "pages/questions_saved.html", {"page": page}, status=422 if wrong else 200)


def _page(
    actor: Actor, design: Design, wrong: dict[str, str] | None = None, steps: Sequence[str] = ()
) -> QuestionsPage:
    """steps: keys of the road's steps that the answer shows, empty for all."""
    draft, rules = services.draft_of(design), services.ruleset_of(design.organisation)
    changes = [] if steps else access.changes_of(actor, design)[:HISTORY]
    return questions_page(
        design,
        ruleset=rules,
        answers=draft,
        explanation=explain(rules, draft),
        may_write=access.may(actor, Action.WRITE_DESIGN, design),
        wrong=wrong,
        head=road.head(design, current="questions", only=steps),
        changes=changes,
        unmapped=services.unmapped_of(design),
    )
