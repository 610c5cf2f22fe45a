"""The home page: every design at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.timesince import timesince

from seal_advisor.models import Design
from seal_advisor.views import road
from seal_advisor.views.words import Problem


@dataclass(frozen=True, slots=True)
class DesignRow:
    name: str
    href: str
    about: str
    steps: tuple[road.StepSeen, ...]
    flag: road.Flag | None


@dataclass(frozen=True, slots=True)
class DesignsPage:
    designs: tuple[DesignRow, ...]
    may_create: bool
    title: str = ""
    problems: tuple[Problem, ...] = ()


def designs_page(
    designs: Sequence[Design], *, may_create: bool, title: str = "", problems: Sequence[Problem] = ()
) -> DesignsPage:
    heads = road.heads(designs)
    return DesignsPage(
        designs=tuple(_row(design, head) for design, head in zip(designs, heads, strict=True)),
        may_create=may_create,
        title=title,
        problems=tuple(problems),
    )


def _row(design: Design, head: road.DesignHead) -> DesignRow:
    changed = timesince(design.updated_at, depth=1)
    return DesignRow(
        name=design.title,
        href=reverse("questions", args=[design.pk]),
        about=f"{design.organisation.name}, by {design.author.get_username()}, changed {changed} ago",
        steps=tuple(step for step in head.steps if step.key != "review"),  # an agenda is no state
        flag=head.flag,
    )
