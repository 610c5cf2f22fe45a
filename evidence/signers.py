"""Where a signing key comes from: a PKCS#12 file, a PKCS#11 token, or a trial key made on the spot and thrown away.

A password or PIN is never an argument: it is named, as `env://NAME` or `file:///PATH`, and read here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import pkcs11
from asn1crypto import keys, x509
from cryptography.hazmat.primitives.asymmetric import ec
from pkcs11.util.ec import encode_ec_public_key, encode_ecdsa_signature
from pkcs11.util.rsa import encode_rsa_public_key
from pyhanko.config.pkcs11 import TokenCriteria
from pyhanko.sign.pkcs11 import PKCS11Signer, open_pkcs11_session

from evidence.core import signing
from evidence.core.signing import SigningKey, UnusableKey

TOKEN_CERTIFICATE = "Seal Advisor token key (self-issued)"  # noqa: S105 - a certificate's name


def secret(reference: str, what: str) -> str:
    """The secret that the reference names, without one newline at its end. Raises UnusableKey; never shows a value."""
    scheme, found, place = reference.partition("://")
    if not found or scheme not in {"env", "file"}:
        raise UnusableKey(
            f"{what}: name it as env://NAME or file:///PATH; a literal would stand in the shell's history"
        )
    try:
        value = os.environ[place] if scheme == "env" else Path(place).read_text(encoding="utf-8")
    except KeyError as error:
        raise UnusableKey(f"{what}: the environment has no {place}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UnusableKey(f"{what}: cannot read {place}") from error
    return value.removesuffix("\n").removesuffix("\r")


def trial(now: datetime) -> SigningKey:
    """A new key for one package."""
    return signing.trial(ec.generate_private_key(ec.SECP256R1()), now=now)


def from_file(path: str, password: str | None) -> SigningKey:
    """The key of a PKCS#12 file; password is a reference. Raises UnusableKey, naming the file."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise UnusableKey(f"{path}: {error.strerror or 'cannot be read'}") from error
    phrase = secret(password, "--signing-key-password").encode() if password is not None else None
    try:
        return signing.from_pkcs12(data, phrase)
    except UnusableKey as error:
        raise UnusableKey(f"{path}: {error}") from error


@contextmanager
def from_token(
    module: str, token: str, label: str, pin: str | None, *, now: datetime, certificate: str | None = None
) -> Iterator[SigningKey]:
    """A key on a PKCS#11 token, as long as the session is open.

    token: its label. label: that of the private key, and of its certificate on the token. certificate: a PEM or DER
    file for a token that holds none; with neither, the token's key issues a certificate for itself. Raises
    UnusableKey.
    """
    user_pin = secret(pin, "--pkcs11-pin") if pin is not None else None
    try:
        session = open_pkcs11_session(module, token_criteria=TokenCriteria(label=token), user_pin=user_pin)
    except (pkcs11.PKCS11Error, RuntimeError, OSError) as error:
        raise UnusableKey(f"{module}: token {token!r} cannot be opened: {_pkcs11_reason(error)}") from error
    with session:
        try:
            yield _token_key(session, label, certificate, now)
        except pkcs11.PKCS11Error as error:
            raise UnusableKey(f"token {token!r}, key {label!r}: {_pkcs11_reason(error)}") from error


def _pkcs11_reason(error: Exception) -> str:
    """PKCS#11 errors often carry no text: then their name says it, with the first thing to look at."""
    name = type(error).__name__
    advice = {
        "PinIncorrect": "wrong PIN; look for a newline at its end, and mind the lockout",
        "PinLocked": "the PIN is locked; the token's officer must reset it",
        "NoSuchKey": "no private key of this label; list the token's objects",
        "MultipleObjectsReturned": "two keys share this label; give one of them another",
        "PKCS11Error": "no token of this label; list the module's slots",
    }.get(name)
    said = str(error).split("\n")[0]
    return " ".join(part for part in (said, f"({advice})" if advice else "") if part) or name


def _token_key(session: pkcs11.Session, label: str, certificate: str | None, now: datetime) -> SigningKey:
    private = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=label)
    raw = private.key_type is pkcs11.KeyType.EC  # SoftHSM 2.6 has no CKM_ECDSA_SHA256
    found = _certificate_file(certificate) if certificate else _certificate_on(session, label)
    issued = found is None
    if found is None:
        found = signing.self_issued(
            _public_key(session, label, raw), lambda data: _sign(private, data, raw), now=now, name=TOKEN_CERTIFICATE
        )
    signer = PKCS11Signer(
        session, key_label=label, signing_cert=found, ca_chain=(), embed_roots=False, use_raw_mechanism=raw
    )
    origin = "key on a PKCS#11 token, self-issued trial certificate" if issued else "key on a PKCS#11 token"
    return SigningKey(signer, origin, issued or found.self_signed in {"yes", "maybe"})


def _certificate_file(path: str) -> x509.Certificate:
    try:
        return signing.from_pem(Path(path).read_bytes())[0]
    except OSError as error:
        raise UnusableKey(f"{path}: {error.strerror or 'cannot be read'}") from error


def _certificate_on(session: pkcs11.Session, label: str) -> x509.Certificate | None:
    wanted = {pkcs11.Attribute.CLASS: pkcs11.ObjectClass.CERTIFICATE, pkcs11.Attribute.LABEL: label}
    found = [bytes(item[pkcs11.Attribute.VALUE]) for item in session.get_objects(wanted)]
    if len(found) > 1:
        raise UnusableKey(f"{len(found)} certificates on the token are labelled {label!r}; keep one")
    return x509.Certificate.load(found[0]) if found else None


def _public_key(session: pkcs11.Session, label: str, elliptic: bool) -> keys.PublicKeyInfo:
    public = session.get_key(object_class=pkcs11.ObjectClass.PUBLIC_KEY, label=label)
    if elliptic:
        return keys.PublicKeyInfo.load(encode_ec_public_key(public))
    return keys.PublicKeyInfo.wrap(keys.RSAPublicKey.load(encode_rsa_public_key(public)), "rsa")


def _sign(private: pkcs11.PrivateKey, data: bytes, elliptic: bool) -> bytes:
    if elliptic:
        return bytes(encode_ecdsa_signature(private.sign(sha256(data).digest(), mechanism=pkcs11.Mechanism.ECDSA)))
    return bytes(private.sign(data, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS))


def certificates(paths: Sequence[str]) -> tuple[x509.Certificate, ...]:
    """All certificates of these PEM or DER files. Raises UnusableKey, naming the file."""
    found: list[x509.Certificate] = []
    for path in paths:
        try:
            found += signing.from_pem(Path(path).read_bytes())
        except OSError as error:
            raise UnusableKey(f"{path}: {error.strerror or 'cannot be read'}") from error
        except UnusableKey as error:
            raise UnusableKey(f"{path}: {error}") from error
    return tuple(found)
