"""The page that compares two packages: area by area, what it said and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from evidence import comparison
from evidence.comparison import NothingToCompare
from evidence.core.diff import Change
from evidence.core.results import Verdict
from evidence.models import Package
from evidence.views import words
from seal_advisor.models import Design
from seal_advisor.views import road
from seal_advisor.views.words import Mark, counted

AREAS = {
    "decision": "Decision",
    "answers": "Answers",
    "controls": "Controls",
    "evidence": "Evidence",
    "exceptions": gettext_lazy("Waivers and attestations"),
}
NONE_BEFORE = gettext_lazy("There is no package before this one to compare with.")


@dataclass(frozen=True, slots=True)
class Said:
    """What one side says: a verdict with its mark, or words. there: False where it says nothing of the kind."""

    text: str = ""
    mark: Mark | None = None
    there: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    what: str
    before: Said
    after: Said


@dataclass(frozen=True, slots=True)
class Area:
    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    id: str
    title: str
    selected: bool


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """about: which two, in one sentence; or why there is nothing to compare."""

    design: road.DesignHead
    title: str
    about: str
    count: str
    areas: tuple[Area, ...]
    choices: tuple[Choice, ...]
    compare_href: str
    back_href: str


def changes_page(design: Design, old: Package | None, new: Package, others: Sequence[Package]) -> ChangesPage:
    found: tuple[Change, ...] = ()
    about = NONE_BEFORE
    if old is not None:
        try:
            found = comparison.changes(old, new)
            about = _("Compared with the package of %(moment)s.") % {"moment": words.moment(old.created_at)}
        except NothingToCompare as error:
            about, old = f"{error}.", None
    return ChangesPage(
        design=road.head(design, current="packages"),
        title=_("What changed in the package of %(moment)s") % {"moment": words.moment(new.created_at)},
        about=about,
        count=(counted(len(found), "change") if found else _("Nothing changed")) if old is not None else "",
        areas=tuple(
            Area(title, rows)
            for key, title in AREAS.items()
            if (rows := tuple(_row(change) for change in found if change.area == key))
        ),
        choices=tuple(
            Choice(
                str(one.pk),
                _("Package of %(moment)s") % {"moment": words.moment(one.created_at)},
                old is not None and one.pk == old.pk,
            )
            for one in others
            if one.pk != new.pk
        ),
        compare_href=reverse("package-changes", args=[design.pk, new.pk]),
        back_href=reverse("packages", args=[design.pk]),
    )


def _row(change: Change) -> Row:
    return Row(change.what, _said(change, change.before), _said(change, change.after))


def _said(change: Change, value: str | None) -> Said:
    if value is None:
        return Said(_("not there"), there=False)
    if change.area == "controls" and value in set(Verdict):
        return Said(mark=words.VERDICTS[Verdict(value)])
    return Said(value)
