"""The identity token of the CI job in which we run.

GitHub gives an address and a secret to ask it with (`permissions: id-token: write`); GitLab, Jenkins and others put the
token itself into the environment. SOURCES: https://docs.github.com/actions/reference/security/oidc,
https://docs.gitlab.com/ci/secrets/id_token_authentication, https://plugins.jenkins.io/oidc-provider
"""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException

from evidence.push.client import PushError

GITHUB_ADDRESS, GITHUB_SECRET = "ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
TOKEN = "SEAL_ADVISOR_ID_TOKEN"  # noqa: S105 - the name of a variable
SECONDS = 30


def of_this_job(environment: Mapping[str, str], audience: str) -> str:
    """The token. Raises PushError where the job has none, with what to write into its definition."""
    if environment.get(TOKEN):
        return environment[TOKEN].strip()
    address, secret = environment.get(GITHUB_ADDRESS), environment.get(GITHUB_SECRET)
    if not address or not secret:
        raise PushError(
            f"--oidc: this job has no identity token; on GitHub write `permissions: id-token: write`, "
            f"elsewhere put the token into {TOKEN}"
        )
    joint = "&" if "?" in address else "?"
    request = urllib.request.Request(  # noqa: S310 - the runner's own address
        f"{address}{joint}audience={urllib.parse.quote(audience, safe='')}",
        headers={"Authorization": f"Bearer {secret}", "Accept": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            token = json.loads(answer.read(1 << 20))["value"]
    except (OSError, HTTPException, urllib.error.URLError, ValueError, KeyError, TypeError) as error:
        raise PushError(f"--oidc: the runner gives no identity token: {type(error).__name__}") from None
    return str(token)
