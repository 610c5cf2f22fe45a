"""allauth's machinery, fitted to this house: no form to sign up with, and secrets of second factors are encrypted."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest

from seal_advisor.sealing import seal, unseal
from seal_advisor.sign_in.addresses import client_address

PURPOSE = "second factor"


class Accounts(DefaultAccountAdapter):
    """People are made by an administrator, or by their identity provider; never by a form for everybody."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """For allauth's limits: the address that the lock-out counts, too."""
        return client_address(request)


class Providers(DefaultSocialAccountAdapter):
    """A person whom the provider vouches for may come in; she sees nothing until an administrator gives her a role."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return True


class SecondFactors(DefaultMFAAdapter):
    """TOTP keys and the seed of recovery codes lie encrypted in the database."""

    def get_totp_issuer(self) -> str:
        return "Seal Advisor"

    def get_totp_label(self, user: Any) -> str:
        return str(user.get_username())

    def encrypt(self, text: str) -> str:
        return seal(text, PURPOSE)

    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text, PURPOSE)
