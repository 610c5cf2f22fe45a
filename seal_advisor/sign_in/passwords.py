"""First passwords: what an administrator gave is used once, to choose one's own, and only for a week.

first_password_until   a moment on the person: the password is not her own yet; None: it is
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from seal_advisor.api import problems
from seal_advisor.models import User

LIFE = timedelta(days=7)
CHOOSE = gettext_lazy("An administrator set your password. Choose one of your own; everything else opens after that.")
OPEN = (
    "/account/password/",
    "/account/confirm/",
    "/account/reauthenticate/",
    "/sign-in/",
    "/sign-out/",
    "/static/",
    "/language/",
    "/healthz",
    "/readyz",
)


def first_password() -> str:
    """120 random bits."""
    return secrets.token_urlsafe(15)


def give_first(user: User, password: str) -> None:
    """Set, not saved: the person must change it at the first sign-in, within a week."""
    user.set_password(password)
    user.first_password_until = timezone.now() + LIFE


def has_lapsed(user: User) -> bool:
    """A first password that nobody used in time opens nothing."""
    return user.first_password_until is not None and user.first_password_until <= timezone.now()


class OwnPassword:
    """Middleware: who came in with a first password sees only the page that changes it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        if not isinstance(user, User) or user.first_password_until is None or request.path.startswith(OPEN):
            return self._next(request)
        if request.path.startswith("/api/"):
            return problems.response(403, "first_password", f"{CHOOSE} ({reverse('account_change_password')})")
        if getattr(request, "htmx", False):
            return HttpResponse(status=401)
        messages.warning(request, CHOOSE)
        return redirect("account_change_password")
