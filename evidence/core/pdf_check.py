"""The strict check of a signed report: what each common verifier lets pass, this refuses.

`validate_pdf_signature` alone overlooks padding and hex case in a hole and the unsigned parts of the CMS; pdfsig
overlooks appended revisions. So beside the cryptography this demands: one signature, after it nothing but archive
time-stamps, one revision for each of these, every byte of the file covered by the last, and CMS structures as
`container` has them.
SOURCES: ETSI EN 319 102-1 (validation), ETSI EN 319 142-1 (PAdES), ISO 32000-2 section 12.8.5 (document time-stamps).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from typing import Any

import pikepdf
from asn1crypto import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, ModificationLevel, StandardDiffPolicy
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.generic_cms import collect_timing_info
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import (
    PdfSignatureStatus,
    SignatureCoverageLevel,
    TimestampSignatureStatus,
)
from pyhanko_certvalidator import ValidationContext

from evidence.core import container, manifest
from evidence.core.levels import Level
from evidence.core.signing import display_name
from seal_advisor.core.record import Record

SIGNER_USAGE = {"digital_signature", "non_repudiation"}
# As pyHanko's own policy, but an object that nothing refers to has no business in a revision either.
STRICT = StandardDiffPolicy(
    DEFAULT_DIFF_POLICY.global_rules, DEFAULT_DIFF_POLICY.form_rule, ignore_orphaned_objects=False
)


class NotAReport(ValueError):
    """The bytes were never a PDF document."""


class Check(Record):
    """One thing that was looked at. detail: what differs, or what was seen; one line."""

    name: str
    ok: bool
    detail: str = ""


class SignedBy(Record):
    """The signer as the document names it; who that is only an anchor or a known fingerprint can say.

    signed_at: as the signer's machine claims, or as the time-stamp authority says.
    """

    subject: str
    issuer: str
    fingerprint: str
    signed_at: datetime | None
    level: Level
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
        kinds = [str(one.sig_object_type) for one in reader.embedded_signatures]
        if kinds.count("/Sig") != 1:
            said = f"{kinds.count('/Sig')} signatures in the report, there must be one"
            return Checked((Check("signature", False, said),))
        if kinds[0] != "/Sig" or set(kinds[1:]) - {"/DocTimeStamp"}:
            return Checked((Check("signature", False, f"{', '.join(kinds)}: not one signature, then time-stamps"),))
        return _Look(data, reader, now, anchors).checked(fingerprint)
    except (
        Exception
    ) as error:  # four libraries read damaged bytes here, each with errors of its own: all mean "damaged"
        said = f"it is damaged, cut off or no report of ours, so nothing in it can be checked ({_line(error)})"
        return Checked((Check("report", False, said),))


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


class _Look:
    """One report under examination, walked from its newest time-stamp back to its signature.

    proven: the moment at which what is looked at next is known to have existed. It starts at now and goes back with
    every time-stamp whose authority leads to an anchor, so that a certificate is judged on the day on which it was
    used. That is what makes a report last longer than its certificates.
    """

    def __init__(self, data: bytes, reader: PdfFileReader, now: datetime, anchors: Sequence[x509.Certificate]) -> None:
        self.data, self.reader, self.anchors = data, reader, anchors
        self.now = self.proven = now
        self.signature, *self.stamps = reader.embedded_signatures
        self.kept = DocumentSecurityStore.read_dss(reader) if "/DSS" in reader.root else None

    def checked(self, fingerprint: str | None) -> Checked:
        archived = [one for stamp in reversed(self.stamps) for one in self._archive_stamp(stamp)]
        stamped = list(self._signature_stamp())
        certificate = self.signature.signer_cert
        status = validate_pdf_signature(
            self.signature,
            self._context(certificate),
            ts_validation_context=self._context(container.stamper_of(self.signature.signer_info) or certificate),
            diff_policy=STRICT,
            key_usage_settings=_usage(certificate),
        )
        certificates = (certificate, *_others(self.signature))
        signer = self._signer(status)
        found = [
            Check("signature", bool(status.intact and status.valid), _validity(status)),
            *self._coverage(status),
            *(Check("signature container", False, fault) for fault in self._container_faults()),
            *(Check("certificates", False, fault) for fault in container.unvouched(certificates, self.anchors)),
            *stamped,
            *archived,
        ]
        if fingerprint is not None:
            same = signer.fingerprint == fingerprint
            found.append(Check("fingerprint", same, "as expected" if same else f"the signer is {signer.fingerprint}"))
        anchored = self._anchored(status) if self.anchors else None
        if anchored is not None:
            found.append(anchored)
        attached, fault = _attachment(self.data)
        if fault:
            found.append(Check("attachment", False, fault))
        return Checked(tuple(found), signer, attached, certificates, anchored.ok if anchored is not None else None)

    def _context(self, own: x509.Certificate | None) -> ValidationContext:
        """What a certificate is judged by at the moment that is proven, with the answers that the report keeps.

        Without an anchor nothing is said about a path: the certificate as its own root only lets the rest be checked.
        Once a time-stamp has proved a day in the past, the kept answers must clear every certificate that can be asked
        about; what was signed last would have to be asked about today, which nobody can do offline.
        """
        about: dict[str, Any] = {
            "trust_roots": list(self.anchors) or ([own] if own is not None else []),
            "moment": self.proven,
            "allow_fetching": False,
            "revocation_mode": "hard-fail" if self.kept is not None and self.proven < self.now else "soft-fail",
        }
        return ValidationContext(**about) if self.kept is None else self.kept.as_validation_context(about)

    def _archive_stamp(self, stamp: EmbeddedPdfSignature) -> Iterator[Check]:
        """A time-stamp over the whole report as it was then. A stranger's adds nothing, so with anchors it differs."""
        certificate = container.token_certificate(stamp.signed_data)
        status = validate_pdf_timestamp(stamp, self._context(certificate), skip_diff=True)
        anchored = bool(self.anchors) and self._in_time(status, certificate)
        yield _stamp_check("archive time-stamp", status, anchored, sound=anchored or not self.anchors)
        _, faults = container.hole_faults(self.data, stamp.byte_range)
        for fault in (*faults, *container.token_faults(stamp.signed_data)):
            yield Check("archive time-stamp", False, fault)
        if anchored:
            self.proven = status.timestamp

    def _signature_stamp(self) -> Iterator[Check]:
        info = self.signature.signer_info
        for token in container.stamps_of(info)[:1]:
            certificate = container.token_certificate(token)
            timing = collect_timing_info(info, self._context(certificate), self.signature.compute_digest)
            status: TimestampSignatureStatus = asyncio.run(timing)["timestamp_validity"]
            anchored = bool(self.anchors) and self._in_time(status, certificate)
            yield _stamp_check("time-stamp", status, anchored, sound=True)
            if anchored:
                self.proven = status.timestamp

    def _in_time(self, status: TimestampSignatureStatus, certificate: x509.Certificate | None) -> bool:
        """An anchor vouches for the authority, its certificate was in date: pyHanko asks no anchor for its dates."""
        if certificate is None or not (status.intact and status.valid and status.trusted):
            return False
        return bool(certificate.not_valid_before <= self.proven <= certificate.not_valid_after)

    def _anchored(self, status: PdfSignatureStatus) -> Check:
        """A path to a given anchor, and a certificate that was in date when it signed."""
        certificate, at = self.signature.signer_cert, self.proven
        if not certificate.not_valid_before <= at <= certificate.not_valid_after:
            days = f"{certificate.not_valid_before:%Y-%m-%d} to {certificate.not_valid_after:%Y-%m-%d}"
            return Check("anchor", False, f"signer not anchored: its certificate is valid from {days}")
        if not status.trusted:
            gone = "its certificate was revoked" if status.revoked else "no valid path to the given anchor"
            return Check("anchor", False, f"signer not anchored: {gone}")
        return Check("anchor", True, "leads to the given anchor")

    def _coverage(self, status: PdfSignatureStatus) -> Iterator[Check]:
        last = [self.signature, *self.stamps][-1]
        whole = last.evaluate_signature_coverage() == SignatureCoverageLevel.ENTIRE_FILE
        own = status.coverage in (SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION)
        said = "the whole file" if not self.stamps else "the whole file, by the last archive time-stamp"
        yield Check("coverage", whole and own, said if whole and own else "the signature does not cover the whole file")
        revisions = self.reader.xrefs.total_revisions
        alone = revisions == 2 + len(self.stamps) and self.data.endswith(b"%%EOF\n")
        said = "the signed one only" if not self.stamps else f"the signed one and {len(self.stamps)} of archive stamps"
        yield Check("revisions", alone, said if alone else "something was added after the signature")
        level = self.signature.docmdp_level
        kept = status.docmdp_ok and level is not None and level.value == 1
        lawful = status.modification_level in (None, ModificationLevel.NONE, ModificationLevel.LTA_UPDATES)
        certified = bool(kept and lawful)
        yield Check(
            "certification",
            certified,
            "no change allowed, none made" if certified else "changed against its certification",
        )

    def _container_faults(self) -> Iterator[str]:
        content, faults = container.hole_faults(self.data, self.signature.byte_range)
        yield from faults
        if content:
            yield from container.signature_faults(self.signature.signed_data, self.signature.signer_cert)

    def _signer(self, status: PdfSignatureStatus) -> SignedBy:
        certificate, stamp = self.signature.signer_cert, status.timestamp_validity
        level = Level.B_B if stamp is None else Level.B_T if self.kept is None else Level.B_LT
        return SignedBy(
            subject=display_name(certificate.subject),
            issuer=display_name(certificate.issuer),
            fingerprint=sha256(certificate.dump()).hexdigest(),
            signed_at=stamp.timestamp if stamp is not None else self.signature.self_reported_timestamp,
            level=Level.B_LTA if level is Level.B_LT and self.stamps else level,
            self_issued=container.vouches(certificate, certificate),
        )


def _stamp_check(name: str, status: TimestampSignatureStatus, anchored: bool, *, sound: bool) -> Check:
    authority = "anchored" if anchored else "not anchored"
    said = f"{status.timestamp:%Y-%m-%d %H:%M:%S} UTC, authority {authority}"
    return Check(name, bool(sound and status.intact and status.valid), said)


def _usage(certificate: x509.Certificate) -> KeyUsageConstraints:
    """RFC 5280 section 4.2.1.3: without the extension a key may do anything; with it, one of the two must be set."""
    named = SIGNER_USAGE if certificate.key_usage_value is not None else set()
    return KeyUsageConstraints(key_usage=named, match_all_key_usages=False)


def _validity(status: PdfSignatureStatus) -> str:
    if status.intact and status.valid:
        return "cryptographically valid"
    return "the signed bytes were changed" if not status.intact else "the signature does not belong to its certificate"


def _others(signature: EmbeddedPdfSignature) -> tuple[x509.Certificate, ...]:
    own = signature.signer_cert.dump()
    found = {one.chosen.dump(): one.chosen for one in signature.signed_data["certificates"]}
    return tuple(found[der] for der in sorted(found) if der != own)


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
