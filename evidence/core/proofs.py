"""How long a signed report proves itself: as long as the certificate behind its newest time-stamp is in date."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO

from asn1crypto import cms, x509
from pyhanko.pdf_utils.reader import PdfFileReader

from evidence.core import container


def newest_stamp(report: bytes) -> cms.SignedData | None:
    """The last archive time-stamp, else the signature's own; None for a report without any."""
    signature, *stamps = PdfFileReader(BytesIO(report)).embedded_signatures
    if stamps:
        return stamps[-1].signed_data
    tokens = container.stamps_of(signature.signer_info)
    return tokens[0] if tokens else None


def authority_of(report: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates of the newest time-stamp's authority, its own first; empty where there is none."""
    stamp = newest_stamp(report)
    own = container.token_certificate(stamp) if stamp is not None else None
    return () if stamp is None or own is None else (own, *container.token_chain(stamp))


def ends(report: bytes) -> datetime | None:
    """When the newest time-stamp's certificate ends (aware); None for a report without a time-stamp."""
    known = authority_of(report)
    return known[0].not_valid_after if known else None
