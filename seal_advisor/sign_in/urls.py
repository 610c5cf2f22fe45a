"""Addresses around signing in. allauth asks for its own names; those of its pages that nobody needs are not here."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa import urls as mfa
from allauth.socialaccount import views as social
from allauth.socialaccount.providers.openid_connect import urls as openid_connect
from django.contrib.auth.views import LogoutView
from django.urls import include, path

from seal_advisor.views import sign_in, tokens

urlpatterns = [
    path("sign-in/", sign_in.SignIn.as_view(), name="login"),
    path("sign-in/", sign_in.SignIn.as_view(), name="account_login"),
    path("sign-out/", LogoutView.as_view(), name="logout"),
    path("sign-out/", LogoutView.as_view(), name="account_logout"),
    path("account/tokens/", tokens.tokens, name="tokens"),
    path("account/tokens/<uuid:token_id>/", tokens.change, name="token"),
    path("account/password/", sign_in.PasswordChange.as_view(), name="account_change_password"),
    path("account/confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("account/inactive/", account.account_inactive, name="account_inactive"),
    path("account/providers/", social.connections, name="socialaccount_connections"),
    path("account/providers/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("account/providers/error/", social.login_error, name="socialaccount_login_error"),
    path("account/providers/new/", social.signup, name="socialaccount_signup"),
    path("account/", include(openid_connect)),
    path("account/", include(mfa)),
]
