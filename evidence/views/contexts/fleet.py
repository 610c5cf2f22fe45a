"""The view of many designs in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.core.paginator import Page
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evidence.fleet.choice import SORTS, STATUSES, Wanted
from evidence.fleet.standing import Standing
from seal_advisor.models import Design, Reevaluation
from seal_advisor.views.words import Link, Mark, Problem, counted, listed

DECISIONS = {
    "recommended": Mark(gettext_lazy("Decided"), "badge-check", "pass"),
    "tie": Mark(gettext_lazy("Two equally good"), "circle"),
    "none": Mark(gettext_lazy("No option satisfies"), "octagon-x", "fail"),
    "open": Mark(gettext_lazy("Not decided yet"), "circle-dashed", "accent"),
}
ORDERS = {
    "changed": gettext_lazy("Last changed first"),
    "title": gettext_lazy("By name"),
    "decision": gettext_lazy("By decision"),
    "failed": gettext_lazy("Most failed controls first"),
    "end": gettext_lazy("What runs out first"),
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
            Choice("", _("Any decision"), not wanted.status),
            *(Choice(one, DECISIONS[one].word, one == wanted.status) for one in STATUSES),
        ),
        orders=tuple(Choice(one, ORDERS[one], one == wanted.sort) for one in SORTS),
        flagged=wanted.flagged,
        newer=_page(query, page.previous_page_number()) if page.has_previous() else "",
        older=_page(query, page.next_page_number()) if page.has_next() else "",
        place=_("Page %(number)s of %(num_pages)s") % {"number": page.number, "num_pages": page.paginator.num_pages}
        if page.has_other_pages()
        else "",
        csv_href=f"{reverse('fleet-csv')}?{urlencode(query)}",
        problems=(Problem(problem),) if problem else (),
    )


def _page(query: dict[str, str], number: int) -> str:
    return f"?{urlencode({**query, 'page': number})}"


def _row(one: Standing) -> FleetRow:
    design, controls = one.design, reverse("controls", args=[one.design.pk])
    red = (
        _("evidence was changed")
        if one.failed is None
        else _("%(failed)s failed") % {"failed": one.failed}
        if one.failed
        else _("none failed")
    )
    return FleetRow(
        name=design.title,
        href=reverse("decision", args=[design.pk]),
        about=_("%(name)s, by %(get_username)s, changed %(updated_at)s")
        % {
            "name": design.organisation.name,
            "get_username": design.author.get_username(),
            "updated_at": f"{design.updated_at:%Y-%m-%d}",
        },
        decision=DECISIONS[one.status],
        seal=listed(one.seal),
        losses=one.losses,
        red=Link(red, controls),
        red_tone="fail" if one.failed or one.failed is None else "",
        unproven=_("%(unproven)s not proven") % {"unproven": one.unproven} if one.unproven else "",
        end=f"{one.expiry.day:%Y-%m-%d}: {one.expiry.what}" if one.expiry else "",
        end_tone="fail" if one.expiry and one.expiry.day < timezone.now().date() else "",
        rules=f"{one.ruleset}{f' with {one.house}' if one.house else ''}",
        flags=tuple(_flags(one)),
    )


def _flags(one: Standing) -> list[Link]:
    found = []
    if one.flag is not None:
        broken = one.flag.outcome == Reevaluation.Outcome.BROKEN
        said = _("is not whole") if broken else _("would come out otherwise now")
        found.append(
            Link(
                _("Revision %(revision)s %(said)s") % {"revision": one.revision, "said": said},
                reverse("revision", args=[one.design.pk, one.flag.revision.number]),
            )
        )
    if one.weaker:
        href = reverse("house-rules", args=[one.design.organisation_id])
        found.append(Link(_("House rules weaker in %(counted)s") % {"counted": counted(one.weaker, "way")}, href))
    if not one.revision:
        found.append(Link(_("Nothing is frozen yet"), reverse("revisions", args=[one.design.pk])))
    return found
