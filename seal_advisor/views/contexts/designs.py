"""The home page: every design at a glance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.paginator import Page
from django.urls import reverse
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from seal_advisor.models import Design, Organisation
from seal_advisor.views import road
from seal_advisor.views.contexts.house_rules import HouseSeen
from seal_advisor.views.words import Link, Problem


@dataclass(frozen=True, slots=True)
class DesignRow:
    name: str
    href: str
    about: str
    steps: tuple[road.StepSeen, ...]
    flag: road.Flag | None
    house: HouseSeen | None
    house_href: str


@dataclass(frozen=True, slots=True)
class DesignsPage:
    """newer, older: addresses of the neighbouring pages, None at the ends. place: "Page 2 of 5", "" for one only."""

    designs: tuple[DesignRow, ...]
    may_create: bool
    house_rules: tuple[Link, ...] = ()
    people: tuple[Link, ...] = ()
    newer: str | None = None
    older: str | None = None
    place: str = ""
    title: str = ""
    problems: tuple[Problem, ...] = ()


def designs_page(
    designs: Page[Design],
    *,
    may_create: bool,
    organisations: Iterable[Organisation] = (),
    title: str = "",
    problems: Sequence[Problem] = (),
) -> DesignsPage:
    """organisations: those whose house rules and people the page leads to."""
    shown, houses = list(designs), list(organisations)
    heads = road.heads(shown)
    return DesignsPage(
        designs=tuple(_row(design, head) for design, head in zip(shown, heads, strict=True)),
        may_create=may_create,
        house_rules=tuple(Link(one.name, reverse("house-rules", args=[one.pk])) for one in houses),
        people=tuple(Link(one.name, reverse("people", args=[one.pk])) for one in houses),
        newer=f"?page={designs.previous_page_number()}" if designs.has_previous() else None,
        older=f"?page={designs.next_page_number()}" if designs.has_next() else None,
        place=_("Page %(number)s of %(num_pages)s")
        % {"number": designs.number, "num_pages": designs.paginator.num_pages}
        if designs.has_other_pages()
        else "",
        title=title,
        problems=tuple(problems),
    )


def _row(design: Design, head: road.DesignHead) -> DesignRow:
    changed = timesince(design.updated_at, depth=1)
    return DesignRow(
        name=design.title,
        href=reverse("questions", args=[design.pk]),
        about=_("%(name)s, by %(get_username)s, changed %(changed)s ago")
        % {"name": design.organisation.name, "get_username": design.author.get_username(), "changed": changed},
        steps=head.steps,
        flag=head.flag,
        house=head.house,
        house_href=head.house_href,
    )
