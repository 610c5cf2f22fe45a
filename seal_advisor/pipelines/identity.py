"""Is this identity token what it says? Signature, issuer, audience, times; and what it states about the job.

The issuer comes from our own list, the key from the issuer, the algorithm from both: nothing that the token says about
how it should be checked is believed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import jwt

from seal_advisor.core.record import Record
from seal_advisor.pipelines.issuers import Issuer
from seal_advisor.pipelines.keys import key_of

TOKEN_CHARACTERS = 16 * 1024
CLAIM_CHARACTERS = 500
LATEST = datetime(9000, 1, 1, tzinfo=UTC).timestamp()
REQUIRED = ["iss", "sub", "aud", "exp", "iat"]


class Untrusted(Exception):
    """The token proves nothing. The message says why, in words that help an honest job."""


class Identity(Record):
    """A job that proved who it is. once: what may be seen only once, its `jti` or else what was signed, as a hash."""

    issuer: Issuer
    claims: dict[str, Any]
    once: str
    expires_at: datetime

    def shown(self) -> dict[str, str]:
        """What stands beside the evidence: issuer, repository, and what the issuer's entry names: commit, run ..."""
        named = {"issuer": "iss", "repository": self.issuer.repository, **self.issuer.shown}
        return {word: text(self.claims[claim]) for word, claim in named.items() if self.claims.get(claim) is not None}


def verify(token: str, issuers: Sequence[Issuer]) -> Identity:
    """The identity that the token proves. Raises Untrusted, or keys.KeysUnavailable when the issuer does not answer."""
    if len(token) > TOKEN_CHARACTERS or not token.isascii():
        raise Untrusted(f"an identity token is ASCII of at most {TOKEN_CHARACTERS} characters")
    try:
        unverified = jwt.decode_complete(token, options={"verify_signature": False})
    except jwt.PyJWTError as error:
        raise Untrusted("this is no identity token (a JWT of three parts)") from error
    header, said = unverified["header"], unverified["payload"]
    issuer = next((one for one in issuers if one.address == said.get("iss")), None)
    if issuer is None:
        raise Untrusted("its issuer is not among those that this server believes (CI_ISSUERS_FILE)")
    algorithm, key_id = header.get("alg"), header.get("kid")
    if algorithm not in issuer.algorithms:
        raise Untrusted(f"its algorithm is not one of {', '.join(issuer.algorithms)}")
    if header.get("crit"):
        raise Untrusted("its header demands extensions that nobody here knows")
    if not isinstance(key_id, str) or not key_id:
        raise Untrusted("it does not name its key (kid)")
    key = key_of(issuer, key_id, algorithm)
    if key is None:
        raise Untrusted("its issuer has no such key for this algorithm")
    claims = _checked(token, issuer, key, algorithm)
    expires_at = _moment(claims["exp"])
    # Without `jti` the part that is signed: of one ECDSA signature everybody can make a second.
    once = f"jti {claims['jti']}" if claims.get("jti") else f"token {token.rpartition('.')[0]}"
    return Identity(
        issuer=issuer,
        claims=claims,
        once=hashlib.sha256(f"{issuer.address} {once}".encode()).hexdigest(),
        expires_at=expires_at,
    )


def _checked(token: str, issuer: Issuer, key: jwt.PyJWK, algorithm: str) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=[algorithm],
            audience=issuer.audience,
            issuer=issuer.address,
            leeway=issuer.leeway,
            options={"require": REQUIRED, "enforce_minimum_key_length": True},
        )
    except jwt.ExpiredSignatureError as error:
        raise Untrusted("it has expired; the job must ask for a fresh one") from error
    except jwt.ImmatureSignatureError as error:
        raise Untrusted("it is not valid yet; compare the two clocks") from error
    except jwt.InvalidAudienceError as error:
        raise Untrusted(f"it is for somebody else; ask for the audience {issuer.audience}") from error
    except jwt.MissingRequiredClaimError as error:
        raise Untrusted(f"it lacks the claim {error.claim}") from error
    except (jwt.PyJWTError, OverflowError) as error:
        raise Untrusted("its signature is not its issuer's") from error
    return claims


def _moment(seconds: object) -> datetime:
    """A time of RFC 7519: a number. PyJWT takes a text for one too, and no end is too far for it."""
    if isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 <= seconds <= LATEST:
        return datetime.fromtimestamp(seconds, UTC)
    raise Untrusted("its expiry is no moment; a job's token lasts minutes")


def plain(value: object) -> str:
    """A claim as it is compared: booleans as GitLab writes them, everything else as text."""
    return "true" if value is True else "false" if value is False else str(value)


def text(value: object) -> str:
    """A claim as it is shown: printable, and no longer than a line or two."""
    return "".join(letter if letter.isprintable() else " " for letter in plain(value))[:CLAIM_CHARACTERS]
