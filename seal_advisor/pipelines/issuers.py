"""Which issuers of job identities this server believes, from one TOML file (`CI_ISSUERS_FILE`).

    [[issuer]]
    kind = "github"                               # github, gitlab or generic
    issuer = "https://token.actions.githubusercontent.com"
    audience = "https://seal.example"             # what the job asks its token for
    leeway = 60                                   # seconds that two clocks may differ; at most 300
    algorithms = ["RS256"]                        # asymmetric ones only
    repository = "repository"                     # generic: the claim that names the repository or job
    shown = { commit = "sha", run = "run_id" }    # generic: what else stands beside the evidence

SOURCES: the claims of GitHub, https://docs.github.com/actions/reference/security/oidc; of GitLab,
https://docs.gitlab.com/ci/secrets/id_token_authentication. Any other issuer names its claims itself.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from seal_advisor.core.record import Record
from seal_advisor.core.words import hint

LEEWAY_AT_MOST = 300
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
# kind -> (issuer where there is one for all, claim of the repository, what is shown beside the evidence)
KINDS: dict[str, tuple[str, str, dict[str, str]]] = {
    "github": (
        "https://token.actions.githubusercontent.com",
        "repository",
        {"commit": "sha", "ref": "ref", "run": "run_id", "workflow": "job_workflow_ref", "actor": "actor"},
    ),
    "gitlab": (
        "https://gitlab.com",
        "project_path",
        {"commit": "sha", "ref": "ref", "run": "pipeline_id", "job": "job_id", "actor": "user_login"},
    ),
    "generic": ("", "sub", {}),
}
FIELDS = ("kind", "issuer", "audience", "leeway", "algorithms", "repository", "shown", "keys")


class Issuer(Record):
    """One issuer. address: the exact `iss` of its tokens. audience: the `aud` that they must name.

    repository: the claim that says whose job it is; every binding names its value. shown: word -> claim, what is kept
    beside the evidence. keys: where the keys are; "" = where the issuer's discovery document says.
    """

    kind: str
    address: str
    audience: str
    repository: str
    shown: Mapping[str, str]
    algorithms: tuple[str, ...]
    leeway: int
    keys: str = ""


class IssuersError(ValueError):
    """The file cannot be used; the message names the entry and what to write instead."""


def read(text: str) -> tuple[Issuer, ...]:
    """The issuers of a TOML file. Raises IssuersError."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise IssuersError(f"no TOML: {error}") from error
    entries = document.get("issuer")
    if set(document) != {"issuer"} or not isinstance(entries, list) or not entries:
        raise IssuersError("write one [[issuer]] table for each issuer, and nothing else")
    found = tuple(_issuer(entry, f"issuer {number}") for number, entry in enumerate(entries, 1))
    addresses = [one.address for one in found]
    for address in addresses:
        if addresses.count(address) > 1:
            raise IssuersError(f"{address} stands twice; keep one")
    return found


def _issuer(entry: Mapping[str, Any], where: str) -> Issuer:
    unknown = sorted(set(entry) - set(FIELDS))
    if unknown:
        raise IssuersError(f"{where}: {unknown[0]!r} is no field{hint(unknown[0], FIELDS)}")
    kind = entry.get("kind", "generic")
    if kind not in KINDS:
        raise IssuersError(f"{where}: kind {kind!r}; choose from {', '.join(KINDS)}")
    address, repository, shown = KINDS[kind]
    algorithms = tuple(entry.get("algorithms", ("RS256", "ES256")))
    for name in algorithms:
        if name not in ALGORITHMS:
            raise IssuersError(f"{where}: algorithm {name!r}; only asymmetric ones: {', '.join(ALGORITHMS)}")
    leeway = entry.get("leeway", 60)
    if not isinstance(leeway, int) or not 0 <= leeway <= LEEWAY_AT_MOST:
        raise IssuersError(f"{where}: leeway is seconds from 0 to {LEEWAY_AT_MOST}, not {leeway!r}")
    if not algorithms or not entry.get("audience"):
        raise IssuersError(f"{where}: audience and algorithms must not be empty")
    made = Issuer(
        kind=kind,
        address=str(entry.get("issuer", address)),
        audience=str(entry["audience"]),
        repository=str(entry.get("repository", repository)),
        shown={str(word): str(claim) for word, claim in entry.get("shown", shown).items()},
        algorithms=algorithms,
        leeway=leeway,
        keys=str(entry.get("keys", "")),
    )
    for address in filter(None, (made.address, made.keys)):
        if not is_private_road(address):
            raise IssuersError(f"{where}: {address!r} must start with https:// (http:// only on this machine)")
    if not made.address:
        raise IssuersError(f"{where}: issuer is missing; write the exact `iss` of its tokens")
    return made


def is_private_road(address: str) -> bool:
    """Nobody between can change what comes from there: https, or this machine itself."""
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
