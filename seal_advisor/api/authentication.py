"""Who calls: a bearer token or the browser's session. Imports no views: DRF's settings name this module."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from seal_advisor.models import ApiToken, User
from seal_advisor.tokens import token_digest

# "Last used" to the minute is enough, and spares a write on most requests.
LAST_USE_PRECISION = timedelta(minutes=1)


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer <secret>`. A wrong, expired or revoked token is refused, never treated as anonymous."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        if scheme.lower() != "bearer" or not secret.strip():
            raise AuthenticationFailed("send `Authorization: Bearer TOKEN`")
        token = ApiToken.objects.select_related("user").filter(digest=token_digest(secret.strip())).first()
        now = timezone.now()
        if token is None or token.revoked_at is not None or token.expires_at <= now or not token.user.is_active:
            raise AuthenticationFailed("the token is unknown, expired or revoked")
        if token.last_used_at is None or token.last_used_at < now - LAST_USE_PRECISION:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="seal-advisor"'


class SessionAuthentication(authentication.SessionAuthentication):
    """The browser's session, with CSRF protection."""
