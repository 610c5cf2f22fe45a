"""What a share link shows to who has no account: the parts that it names of one review, read-only.

The secret stands in the address; so no page here sends a referrer, and none may be kept or indexed.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from evidence.meetings import access, pages, proceedings, records
from evidence.meetings.models import Review, ShareLink
from evidence.storage import BlobChanged
from evidence.views import words as evidence_words
from seal_advisor.core import decision_sentence
from seal_advisor.views.contexts import outcome
from seal_advisor.views.contexts.house_rules import HouseSeen, weaker
from seal_advisor.views.contexts.wording import Wording
from seal_advisor.views.words import Link, Mark, translated

TELL_IT = frozenset({"decision", "agenda", "minutes"})  # parts that say what was decided


@dataclass(frozen=True, slots=True)
class ControlRow:
    control: str
    title: str
    mark: Mark
    reason: str


@dataclass(frozen=True, slots=True)
class SharedPage:
    """options, controls, minutes: empty where the link does not show that part. meeting_href: "" likewise.

    sentence: the decision, for a link that shows anything of it. lapses: what moved since the sign-off; it names
    controls and lines of deployed files, so only a link that shows the controls has it.
    """

    name: str
    sentence: str
    mark: Mark
    lapsed: bool
    lapses: tuple[str, ...]
    about: str
    until: str
    options: tuple[outcome.OptionSeen, ...]
    controls: tuple[ControlRow, ...]
    minutes: str
    meeting_href: str
    house: HouseSeen | None = None


@never_cache
@require_safe
def shared(request: HttpRequest, secret: str) -> HttpResponse:
    link = access.shared_or_404(secret)
    return _guarded(render(request, "pages/shared.html", {"page": _page(link, secret)}))


@never_cache
@require_safe
def presented(request: HttpRequest, secret: str) -> HttpResponse:
    """The meeting view for guests; trying an answer changes nothing here either."""
    link = access.shared_or_404(secret)
    if "agenda" not in link.parts:
        raise Http404("this link does not show the meeting")
    item = request.GET.get("item", "")
    shown = pages.stage(
        proceedings.sitting(access.shared_review(link)),
        base=reverse("shared-meeting", args=[secret]),
        leave=Link(_("Leave the meeting view"), reverse("shared", args=[secret])),
        at=int(item) if item.isascii() and item.isdecimal() and len(item) < 6 else 0,
        tried=request.GET.get("value", ""),
    )
    return _guarded(render(request, "pages/meeting.html", {"page": shown, "record": None}))


def _guarded(response: HttpResponse) -> HttpResponse:
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _page(link: ShareLink, secret: str) -> SharedPage:
    review = access.shared_review(link)
    lapses = records.lapses_of(review)
    ruleset, explanation = proceedings.explained(review)
    kept = getattr(review, "minutes", None)
    shows = set(link.parts)
    return SharedPage(
        name=review.design.title,
        sentence=translated(decision_sentence.of_document(review.revision.decision)) if shows & TELL_IT else "",
        mark=records.mark_of(review, lapses),
        lapsed=bool(lapses),
        lapses=lapses if "controls" in shows else (),
        about=_("Review %(number)d of revision %(revision)d")
        % {"number": review.number, "revision": review.revision.number},
        until=f"{link.expires_at:%Y-%m-%d %H:%M} UTC",
        options=outcome.options(explanation, Wording(ruleset)) if "decision" in shows else (),
        controls=_controls(review) if "controls" in shows else (),
        minutes=kept.text if kept and "minutes" in shows else "",
        meeting_href=reverse("shared-meeting", args=[secret]) if "agenda" in shows else "",
        house=weaker(ruleset.house),
    )


def _controls(review: Review) -> tuple[ControlRow, ...]:
    order = list(evidence_words.VERDICTS)
    try:
        results = proceedings.judged(review)
    except BlobChanged as error:
        return (ControlRow("", _("Evidence was changed"), records.LAPSED, str(error)),)
    return tuple(
        ControlRow(one.control, translated(one.title), evidence_words.VERDICTS[one.verdict], one.reason)
        for one in sorted(results, key=lambda result: (order.index(result.verdict), result.control))
    )
