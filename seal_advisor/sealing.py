"""Secrets that the server itself must read again (TOTP keys, signing secrets of webhooks), encrypted in the database.

AES-256-GCM under a key from SECRET_KEY, one for each purpose. Whoever has a dump of the database has ciphertext.
"""

from __future__ import annotations

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

NONCE_BYTES = 12


def seal(text: str, purpose: str) -> str:
    nonce = os.urandom(NONCE_BYTES)
    return base64.b64encode(nonce + AESGCM(_key(purpose)).encrypt(nonce, text.encode(), None)).decode()


def unseal(sealed: str, purpose: str) -> str:
    """Raises ImproperlyConfigured when SECRET_KEY is no longer the one that it was sealed under."""
    data = base64.b64decode(sealed)
    try:
        return AESGCM(_key(purpose)).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], None).decode()
    except InvalidTag as error:
        raise ImproperlyConfigured(f"{purpose}: stored under another SECRET_KEY; put that one back") from error


def _key(purpose: str) -> bytes:
    info = f"seal-advisor {purpose} 1".encode()
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=info).derive(settings.SECRET_KEY.encode())
