"""The page of pipelines: which jobs come in without a stored secret, and the form for one more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from seal_advisor.access import Action
from seal_advisor.models import Design, PipelineBinding
from seal_advisor.pipelines.issuers import Issuer
from seal_advisor.views import road
from seal_advisor.views.contexts.tokens import A_PIPELINES, SCOPE_WORDS, ScopeChoice
from seal_advisor.views.words import Mark, Problem

ADMITTED = Mark(gettext_lazy("Admitted"), "circle-check", "pass")
ENDED = Mark(gettext_lazy("Ended"), "circle-minus")


@dataclass(frozen=True, slots=True)
class PipelineRow:
    """One binding. claims: (name, text). last: when a job last came in, "" for never. end_href: "" where none may."""

    name: str
    issuer: str
    mark: Mark
    claims: tuple[tuple[str, str], ...]
    scopes: tuple[str, ...]
    by: str
    since: str
    last: str
    end_href: str


@dataclass(frozen=True, slots=True)
class IssuerChoice:
    """repository: what its tokens call the repository."""

    address: str
    repository: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class PipelinesPage:
    design: road.DesignHead
    pipelines: tuple[PipelineRow, ...]
    issuers: tuple[IssuerChoice, ...]
    repository: str
    more: str
    scopes: tuple[ScopeChoice, ...]
    may_change: bool
    href: str
    webhooks_href: str
    problems: tuple[Problem, ...]


def pipelines_page(
    design: Design,
    bindings: Sequence[PipelineBinding],
    last: Mapping[UUID, datetime],
    *,
    issuers: Sequence[Issuer],
    may_change: bool,
    said: Mapping[str, str],
    chosen: Sequence[str] | None,
    problems: Sequence[Problem],
) -> PipelinesPage:
    """last: binding -> when its newest token was issued. said, chosen: what a refused form held."""
    names = {one.address: one.repository for one in issuers}
    wanted = A_PIPELINES if chosen is None else chosen
    return PipelinesPage(
        design=road.head(design),
        pipelines=tuple(_row(one, names.get(one.issuer, ""), last.get(one.pk), may_change) for one in bindings),
        issuers=tuple(IssuerChoice(one.address, one.repository, said.get("issuer") == one.address) for one in issuers),
        repository=said.get("repository", ""),
        more=said.get("more", ""),
        scopes=tuple(ScopeChoice(str(scope), words, scope in wanted) for scope, words in SCOPE_WORDS.items()),
        may_change=may_change,
        href=reverse("pipelines", args=[design.pk]),
        webhooks_href=reverse("webhooks", args=[design.pk]) if may_change else "",
        problems=tuple(problems),
    )


def _row(binding: PipelineBinding, repository: str, last: datetime | None, may_change: bool) -> PipelineRow:
    going = binding.revoked_at is None
    return PipelineRow(
        name=str(binding.claims.get(repository) or next(iter(binding.claims.values()), _("job"))),
        issuer=binding.issuer,
        mark=ADMITTED if going else ENDED,
        claims=tuple(sorted(binding.claims.items())),
        scopes=tuple(SCOPE_WORDS.get(Action(scope), scope) for scope in binding.scopes),
        by=binding.user.get_username(),
        since=_moment(binding.created_at),
        last=_moment(last) if last else "",
        end_href=reverse("pipeline", args=[binding.design_id, binding.pk]) if going and may_change else "",
    )


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")
