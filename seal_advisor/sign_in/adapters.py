"""allauth's machinery, fitted to this house: no form to sign up with, and secrets of second factors are encrypted."""

from __future__ import annotations

import base64
import os
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

NONCE_BYTES = 12
PURPOSE = b"seal-advisor second factor 1"


class Accounts(DefaultAccountAdapter):
    """People are made by an administrator, or by their identity provider; never by a form for everybody."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class Providers(DefaultSocialAccountAdapter):
    """A person whom the provider vouches for may come in; she sees nothing until an administrator gives her a role."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return True


class SecondFactors(DefaultMFAAdapter):
    """TOTP keys and the seed of recovery codes lie encrypted in the database, under a key from SECRET_KEY."""

    def get_totp_issuer(self) -> str:
        return "Seal Advisor"

    def get_totp_label(self, user: Any) -> str:
        return str(user.get_username())

    def encrypt(self, text: str) -> str:
        nonce = os.urandom(NONCE_BYTES)
        return base64.b64encode(nonce + AESGCM(_key()).encrypt(nonce, text.encode(), PURPOSE)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises ImproperlyConfigured when SECRET_KEY is no longer the one that it was encrypted under."""
        data = base64.b64decode(encrypted_text)
        try:
            return AESGCM(_key()).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], PURPOSE).decode()
        except InvalidTag as error:
            raise ImproperlyConfigured("second factors were stored under another SECRET_KEY; put it back") from error


def _key() -> bytes:
    derivation = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=PURPOSE)
    return derivation.derive(settings.SECRET_KEY.encode())
