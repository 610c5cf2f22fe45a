"""The view of many designs, and the same as a CSV file."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from evidence.core.tables import as_csv
from evidence.fleet.choice import TooMany, Wanted, chosen
from evidence.fleet.standing import standings
from evidence.views.contexts.fleet import fleet_page
from seal_advisor.access import actor_of
from seal_advisor.views.door import signed_in

SHOWN = 25
FILE_AT_MOST = 500  # rows of the file; each is judged


@signed_in
@require_safe
def fleet(request: HttpRequest) -> HttpResponse:
    """Query: q, status, flagged, sort, page."""
    wanted = Wanted.of(request.GET)
    problem = ""
    try:
        found = chosen(actor_of(request), wanted)
    except TooMany as error:
        problem, found = str(error), None
    page = Paginator(found.designs if found else [], SHOWN).get_page(request.GET.get("page"))
    rows = standings(list(page), found.decided) if found else []
    seen = fleet_page(page, rows, wanted, problem=problem)
    return render(request, "pages/fleet.html", {"page": seen}, status=422 if problem else 200)


@signed_in
@require_safe
def table(request: HttpRequest) -> HttpResponse:
    """The first rows of the same choice as CSV."""
    try:
        found = chosen(actor_of(request), Wanted.of(request.GET))
    except TooMany as error:
        return HttpResponse(f"{error}\n", status=422, content_type="text/plain; charset=utf-8")
    headers = {"Content-Disposition": 'attachment; filename="fleet.csv"', "X-Content-Type-Options": "nosniff"}
    rows = [one.as_json() for one in standings(found.designs[:FILE_AT_MOST], found.decided)]
    heads = list(rows[0]) if rows else ["design"]
    content = as_csv(heads, [[_said(value) for value in row.values()] for row in rows])
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)


def _said(value: object) -> object:
    return "; ".join(map(str, value)) if isinstance(value, list) else value
