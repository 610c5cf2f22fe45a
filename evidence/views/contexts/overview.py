"""The pages about what is missing and about which days are covered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from evidence.core import collect, coverage, timeline
from evidence.core.collect import Plan
from evidence.core.coverage import Age
from evidence.core.results import Result, Verdict
from evidence.core.timeline import Happening
from evidence.overview import Overview
from evidence.views import words
from seal_advisor.models import Design
from seal_advisor.views import road
from seal_advisor.views.words import Mark, Problem, counted, listed, opened, translated

FRESH = Mark("Counts", "circle-check", "pass")
SHOWN = 200  # rows of the table of events; the logs themselves have all of them


@dataclass(frozen=True, slots=True)
class ErrandSeen:
    what: str
    kind: str
    commands: tuple[str, ...]
    by_hand: str
    controls: tuple[tuple[str, str], ...]
    note: str


@dataclass(frozen=True, slots=True)
class PlaceSeen:
    """What one role fetches in one place. title: "Vault operator, on vault-1"."""

    title: str
    errands: tuple[ErrandSeen, ...]


@dataclass(frozen=True, slots=True)
class PlanPage:
    design: road.DesignHead
    sentence: str
    about: str
    places: tuple[PlaceSeen, ...]
    evidence_href: str


def plan_page(design: Design, plan: Plan) -> PlanPage:
    controls = reverse("controls", args=[design.pk])
    places: dict[str, list[ErrandSeen]] = {}
    for one in plan.errands:
        who = opened(translated(one.who))
        title = _("%(who)s, on %(node)s") % {"who": who, "node": one.node} if one.node else who
        places.setdefault(title, []).append(
            ErrandSeen(
                what=opened(translated(one.what)),
                kind=words.kind(one.kind),
                commands=one.commands,
                by_hand=opened(one.by_hand),
                controls=tuple((control, f"{controls}#{control}") for control in one.controls),
                note=opened(one.note),
            )
        )
    number = len(plan.errands)
    seals = listed(plan.seals) or _("not decided")
    nodes = (
        _("Nodes that the evidence names: %(listed)s.") % {"listed": listed(plan.nodes)}
        if plan.nodes
        else _("No node is known by name yet.")
    )
    return PlanPage(
        design=road.head(design, current="evidence"),
        sentence=_("%(counted)s to fetch") % {"counted": counted(number, "thing", "things")}
        if number
        else _("Nothing is missing"),
        about=_("For %(ault)s, seal %(seals)s. %(nodes)s")
        % {"ault": "OpenBao" if plan.product == "openbao" else "Vault", "seals": seals, "nodes": nodes},
        places=tuple(PlaceSeen(title, tuple(errands)) for title, errands in places.items()),
        evidence_href=reverse("evidence", args=[design.pk]),
    )


@dataclass(frozen=True, slots=True)
class CoverageRow:
    control: str
    href: str
    title: str
    mark: Mark
    covered: str
    by: tuple[str, ...]
    gaps: str


@dataclass(frozen=True, slots=True)
class MissingRow:
    """One unsettled control: what would settle it, who has that, since when it has been missing."""

    control: str
    href: str
    title: str
    mark: Mark
    what: tuple[str, ...]
    who: str
    since: str


@dataclass(frozen=True, slots=True)
class EventRow:
    at: str
    lane: str
    what: str
    place: str


@dataclass(frozen=True, slots=True)
class WindowSeen:
    """Artefacts of one range of ages. title: "31 to 60 days"."""

    title: str
    files: tuple[str, ...]
    mark: Mark


@dataclass(frozen=True, slots=True)
class CoveragePage:
    design: road.DesignHead
    sentence: str
    calendar_svg: SafeString
    timeline_svg: SafeString
    rows: tuple[CoverageRow, ...]
    missing: tuple[MissingRow, ...]
    windows: tuple[WindowSeen, ...]
    events: tuple[EventRow, ...]
    events_count: str
    observed_from: str
    observed_to: str
    href: str
    plan_href: str
    problems: tuple[Problem, ...] = ()


def coverage_page(design: Design, seen: Overview, problems: Sequence[Problem] = ()) -> CoveragePage:
    calendar, page = seen.calendar, reverse("controls", args=[design.pk])
    number = calendar.days
    return CoveragePage(
        design=road.head(design, current="evidence"),
        sentence=_("%(whole)s of %(counted)s covered on each of %(number)s days")
        % {"whole": calendar.whole, "counted": counted(len(calendar.rows), "control"), "number": number},
        calendar_svg=mark_safe(coverage.svg(calendar)),  # noqa: S308 - our own drawing, its words escaped
        timeline_svg=mark_safe(timeline.svg(seen.happenings)),  # noqa: S308 - the same
        rows=tuple(
            CoverageRow(
                control=row.control,
                href=f"{page}#{row.control}",
                title=translated(row.title),
                mark=words.VERDICTS[row.verdict],
                covered=_("%(covered)s of %(number)s") % {"covered": row.covered, "number": number},
                by=tuple(
                    f"{span.source}: {coverage.days(span.begin, span.end)} ({coverage.SAID[span.how]})"
                    for span in row.spans
                ),
                gaps=coverage.gaps_said(row),
            )
            for row in calendar.rows
        ),
        missing=tuple(_missing(design, seen, page)),
        windows=tuple(_windows(seen.ages)),
        events=tuple(_event(one) for one in seen.happenings[-SHOWN:]),
        events_count=counted(len(seen.happenings), "event"),
        observed_from=f"{calendar.begin}",
        observed_to=f"{calendar.end}",
        href=reverse("coverage", args=[design.pk]),
        plan_href=reverse("collect-plan", args=[design.pk]),
        problems=tuple(problems),
    )


def _windows(ages: Sequence[Age]) -> list[WindowSeen]:
    """What still counts by thirty days of age, and what is too old to count."""
    found = [
        WindowSeen(_("%(first)s to %(last)s days") % {"first": first, "last": first + 29}, files, FRESH)
        for first in (0, 30, 60)
        if (files := _files(ages, first, first + 29))
    ]
    older = tuple(f"{one.source}: {one.taken:%Y-%m-%d}" for one in ages if not one.stale and one.days >= 90)
    found.append(WindowSeen(_("90 days and more, still counting"), older, FRESH))
    stale = tuple(
        _("%(source)s: %(taken)s, at most %(limit)s days count")
        % {"source": one.source, "taken": f"{one.taken:%Y-%m-%d}", "limit": one.limit}
        for one in ages
        if one.stale
    )
    found.append(WindowSeen(_("Too old to count"), stale, words.VERDICTS[Verdict.STALE]))
    return [one for one in found if one.files]


def _files(ages: Sequence[Age], first: int, last: int) -> tuple[str, ...]:
    return tuple(f"{one.source}: {one.taken:%Y-%m-%d}" for one in ages if not one.stale and first <= one.days <= last)


def _missing(design: Design, seen: Overview, page: str) -> list[MissingRow]:
    """Per control, what is missing, from whom, since when; the longest missing first."""
    by_control = {row.control: row for row in seen.calendar.rows}
    found: list[tuple[datetime | str, MissingRow]] = []
    for result in seen.results:
        if result.verdict not in collect.UNSETTLED or result.control not in by_control:
            continue
        since = coverage.since(by_control[result.control], design.created_at, seen.calendar.end)
        found.append((f"{since}", _missing_row(result, seen.plan, f"{since}", f"{page}#{result.control}")))
    return [row for _, row in sorted(found, key=lambda pair: (pair[0], pair[1].control))]


def _missing_row(result: Result, plan: Plan, since: str, href: str) -> MissingRow:
    errands = [one for one in plan.errands if result.control in one.controls]
    said = [opened(translated(one.what)) for one in errands]
    what = [
        _("%(what)s, of %(node)s") % {"what": text, "node": one.node} if one.node else text
        for text, one in zip(said, errands, strict=True)
    ]
    return MissingRow(
        control=result.control,
        href=href,
        title=translated(result.title),
        mark=words.VERDICTS[result.verdict],
        what=tuple(dict.fromkeys(what)),
        who=listed(list(dict.fromkeys(translated(one.who) for one in errands))),
        since=since,
    )


def _event(one: Happening) -> EventRow:
    line = _(", line %(line)s") % {"line": one.line} if one.line else ""
    node = f"{one.node}: " if one.node else ""
    return EventRow(f"{one.at:%Y-%m-%d %H:%M:%S}", one.lane, opened(one.what), f"{node}{one.path}{line}")
