"""The seal's own operation: wrap 32 bytes with the configured mechanism, unwrap them, compare.

AES-GCM has a 96-bit nonce from the token and a 128-bit tag; a token that makes its own nonce (AWS CloudHSM) writes it
back, so it is read again. The CBC mechanisms get a MAC over nonce and cipher text; what Vault Enterprise puts under its
MAC is closed source, the operations are the same. SOURCE: https://github.com/openbao/go-kms-wrapping (kms/pkcs11);
https://developer.hashicorp.com/vault/docs/configuration/seal/pkcs11
"""

from __future__ import annotations

import os
from ctypes import c_void_p, cast
from time import perf_counter

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from evidence.doctor import names
from evidence.doctor.cryptoki import GcmParameters, Mechanism, Memory, OaepParameters, Session, memory
from seal_advisor.core.record import Record

PLAIN_BYTES = 32  # the size of a root key
NONCE_BYTES, TAG_BITS, BLOCK_BYTES = 12, 128, 16


class Keys(Record):
    """Handles. public: for RSA in the token; public_numbers: (modulus, exponent) for RSA in software; mac: for CBC."""

    wrapping: int
    public: int | None = None
    public_numbers: tuple[int, int] | None = None
    mac: int | None = None


class Wrapping(Record):
    """Which operation. mechanism, mac_mechanism: CKM numbers; oaep_hash: a name in names.OAEP."""

    mechanism: int
    keys: Keys
    oaep_hash: str = "sha256"
    mac_mechanism: int = names.SHA256_HMAC

    def encrypt(self, session: Session, plain: bytes) -> tuple[bytes, bytes, bytes]:
        """(nonce, cipher text, MAC); CryptokiError when the token refuses."""
        if self.mechanism == names.AES_GCM:
            mechanism, nonce = _gcm(session.random(NONCE_BYTES))
            cipher = session.encrypt(mechanism, self.keys.wrapping, plain)
            return bytes(nonce), cipher, b""
        if self.mechanism in (names.AES_CBC, names.AES_CBC_PAD):
            start = session.random(BLOCK_BYTES)
            cipher = session.encrypt(Mechanism(self.mechanism, memory(start)), self.keys.wrapping, plain)
            return start, cipher, self._mac(session, start + cipher)
        if self.keys.public_numbers is not None:
            return b"", self._in_software(plain), b""
        public = self.keys.public if self.keys.public is not None else self.keys.wrapping
        return b"", session.encrypt(self._rsa(), public, plain), b""

    def decrypt(self, session: Session, nonce: bytes, cipher: bytes, mac: bytes) -> bytes:
        """The plain text; CryptokiError when the token refuses or the MAC does not fit."""
        if self.mechanism == names.AES_GCM:
            return session.decrypt(_gcm(nonce)[0], self.keys.wrapping, cipher)
        if self.mechanism in (names.AES_CBC, names.AES_CBC_PAD):
            if self.keys.mac is not None:
                session.verify(Mechanism(self.mac_mechanism), self.keys.mac, nonce + cipher, mac)
            return session.decrypt(Mechanism(self.mechanism, memory(nonce)), self.keys.wrapping, cipher)
        return session.decrypt(self._rsa(), self.keys.wrapping, cipher)

    def try_once(self, session: Session) -> tuple[bool, float, float]:
        """(whether the plain text came back, milliseconds to encrypt, to decrypt)."""
        plain = os.urandom(PLAIN_BYTES)
        began = perf_counter()
        sealed = self.encrypt(session, plain)
        between = perf_counter()
        opened = self.decrypt(session, *sealed)
        ended = perf_counter()
        return opened == plain, (between - began) * 1000, (ended - between) * 1000

    def _mac(self, session: Session, data: bytes) -> bytes:
        return b"" if self.keys.mac is None else session.sign(Mechanism(self.mac_mechanism), self.keys.mac, data)

    def _rsa(self) -> Mechanism:
        if self.mechanism == names.RSA_PKCS:
            return Mechanism(names.RSA_PKCS)
        number, mgf = names.OAEP[self.oaep_hash]
        return Mechanism(names.RSA_OAEP, OaepParameters(number, mgf, 1, None, 0))

    def _in_software(self, plain: bytes) -> bytes:
        """The public step outside the token, as OpenBao does by default and Vault with rsa_encrypt_local."""
        modulus, exponent = self.keys.public_numbers or (0, 0)
        public = rsa.RSAPublicNumbers(exponent, modulus).public_key()
        if self.mechanism == names.RSA_PKCS:
            return public.encrypt(plain, padding.PKCS1v15())
        digest = getattr(hashes, self.oaep_hash.upper())()
        return public.encrypt(plain, padding.OAEP(padding.MGF1(digest), digest, None))


def _gcm(nonce: bytes) -> tuple[Mechanism, Memory]:
    """The mechanism and the nonce's own memory, into which the token may write."""
    room = memory(nonce)
    where = cast(room, c_void_p)
    return Mechanism(names.AES_GCM, GcmParameters(where, len(nonce), len(nonce) * 8, None, 0, TAG_BITS), room), room
