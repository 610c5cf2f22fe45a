"""A job's identity becomes a token of ours: for one design, for an hour, once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from seal_advisor import tokens, trail
from seal_advisor.access import Actor
from seal_advisor.models import ApiToken, Design
from seal_advisor.pipelines.identity import CLAIM_CHARACTERS, Identity, Untrusted, plain, verify
from seal_advisor.pipelines.issuers import LEEWAY_AT_MOST, Issuer
from seal_advisor.pipelines.models import PipelineBinding, UsedIdentity

TOKEN_LIFE = timedelta(hours=1)
CLAIMS_AT_MOST = 10


def issuers() -> tuple[Issuer, ...]:
    """The issuers that this server believes; empty where none is configured."""
    return tuple(settings.CI_ISSUERS)


def exchange(id_token: str, design_id: UUID) -> tuple[ApiToken, str]:
    """The token and its secret.

    Raises Untrusted for an identity that proves nothing or was used before, PermissionDenied where no binding of the
    design admits this job (said in the same words for a design that does not exist), KeysUnavailable when the issuer
    does not answer.
    """
    identity = verify(id_token, issuers())
    binding = _binding(identity, design_id)
    shown = identity.shown()
    name = f"{shown.get('repository', 'job')} run {shown.get('run', '?')}"[:200]
    with transaction.atomic():
        _use(identity)
        return tokens.issue_token(
            organisation=binding.design.organisation,
            user=binding.user,
            name=name,
            scopes=binding.scopes,
            expires_at=timezone.now() + TOKEN_LIFE,
            design=binding.design,
            binding=binding,
            claims=shown,
        )


def _binding(identity: Identity, design_id: UUID) -> PipelineBinding:
    bindings = PipelineBinding.objects.filter(
        design=design_id, issuer=identity.issuer.address, revoked_at=None, user__is_active=True
    ).select_related("design__organisation", "user")
    for binding in bindings:
        if all(name in identity.claims and plain(identity.claims[name]) == wanted
               for name, wanted in binding.claims.items()):  # fmt: skip
            return binding
    repository = plain(identity.claims.get(identity.issuer.repository, ""))[:200]
    raise PermissionDenied(
        f"no pipeline of this design admits the job ({identity.issuer.repository} {repository!a}); "
        "an administrator admits it on the design's page of pipelines"
    )


def _use(identity: Identity) -> None:
    """Once and never again. Raises Untrusted for the second time."""
    now = timezone.now()
    UsedIdentity.objects.filter(expires_at__lt=now).delete()
    try:
        with transaction.atomic():
            UsedIdentity.objects.create(
                once=identity.once, expires_at=identity.expires_at + timedelta(seconds=LEEWAY_AT_MOST)
            )
    except IntegrityError as error:
        raise Untrusted("it was used already; a job asks for a fresh one for each push") from error


def bind(
    design: Design, *, actor: Actor, issuer: str, claims: Mapping[str, str], scopes: Sequence[str]
) -> PipelineBinding:
    """Admit the jobs of this issuer that state all of these claims. Raises ValidationError."""
    known = next((one for one in issuers() if one.address == issuer), None)
    if known is None:
        there = ", ".join(one.address for one in issuers()) or "none; name them in CI_ISSUERS_FILE"
        raise ValidationError(f"issuer: this server believes {there}")
    if not claims.get(known.repository):
        raise ValidationError(f"claims: name {known.repository}, or every job of {issuer} would be admitted")
    if len(claims) > CLAIMS_AT_MOST or any(len(text) > CLAIM_CHARACTERS for text in (*claims, *claims.values())):
        raise ValidationError(f"claims: at most {CLAIMS_AT_MOST}, each of at most {CLAIM_CHARACTERS} characters")
    tokens.known_scopes(scopes)
    with transaction.atomic():
        binding = PipelineBinding.objects.create(
            design=design, issuer=issuer, claims=dict(claims), scopes=sorted(set(scopes)), user=actor.user
        )
        trail.record(actor, "pipeline.admitted", binding.pk, design=design, after=_told(binding))
    return binding


def unbind(binding: PipelineBinding, *, actor: Actor) -> None:
    """Its jobs get no more tokens, and those that they have end at once."""
    now = timezone.now()
    with transaction.atomic():
        if PipelineBinding.objects.filter(pk=binding.pk, revoked_at=None).update(revoked_at=now):
            ApiToken.objects.filter(binding=binding, revoked_at=None).update(revoked_at=now)
            trail.record(actor, "pipeline.ended", binding.pk, design=binding.design, before=_told(binding))


def _told(binding: PipelineBinding) -> dict[str, object]:
    return {"issuer": binding.issuer, "claims": binding.claims, "scopes": list(binding.scopes)}
