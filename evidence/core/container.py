"""A CMS structure inside a PDF's hole, looked at byte by byte: what no digest covers may have one form only.

A verifier that checks the cryptography alone overlooks padding and hex case in the hole, and everything that RFC 5652
leaves outside the signature. Here each of these has one lawful value, so that a changed byte shows.
SOURCES: ISO 32000-1 section 12.8.1 (the hole), RFC 5652 section 5 (CMS), RFC 3161 section 2.4.2 and RFC 5816
(time-stamp tokens).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha1, sha256

from asn1crypto import algos, cms, x509
from cryptography.exceptions import InvalidSignature
from cryptography.x509 import load_der_x509_certificate

from evidence.core import der
from evidence.core.signing import display_name
from seal_advisor.core.regex import regex

LOWER_HEX = regex(rb"[0-9a-f]*")
SIGNED_WITH = {"sha256_ecdsa", "sha256_rsa"}  # what `signing` writes; other spellings of the same are not ours
TOKEN_DIGESTS = {"sha256", "sha384", "sha512"}
STAMP = "signature_time_stamp_token"


def hole_faults(data: bytes, byte_range: Sequence[int]) -> tuple[bytes, tuple[str, ...]]:
    """(the CMS structure's bytes, what is wrong with the hole around them); empty bytes when nothing can be read."""
    start, first, second, rest = (int(number) for number in byte_range)
    hole = data[first:second]
    if start != 0 or second + rest > len(data) or not (hole.startswith(b"<") and hole.endswith(b">")):
        return b"", ("its place in the file is not as it was written",)
    digits = hole[1:-1]
    if not LOWER_HEX.fullmatch(digits):
        return b"", ("other digits than lower-case hex",)
    whole = bytes.fromhex(digits.decode())
    try:
        _, end = der.value(whole, 0, len(whole))
        der.demand(whole[:end])
    except der.NotDer as error:
        return b"", (f"not encoded as it was written: {error}",)
    return whole[:end], ("its padding is not zero",) if whole[end:].strip(b"\0") else ()


def signature_faults(signed: cms.SignedData, certificate: x509.Certificate) -> Iterator[str]:
    """What the report's own signature holds beside what `signing` writes; its time-stamp token is looked into too."""
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
    if info["signature_algorithm"]["algorithm"].native not in SIGNED_WITH:
        yield "another name of its algorithm"
    if info["signature_algorithm"]["parameters"].native not in (None, {}):
        yield "parameters of the signature algorithm"
    inner = signed["encap_content_info"]
    if inner["content_type"].native != "data" or inner["content"].native is not None:
        yield "content of its own"
    yield from _around(signed, info, certificate)
    unsigned = [str(attribute["type"].native) for attribute in info["unsigned_attrs"]]
    if unsigned not in ([], [STAMP]):
        yield f"unsigned attributes: {', '.join(unsigned)}"
        return
    for token in stamps_of(info):
        for fault in token_faults(token):
            yield f"its time-stamp: {fault}"


def stamps_of(info: cms.SignerInfo) -> tuple[cms.SignedData, ...]:
    """The signature's time-stamp tokens."""
    found = [one for one in info["unsigned_attrs"] if one["type"].native == STAMP]
    return tuple(value["content"] for one in found for value in one["values"])


def stamper_of(info: cms.SignerInfo) -> x509.Certificate | None:
    """The certificate of the authority that stamped the signature; None where none did, or it is missing."""
    return next((token_certificate(token) for token in stamps_of(info)), None)


def token_faults(signed: cms.SignedData) -> Iterator[str]:
    """What a time-stamp token holds outside its own signature, or leaves out."""
    infos = signed["signer_infos"]
    if len(infos) != 1:
        yield f"{len(infos)} signers, there must be one"
        return
    info = infos[0]
    certificate = token_certificate(signed)
    if certificate is None:
        yield "the authority's certificate is not the one that it names"
        return
    digest = info["digest_algorithm"]
    if signed["version"].native != "v3" or info["version"].native != "v1":
        yield "another version of its structure"
    same = [one.dump() for one in signed["digest_algorithms"]] == [digest.dump()]
    if not same or digest["algorithm"].native not in TOKEN_DIGESTS or digest["parameters"].native is not None:
        yield "another digest than its signature's"
    algorithm = info["signature_algorithm"]
    if algorithm["algorithm"].native != "rsassa_pss" and algorithm["parameters"].native not in (None, {}):
        yield "parameters of the signature algorithm"
    if signed["encap_content_info"]["content_type"].native != "tst_info":
        yield "content that is no time-stamp"
    yield from _around(signed, info, certificate)
    if info["unsigned_attrs"].native:
        yield "unsigned attributes"
    yield from unvouched((certificate, *token_chain(signed)), ())


def _around(signed: cms.SignedData, info: cms.SignerInfo, certificate: x509.Certificate) -> Iterator[str]:
    named = info["sid"].chosen
    own = cms.IssuerAndSerialNumber({"issuer": certificate.issuer, "serial_number": certificate.serial_number})
    if named.dump() != own.dump():
        yield "another name of its signer"
    if signed["crls"].native:
        yield "revocation lists outside the signature"


def token_certificate(signed: cms.SignedData) -> x509.Certificate | None:
    """The authority's certificate: the one whose hash the token signs (RFC 5816, RFC 2634); None when it is missing."""
    wanted = list(_named_certificates(signed["signer_infos"][0]))
    for one in signed["certificates"]:
        for algorithm, digest in wanted[:1]:
            hashed = sha256 if algorithm == "sha256" else sha1 if algorithm == "sha1" else None
            if hashed is not None and hashed(one.chosen.dump()).digest() == digest:
                return one.chosen
    return None


def token_chain(signed: cms.SignedData) -> tuple[x509.Certificate, ...]:
    """The other certificates that travel in the token."""
    own = token_certificate(signed)
    others = [one.chosen for one in signed["certificates"]]
    return tuple(one for one in others if own is None or one.dump() != own.dump())


def _named_certificates(info: cms.SignerInfo) -> Iterator[tuple[str, bytes]]:
    """(digest algorithm, hash) of the certificates that the signature names, its own first."""
    for attribute in info["signed_attrs"]:
        if attribute["type"].native == "signing_certificate_v2":
            for one in attribute["values"][0]["certs"]:
                algorithm: algos.DigestAlgorithm = one["hash_algorithm"]
                yield str(algorithm["algorithm"].native), bytes(one["cert_hash"].native)
        elif attribute["type"].native == "signing_certificate":
            for one in attribute["values"][0]["certs"]:
                yield "sha1", bytes(one["cert_hash"].native)


def unvouched(certificates: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate]) -> Iterator[str]:
    """Every certificate that travels along must be the signer's or one above it, and be signed by what is known here.

    The CMS does not sign the chain; a changed bit in it is found because its own signature no longer holds.
    """
    known = [*certificates, *anchors]
    for one in certificates[1:]:
        if not any(vouches(above, one) for above in known if above.subject == one.issuer):
            yield f"{display_name(one.subject)}: nobody here vouches for this certificate"


def vouches(above: x509.Certificate, below: x509.Certificate) -> bool:
    """Did the one sign the other?"""
    try:
        load_der_x509_certificate(below.dump()).verify_directly_issued_by(load_der_x509_certificate(above.dump()))
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True
