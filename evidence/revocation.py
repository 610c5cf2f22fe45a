"""What long-term signatures keep: for every certificate, an answer of its issuer that it was not revoked.

The addresses stand in the certificates themselves. An OCSP answer is asked for first; where none can be had, the
revocation list is fetched. Nothing is believed here: `signing` validates the paths with what was gathered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from asn1crypto import algos, crl, ocsp, x509
from pyhanko_certvalidator import ValidationContext

from evidence.core.signing import UnusableKey, display_name
from evidence.fetching import NotFetched, fetched

MAX_ANSWER = 20 * 1024 * 1024  # lists of large authorities have megabytes
SECONDS = 15


class NoRevocation(Exception):
    """The revocation of a certificate cannot be asked for; the message names it, the addresses and the reason."""


def gather(
    certificates: Iterable[x509.Certificate],
    *,
    anchors: Sequence[x509.Certificate],
    lists: Sequence[crl.CertificateList] = (),
    now: datetime,
    fetch: bool = True,
) -> ValidationContext:
    """What a long-term signature is made with. certificates: signer, authority and all above them that are known.

    lists: revocation lists at hand. fetch: ask at the certificates' own addresses too. Raises NoRevocation.
    """
    known = {one.dump(): one for one in (*certificates, *anchors)}
    answers: list[ocsp.OCSPResponse] = []
    found = list(lists)
    if fetch:
        for one in _askable(known.values(), anchors, found):
            answer = _answer(one, known.values())
            if isinstance(answer, ocsp.OCSPResponse):
                answers.append(answer)
            elif answer is not None:
                found.append(answer)
    return ValidationContext(
        trust_roots=list(anchors),
        other_certs=list(known.values()),
        crls=found,
        ocsps=answers,
        moment=now,
        allow_fetching=False,
        revocation_mode="hard-fail",
        retroactive_revinfo=True,  # the clock may have been stopped; the answers are from today
    )


def read_lists(paths: Iterable[str]) -> tuple[crl.CertificateList, ...]:
    """Revocation lists in DER. Raises UnusableKey, naming the file."""
    found = []
    for path in paths:
        try:
            found.append(crl.CertificateList.load(Path(path).read_bytes(), strict=True))
        except (OSError, ValueError) as error:
            raise UnusableKey(f"{path}: no revocation list in DER") from error
    return tuple(found)


def _askable(
    certificates: Iterable[x509.Certificate], anchors: Sequence[x509.Certificate], lists: Sequence[crl.CertificateList]
) -> Iterator[x509.Certificate]:
    """Every certificate that is no anchor and of whose issuer no list is at hand."""
    trusted = {one.dump() for one in anchors}
    covered = {one.issuer.dump() for one in lists}
    for one in certificates:
        if one.dump() not in trusted and one.issuer.dump() not in covered:
            yield one


def _answer(
    certificate: x509.Certificate, known: Iterable[x509.Certificate]
) -> ocsp.OCSPResponse | crl.CertificateList | None:
    """The first answer that can be had; None for a certificate that names no address to ask at."""
    issuer = next((one for one in known if one.subject == certificate.issuer), None)
    tried = []
    for address in certificate.ocsp_urls if issuer is not None else ():
        try:
            question = _question(certificate, issuer)
            reply = fetched(address, body=question, kind="application/ocsp-request", seconds=SECONDS, most=MAX_ANSWER)
            answer = ocsp.OCSPResponse.load(reply, strict=True)
            if answer["response_status"].native == "successful":
                return answer
            tried.append(f"{address}: {answer['response_status'].native}")
        except (NotFetched, ValueError) as error:
            tried.append(f"{address}: {error}")
    for point in certificate.crl_distribution_points:
        try:
            return crl.CertificateList.load(fetched(str(point.url), seconds=SECONDS, most=MAX_ANSWER), strict=True)
        except (NotFetched, ValueError) as error:
            tried.append(f"{point.url}: {error}")
    if tried:
        raise NoRevocation(f"nobody says whether {display_name(certificate.subject)} is revoked: {'; '.join(tried)}")
    return None


def _question(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """RFC 6960 section 4.1; the issuer is named by SHA-1 hashes, which every responder understands (RFC 5019)."""
    named = ocsp.CertId(
        {
            "hash_algorithm": algos.DigestAlgorithm({"algorithm": "sha1"}),
            "issuer_name_hash": certificate.issuer.sha1,
            "issuer_key_hash": issuer.public_key.sha1,
            "serial_number": certificate.serial_number,
        }
    )
    asked = ocsp.TBSRequest({"request_list": ocsp.Requests([ocsp.Request({"req_cert": named})])})
    return bytes(ocsp.OCSPRequest({"tbs_request": asked}).dump())
