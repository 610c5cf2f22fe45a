"""An issuer's public keys, fetched over HTTPS and kept: a job never waits for the issuer twice within ten minutes.

A key id that is not among the kept ones asks again, but at most twice a minute: keys rotate, and forgers invent ids.
"""

from __future__ import annotations

import hashlib
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException, HTTPMessage
from typing import IO, Any

from django.core.cache import cache
from jwt import PyJWK, PyJWTError

from seal_advisor.pipelines.issuers import Issuer, is_private_road

KEPT_SECONDS = 600
ASKED_AGAIN_SECONDS = 30
PATIENCE_SECONDS = 5
ANSWER_BYTES = 256 * 1024
DISCOVERY = "/.well-known/openid-configuration"
FAMILIES = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}


class KeysUnavailable(Exception):
    """The issuer does not answer, or not with keys. Nothing is wrong with the job's token: try again later."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """An issuer answers at its own address; whoever sends us elsewhere is not believed."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoRedirect)


def key_of(issuer: Issuer, key_id: str, algorithm: str) -> PyJWK | None:
    """The issuer's key with this id, made for this algorithm; None when it has none. Raises KeysUnavailable."""
    name = hashlib.sha256(issuer.address.encode()).hexdigest()
    kept: list[dict[str, Any]] | None = cache.get(f"issuer-keys:{name}")
    found = _named(kept or [], key_id, algorithm)
    if found is None and (kept is None or cache.add(f"issuer-keys-asked:{name}", 1, ASKED_AGAIN_SECONDS)):
        kept = _fetched(issuer)
        cache.set(f"issuer-keys:{name}", kept, KEPT_SECONDS)
        found = _named(kept, key_id, algorithm)
    return found


def _named(keys: list[dict[str, Any]], key_id: str, algorithm: str) -> PyJWK | None:
    """Exactly one public signing key of that id and family. Two of one id are none: nobody could say which."""
    mine = [key for key in keys if key.get("kid") == key_id]
    if len(mine) != 1:
        return None
    key = mine[0]
    fits = key.get("kty") == FAMILIES.get(algorithm[:2]) and key.get("use", "sig") == "sig"
    if not fits or key.get("alg", algorithm) != algorithm:
        return None
    try:
        return PyJWK.from_dict(key, algorithm)
    except PyJWTError:
        return None


def _fetched(issuer: Issuer) -> list[dict[str, Any]]:
    address = issuer.keys
    if not address:
        document = _json(issuer.address.rstrip("/") + DISCOVERY)
        if document.get("issuer") != issuer.address:
            raise KeysUnavailable(f"the discovery document of {issuer.address} names another issuer")
        address = str(document.get("jwks_uri", ""))
        if not is_private_road(address):
            raise KeysUnavailable(f"the discovery document of {issuer.address} names no https address for its keys")
    keys = _json(address).get("keys")
    if not isinstance(keys, list):
        raise KeysUnavailable(f"{address} holds no list of keys")
    return [key for key in keys if isinstance(key, dict)]


def _json(address: str) -> Mapping[str, Any]:
    try:
        with _OPENER.open(address, timeout=PATIENCE_SECONDS) as answer:
            body = answer.read(ANSWER_BYTES + 1)
    except (OSError, HTTPException, urllib.error.URLError) as error:
        raise KeysUnavailable(f"{address} does not answer: {error}") from error
    try:
        document = json.loads(body) if len(body) <= ANSWER_BYTES else None
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise KeysUnavailable(f"{address} answers no JSON object of at most {ANSWER_BYTES // 1024} KiB")
    return document
