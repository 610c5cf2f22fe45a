"""The key that signs reports and ledger heads: the operator's PKCS#12 file, or a trial key made at first start.

The key never enters the database. A trial key vouches for itself only, and the report says so on its face.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from evidence.core import signing
from evidence.core.signing import SigningKey

TRIAL_FILE = "signing_key.p12"


@cache
def signing_key() -> SigningKey:
    """The installation's key. Raises ImproperlyConfigured when the operator's file cannot be used."""
    if not settings.SIGNING_KEY_FILE:
        path = settings.DATA / TRIAL_FILE
        make_trial_key(path)
        return signing.from_pkcs12(path.read_bytes(), None, origin="self-issued trial certificate")
    try:
        data = Path(settings.SIGNING_KEY_FILE).read_bytes()
        return signing.from_pkcs12(data, settings.SIGNING_KEY_PASSWORD.encode() or None)
    except OSError as error:
        raise ImproperlyConfigured(f"SIGNING_KEY_FILE: cannot read {settings.SIGNING_KEY_FILE}") from error
    except signing.UnusableKey as error:
        raise ImproperlyConfigured(f"SIGNING_KEY_FILE {settings.SIGNING_KEY_FILE}: {error}") from error


def make_trial_key(path: Path) -> None:
    """Make the trial key if there is none; the file is its owner's only, and appears whole or not at all."""
    if path.exists():
        return
    private = ec.generate_private_key(ec.SECP256R1())
    certificate = x509.load_der_x509_certificate(signing.trial(private, now=timezone.now()).certificate.dump())
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pkcs12.serialize_key_and_certificates(b"seal-advisor", private, certificate, None, NoEncryption()))
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass  # another process was first; its key is the one
    finally:
        fresh.unlink()
