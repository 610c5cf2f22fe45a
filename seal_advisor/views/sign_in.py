"""The door: name and password, or an identity provider. A refused attempt is never told which of the two was wrong.

And the page on which one changes one's password, at any time or because an administrator had set it.
"""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.account.views import PasswordChangeView
from allauth.decorators import rate_limit
from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy

from seal_advisor.models import User
from seal_advisor.sign_in import passwords
from seal_advisor.sign_in.trail import password_changed
from seal_advisor.views.door import signed_in
from seal_advisor.views.words import Link, Problem

REFUSED = gettext_lazy(
    "This name and password do not belong together. After ten attempts the door stays shut for a quarter of an hour."
)
LAPSED = gettext_lazy("This first password has lapsed unused. Ask your administrator for a new one.")


class NameAndPassword(AuthenticationForm):
    """Django's form; a first password that lapsed opens nothing."""

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        super().confirm_login_allowed(user)
        if isinstance(user, User) and passwords.has_lapsed(user):
            raise ValidationError(LAPSED, code="lapsed")


class SignIn(LoginView):
    """Django's form, checked by axes; then allauth's stages, which ask for the second factor where there is one."""

    template_name = "pages/sign_in.html"
    form_class = NameAndPassword
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
            "problems": [Problem(_why(form), "#id_username")] if form.is_bound and form.errors else [],
            "providers": _providers(context["next"]),
        }


def _why(form: AuthenticationForm) -> str:
    return str(LAPSED if form.has_error("__all__", "lapsed") else REFUSED)


class OwnPasswordForm(ChangePasswordForm):
    """The present password and twice the new one, which must be another."""

    def clean_password1(self) -> str:
        new: str = self.cleaned_data["password1"]
        if new == self.cleaned_data.get("oldpassword"):
            raise ValidationError(gettext_lazy("Choose another password than the present one."))
        return new


@method_decorator(signed_in, name="dispatch")
@method_decorator(rate_limit(action="change_password"), name="dispatch")
class PasswordChange(PasswordChangeView):
    """Every other session of the person ends; the trail says that it happened, never what was typed.

    The present password in the form is the confirmation: allauth's own page for that would first put this form, with
    both passwords, into the session's row.
    """

    form_class = OwnPasswordForm

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.has_usable_password():
            return redirect("mfa_index")
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer

    def form_valid(self, form: OwnPasswordForm) -> HttpResponse:
        with transaction.atomic():
            form.user.first_password_until = None
            answer: HttpResponse = super().form_valid(form)
            password_changed(form.user)
        return answer

    def get_default_success_url(self) -> str:
        return reverse("mfa_index")


def _providers(following: str) -> list[Link]:
    """Where else one may come in; empty where nothing is configured."""
    query = f"?{urlencode({'next': following})}" if following else ""
    return [
        Link(one["name"], reverse("openid_connect_login", args=[one["provider_id"]]) + query)
        for one in settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    ]
