"""The page of tokens: each with what it may do, how long, and when it was last used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seal_advisor.access import Action
from seal_advisor.models import TOKEN_LIFE_AT_MOST, ApiToken, Design
from seal_advisor.views.words import Mark, Problem

SCOPE_WORDS = {
    Action.READ: gettext_lazy("read designs, evidence and verdicts"),
    Action.WRITE_DESIGN: gettext_lazy("change designs and answers"),
    Action.ADD_EVIDENCE: gettext_lazy("hand in evidence"),
    Action.BUILD_PACKAGE: gettext_lazy("build packages"),
}
A_PIPELINES = (Action.READ, Action.ADD_EVIDENCE, Action.BUILD_PACKAGE)
DAYS = 30


@dataclass(frozen=True, slots=True)
class ScopeChoice:
    value: str
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class DesignChoice:
    value: str
    title: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class TokenRow:
    name: str
    href: str
    mark: Mark
    alive: bool
    where: str
    scopes: tuple[str, ...]
    made: str
    expires: str
    used: str


@dataclass(frozen=True, slots=True)
class TokensPage:
    tokens: tuple[TokenRow, ...]
    name: str
    days: str
    days_at_most: int
    scopes: tuple[ScopeChoice, ...]
    designs: tuple[DesignChoice, ...]
    secret: str
    problems: tuple[Problem, ...]


def tokens_page(
    tokens: Sequence[ApiToken],
    designs: Sequence[Design],
    *,
    said: Mapping[str, str],
    chosen: Sequence[str] | None,
    secret: str,
    problems: Sequence[Problem],
    now: datetime,
) -> TokensPage:
    """said, chosen: what a refused form held; chosen is None for an empty one, which offers what a pipeline needs."""
    wanted = A_PIPELINES if chosen is None else chosen
    return TokensPage(
        tokens=tuple(_row(token, now) for token in tokens),
        name=said.get("name", ""),
        days=said.get("days", str(DAYS)),
        days_at_most=TOKEN_LIFE_AT_MOST.days,
        scopes=tuple(ScopeChoice(str(scope), words, scope in wanted) for scope, words in SCOPE_WORDS.items()),
        designs=tuple(DesignChoice(str(one.pk), one.title, said.get("design") == str(one.pk)) for one in designs),
        secret=secret,
        problems=tuple(problems),
    )


def _row(token: ApiToken, now: datetime) -> TokenRow:
    return TokenRow(
        name=token.name,
        href=reverse("token", args=[token.pk]),
        mark=_mark(token, now),
        alive=token.revoked_at is None and token.expires_at > now,
        where=token.design.title
        if token.design
        else _("every design of %(organisation)s") % {"organisation": token.organisation},
        scopes=tuple(SCOPE_WORDS.get(Action(scope), scope) for scope in token.scopes),
        made=_moment(token.created_at),
        expires=_moment(token.expires_at),
        used=_moment(token.last_used_at) if token.last_used_at else _("never"),
    )


def _mark(token: ApiToken, now: datetime) -> Mark:
    if token.revoked_at is not None:
        return Mark(_("Revoked"), "ban")
    return Mark(_("Expired"), "circle-dashed") if token.expires_at <= now else Mark(_("Valid"), "circle-check", "pass")


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")
