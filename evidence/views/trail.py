"""The audit trail as a page: who did what, when, from what to what; each entry with its place in the ledger."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from evidence import access
from evidence.models import LedgerEntry
from evidence.views.contexts.trail import THINGS, trail_page
from seal_advisor.access import actor_of
from seal_advisor.views.door import signed_in
from seal_advisor.views.words import Problem

SHOWN = 50
NO_DAY = {"invalid": gettext_lazy("Write a day as 2026-01-31.")}


class Wanted(forms.Form):
    """What of the trail to show; nothing said: all of it. before: the ledger's index under which the page begins."""

    design = forms.UUIDField(required=False)
    by = forms.CharField(required=False, max_length=300)
    thing = forms.ChoiceField(required=False, choices=[(key, key) for key in THINGS])
    since = forms.DateField(
        required=False, error_messages={"invalid": gettext_lazy("From: write a day as 2026-01-31.")}
    )
    until = forms.DateField(required=False, error_messages={"invalid": gettext_lazy("To: write a day as 2026-01-31.")})
    before = forms.IntegerField(required=False, min_value=0, max_value=2**62)


@signed_in
@require_safe
def trail(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    form = Wanted(request.GET)
    problems = (
        []
        if form.is_valid()
        else [Problem(str(error), f"#{field}") for field, errors in form.errors.items() for error in errors]
    )
    given = form.cleaned_data
    design = access.design_of(actor, given["design"]) if given.get("design") else None
    rows = access.trail_for(actor)
    if design is not None:
        rows = rows.filter(design=design)
    shown = [] if problems else list(_wanted(rows, form)[: SHOWN + 1])
    page = trail_page(shown, form.data, design=design, shown=SHOWN, problems=problems)
    return render(request, "pages/trail.html", {"page": page}, status=422 if problems else 200)


def _wanted(rows: QuerySet[LedgerEntry], form: Wanted) -> QuerySet[LedgerEntry]:
    """Newest first; by its index, so that the last page costs what the first does."""
    given = form.cleaned_data
    if given["by"]:
        rows = rows.filter(_by(given["by"].strip()))
    if given["thing"]:
        rows = rows.filter(_about(given["thing"]))
    if given["since"]:
        rows = rows.filter(at__gte=_midnight(given["since"]))
    if given["until"]:
        rows = rows.filter(at__lt=_midnight(given["until"]) + timedelta(days=1))
    if given["before"] is not None:
        rows = rows.filter(index__lt=given["before"])
    return rows.select_related("design").order_by("-index")


def _by(name: str) -> Q:
    """What the person did, and what was done with a token of hers. The entry is canonical JSON: no space is missing."""
    said = json.dumps(name, ensure_ascii=False)
    found = Q()
    for field in ("by", "uploader", "rule_by"):
        found |= Q(entry__contains=f'"{field}":{said}') | Q(entry__contains=f'"{field}":{said[:-1]} (token ')
    return found


def _about(thing: str) -> Q:
    """Leaves of these kinds, or written about these things."""
    of = THINGS[thing]
    found = Q(kind__in=of.kinds)
    for noun in of.nouns:
        found |= Q(kind="written", entry__contains=f'"what":"{noun}.')
    return found


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
