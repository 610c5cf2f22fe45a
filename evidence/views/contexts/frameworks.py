"""Frameworks' pages: each requirement with the worst verdict of the controls that speak to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evidence.core.frameworks import Framework, Row, rows
from evidence.core.results import Result
from evidence.views import words
from evidence.views.contexts.controls import Count
from seal_advisor.models import Design
from seal_advisor.views import road
from seal_advisor.views.words import Link, Mark, counted, opened, source, translated

NOT_JUDGED = Mark(gettext_lazy("Not judged"), "circle-minus")


@dataclass(frozen=True, slots=True)
class FrameworkSeen:
    """named: the design names it as one of interest."""

    title: str
    href: str
    csv_href: str
    named: bool
    tally: tuple[Count, ...]


@dataclass(frozen=True, slots=True)
class FrameworksPage:
    design: road.DesignHead
    frameworks: tuple[FrameworkSeen, ...]
    controls_href: str


@dataclass(frozen=True, slots=True)
class ControlSeen:
    id: str
    title: str
    href: str
    mark: Mark
    reason: str


@dataclass(frozen=True, slots=True)
class RequirementRow:
    id: str
    about: str
    mark: Mark
    controls: tuple[ControlSeen, ...]
    conditions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FrameworkPage:
    design: road.DesignHead
    title: str
    note: str
    source: Link
    sentence: str
    rows: tuple[RequirementRow, ...]
    csv_href: str
    all_href: str


def frameworks_page(design: Design, known: Sequence[Framework], results: Sequence[Result]) -> FrameworksPage:
    return FrameworksPage(
        design=road.head(design, current="controls"),
        frameworks=tuple(_framework(design, one, results) for one in known),
        controls_href=reverse("controls", args=[design.pk]),
    )


def _framework(design: Design, framework: Framework, results: Sequence[Result]) -> FrameworkSeen:
    counts = Counter(row.verdict for row in rows(framework, results))
    tally = [Count(counts[verdict], mark) for verdict, mark in words.VERDICTS.items() if counts[verdict]]
    return FrameworkSeen(
        title=framework.title,
        href=reverse("framework", args=[design.pk, framework.id]),
        csv_href=reverse("framework-csv", args=[design.pk, framework.id]),
        named=framework.id in design.frameworks,
        tally=tuple(tally),
    )


def framework_page(design: Design, framework: Framework, results: Sequence[Result]) -> FrameworkPage:
    found = rows(framework, results)
    order = list(words.VERDICTS)
    worst_first = sorted(found, key=lambda row: order.index(row.verdict) if row.verdict else len(order))
    judged = sum(row.verdict is not None for row in found)
    return FrameworkPage(
        design=road.head(design, current="controls"),
        title=framework.title,
        note=framework.note,
        source=source(f"{framework.title}: {framework.source}"),
        sentence=_("%(counted)s, %(judged)s judged by our controls; the worst control speaks.")
        % {"counted": counted(len(found), "requirement"), "judged": judged},
        rows=tuple(_row(design, row, results) for row in worst_first),
        csv_href=reverse("framework-csv", args=[design.pk, framework.id]),
        all_href=reverse("frameworks", args=[design.pk]),
    )


def _row(design: Design, row: Row, results: Sequence[Result]) -> RequirementRow:
    by_control = {result.control: result for result in results}
    page = reverse("controls", args=[design.pk])
    judged = [by_control[control] for control in row.controls if control in by_control]
    return RequirementRow(
        id=row.requirement.id,
        about=opened(row.requirement.about),
        mark=words.VERDICTS[row.verdict] if row.verdict else NOT_JUDGED,
        controls=tuple(
            ControlSeen(
                one.control,
                translated(one.title),
                f"{page}#{one.control}",
                words.VERDICTS[one.verdict],
                opened(one.reason),
            )
            for one in judged
        ),
        conditions=tuple(opened(condition) for condition in row.conditions),
    )
