"""The strict check of a signed report: what each common verifier lets pass, this refuses.

`validate_pdf_signature` alone overlooks padding and hex case in the signature's hole and the unsigned parts of the
CMS; pdfsig overlooks appended revisions. So beside the cryptography this demands: one signature and nothing else that
signs, one revision after the original, every byte of the file covered, lower-case hex and zero padding, a CMS
structure that is exactly its own re-encoding, and certificates that vouch for each other.
SOURCES: ETSI EN 319 102-1 (validation), ISO 32000-1 section 12.8.1, RFC 5652 section 5.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from typing import Any

import pikepdf
from asn1crypto import cms, x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509 import load_der_x509_certificate
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from evidence.core import manifest
from evidence.core.signing import display_name
from seal_advisor.core.record import Record

LOWER_HEX = re.compile(rb"[0-9a-f]*")
SIGNER_USAGE = {"digital_signature", "non_repudiation"}


class NotAReport(ValueError):
    """The bytes were never a PDF document."""


class Check(Record):
    """One thing that was looked at. detail: what differs, or what was seen; one line."""

    name: str
    ok: bool
    detail: str = ""


class SignedBy(Record):
    """The signer as the document names it; who that is only an anchor or a known fingerprint can say.

    signed_at: as the signer's machine claims, or as the time-stamp authority says. level: "B-B", "B-T" or "B-LT".
    """

    subject: str
    issuer: str
    fingerprint: str
    signed_at: datetime | None
    level: str
    self_issued: bool


class Checked(Record):
    """The outcome for one report. manifest: the attachment's bytes; certificates: the signer's first."""

    checks: tuple[Check, ...]
    signer: SignedBy | None = None
    manifest: bytes | None = None
    certificates: tuple[x509.Certificate, ...] = ()
    anchored: bool | None = None


def check(
    data: bytes, *, now: datetime, anchors: Sequence[x509.Certificate] = (), fingerprint: str | None = None
) -> Checked:
    """Every check of the report on its own. Raises NotAReport for bytes that never were a PDF document."""
    if not data.startswith(b"%PDF-"):
        if b"/ByteRange" in data and b"%%EOF" in data[-1024:]:
            return Checked((Check("report", False, "its first bytes were changed"),))
        raise NotAReport("no PDF document")
    try:
        reader = PdfFileReader(BytesIO(data), strict=True)
        signatures = reader.embedded_signatures
        if len(signatures) != 1 or str(signatures[0].sig_object_type) != "/Sig":
            return Checked(
                (Check("signature", False, f"{len(signatures)} signatures in the report, there must be one"),)
            )
        return _signed(data, reader, signatures[0], now, anchors, fingerprint)
    except (
        Exception
    ) as error:  # four libraries read damaged bytes here, each with errors of its own: all mean "damaged"
        return Checked((Check("report", False, f"cannot be read as it was written: {_line(error)}"),))


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _signed(
    data: bytes,
    reader: PdfFileReader,
    signature: EmbeddedPdfSignature,
    now: datetime,
    anchors: Sequence[x509.Certificate],
    fingerprint: str | None,
) -> Checked:
    # Without an anchor nothing is said about the path; the signer as its own root only lets the integrity be checked.
    roots = list(anchors) or [signature.signer_cert]
    context = ValidationContext(trust_roots=roots, moment=now, allow_fetching=False)
    status = validate_pdf_signature(
        signature, context, ts_validation_context=context, key_usage_settings=_usage(signature.signer_cert)
    )
    found = [
        Check("signature", bool(status.intact and status.valid), _validity(status)),
        *_coverage(data, reader, signature, status),
        *(Check("signature container", False, fault) for fault in _container_faults(data, signature)),
    ]
    certificates = (signature.signer_cert, *_others(signature))
    found += [Check("certificates", False, fault) for fault in _unvouched(certificates, anchors)]
    stamp = status.timestamp_validity
    if stamp is not None:
        authority = "anchored" if anchors and stamp.trusted else "not anchored"
        said = f"{stamp.timestamp:%Y-%m-%d %H:%M:%S} UTC, authority {authority}"
        found.append(Check("time-stamp", bool(stamp.intact and stamp.valid), said))
    signer = _signer(reader, signature, status)
    if fingerprint is not None:
        same = signer.fingerprint == fingerprint
        found.append(Check("fingerprint", same, "as expected" if same else f"the signer is {signer.fingerprint}"))
    anchored = _anchored(signature.signer_cert, status, now) if anchors else None
    if anchored is not None:
        found.append(anchored)
    attached, fault = _attachment(data)
    if fault:
        found.append(Check("attachment", False, fault))
    return Checked(tuple(found), signer, attached, certificates, anchored.ok if anchored is not None else None)


def _anchored(certificate: x509.Certificate, status: PdfSignatureStatus, now: datetime) -> Check:
    """A path to a given anchor, and a certificate in date: pyHanko does not ask an anchor itself for its dates."""
    if not certificate.not_valid_before <= now <= certificate.not_valid_after:
        days = f"{certificate.not_valid_before:%Y-%m-%d} to {certificate.not_valid_after:%Y-%m-%d}"
        return Check("anchor", False, f"signer not anchored: its certificate is valid from {days}")
    if not status.trusted:
        return Check("anchor", False, "signer not anchored: no valid path to the given anchor")
    return Check("anchor", True, "leads to the given anchor")


def _usage(certificate: x509.Certificate) -> KeyUsageConstraints:
    """RFC 5280 section 4.2.1.3: without the extension a key may do anything; with it, one of the two must be set."""
    named = SIGNER_USAGE if certificate.key_usage_value is not None else set()
    return KeyUsageConstraints(key_usage=named, match_all_key_usages=False)


def _validity(status: PdfSignatureStatus) -> str:
    if status.intact and status.valid:
        return "cryptographically valid"
    return "the signed bytes were changed" if not status.intact else "the signature does not belong to its certificate"


def _coverage(
    data: bytes, reader: PdfFileReader, signature: EmbeddedPdfSignature, status: PdfSignatureStatus
) -> Iterator[Check]:
    whole = status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    yield Check("coverage", whole, "the whole file" if whole else "the signature does not cover the whole file")
    revisions = reader.xrefs.total_revisions
    alone = revisions == 2 and data.endswith(b"%%EOF\n")
    yield Check("revisions", alone, "the signed one only" if alone else "something was added after the signature")
    level = status.docmdp_ok and signature.docmdp_level is not None and signature.docmdp_level.value == 1
    yield Check(
        "certification", bool(level), "no change allowed, none made" if level else "changed against its certification"
    )


def _container_faults(data: bytes, signature: EmbeddedPdfSignature) -> Iterator[str]:
    """The parts of the hole that no digest covers."""
    start, first, second, rest = (int(number) for number in signature.byte_range)
    hole = data[first:second]
    if start != 0 or second + rest != len(data) or not (hole.startswith(b"<") and hole.endswith(b">")):
        yield "its place in the file is not as it was written"
        return
    digits = hole[1:-1]
    if not LOWER_HEX.fullmatch(digits):
        yield "other digits than lower-case hex"
        return
    content = bytes.fromhex(digits.decode())
    info = cms.ContentInfo.load(content)
    length = len(info.dump())
    if content[length:].strip(b"\0"):
        yield "its padding is not zero"
    if cms.ContentInfo.load(content[:length]).dump(force=True) != content[:length]:
        yield "not encoded as it was written"
    yield from _cms_faults(info["content"], signature.signer_cert)


def _cms_faults(signed: cms.SignedData, certificate: x509.Certificate) -> Iterator[str]:
    """RFC 5652 leaves these outside the signature; each has one value only in a report of ours."""
    infos = signed["signer_infos"]
    if len(infos) != 1:
        yield f"{len(infos)} signers, there must be one"
        return
    info = infos[0]
    digests = [algorithm.native for algorithm in signed["digest_algorithms"]]
    plain = {"algorithm": "sha256", "parameters": None}
    if signed["version"].native != "v1" or info["version"].native != "v1":
        yield "another version of its structure"
    if digests != [plain] or info["digest_algorithm"].native != plain:
        yield "another digest than SHA-256"
    named = info["sid"].chosen
    if (
        named.dump()
        != cms.IssuerAndSerialNumber({"issuer": certificate.issuer, "serial_number": certificate.serial_number}).dump()
    ):
        yield "another name of its signer"
    inner = signed["encap_content_info"]
    if inner["content_type"].native != "data" or inner["content"].native is not None:
        yield "content of its own"
    if signed["crls"].native:
        yield "revocation lists outside the signature"
    if info["signature_algorithm"]["parameters"].native not in (None, {}):
        yield "parameters of the signature algorithm"
    unsigned = [str(attribute["type"].native) for attribute in info["unsigned_attrs"]]
    if unsigned not in ([], ["signature_time_stamp_token"]):
        yield f"unsigned attributes: {', '.join(unsigned)}"


def _others(signature: EmbeddedPdfSignature) -> tuple[x509.Certificate, ...]:
    own = signature.signer_cert.dump()
    found = {one.chosen.dump(): one.chosen for one in signature.signed_data["certificates"]}
    return tuple(found[der] for der in sorted(found) if der != own)


def _unvouched(certificates: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate]) -> Iterator[str]:
    """Every certificate that travels along must be the signer's or one above it, and be signed by what is known here.

    The CMS does not sign the chain; a changed bit in it is found because its own signature no longer holds.
    """
    known = [*certificates, *anchors]
    for one in certificates[1:]:
        if not any(_vouches(above, one) for above in known if above.subject == one.issuer):
            yield f"{display_name(one.subject)}: nobody here vouches for this certificate"


def _vouches(above: x509.Certificate, below: x509.Certificate) -> bool:
    try:
        load_der_x509_certificate(below.dump()).verify_directly_issued_by(load_der_x509_certificate(above.dump()))
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def _signer(reader: PdfFileReader, signature: EmbeddedPdfSignature, status: PdfSignatureStatus) -> SignedBy:
    certificate = signature.signer_cert
    stamp = status.timestamp_validity
    level = "B-B" if stamp is None else "B-LT" if "/DSS" in reader.root else "B-T"
    return SignedBy(
        subject=display_name(certificate.subject),
        issuer=display_name(certificate.issuer),
        fingerprint=sha256(certificate.dump()).hexdigest(),
        signed_at=stamp.timestamp if stamp is not None else signature.self_reported_timestamp,
        level=level,
        self_issued=_vouches(certificate, certificate),
    )


def _attachment(data: bytes) -> tuple[bytes | None, str]:
    """The manifest inside the report, and what is wrong with the attachments."""
    with pikepdf.open(BytesIO(data)) as document:
        names: list[str] = list(document.attachments)
        if names != [manifest.NAME]:
            return (
                None,
                f"the report must carry {manifest.NAME} and nothing else, it carries {', '.join(names) or 'nothing'}",
            )
        attached: Any = document.attachments[manifest.NAME].get_file()
        return bytes(attached.read_bytes()), ""
