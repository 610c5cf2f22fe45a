"""Upload evidence, and see what was received."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, cast
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from evidence import access, services
from evidence.core.facts.packed import PackedFacts
from evidence.core.redaction import safe_name
from evidence.core.unpacking.member import HIDDEN
from evidence.core.upload import Declared, Refused
from evidence.models import Artefact
from evidence.views import words
from evidence.views.contexts.evidence import ASKED, evidence_page
from evidence.views.forms import About
from seal_advisor.access import Action, Actor, actor_of, design_or_404, may
from seal_advisor.models import Design
from seal_advisor.views import road
from seal_advisor.views.door import signed_in
from seal_advisor.views.words import Problem, counted, listed

SHOWN = 50  # files on one page


@dataclass(slots=True)
class Answer:
    """What became of one file. received: (artefact, new), None where it was refused."""

    received: tuple[Artefact, bool] | None
    problems: list[Problem]


@dataclass(slots=True)
class Outcome:
    """What became of one form. general: what is wrong with all of it. status: of the worst problem."""

    general: list[Problem] = field(default_factory=list)
    status: int = 200
    each: list[Answer] = field(default_factory=list)

    @property
    def problems(self) -> list[Problem]:
        return [*self.general, *(problem for answer in self.each for problem in answer.problems)]

    @property
    def received(self) -> list[tuple[Artefact, bool]]:
        return [answer.received for answer in self.each if answer.received]


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def evidence(request: HttpRequest, design_id: UUID) -> HttpResponse:
    """GET what is there; POST files. What can be taken is taken; a refused file says why and leaves nothing.

    A script that sends one file after another asks for JSON: what each was recognised as, or why it was refused.
    """
    actor = actor_of(request)
    if request.method == "POST":
        design = design_or_404(actor, design_id, Action.ADD_EVIDENCE)
        form: About | None = About(request.POST)
        outcome = _receive(request, actor, design, form)
        if wants_json(request):
            return _as_json(outcome)
        _say(request, outcome)
        if not outcome.problems:
            return redirect("evidence", design.pk)
    else:
        design, form, outcome = design_or_404(actor, design_id), None, Outcome()
    received = access.artefacts_of(actor, design)
    cursor = request.GET.get("before", "")
    shown = list((_under(received, cursor) if cursor else received)[: SHOWN + 1])
    page = evidence_page(
        design,
        shown[:SHOWN],
        total=received.count(),
        versions=access.versions_among(actor, design, shown[:SHOWN]),
        further=len(shown) > SHOWN,
        later=bool(cursor),
        may_upload=may(actor, Action.ADD_EVIDENCE, design),
        form=form,
        problems=outcome.problems,
        erased=list(access.erasures_of(actor, design)),
    )
    return render(request, "pages/evidence.html", {"page": page}, status=outcome.status)


def _under(rows: QuerySet[Artefact], cursor: str) -> QuerySet[Artefact]:
    """What was received before the file that the cursor names, also when that one was erased since. Raises 404."""
    moment, _mark, pk = cursor.partition("_")
    try:
        at, last = datetime.fromisoformat(moment), UUID(pk)
    except ValueError:
        raise Http404("no such page") from None
    if at.tzinfo is None:
        raise Http404("no such page")
    # The first condition says nothing new; by it the index is entered where the page begins.
    return rows.filter(received_at__lte=at).filter(Q(received_at__lt=at) | Q(pk__gt=last))


def _receive(request: HttpRequest, actor: Actor, design: Design, form: About) -> Outcome:
    too_large = getattr(request, "upload_too_large", None)
    if too_large is not None:
        return Outcome(
            [Problem(_("%(too_large)s. Split it, or hand it in through the API.") % {"too_large": too_large}, "#file")],
            413,
        )
    if not form.is_valid():
        return Outcome(
            [Problem(str(error), f"#{name}") for name, errors in form.errors.items() for error in errors], 422
        )
    files = request.FILES.getlist("file")
    if not files:
        return Outcome([Problem(_("Choose at least one file."), "#file")], 422)
    return _take_in(actor, design, files, form.declared())


def _take_in(actor: Actor, design: Design, files: Sequence[UploadedFile], declared: Declared) -> Outcome:
    outcome = Outcome()
    given = [(file.name or "", cast(BinaryIO, file)) for file in files]
    found = services.receive_together(design, actor=actor, files=given, declared=declared)
    for (name, _data), received in zip(given, found, strict=True):
        if isinstance(received, Refused):
            shown = safe_name(name)
            line = received.line
            place = _("%(shown)s, line %(line)s") % {"shown": shown, "line": line} if line else shown
            outcome.each.append(Answer(None, [_not_kept(place, received.reason, received.remedy)]))
            outcome.status = max(outcome.status, received.status)
        else:
            outcome.each.append(Answer(received, left_out(*received)))
    return outcome


def _not_kept(place: str, reason: str, remedy: str) -> Problem:
    return Problem(
        _("%(place)s: %(reason)s. Nothing of it was kept; %(remedy)s.")
        % {"place": place, "reason": reason, "remedy": remedy}
    )


def left_out(artefact: Artefact, is_new: bool) -> list[Problem]:
    """What of a new archive was not taken in while the rest was; hidden files are nobody's evidence."""
    if artefact.kind != PackedFacts.KIND or not is_new:
        return []
    refused = [each for each in artefact.facts["members"] if each["kind"] == "refused"]
    parts = [(each["name"], *each["error"].partition("; ")[::2]) for each in refused]
    return [_not_kept(name, reason, remedy) for name, reason, remedy in parts if reason != HIDDEN]


def _say(request: HttpRequest, outcome: Outcome) -> None:
    new = sum(is_new for _, is_new in outcome.received)
    known = len(outcome.received) - new
    if new:
        messages.success(request, _("%(counted)s received.") % {"counted": counted(new, "file")})
    if known:
        messages.info(request, f"{counted(known, 'file')} had been received before; nothing changed.")
    unknown = [one for one, is_new in outcome.received if is_new and one.kind in ASKED]
    if unknown:
        messages.info(
            request,
            _("Of no kind that we read: %(names)s. Say below what it is.")
            % {"names": listed([one.name for one in unknown])},
        )


def _as_json(outcome: Outcome) -> JsonResponse:
    """files, problems: of all files; each: the same for every file that was sent, in their order."""
    each = [
        {
            "file": said_of(*answer.received) if answer.received else None,
            "problems": [problem.text for problem in answer.problems],
        }
        for answer in outcome.each
    ]
    files = [one["file"] for one in each if one["file"]]
    problems = [problem.text for problem in outcome.problems]
    return JsonResponse({"files": files, "problems": problems, "each": each}, status=outcome.status)


def said_of(artefact: Artefact, new: bool) -> dict[str, str | int | bool]:
    """What a script tells about a file that came in."""
    return {
        "name": artefact.name,
        "kind": words.kind(artefact.kind),
        "asked": artefact.kind in ASKED,
        "new": new,
        "redactions": len(artefact.redactions),
    }


def wants_json(request: HttpRequest) -> bool:
    return bool(request.accepted_types and request.accepts("application/json") and not request.accepts("text/html"))


@signed_in
@require_POST
def kind(request: HttpRequest, design_id: UUID, artefact_id: UUID) -> HttpResponse:
    """Say what a file is that no reader recognised."""
    actor = actor_of(request)
    design = design_or_404(actor, design_id, Action.ADD_EVIDENCE)
    row = access.artefact_or_404(actor, design, artefact_id)
    try:
        services.say_kind(row, actor=actor, kind=request.POST.get("kind", ""))
    except ValueError as error:
        messages.error(request, f"{error}.")
    else:
        messages.success(
            request, _("%(name)s is kept as: %(kind)s.") % {"name": row.name, "kind": words.kind(row.declared_kind)}
        )
    return redirect("evidence", design.pk)


def _states(designs: Sequence[Design]) -> Mapping[UUID, road.State]:
    counts = access.artefact_counts(designs)
    return {design.pk: road.State(counted(counts.get(design.pk, 0), "file")) for design in designs}


road.register(road.Step("evidence", gettext_lazy("Evidence"), "evidence", 3, _states))
