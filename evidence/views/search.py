"""One search over designs, remarks, artefacts, controls and questions. What the reader does not see is not found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from evidence.access import artefacts_for
from evidence.core.controls import CONTROLS
from evidence.meetings.access import remarks_for
from evidence.views import words
from seal_advisor.access import Actor, actor_of, designs_for
from seal_advisor.rulesets import current_ruleset
from seal_advisor.views.door import signed_in
from seal_advisor.views.words import translated

SHOWN = 20  # of each kind
SHORTEST = 2  # characters


@dataclass(frozen=True, slots=True)
class Hit:
    title: str
    href: str
    about: str


@dataclass(frozen=True, slots=True)
class Group:
    """Hits of one kind. more: there are others that are not shown."""

    title: str
    hits: tuple[Hit, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class SearchPage:
    """asked: what was typed. short: too little to search for."""

    asked: str
    short: bool
    groups: tuple[Group, ...]


@signed_in
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    asked = " ".join(request.GET.get("q", "").replace("\0", "").split())[:200]
    long_enough = len(asked) >= SHORTEST
    page = SearchPage(
        asked=asked,
        short=bool(asked) and not long_enough,
        groups=tuple(_groups(actor_of(request), asked)) if long_enough else (),
    )
    return render(request, "pages/search.html", {"page": page})


def _groups(actor: Actor, asked: str) -> Iterator[Group]:
    """A query a kind, and only kinds with a hit."""
    found = {
        _("Designs"): _designs(actor, asked),
        _("Remarks"): _remarks(actor, asked),
        _("Artefacts"): _artefacts(actor, asked),
        _("Controls"): _controls(asked),
        _("Questions"): _questions(asked),
    }
    for title, hits in found.items():
        if hits:
            yield Group(title, tuple(hits[:SHOWN]), len(hits) > SHOWN)


def _designs(actor: Actor, asked: str) -> Sequence[Hit]:
    rows = designs_for(actor).filter(Q(title__icontains=asked) | Q(organisation__name__icontains=asked))
    return [
        Hit(row.title, reverse("questions", args=[row.pk]), f"{row.organisation.name}, {row.author.get_username()}")
        for row in rows[: SHOWN + 1]
    ]


def _remarks(actor: Actor, asked: str) -> Sequence[Hit]:
    return [
        Hit(
            _shortened(row.text, asked),
            reverse("review-record", args=[row.review.design_id, row.review.number])
            + f"#thread-{row.thread_id or row.pk}",
            f"{row.author.get_username()}, {row.review.design.title}",
        )
        for row in remarks_for(actor).filter(text__icontains=asked)[: SHOWN + 1]
    ]


def _shortened(text: str, asked: str) -> str:
    """The part of a long text in which the words stand."""
    at = max(0, text.lower().find(asked.lower()) - 60)
    part = " ".join(text[at : at + 160].split())
    return f"{'… ' if at else ''}{part}{' …' if len(text) > at + 160 else ''}"


def _artefacts(actor: Actor, asked: str) -> Sequence[Hit]:
    wanted = Q(name__icontains=asked) | Q(node__icontains=asked) | Q(sha256__startswith=asked.lower())
    rows = artefacts_for(actor).filter(wanted).select_related("design").defer("facts", "redactions")
    return [
        Hit(
            row.name,
            reverse("artefact", args=[row.design_id, row.pk]),
            ", ".join(part for part in (words.kind(row.kind), row.node, row.design.title) if part),
        )
        for row in rows[: SHOWN + 1]
    ]


def _controls(asked: str) -> Sequence[Hit]:
    lower = asked.lower()
    return [
        Hit(translated(one.TITLE), f"{reverse('help-controls')}#{one.ID}", one.ID)
        for one in CONTROLS
        if lower in one.TITLE.lower() or lower in one.ID.lower()
    ]


def _questions(asked: str) -> Sequence[Hit]:
    lower = asked.lower()
    return [
        Hit(translated(one.text), f"{reverse('help-questions')}#{one.id}", one.id)
        for one in current_ruleset().questions
        if lower in one.text.lower() or lower in one.help.lower() or lower in one.id
    ]
