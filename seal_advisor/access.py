"""The only door to this package's rows: which rows an actor sees, and what the actor may do with them.

A row of a foreign organisation does not exist (404); a row in sight that the role or the token's scopes do not allow to
touch is forbidden (403). Views and API classes never build a query set of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Max, QuerySet
from django.http import Http404, HttpRequest

from seal_advisor.models import (
    AnswerChange,
    ApiToken,
    Design,
    Membership,
    Organisation,
    PipelineBinding,
    Revision,
    Role,
    User,
)


class Action(StrEnum):
    """What can be done with a design. The words are also the scopes of a token."""

    READ = "read"
    WRITE_DESIGN = "design:write"
    ADD_EVIDENCE = "evidence:write"
    BUILD_PACKAGE = "package:build"
    REMARK = "remark"
    REVIEW = "review"
    ADMINISTER = "administer"


_READER = frozenset({Action.READ})
ALLOWED: dict[str, frozenset[Action]] = {
    Role.ARCHITECT: _READER | {Action.WRITE_DESIGN, Action.ADD_EVIDENCE, Action.BUILD_PACKAGE, Action.REMARK},
    Role.REVIEWER: _READER | {Action.REVIEW, Action.REMARK},
    Role.COMPLIANCE: _READER | {Action.ADD_EVIDENCE, Action.BUILD_PACKAGE, Action.REMARK},
    Role.AUDITOR: _READER,
    Role.ADMINISTRATOR: frozenset(Action),
}
LABEL_CHARACTERS = 300
# A token is a script's: it never reviews and never administers, whoever owns it.
TOKEN_SCOPES = (Action.READ, Action.WRITE_DESIGN, Action.ADD_EVIDENCE, Action.BUILD_PACKAGE)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: a person, or a token in the name of a person. An anonymous user sees nothing."""

    user: User | AnonymousUser
    token: ApiToken | None = None

    @property
    def label(self) -> str:
        """How ledger and manifest name the actor: "alice", "alice (token ci, 0f3a...)", or a CI job by its claims."""
        name = self.user.get_username() or "anonymous"
        if self.token is None:
            return name
        claims = self.token.claims
        if claims:
            commit = f" at {claims['commit'][:12]}" if "commit" in claims else ""
            job = f"{claims.get('repository', '?')}{commit}, run {claims.get('run', '?')}"
            return f"pipeline of {job} ({claims['issuer']})"[:LABEL_CHARACTERS]
        return f"{name} (token {self.token.name}, {self.token.pk})"


def actor_of(request: HttpRequest | Any) -> Actor:
    """The actor of a Django or DRF request."""
    token = getattr(request, "auth", None)
    return Actor(request.user, token if isinstance(token, ApiToken) else None)


def _memberships(actor: Actor, action: Action) -> QuerySet[Membership]:
    """The memberships by which the actor may do this."""
    if not actor.user.is_authenticated:
        return Membership.objects.none()
    roles = [role for role, actions in ALLOWED.items() if action in actions]
    memberships = Membership.objects.filter(user=actor.user, role__in=roles)
    if actor.token is None:
        return memberships
    if action not in actor.token.scopes or action not in TOKEN_SCOPES:
        return memberships.none()
    return memberships.filter(organisation=actor.token.organisation_id)


def organisations_for(actor: Actor, action: Action = Action.READ) -> QuerySet[Organisation]:
    return Organisation.objects.filter(memberships__in=_memberships(actor, action)).order_by("name")


def organisation_or_403(actor: Actor, action: Action, organisation_id: UUID | str | None = None) -> Organisation:
    """The named organisation, or the first by name when none is named, where the actor may do this.

    A token that is bound to one design creates nothing outside it.
    """
    organisations = organisations_for(actor, action)
    if actor.token is not None and actor.token.design_id is not None:
        organisations = organisations.none()
    if organisation_id is not None:
        organisations = organisations.filter(pk=_uuid(organisation_id))
    organisation = organisations.first()
    if organisation is None:
        raise PermissionDenied(f"no organisation in which {actor.label} may do this ({action})")
    return organisation


def organisation_or_404(actor: Actor, organisation_id: UUID | str, action: Action = Action.READ) -> Organisation:
    """Raises Http404 for an organisation that the actor is not in, PermissionDenied where it may not do this."""
    wanted = _uuid(organisation_id)
    found = organisations_for(actor).filter(pk=wanted).select_related("house").first()
    if found is None:
        raise Http404("no such organisation")
    if not organisations_for(actor, action).filter(pk=wanted).exists():
        raise PermissionDenied(f"{actor.label} may not do this for the organisation ({action})")
    return found


def members_of(actor: Actor, organisation: Organisation) -> QuerySet[Membership]:
    """Who is of the organisation, by name."""
    return (
        Membership.objects.filter(organisation__in=organisations_for(actor).filter(pk=organisation.pk))
        .select_related("user", "organisation")
        .order_by("user__username")
    )


def with_second_factor(members: Iterable[Membership]) -> frozenset[int]:
    """Ids of those people (in sight already) who have an authenticator app or a security key, in one query."""
    people = [one.user_id for one in members]
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    return frozenset(Authenticator.objects.filter(user__in=people, type__in=kinds).values_list("user", flat=True))


def designs_for(actor: Actor, action: Action = Action.READ) -> QuerySet[Design]:
    """Every design on which the actor may do this, newest first."""
    organisations = _memberships(actor, action).values("organisation")
    designs = Design.objects.filter(organisation__in=organisations).select_related("organisation", "author")
    if actor.token is not None and actor.token.design_id is not None:
        designs = designs.filter(pk=actor.token.design_id)
    return designs


def design_or_404(actor: Actor, design_id: UUID | str, action: Action = Action.READ) -> Design:
    """Raises Http404 for what the actor does not see, PermissionDenied for what it sees but may not do."""
    wanted = _uuid(design_id)
    design = designs_for(actor, action).filter(pk=wanted).first()
    if design is not None:
        return design
    if designs_for(actor).filter(pk=wanted).exists():
        raise PermissionDenied(f"{actor.label} may not do this with the design ({action})")
    raise Http404("no such design")


def may(actor: Actor, action: Action, design: Design) -> bool:
    """For pages: whether to offer a button. The door itself is `design_or_404`."""
    return designs_for(actor, action).filter(pk=design.pk).exists()


def actions_on(actor: Actor, design: Design) -> frozenset[Action]:
    """Everything the actor may do with the design, in one query."""
    membership = Membership.objects.filter(user_id=actor.user.pk, organisation=design.organisation_id).first()
    if membership is None or not designs_for(actor).filter(pk=design.pk).exists():
        return frozenset()
    allowed = ALLOWED[membership.role]
    return allowed if actor.token is None else allowed & frozenset(TOKEN_SCOPES) & frozenset(actor.token.scopes)


def revisions_of(actor: Actor, design: Design) -> QuerySet[Revision]:
    return Revision.objects.filter(design__in=designs_for(actor).filter(pk=design.pk)).select_related(
        "author", "ruleset"
    )


def revision_or_404(actor: Actor, design: Design, number: int) -> Revision:
    revision = revisions_of(actor, design).filter(number=number).first()
    if revision is None:
        raise Http404("no such revision")
    return revision


def changes_of(actor: Actor, design: Design) -> QuerySet[AnswerChange]:
    """The history of the answers, newest first."""
    return AnswerChange.objects.filter(design__in=designs_for(actor).filter(pk=design.pk)).select_related("user")


def tokens_for(actor: Actor) -> QuerySet[ApiToken]:
    """The actor's own tokens, without those of CI jobs; a token does not see tokens."""
    if actor.token is not None or not actor.user.is_authenticated:
        return ApiToken.objects.none()
    return ApiToken.objects.filter(user=actor.user, binding=None, claims={}).select_related(
        "organisation", "design", "user"
    )


def pipelines_of(actor: Actor, design: Design) -> QuerySet[PipelineBinding]:
    """The CI jobs that the design admits, newest first, with those that it no longer admits."""
    return PipelineBinding.objects.filter(design__in=designs_for(actor).filter(pk=design.pk)).select_related(
        "user", "design"
    )


def last_jobs(bindings: Sequence[PipelineBinding]) -> dict[UUID, datetime]:
    """When a job of each of these bindings (in sight already) last got a token, in one query; never is absent."""
    issued = ApiToken.objects.filter(binding__in=bindings).order_by().values("binding").annotate(last=Max("created_at"))
    return {row["binding"]: row["last"] for row in issued}


def pipeline_or_404(actor: Actor, design: Design, pipeline_id: UUID | str) -> PipelineBinding:
    binding = pipelines_of(actor, design).filter(pk=_uuid(pipeline_id)).first()
    if binding is None:
        raise Http404("no such pipeline")
    return binding


def _uuid(value: UUID | str) -> UUID:
    """Raises Http404 for an id that cannot be one."""
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError as error:
        raise Http404("no such row") from error
