"""The door: name and password, or an identity provider. A refused attempt is never told which of the two was wrong."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy

from seal_advisor.views.words import Link, Problem

REFUSED = gettext_lazy(
    "This name and password do not belong together. After ten attempts the door stays shut for a quarter of an hour."
)


class SignIn(LoginView):
    """Django's form, checked by axes; then allauth's stages, which ask for the second factor where there is one."""

    template_name = "pages/sign_in.html"
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        login = Login(user=user, email_verification="none", redirect_url=self.get_success_url())
        return perform_password_login(self.request, {"username": user.get_username()}, login)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        form = context["form"]
        return {
            "next": context["next"],
            "username": form.data.get("username", "") if form.is_bound else "",
            "problems": [Problem(REFUSED, "#id_username")] if form.is_bound and form.errors else [],
            "providers": _providers(context["next"]),
        }


def _providers(following: str) -> list[Link]:
    """Where else one may come in; empty where nothing is configured."""
    query = f"?{urlencode({'next': following})}" if following else ""
    return [
        Link(one["name"], reverse("openid_connect_login", args=[one["provider_id"]]) + query)
        for one in settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    ]
