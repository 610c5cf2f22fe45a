"""The pages of reviews: the meeting view, the desk pages, and what is posted to them.

Everything is a plain form: what cannot be done comes back with the page, its reason and what was typed elsewhere.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evidence import services as evidence_services
from evidence.meetings import access, forms, pages, proceedings, records, services
from evidence.meetings.models import Review
from seal_advisor.access import Action, Actor, actor_of, design_or_404, may, revision_or_404, revisions_of
from seal_advisor.core import explain
from seal_advisor.models import Design, Revision
from seal_advisor.services import freeze_revision
from seal_advisor.views import road
from seal_advisor.views.door import signed_in
from seal_advisor.views.words import Link, Problem

SHOWN = 50


@signed_in
@require_safe
def meeting(request: HttpRequest, design_id: UUID) -> HttpResponse:
    """One point at a time of the review that is going on, or of the draft as a preview. `value` tries an answer."""
    actor = actor_of(request)
    design = design_or_404(actor, design_id)
    review = access.open_review(actor, design)
    sitting = proceedings.sitting(review) if review else proceedings.preview(design)
    shown = pages.stage(
        sitting,
        base=reverse("review", args=[design.pk]),
        leave=Link(_("Leave the meeting view"), reverse("reviews", args=[design.pk])),
        at=_whole(request.GET.get("item")),
        tried=request.GET.get("value", ""),
    )
    record = _record(actor, review) if review else None
    return render(request, "pages/meeting.html", {"page": shown, "record": record})


def _whole(text: str | None) -> int:
    """A place in the meeting; anything else is the opening."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 6 else 0


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def reviews(request: HttpRequest, design_id: UUID) -> HttpResponse:
    """GET the reviews of a design; POST opens one, of a frozen revision or of the draft, which is frozen then."""
    actor = actor_of(request)
    if request.method != "POST":
        return _reviews(request, actor, design_or_404(actor, design_id))
    design = design_or_404(actor, design_id, Action.WRITE_DESIGN)
    form = forms.Opening(request.POST)
    if not form.is_valid():
        return _reviews(request, actor, design, forms.problems(form))
    try:
        revision = _chosen(actor, design, form.cleaned_data["revision"])
        services.open_review(
            design,
            revision,
            actor=actor,
            quorum=form.cleaned_data["quorum"],
            deadline=form.cleaned_data["deadline"],
        )
    except ValidationError as error:
        return _reviews(request, actor, design, [Problem(text) for text in error.messages])
    messages.success(request, _("Revision %(number)d is in review.") % {"number": revision.number})
    return redirect("reviews", design.pk)


def _chosen(actor: Actor, design: Design, number: int | None) -> Revision:
    if number is None:
        return freeze_revision(design, actor=actor)
    return revision_or_404(actor, design, number)


def _reviews(request: HttpRequest, actor: Actor, design: Design, problems: Sequence[Problem] = ()) -> HttpResponse:
    page = records.reviews_page(
        design,
        list(access.reviews_of(actor, design)[:SHOWN]),
        revisions=list(revisions_of(actor, design)[:SHOWN]),
        may_open=may(actor, Action.WRITE_DESIGN, design),
        problems=problems,
    )
    return render(request, "pages/reviews.html", {"page": page}, status=422 if problems else 200)


@signed_in
@require_safe
def record(request: HttpRequest, design_id: UUID, number: int) -> HttpResponse:
    """Everything of one review. `about` chooses the subject of a new remark."""
    actor, review = _found(request, design_id, number, Action.READ)
    page = _record(actor, review, about=request.GET.get("about", ""))
    return render(request, "pages/review_record.html", {"page": page})


def _record(actor: Actor, review: Review, **more: Any) -> records.RecordPage:
    return records.record_page(
        review,
        may_remark=may(actor, Action.REMARK, review.design),
        may_review=may(actor, Action.REVIEW, review.design),
        wrote=services.is_author(review, actor),
        **more,
    )


def _found(request: HttpRequest, design_id: UUID, number: int, action: Action) -> tuple[Actor, Review]:
    actor = actor_of(request)
    design = design_or_404(actor, design_id, action)
    return actor, access.numbered_or_404(actor, design, number)


def _posted(
    request: HttpRequest, actor: Actor, review: Review, do: Callable[[], object], said: str = ""
) -> HttpResponse:
    """Do it and go back to where the form stood; what cannot be done comes back with its reason."""
    try:
        do()
    except ValidationError as error:
        problems = [Problem(text) for text in error.messages]
        again = access.review_or_404(actor, review.pk)
        return render(
            request, "pages/review_record.html", {"page": _record(actor, again, problems=problems)}, status=422
        )
    if said:
        messages.success(request, said)
    if request.POST.get("from", "").isdecimal():
        return redirect(f"{reverse('review', args=[review.design_id])}?item={_whole(request.POST['from'])}")
    return redirect("review-record", review.design_id, review.number)


def _typed(request: HttpRequest, name: str) -> str:
    """A field's text without the character that no database of ours can hold."""
    return request.POST.get(name, "").replace("\0", "")


@signed_in
@require_POST
def remarks(request: HttpRequest, design_id: UUID, number: int) -> HttpResponse:
    actor, review = _found(request, design_id, number, Action.REMARK)
    subject, text = _typed(request, "subject"), _typed(request, "text")
    if subject.startswith("remark:"):
        return _posted(request, actor, review, lambda: _answer(review, actor, subject.removeprefix("remark:"), text))
    return _posted(request, actor, review, lambda: services.remark(review, actor=actor, subject=subject, text=text))


def _answer(review: Review, actor: Actor, thread_id: str, text: str) -> None:
    """An answer in a thread that is itself a point of the agenda."""
    try:
        thread = access.remark_or_404(review, UUID(thread_id))
    except ValueError as error:
        raise Http404("no such remark") from error
    services.remark(review, actor=actor, subject=thread.subject, text=text, thread=thread)


@signed_in
@require_POST
def thread(request: HttpRequest, design_id: UUID, number: int, thread_id: UUID) -> HttpResponse:
    """Answer in a thread, or, by the button that was pressed, resolve it or open it again."""
    actor, review = _found(request, design_id, number, Action.REMARK)
    first = access.remark_or_404(review, thread_id)
    text, does = _typed(request, "text"), request.POST.get("does", "")

    def do() -> None:
        if does in {"resolve", "reopen"}:
            services.settle(first, actor=actor, text=text, again=does == "reopen")
        else:
            services.remark(review, actor=actor, subject=first.subject, text=text, thread=first)

    return _posted(request, actor, review, do)


@signed_in
@require_POST
def vote(request: HttpRequest, design_id: UUID, number: int) -> HttpResponse:
    actor, review = _found(request, design_id, number, Action.REVIEW)
    form = forms.Ballot(request.POST)

    def do() -> None:
        said = form.said(access.members(review.design))
        services.vote(review, actor=actor, **said)

    return _posted(request, actor, review, do, _("Your vote is kept."))


@signed_in
@require_POST
def close(request: HttpRequest, design_id: UUID, number: int) -> HttpResponse:
    """End the meeting: the minutes are signed, and with enough votes the decision is signed off."""
    actor, review = _found(request, design_id, number, Action.REVIEW)
    answer = _posted(request, actor, review, lambda: services.close(review, actor=actor), _("The meeting is closed."))
    return redirect("review-record", design_id, number) if answer.status_code == 302 else answer


@signed_in
@require_POST
def withdraw(request: HttpRequest, design_id: UUID, number: int) -> HttpResponse:
    actor, review = _found(request, design_id, number, Action.REVIEW)
    if review.state != Review.State.APPROVED:
        raise Http404("this review was not signed off")
    reason = _typed(request, "reason")
    return _posted(
        request, actor, review, lambda: services.withdraw(review.sign_off, actor=actor, reason=reason),
        _("The sign-off is withdrawn."),
    )  # fmt: skip


@signed_in
@require_POST
def action(request: HttpRequest, design_id: UUID, number: int, item_id: int) -> HttpResponse:
    actor, review = _found(request, design_id, number, Action.REMARK)
    item = access.action_item_or_404(review, item_id)
    return _posted(request, actor, review, lambda: services.finish_action(item, actor=actor))


@signed_in
@require_POST
def links(request: HttpRequest, design_id: UUID, number: int) -> HttpResponse:
    """A new share link: its address is on this one answer and nowhere else."""
    actor, review = _found(request, design_id, number, Action.REMARK)
    form = forms.Sharing(request.POST)
    if not form.is_valid():
        page = _record(actor, review, problems=forms.problems(form))
        return render(request, "pages/review_record.html", {"page": page}, status=422)
    try:
        _link, secret = services.share(review, actor=actor, **form.said())
    except ValidationError as error:
        page = _record(actor, review, problems=[Problem(text) for text in error.messages])
        return render(request, "pages/review_record.html", {"page": page}, status=422)
    address = request.build_absolute_uri(reverse("shared", args=[secret]))
    return render(request, "pages/review_record.html", {"page": _record(actor, review, secret=address)}, status=201)


@signed_in
@require_POST
def revoke(request: HttpRequest, design_id: UUID, number: int, link_id: UUID) -> HttpResponse:
    actor, review = _found(request, design_id, number, Action.REMARK)
    link = access.link_or_404(review, link_id)
    return _posted(request, actor, review, lambda: services.revoke(link, actor=actor), _("The link is revoked."))


@signed_in
@require_safe
def minutes(request: HttpRequest, design_id: UUID, number: int, name: str) -> HttpResponse:
    """The files of a closed review: minutes, their signature, who signed, the record, the decision record."""
    _actor, review = _found(request, design_id, number, Action.READ)
    data = files_of(review).get(name)
    if data is None:
        raise Http404("this review has no such file")
    kind = "application/json" if name.endswith(".json") else "text/plain; charset=utf-8"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(data, content_type=kind, headers=headers)


def files_of(review: Review) -> Mapping[str, bytes]:
    """File name -> bytes; empty while the review is going on."""
    kept = getattr(review, "minutes", None)
    if kept is None:
        return {}
    ruleset, answers = proceedings.answers_of(review)
    return {
        "minutes.md": kept.text.encode(),
        "minutes.md.sig": base64.b64decode(kept.signature),
        "signer.pem": kept.certificate.encode(),
        "review.json": kept.record.encode(),
        "adr.md": explain.markdown(ruleset, answers).encode(),
    }


def _states(designs: Sequence[Design]) -> Mapping[UUID, road.State]:
    return records.states(designs, evidence_services.receipts(designs))


road.register(road.Step("review", gettext_lazy("Review"), "reviews", 7, _states))
