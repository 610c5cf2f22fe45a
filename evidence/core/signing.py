"""Signatures: one certifying PAdES signature over the report, and one over the ledger's head, by the same key.

Where a key comes from (PKCS#12 bytes, a token, a trial key) is the caller's business; here a key is something that
signs, with its certificate. Time comes in as an argument. The signature allows no change at all after it (DocMDP
level 1).
SOURCES: ETSI EN 319 142-1 (PAdES baseline levels), ISO 32000-1 section 12.8, RFC 5652 (CMS).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any

from asn1crypto import core as asn1
from asn1crypto import keys, pem, x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_public_key,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from pyhanko.keys import load_private_key_from_pemder_data
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, Signer, SimpleSigner
from pyhanko.sign.signers.pdf_signer import (
    DSSContentSettings,
    PdfSigningSession,
    PdfTimeStamper,
    SigDSSPlacementPreference,
    TimestampDSSContentSettings,
)
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation import validate_pdf_timestamp
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from evidence.core.levels import Level
from seal_advisor.core.record import Record

FIELD, ARCHIVE_FIELD = "Signature", "ArchiveTimestamp"
TRIAL_NAME = "Seal Advisor trial key (self-issued)"
TRIAL_LIFE = timedelta(days=3650)


class UnusableKey(ValueError):
    """A key or certificate that cannot be used; the message says why and what to do."""


class SigningKey(Record):
    """Something that signs. origin: words for the report. self_issued: nobody but the key itself vouches for it."""

    signer: Signer
    origin: str
    self_issued: bool = False

    @property
    def certificate(self) -> x509.Certificate:
        certificate = self.signer.signing_cert
        if certificate is None:
            raise UnusableKey("the signing key has no certificate: give one with the key")
        return certificate

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """Further certificates that travel with the signature, in a fixed order."""
        own = self.certificate.dump()
        others = {one.dump(): one for one in self.signer.cert_registry if one.dump() != own}
        return tuple(others[der] for der in sorted(others))

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, lower-case hex: what `verify --fingerprint` takes."""
        return sha256(self.certificate.dump()).hexdigest()


def from_pkcs12(data: bytes, password: bytes | None, *, origin: str = "PKCS#12 file") -> SigningKey:
    """The key of a PKCS#12 file. Raises UnusableKey for a wrong password or a file without key and certificate."""
    try:
        store = load_pkcs12(data, password)
    except ValueError as error:
        raise UnusableKey("the PKCS#12 file cannot be opened: wrong password, or no PKCS#12 file") from error
    if store.key is None or store.cert is None:
        raise UnusableKey("the PKCS#12 file holds no private key with its certificate")
    key = store.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    certificate = x509.Certificate.load(store.cert.certificate.public_bytes(Encoding.DER))
    extra = [x509.Certificate.load(one.certificate.public_bytes(Encoding.DER)) for one in store.additional_certs]
    return SigningKey(_simple(key, certificate, extra), origin, certificate.self_signed in {"yes", "maybe"})


def trial(private_key: ec.EllipticCurvePrivateKey, *, now: datetime) -> SigningKey:
    """A key that vouches for itself only; the caller made it and keeps it or throws it away."""
    key = private_key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    public = keys.PublicKeyInfo.load(
        private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )
    certificate = self_issued(public, lambda data: private_key.sign(data, ec.ECDSA(hashes.SHA256())), now=now)
    return SigningKey(_simple(key, certificate, ()), "self-issued trial certificate", True)


def _simple(key: bytes, certificate: x509.Certificate, extra: Sequence[x509.Certificate]) -> SimpleSigner:
    registry = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # pyHanko leaves its constructor untyped
    registry.register_multiple([certificate, *extra])
    return SimpleSigner(certificate, load_private_key_from_pemder_data(key, None), registry)


def self_issued(
    public: keys.PublicKeyInfo, sign: Callable[[bytes], bytes], *, now: datetime, name: str = TRIAL_NAME
) -> x509.Certificate:
    """A certificate for signatures only, signed by its own key (EC or RSA, SHA-256); its serial follows from it."""
    algorithm = "sha256_ecdsa" if public.algorithm == "ec" else "sha256_rsa"
    subject = x509.Name.build({"common_name": name})
    usage = x509.Extension(
        {
            "extn_id": "key_usage",
            "critical": True,
            "extn_value": x509.KeyUsage({"digital_signature", "non_repudiation"}),
        }
    )
    basic = x509.Extension(
        {"extn_id": "basic_constraints", "critical": True, "extn_value": x509.BasicConstraints({"ca": False})}
    )
    start = now.replace(microsecond=0) - timedelta(days=1)
    body = x509.TbsCertificate(
        {
            "version": "v3",
            "serial_number": int.from_bytes(sha256(public.dump()).digest()[:15], "big") + 1,
            "signature": {"algorithm": algorithm},
            "issuer": subject,
            "validity": {"not_before": _time(start), "not_after": _time(start + TRIAL_LIFE)},
            "subject": subject,
            "subject_public_key_info": public,
            "extensions": [basic, usage],
        }
    )
    return x509.Certificate(
        {
            "tbs_certificate": body,
            "signature_algorithm": {"algorithm": algorithm},
            "signature_value": asn1.OctetBitString(sign(body.dump())),
        }
    )


def _time(at: datetime) -> x509.Time:
    """RFC 5280 section 4.1.2.5: UTCTime up to 2049, GeneralizedTime from 2050."""
    if at.year < 2050:
        return x509.Time({"utc_time": at})
    return x509.Time({"general_time": at})


class _Signer(PdfSigner):
    """pyHanko's signer with the clock as an argument."""

    def __init__(self, *arguments: Any, now: datetime, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._now = now

    def init_signing_session(self, *arguments: Any, **named: Any) -> PdfSigningSession:
        session = super().init_signing_session(*arguments, **named)
        session.system_time = self._now
        return session


def sign_pdf(
    pdf: bytes,
    key: SigningKey,
    *,
    now: datetime,
    level: Level = Level.B_B,
    timestamper: TimeStamper | None = None,
    validation: ValidationContext | None = None,
) -> bytes:
    """The certified report. From B-T on with a timestamper, from B-LT on with what the certificates are judged by.

    For B-LT this material is written together with the signature, so that one signed revision covers all; B-LTA adds
    one revision with an archive time-stamp. Raises ValueError when the level lacks its means, pyHanko's errors when
    the material does not vouch for the certificates, and whatever the timestamper raises.
    """
    if (level.stamped and timestamper is None) or (level.long_term and validation is None):
        raise ValueError(f"PAdES {level} needs a time-stamp authority{' and anchors' if level.long_term else ''}")
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        name=display_name(key.certificate.subject),
        reason="Certifies this report and, through its manifest, every file of the package",
        subfilter=SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        signer_key_usage=set(),  # the verifier judges the certificate's purpose; a certificate may name none
        embed_validation_info=level.long_term,
        validation_context=validation if level.long_term else None,
        dss_settings=DSSContentSettings(include_vri=False, placement=SigDSSPlacementPreference.TOGETHER_WITH_SIGNATURE),
    )
    signer = _Signer(metadata, key.signer, timestamper=timestamper if level.stamped else None, now=now)
    out = BytesIO()
    signer.sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)), output=out)
    signed = _lower_hex(out.getvalue())
    if level is not Level.B_LTA or timestamper is None or validation is None:
        return signed
    return add_archive_stamp(signed, timestamper=timestamper, validation=validation)


def add_archive_stamp(report: bytes, *, timestamper: TimeStamper, validation: ValidationContext) -> bytes:
    """The report with one more revision: a time-stamp over all of it, and what the authorities are judged by.

    Renews the proof for as long as the new stamp's certificate lives; must be done while the one before it lives.
    Raises what `sign_pdf` raises.
    """
    writer = IncrementalPdfFileWriter(BytesIO(report))
    stamps = writer.prev.embedded_timestamp_signatures
    if stamps:
        last = validate_pdf_timestamp(stamps[-1], validation, skip_diff=True)
        if not last.trusted:
            raise ValueError("the last archive time-stamp can no longer be vouched for: its authority is not anchored")
        DocumentSecurityStore.supply_dss_in_writer(
            writer, None, paths=(last.validation_path,), validation_context=validation
        )
    stamper = PdfTimeStamper(timestamper, field_name=f"{ARCHIVE_FIELD}{len(stamps) + 1}")
    out = BytesIO()
    stamper.timestamp_pdf(
        writer,
        "sha256",
        validation,
        output=out,
        dss_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True),
    )
    return _lower_hex(out.getvalue())


def _lower_hex(signed: bytes) -> bytes:
    """Writes the last hole in lower-case hex: no digest covers it, so only one form of it may be lawful."""
    last = PdfFileReader(BytesIO(signed)).embedded_signatures[-1]
    _, start, end, _ = (int(number) for number in last.byte_range)
    return signed[:start] + signed[start:end].lower() + signed[end:]


def sign_bytes(data: bytes, key: SigningKey) -> bytes:
    """A bare signature as `openssl dgst -sha256 -verify` takes it: ECDSA in DER, or RSA PKCS#1 v1.5."""
    return bytes(asyncio.run(key.signer.async_sign_raw(data, "sha256")))


def signed_bytes(data: bytes, signature: bytes, certificate: x509.Certificate) -> bool:
    """Whether `sign_bytes` of this certificate's key made this signature."""
    public = load_der_public_key(certificate.public_key.dump())
    try:
        if isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(signature, data, ec.ECDSA(hashes.SHA256()))
        elif isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
        else:
            return False
    except InvalidSignature:
        return False
    return True


def display_name(name: x509.Name) -> str:
    """A name for people: the common name, then organisation and country where they are given."""
    given = name.native
    parts = [given.get(key) for key in ("common_name", "organization_name", "country_name")]
    words = [" ".join(part) if isinstance(part, list) else str(part) for part in parts if part]
    return ", ".join(words) or str(name.human_friendly)


def to_pem(certificate: x509.Certificate) -> bytes:
    return bytes(pem.armor("CERTIFICATE", certificate.dump()))


def from_pem(data: bytes) -> tuple[x509.Certificate, ...]:
    """All certificates of a PEM or DER file. Raises UnusableKey when there is none."""
    try:
        if not pem.detect(data):
            return (x509.Certificate.load(data, strict=True),)
        blocks = list(pem.unarmor(data, multiple=True))
        found = tuple(x509.Certificate.load(der, strict=True) for kind, _, der in blocks if kind == "CERTIFICATE")
    except ValueError as error:
        raise UnusableKey(f"no certificate in PEM or DER: {error}") from error
    if not found:
        raise UnusableKey("the PEM file holds no certificate")
    return found
