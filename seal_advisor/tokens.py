"""Tokens of scripts: issued once, rotated, revoked at once. Only their SHA-256 is kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from seal_advisor import trail
from seal_advisor.access import TOKEN_SCOPES, Actor
from seal_advisor.models import TOKEN_LIFE_AT_MOST, ApiToken, Design, Organisation, PipelineBinding, User

PREFIX = "sealadv_"  # so that a secret scanner knows one when it sees one


def token_digest(secret: str) -> str:
    """192 random bits need no slow hash: there is nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()


def issue_token(
    *,
    organisation: Organisation,
    user: User,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime,
    design: Design | None = None,
    binding: PipelineBinding | None = None,
    claims: Mapping[str, str] | None = None,
    replaces: ApiToken | None = None,
) -> tuple[ApiToken, str]:
    """A new token and its secret, which is shown once. Raises ValidationError for a wrong scope or life."""
    known_scopes(scopes)
    now = timezone.now()
    if not now < expires_at <= now + TOKEN_LIFE_AT_MOST:
        raise ValidationError(f"a token lives at most {TOKEN_LIFE_AT_MOST.days} days")
    secret = PREFIX + secrets.token_hex(24)
    with transaction.atomic():
        token = ApiToken.objects.create(
            organisation=organisation,
            user=user,
            design=design,
            name=name,
            scopes=sorted(set(scopes)),
            created_at=now,
            expires_at=expires_at,
            digest=token_digest(secret),
            binding=binding,
            claims=dict(claims or {}),
            replaces=replaces,
        )
        trail.record(
            Actor(user), "token.issued", token.pk, design=design, organisation=organisation, after=_told(token)
        )
    return token, secret


def known_scopes(scopes: Sequence[str]) -> None:
    """Raises ValidationError for an empty list or a scope that no token can have."""
    unknown = sorted(set(scopes) - set(TOKEN_SCOPES))
    if unknown or not scopes:
        raise ValidationError(
            f"scopes: choose from {', '.join(TOKEN_SCOPES)}" + (f", not {unknown}" if unknown else "")
        )


def rotate_token(token: ApiToken) -> tuple[ApiToken, str]:
    """A new secret with the same rights and the same length of life; the old one ends at once.

    Raises ValidationError for a token that has ended: nobody holds its secret by right any more.
    """
    now = timezone.now()
    with transaction.atomic():
        if not ApiToken.objects.filter(pk=token.pk, revoked_at=None, expires_at__gt=now).exists():
            raise ValidationError("this token has ended; issue a new one")
        revoke_token(token)
        life = min(token.expires_at - token.created_at, TOKEN_LIFE_AT_MOST)
        return issue_token(
            organisation=token.organisation,
            user=token.user,
            name=token.name,
            scopes=token.scopes,
            expires_at=now + max(life, timedelta(minutes=1)),
            design=token.design,
            replaces=token,
        )


def revoke_token(token: ApiToken) -> None:
    """At once: the next request with it is refused."""
    with transaction.atomic():
        if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
            trail.record(
                Actor(token.user), "token.revoked", token.pk,
                design=token.design, organisation=token.organisation, before=_told(token),
            )  # fmt: skip


def _told(token: ApiToken) -> dict[str, Any]:
    """What the trail says about a token: everything but its secret and digest."""
    told = {
        "name": token.name,
        "owner": token.user.get_username(),
        "scopes": list(token.scopes),
        "expires_at": token.expires_at.isoformat(timespec="seconds"),
    }
    return {**told, **({"claims": token.claims} if token.claims else {})}
