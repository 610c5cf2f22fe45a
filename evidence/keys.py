"""The key that signs reports and ledger heads: the operator's token or PKCS#12 file, or a trial key of its own.

The key never enters the database. A trial key vouches for itself only, and the report says so on its face.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from evidence import signers
from evidence.core import signing
from evidence.core.signing import SigningKey
from evidence.revocation import read_lists
from evidence.sealing import Plan, plan_of


@contextmanager
def signing_key() -> Iterator[SigningKey]:
    """The installation's key, as long as the block lasts: a token's session ends with it.

    Raises ImproperlyConfigured when what the operator configured cannot be used.
    """
    try:
        if settings.SIGNING_PKCS11_MODULE:
            with signers.from_token(
                settings.SIGNING_PKCS11_MODULE,
                settings.SIGNING_PKCS11_TOKEN,
                settings.SIGNING_PKCS11_LABEL,
                settings.SIGNING_PKCS11_PIN or None,
                now=timezone.now(),
                certificate=settings.SIGNING_PKCS11_CERTIFICATE or None,
            ) as key:
                yield key
        else:
            yield _key_of_file()
    except signing.UnusableKey as error:
        raise ImproperlyConfigured(f"signing key: {error}") from error


def signature_plan() -> Plan:
    """How packages are to be signed. Raises ImproperlyConfigured, naming the settings."""
    try:
        return plan_of(
            settings.SIGNING_LEVEL,
            tsa=settings.TSA_URL,
            trust=signers.certificates(settings.SIGNING_TRUST),
            lists=read_lists(settings.SIGNING_CRLS),
            seconds=settings.TSA_SECONDS,
            attempts=settings.TSA_ATTEMPTS,
        )
    except ValueError as error:
        raise ImproperlyConfigured(f"SIGNING_LEVEL, TSA_URL, SIGNING_TRUST, SIGNING_CRLS: {error}") from error


def _key_of_file() -> SigningKey:
    if settings.SIGNING_KEY_FILE:
        return _loaded(settings.SIGNING_KEY_FILE, settings.SIGNING_KEY_PASSWORD, "PKCS#12 file")
    path = settings.DATA / settings.TRIAL_KEY_NAME
    make_trial_key(path)
    return _loaded(str(path), "", "self-issued trial certificate")


@cache
def _loaded(path: str, password: str, origin: str) -> SigningKey:
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise signing.UnusableKey(f"{path}: {error.strerror or 'cannot be read'}") from error
    return signing.from_pkcs12(data, password.encode() or None, origin=origin)


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
