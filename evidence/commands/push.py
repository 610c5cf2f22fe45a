"""`seal-advisor push FILE... --url --design ID`: evidence from a pipeline, judged by the server, gated by exit code.

Exit 0: the gate is open. 1: it is shut, each reason on one line of stderr. 2: something was refused or cannot be
reached; what could be done was done. Pushing again sends nothing twice: the same bytes change nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any
from urllib.parse import quote, urlencode

from evidence.commands.inputs import base_name, nodes_of, settings_of, shown
from evidence.commands.options import UsageError, nearest, split
from evidence.core.controls import CONTROLS
from evidence.core.examine import summary
from evidence.core.facts import Artefact
from evidence.core.formats import Judged
from evidence.core.results import Verdict
from evidence.push import gate, identity
from evidence.push.client import Answer, Body, Client, PushError, refusal
from seal_advisor import __version__
from seal_advisor.core.record import Record
from seal_advisor.core.scales import duration

USAGE = """\
usage: seal-advisor push FILE... --url URL --design ID [--token-env NAME | --oidc [--audience URL]]
                         [--node NAME=PATH] [--observed FROM/TO] [--fail-on WORDS] [--require CONTROLS]
                         [--fresh DURATION] [--sarif FILE] [--junit FILE] [--package FILE] [--timeout DURATION]
                         [--format text|json]

Uploads evidence, waits for the verdicts and shuts the gate (exit 1) where the policy is not met.

  --token-env NAME   the variable that holds the token (default SEAL_ADVISOR_TOKEN)
  --oidc             the CI job proves itself (GitHub; elsewhere the token lies in SEAL_ADVISOR_ID_TOKEN)
  --audience URL     what the identity token is asked for (default: the server's URL)
  --fail-on WORDS    warn,not_proven,stale,cannot_decide: these verdicts shut the gate too
  --require CONTROLS C-TL-01,C-KB-02: these must pass
  --fresh DURATION   P7D: the newest evidence under the required (else: the passing) controls is no older
  --sarif, --junit   write the verdicts there;  --package: build the signed package and fetch it
"""
REPEATED = frozenset({"--node"})
FLAGS = frozenset({"--oidc"})
VALUES = (
    "--url", "--design", "--token-env", "--audience", "--node", "--observed", "--fail-on", "--require", "--fresh",
    "--sarif", "--junit", "--package", "--timeout", "--format",
)  # fmt: skip
OPTIONS = (*VALUES, "--oidc")
FORMATS = ("text", "json")
FAIL_ON = ("warn", "not_proven", "stale", "cannot_decide", "waived", "attested", "fail")
DEFAULT_TOKEN = "SEAL_ADVISOR_TOKEN"  # noqa: S105 - the name of a variable
SOURCE = "seal-advisor push"
POLL_SECONDS = 1.0


class Sent(Record):
    """One file on its way. outcome: "new", "known" or "refused"; artefact: the server's record of it."""

    path: str
    outcome: str
    artefact: dict[str, Any]
    error: str = ""


def run(arguments: list[str]) -> int:
    if "-h" in arguments or "--help" in arguments:
        print(USAGE, end="")
        return 0
    try:
        paths, given = split(arguments, OPTIONS, REPEATED, FLAGS)
        return _push(paths, given)
    except (UsageError, PushError) as error:
        print(f"seal-advisor push: {error}", file=sys.stderr)
        return 2


def _push(paths: list[str], given: dict[str, list[str]]) -> int:
    layout = given.get("--format", ["text"])[0]
    if layout not in FORMATS:
        raise UsageError(f"--format {layout!r}; {nearest(layout, FORMATS)}")
    policy = _policy(given)
    nodes = nodes_of(given)
    every = list(dict.fromkeys([*paths, *nodes]))
    design = _needed(given, "--design")
    if not every:
        raise UsageError("no FILE; name the files to hand in")
    for path in every:
        if not os.path.isfile(path):
            raise UsageError(f"{shown(path)}: no such file")
    client = Client(_needed(given, "--url"), _duration(given, "--timeout", "PT15M").total_seconds())
    _authorise(client, given, design)
    base = f"/api/v1/designs/{quote(design, safe='')}/"
    sent = [_send(client, base, path, nodes.get(path), given) for path in every]
    results = _results(client, base)
    reasons = gate.complaints(results, policy, seen=_seen(client, base, policy), now=datetime.now(UTC))
    judged = Judged(tuple(map(_artefact, sent)), results, summary(results), "decision", __version__)
    for name in ("sarif", "junit"):
        if f"--{name}" in given:
            _write(given[f"--{name}"][0], import_module(f"evidence.core.formats.{name}").render(judged))
    package = _package(client, base, design, given["--package"][0], judged) if "--package" in given else None
    _tell(layout, sent, judged.summary, reasons, package)
    return 2 if any(one.error for one in sent) else int(bool(reasons))


def _policy(given: dict[str, list[str]]) -> gate.Policy:
    words = _words(given, "--fail-on")
    for word in words:
        if word not in FAIL_ON:
            raise UsageError(f"--fail-on {word!r}; {nearest(word, FAIL_ON)}")
    known = [control.ID for control in CONTROLS]
    required = _words(given, "--require")
    for control in required:
        if control not in known:
            raise UsageError(f"--require {control!r}; {nearest(control, known)}")
    fresh = _duration(given, "--fresh", "") if "--fresh" in given else None
    return gate.Policy(frozenset({Verdict.FAIL, *map(Verdict, words)}), tuple(required), fresh)


def _words(given: dict[str, list[str]], name: str) -> list[str]:
    return [word.strip() for word in given.get(name, [""])[0].split(",") if word.strip()]


def _duration(given: dict[str, list[str]], name: str, default: str) -> timedelta:
    try:
        return timedelta(microseconds=duration(given.get(name, [default])[0]))
    except ValueError as error:
        raise UsageError(f"{name}: {error}") from None


def _needed(given: dict[str, list[str]], name: str) -> str:
    if name not in given:
        raise UsageError(f"{name} is missing; seal-advisor push --help says more")
    return given[name][0]


def _authorise(client: Client, given: dict[str, list[str]], design: str) -> None:
    """A token from the environment, or one for the job's identity. Neither is ever printed."""
    if "--oidc" not in given:
        name = given.get("--token-env", [DEFAULT_TOKEN])[0]
        if not os.environ.get(name):
            raise UsageError(f"{name} is not set; put the token there, name another with --token-env, or use --oidc")
        client.authorise(os.environ[name].strip())
        return
    if "--token-env" in given:
        raise UsageError("--token-env and --oidc exclude each other")
    proof = identity.of_this_job(os.environ, given.get("--audience", [client.url])[0])
    answer = client.json("POST", "/api/v1/pipelines/tokens/", {"id_token": proof, "design": design})
    if answer.status != 201:
        raise PushError(f"--oidc: {refusal(answer)}")
    client.authorise(str(answer.document["secret"]))


def _send(client: Client, base: str, path: str, node: str | None, given: dict[str, list[str]]) -> Sent:
    period = settings_of(given)
    said = {
        "name": base_name(path),
        "source": SOURCE,
        "node": node or "",
        "observed_from": period.observed_from.isoformat() if period.observed_from else "",
        "observed_to": period.observed_to.isoformat() if period.observed_to else "",
    }
    query = urlencode({name: value for name, value in said.items() if value})
    answer = client.call("PUT", f"{base}evidence/raw/?{query}", Body("application/octet-stream", path=path))
    if answer.status in (200, 201):
        return Sent(path, "new" if answer.status == 201 else "known", answer.document)
    if answer.status in (413, 415, 422):
        return Sent(path, "refused", {}, refusal(answer))
    raise PushError(f"{shown(path)}: {refusal(answer)}")


def _results(client: Client, base: str) -> tuple[Any, ...]:
    answer = _fine(client.json("GET", f"{base}controls/"))
    try:
        return gate.results_of(answer.document)
    except (KeyError, ValueError, TypeError) as error:
        raise PushError(f"{client.url}: verdicts of another release ({error!r}); update this program") from None


def _seen(client: Client, base: str, policy: gate.Policy) -> dict[str, datetime]:
    """sha256 of every artefact of the design -> the moment it speaks of. Asked for only where freshness counts."""
    seen: dict[str, datetime] = {}
    path = f"{base}evidence/?limit=200" if policy.fresh is not None else ""
    while path:
        page = _fine(client.json("GET", path)).document
        for one in page["results"]:
            seen[str(one["sha256"])] = datetime.fromisoformat(one["observed_to"] or one["received_at"])
        following = page.get("next") or ""
        path = f"{base}evidence/?{following.partition('?')[2]}" if following else ""
    return seen


def _package(client: Client, base: str, design: str, target: str, judged: Judged) -> dict[str, Any]:
    """The signed package of what is there now. The same state within a day is the same package."""
    tag = _fine(client.json("GET", f"{base}decision/")).headers.get("ETag", "")
    state = json.dumps([design, tag, sorted(one.sha256 for one in judged.artefacts), judged.summary], sort_keys=True)
    key = f"push-{hashlib.sha256(state.encode()).hexdigest()}"
    package, earlier = _built(client, base, key)
    if package["state"] != "done" and earlier:  # an earlier push asked for it, and it was not built: ask anew
        package, _ = _built(client, base, f"{key}-{package['id']}")
    if package["state"] != "done":
        raise PushError(f"--package: the package was not built: {package['error'] or package['state']}")
    client.download(package["archive"], target)
    with open(target, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != package["archive_sha256"]:
        raise PushError(f"{shown(target)}: SHA-256 {digest}, the server says {package['archive_sha256']}; push again")
    return {"path": target, "id": package["id"], "sha256": digest}


def _built(client: Client, base: str, key: str) -> tuple[dict[str, Any], bool]:
    """The package that this key asks for, once its job has ended; and whether the key was used before."""
    answer = client.json("POST", f"{base}packages/", headers={"Idempotency-Key": key})
    if answer.status != 202:
        raise PushError(f"--package: {refusal(answer)}")
    package: dict[str, Any] = answer.document
    while package["state"] in ("queued", "running"):
        client.pause(POLL_SECONDS)
        package = _fine(client.json("GET", f"/api/v1/packages/{package['id']}/")).document
    return package, "Idempotency-Replayed" in answer.headers


def _fine(answer: Answer) -> Answer:
    if answer.status != 200 or not isinstance(answer.document, dict):
        raise PushError(refusal(answer))
    return answer


def _artefact(sent: Sent) -> Artefact:
    return Artefact(
        name=sent.path,
        sha256=str(sent.artefact.get("sha256", "")),
        size=int(sent.artefact.get("size", 0)),
        kind=str(sent.artefact.get("kind", "refused")),
        error=sent.error,
    )


def _write(path: str, text: str) -> None:
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"{text}\n")
    except OSError as error:
        raise PushError(f"{shown(path)}: cannot be written: {error.strerror}") from None


def _tell(
    layout: str, sent: list[Sent], counts: dict[str, int], reasons: tuple[str, ...], package: dict[str, Any] | None
) -> None:
    if layout == "json":
        files = [
            {"path": one.path, "outcome": one.outcome, "sha256": one.artefact.get("sha256"), "error": one.error}
            for one in sent
        ]
        told = {"files": files, "summary": counts, "gate": {"open": not reasons, "reasons": list(reasons)}}
        print(json.dumps({**told, "package": package}, indent=2, ensure_ascii=False))
    else:
        for one in sent:
            print(f"{one.outcome:<8} {shown(one.path)}")
        print("verdicts " + ", ".join(f"{number} {word}" for word, number in counts.items() if number))
        if package:
            print(f"package  {shown(package['path'])}, sha256 {package['sha256']}")
        print(f"gate     {'open' if not reasons else f'shut: {len(reasons)} reasons on stderr'}")
    for one in sent:
        if one.error:
            print(f"{shown(one.path)}: {shown(one.error)}", file=sys.stderr)
    for reason in reasons:
        print(f"gate: {shown(reason)}", file=sys.stderr)
