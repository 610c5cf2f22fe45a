"""The page of an organisation's people: each with a role, and what the organisation demands at its door."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.core.paginator import Page
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seal_advisor.access import ALLOWED, Action
from seal_advisor.models import Membership, Organisation, Role
from seal_advisor.views.words import Mark, Problem

ROLES = {
    Role.ARCHITECT: gettext_lazy("Architect"),
    Role.REVIEWER: gettext_lazy("Reviewer"),
    Role.COMPLIANCE: gettext_lazy("Compliance officer"),
    Role.AUDITOR: gettext_lazy("Auditor"),
    Role.ADMINISTRATOR: gettext_lazy("Administrator"),
}
MAY = {
    Action.READ: gettext_lazy("read everything"),
    Action.WRITE_DESIGN: gettext_lazy("answer questions, freeze revisions, open reviews"),
    Action.ADD_EVIDENCE: gettext_lazy("hand in evidence, make statements"),
    Action.BUILD_PACKAGE: gettext_lazy("build packages"),
    Action.REMARK: gettext_lazy("remark"),
    Action.REVIEW: gettext_lazy("vote, close and sign off, approve waivers"),
    Action.ADMINISTER: gettext_lazy("change people, rules, pipelines, webhooks, holds"),
}
HAS_ONE = Mark(gettext_lazy("Second factor"), "circle-check", "pass")
HAS_NONE = Mark(gettext_lazy("Password only"), "circle-dashed")
WAITS = Mark(gettext_lazy("First password not changed yet"), "clock-alert", "warn")
BARRED = Mark(gettext_lazy("Account closed"), "ban")


@dataclass(frozen=True, slots=True)
class FirstPassword:
    """What is shown once."""

    name: str
    password: str


@dataclass(frozen=True, slots=True)
class RoleChoice:
    value: str
    title: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class PersonRow:
    """mark: how safely the person comes in; None for a reader who is no administrator. href: "" likewise."""

    name: str
    address: str
    role: str
    me: bool
    mark: Mark | None
    roles: tuple[RoleChoice, ...]
    href: str


@dataclass(frozen=True, slots=True)
class RoleSeen:
    title: str
    may: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PeoplePage:
    organisation: str
    people: tuple[PersonRow, ...]
    place: str
    newer: str
    older: str
    roles: tuple[RoleSeen, ...]
    choices: tuple[RoleChoice, ...]
    name: str
    new: bool
    first: FirstPassword | None
    demanded: bool
    may_change: bool
    href: str
    policy_href: str
    problems: tuple[Problem, ...]


def people_page(
    organisation: Organisation,
    shown: Page[Membership],
    safe: Collection[int],
    *,
    me: object,
    may_change: bool,
    said: Mapping[str, str],
    first: FirstPassword | None,
    problems: Sequence[Problem],
) -> PeoplePage:
    """safe: ids of the people with a second factor. me: the reader's id. said: what a refused form held."""
    of_it, pages = [organisation.pk], shown.paginator.num_pages
    return PeoplePage(
        organisation=organisation.name,
        people=tuple(_row(one, safe, me, may_change) for one in shown),
        place=_("page %(number)d of %(pages)d") % {"number": shown.number, "pages": pages} if pages > 1 else "",
        newer=f"?page={shown.number - 1}" if shown.has_previous() else "",
        older=f"?page={shown.number + 1}" if shown.has_next() else "",
        roles=tuple(
            RoleSeen(title, tuple(MAY[action] for action in Action if action in ALLOWED[role]))
            for role, title in ROLES.items()
        ),
        choices=_choices(said.get("role", Role.ARCHITECT)),
        name=said.get("name", ""),
        new="new" in said,
        first=first,
        demanded=organisation.mfa_required,
        may_change=may_change,
        href=reverse("people", args=of_it),
        policy_href=reverse("people-policy", args=of_it),
        problems=tuple(problems),
    )


def _row(one: Membership, safe: Collection[int], me: object, may_change: bool) -> PersonRow:
    return PersonRow(
        name=one.user.get_username(),
        address=one.user.email if may_change else "",
        role=ROLES[Role(one.role)],
        me=one.user_id == me,
        mark=_mark(one, safe) if may_change else None,
        roles=_choices(one.role),
        href=reverse("member", args=[one.organisation_id, one.pk]) if may_change else "",
    )


def _mark(one: Membership, safe: Collection[int]) -> Mark:
    if not one.user.is_active:
        return BARRED
    if one.user.first_password_until is not None:
        return WAITS
    return HAS_ONE if one.user_id in safe else HAS_NONE


def _choices(chosen: str) -> tuple[RoleChoice, ...]:
    return tuple(RoleChoice(str(role), title, role == chosen) for role, title in ROLES.items())
