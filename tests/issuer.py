"""An OpenID Connect provider of our own: discovery, keys, identity tokens of CI jobs, and sign-in by code with PKCE.

It signs whatever a test wants, so that every forgery can be made: `token()` takes the claims, the key, the header.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

GITHUB_JOB = {
    "sub": "repo:bank/vault-config:ref:refs/heads/main",
    "repository": "bank/vault-config",
    "ref": "refs/heads/main",
    "sha": "8f3c2a1d9e7b6054c3f2a1b0d9e8f7a6b5c4d3e2",
    "run_id": "4711",
    "job_workflow_ref": "bank/vault-config/.github/workflows/evidence.yml@refs/heads/main",
    "actor": "carl",
}
CLIENT, CLIENT_SECRET = "seal-advisor", "a secret between the two"
RUNNER_SECRET = "the runner's own secret"


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_jwk(key: rsa.RSAPrivateKey, kid: str) -> dict[str, Any]:
    return {
        **jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True),
        "kid": kid,
        "alg": "RS256",
        "use": "sig",
    }


class Issuer:
    """One provider. keys: what it publishes; asked: the paths that were fetched; person: who signs in next."""

    def __init__(self) -> None:
        self.key, self.kid = new_key(), "first"
        self.keys = [public_jwk(self.key, self.kid)]
        self.asked: list[str] = []
        self.person = {
            "sub": "p-1",
            "preferred_username": "olivia",
            "email": "olivia@bank.example",
            "email_verified": True,
        }
        self.codes: dict[str, dict[str, str]] = {}
        self.job: dict[str, Any] = dict(GITHUB_JOB)
        self.forge: dict[str, Any] = {}
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"

    def token(
        self, *, key: Any = None, algorithm: str = "RS256", header: dict[str, Any] | None = None, **claims: Any
    ) -> str:
        """A signed token; a claim of None is left out, a header's too."""
        now = int(time.time())
        body = {
            "iss": self.address, "aud": "https://seal.example", "iat": now, "nbf": now, "exp": now + 300,
            "jti": secrets.token_hex(8), **self.job, **claims,
        }  # fmt: skip
        headers = {"kid": self.kid, **(header or {})}
        return jwt.encode(
            {name: value for name, value in body.items() if value is not None},
            self.key if key is None else key,
            algorithm,
            headers={name: value for name, value in headers.items() if value is not None},
        )


@contextmanager
def running() -> Iterator[Issuer]:
    issuer = Issuer()
    thread = threading.Thread(target=issuer.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield issuer
    finally:
        issuer.server.shutdown()
        issuer.server.server_close()
        thread.join()


def _handler(issuer: Issuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            """Tests read what was asked from `issuer.asked`."""

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            issuer.asked.append(parts.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            match parts.path:
                case "/.well-known/openid-configuration":
                    self.answer(_discovery(issuer))
                case "/keys":
                    self.answer({"keys": issuer.keys})
                case "/job-token" if self.headers.get("Authorization") == f"Bearer {RUNNER_SECRET}":
                    self.answer({"value": issuer.token(aud=query.get("audience"), **issuer.forge)})
                case "/authorize":
                    self.redirect(_authorized(issuer, query))
                case "/userinfo" if self.headers.get("Authorization") == "Bearer access":
                    self.answer(issuer.person)
                case _:
                    self.answer({"error": "not here"}, 404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            given = {name: values[0] for name, values in parse_qs(body).items()}
            if self.headers.get("Authorization", "").startswith("Basic "):
                client, _, secret = base64.b64decode(self.headers["Authorization"][6:]).decode().partition(":")
                given |= {"client_id": client, "client_secret": secret}
            answer = _exchanged(issuer, given)
            self.answer(answer, 400 if "error" in answer else 200)

        def answer(self, document: dict[str, Any], status: int = 200) -> None:
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def redirect(self, address: str) -> None:
            self.send_response(302)
            self.send_header("Location", address)
            self.send_header("Content-Length", "0")
            self.end_headers()

    return Handler


def _discovery(issuer: Issuer) -> dict[str, Any]:
    return {
        "issuer": issuer.address,
        "jwks_uri": f"{issuer.address}/keys",
        "authorization_endpoint": f"{issuer.address}/authorize",
        "token_endpoint": f"{issuer.address}/token",
        "userinfo_endpoint": f"{issuer.address}/userinfo",
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "code_challenge_methods_supported": ["S256"],
    }


def _authorized(issuer: Issuer, query: dict[str, str]) -> str:
    """Consent is given at once; the address to go back to. Without PKCE there is no code."""
    back = query["redirect_uri"]
    if query.get("code_challenge_method") != "S256" or query.get("response_type") != "code":
        return f"{back}?{urlencode({'error': 'invalid_request', 'state': query.get('state', '')})}"
    code = secrets.token_hex(8)
    issuer.codes[code] = query
    return f"{back}?{urlencode({'code': code, 'state': query.get('state', '')})}"


def _exchanged(issuer: Issuer, given: dict[str, str]) -> dict[str, Any]:
    """A code is good once, for its client, with the verifier of its challenge."""
    asked = issuer.codes.pop(given.get("code", ""), None)
    digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    known = (given.get("client_id"), given.get("client_secret")) == (CLIENT, CLIENT_SECRET)
    if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != given.get("redirect_uri"):
        return {"error": "invalid_grant"}
    if not known:
        return {"error": "invalid_client"}
    now = int(time.time())
    claims = {"iss": issuer.address, "aud": CLIENT, "iat": now, "exp": now + 300, **issuer.person}
    signed = jwt.encode(claims, issuer.key, "RS256", headers={"kid": issuer.kid})
    return {"access_token": "access", "token_type": "Bearer", "expires_in": 300, "id_token": signed}
