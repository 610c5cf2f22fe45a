"""An organisation may demand a second factor: until they have one, its members see only the page that sets it up.

Whoever has one is asked for it at every sign-in (allauth's stages), so having one is enough here.
"""

from __future__ import annotations

from collections.abc import Callable

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy

from seal_advisor.api import problems
from seal_advisor.models import Organisation

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
SET_UP = gettext_lazy("Your organisation demands a second factor. Set one up here; everything else opens after that.")


class SecondFactorPolicy:
    """Middleware, after allauth's. A token is no session: it was made in one that satisfied the policy."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._next = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.user.is_authenticated or _always_open(request.path) or not lacks_factor(request):
            return self._next(request)
        if request.path.startswith("/api/"):
            return problems.response(403, "second_factor", f"{SET_UP} ({reverse('mfa_index')})")
        if getattr(request, "htmx", False):
            return HttpResponse(status=401)
        messages.warning(request, SET_UP)
        return redirect("mfa_index")


def lacks_factor(request: HttpRequest) -> bool:
    """Whether an organisation of the person demands a second factor that she does not have."""
    demanded = Organisation.objects.filter(mfa_required=True, memberships__user=request.user.pk).exists()
    return demanded and not Authenticator.objects.filter(user=request.user.pk, type__in=FACTORS).exists()


def _always_open(path: str) -> bool:
    """What setting one up needs, and what needs no account at all."""
    if path.startswith("/account/tokens/"):
        return False
    ways = ("/account/", "/sign-in/", "/sign-out/", "/static/", "/verify/", "/healthz", "/readyz", "/metrics")
    return path.startswith(ways)
