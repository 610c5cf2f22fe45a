"""The view of many designs in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.paginator import Page
from django.urls import reverse
from django.utils import timezone

from evidence.fleet.choice import SORTS, STATUSES, Wanted
from evidence.fleet.standing import Standing
from seal_advisor.models import Design, Reevaluation
from seal_advisor.views.words import Link, Mark, Problem, counted, listed

DECISIONS = {
    "recommended": Mark("Decided", "badge-check", "pass"),
    "tie": Mark("Two equally good", "circle"),
    "none": Mark("No option satisfies", "octagon-x", "fail"),
    "open": Mark("Not decided yet", "circle-dashed", "accent"),
}
ORDERS = {
    "changed": "Last changed first",
    "title": "By name",
    "decision": "By decision",
    "failed": "Most failed controls first",
    "end": "What runs out first",
}


@dataclass(frozen=True, slots=True)
class FleetRow:
    """red: failed controls in words. flags: why somebody should look again, each with where."""

    name: str
    href: str
    about: str
    decision: Mark
    seal: str
    losses: str
    red: Link
    red_tone: str
    unproven: str
    end: str
    end_tone: str
    rules: str
    flags: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    words: str
    selected: bool


@dataclass(frozen=True, slots=True)
class FleetPage:
    rows: tuple[FleetRow, ...]
    count: str
    text: str
    statuses: tuple[Choice, ...]
    orders: tuple[Choice, ...]
    flagged: bool
    newer: str
    older: str
    place: str
    csv_href: str
    problems: tuple[Problem, ...]


def fleet_page(page: Page[Design], rows: Sequence[Standing], wanted: Wanted, *, problem: str) -> FleetPage:
    asked = {"q": wanted.text, "status": wanted.status, "flagged": "yes" if wanted.flagged else "", "sort": wanted.sort}
    query = {key: value for key, value in asked.items() if value}
    return FleetPage(
        rows=tuple(_row(one) for one in rows),
        count=counted(page.paginator.count, "design"),
        text=wanted.text,
        statuses=(
            Choice("", "Any decision", not wanted.status),
            *(Choice(one, DECISIONS[one].word, one == wanted.status) for one in STATUSES),
        ),
        orders=tuple(Choice(one, ORDERS[one], one == wanted.sort) for one in SORTS),
        flagged=wanted.flagged,
        newer=_page(query, page.previous_page_number()) if page.has_previous() else "",
        older=_page(query, page.next_page_number()) if page.has_next() else "",
        place=f"Page {page.number} of {page.paginator.num_pages}" if page.has_other_pages() else "",
        csv_href=f"{reverse('fleet-csv')}?{urlencode(query)}",
        problems=(Problem(problem),) if problem else (),
    )


def _page(query: dict[str, str], number: int) -> str:
    return f"?{urlencode({**query, 'page': number})}"


def _row(one: Standing) -> FleetRow:
    design, controls = one.design, reverse("controls", args=[one.design.pk])
    red = "evidence was changed" if one.failed is None else f"{one.failed} failed" if one.failed else "none failed"
    return FleetRow(
        name=design.title,
        href=reverse("decision", args=[design.pk]),
        about=f"{design.organisation.name}, by {design.author.get_username()}, changed {design.updated_at:%Y-%m-%d}",
        decision=DECISIONS[one.status],
        seal=listed(one.seal),
        losses=one.losses,
        red=Link(red, controls),
        red_tone="fail" if one.failed or one.failed is None else "",
        unproven=f"{one.unproven} not proven" if one.unproven else "",
        end=f"{one.expiry.day:%Y-%m-%d}: {one.expiry.what}" if one.expiry else "",
        end_tone="fail" if one.expiry and one.expiry.day < timezone.now().date() else "",
        rules=f"{one.ruleset}{f' with {one.house}' if one.house else ''}",
        flags=tuple(_flags(one)),
    )


def _flags(one: Standing) -> list[Link]:
    found = []
    if one.flag is not None:
        broken = one.flag.outcome == Reevaluation.Outcome.BROKEN
        said = "is not whole" if broken else "would come out otherwise now"
        found.append(
            Link(f"Revision {one.revision} {said}", reverse("revision", args=[one.design.pk, one.flag.revision.number]))
        )
    if one.weaker:
        href = reverse("house-rules", args=[one.design.organisation_id])
        found.append(Link(f"House rules weaker in {counted(one.weaker, 'way')}", href))
    if not one.revision:
        found.append(Link("Nothing is frozen yet", reverse("revisions", args=[one.design.pk])))
    return found
