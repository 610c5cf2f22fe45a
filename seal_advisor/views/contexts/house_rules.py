"""House rules in words: on their own page, and over every page of a design that they make weaker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from seal_advisor.core.documents import house_sentence
from seal_advisor.core.ruleset_types import Difference, House
from seal_advisor.house_rules import Examined
from seal_advisor.models import HouseRules, Organisation
from seal_advisor.views.words import Problem, opened


@dataclass(frozen=True, slots=True)
class HouseSeen:
    """What holds: the house's name, its balance against the release, and every difference with its rule."""

    title: str
    sha256: str
    sentence: str
    weaker: tuple[str, ...]
    stricter: tuple[str, ...]
    since: datetime | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class FileSeen:
    name: str
    text: str
    rows: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history."""

    number: int
    what: str
    sha256: str
    release: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class HouseRulesPage:
    """holds: None without house rules. checked: what the sent files would make, None before a check that holds.

    remarks: what the proofs noticed about the sent files.
    """

    organisation: str
    holds: HouseSeen | None
    checked: HouseSeen | None
    remarks: tuple[str, ...]
    files: tuple[FileSeen, ...]
    history: tuple[Entry, ...]
    may_change: bool
    href: str
    problems: tuple[Problem, ...]


def seen(house: House) -> HouseSeen:
    return HouseSeen(
        title=house.title,
        sha256=house.sha256,
        sentence=opened(house_sentence(house)),
        weaker=_lines(house.weaker),
        stricter=_lines(house.stricter),
    )


def weaker(house: House | None) -> HouseSeen | None:
    """What no page may be without: house rules that are weaker than the released ones anywhere."""
    return seen(house) if house and house.weaker else None


def in_force(house: House | None, row: HouseRules | None) -> HouseSeen | None:
    """The house with who put it in force."""
    if house is None or row is None:
        return None
    said = seen(house)
    return HouseSeen(
        said.title, said.sha256, said.sentence, said.weaker, said.stricter, row.created_at, row.author.get_username()
    )


def _lines(differences: Sequence[Difference]) -> tuple[str, ...]:
    return tuple(f"{one.rule} {one.what.replace('`', '')}" for one in differences)


def house_rules_page(
    organisation: Organisation,
    *,
    holds: HouseSeen | None,
    files: Mapping[str, str],
    history: Iterable[HouseRules],
    may_change: bool,
    checked: Examined | None,
    problems: Sequence[Problem],
) -> HouseRulesPage:
    return HouseRulesPage(
        organisation=organisation.name,
        holds=holds,
        checked=seen(checked.house) if checked else None,
        remarks=checked.remarks if checked else (),
        files=tuple(FileSeen(name, text, min(30, text.count("\n") + 2)) for name, text in files.items()),
        history=tuple(_entry(row) for row in history),
        may_change=may_change,
        href=reverse("house-rules", args=[organisation.pk]),
        problems=tuple(problems),
    )


def _entry(row: HouseRules) -> Entry:
    return Entry(row.number, str(row), row.sha256, row.release, row.author.get_username(), row.created_at)
