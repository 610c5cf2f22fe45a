"""`seal-advisor check PATH...`: read any evidence, judge every control, say what fails and how to mend it.

Exit 0: no control fails. 1: an unwaived failure (with --fail-on also a verdict named there). 2: something could not be
read; the rest was judged all the same.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

from evidence.commands.inputs import declared_of, nodes_of, read, settings_of, shown, side, side_text
from evidence.commands.options import UsageError, nearest, split
from evidence.core.demands import Demands, strict
from evidence.core.examine import examine, summary
from evidence.core.facts import Evidence
from evidence.core.formats import Judged
from evidence.core.results import Result, Verdict
from seal_advisor import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

USAGE = """\
usage: seal-advisor check PATH... [--answers FILE [--house DIR|FILE]]
                          [--product vault|openbao[:VERSION]] [--node NAME=PATH] [--observed FROM/TO]
                          [--waivers FILE] [--attestations FILE] [--baseline JSON] [--fail-on WORDS]
                          [--format text|json|sarif|junit|github]

Reads any evidence and judges every control that applies. A PATH may be a directory: its files are read in order of
name, without hidden ones. Without --answers the strict profile (FIPS 140-3, SP 800-52r2) is assumed.

  --node NAME=PATH   PATH comes from this node; may be given for each node
  --observed FROM/TO the period under review, days or times in ISO 8601
  --waivers FILE     TOML: [[waiver]] control, reason, owner, approved_by, expires
  --attestations FILE  TOML: [[attestation]] control, statement, by, on, expires, reference
                     and [[not_applicable]] control, reason, by, on
  --baseline JSON    an earlier `check --format json`: only what is new since then makes exit 1
  --fail-on WORDS    warn,not_proven,stale,cannot_decide: these verdicts make exit 1 too
"""
OPTIONS = (
    "--answers",
    "--house",
    "--product",
    "--node",
    "--observed",
    "--waivers",
    "--attestations",
    "--baseline",
    "--fail-on",
    "--format",
)
FORMATS = ("text", "json", "sarif", "junit", "github")
FAIL_ON = ("warn", "not_proven", "stale", "cannot_decide", "waived", "attested", "fail")


def run(arguments: list[str]) -> int:
    if "-h" in arguments or "--help" in arguments:
        print(USAGE, end="")
        return 0
    try:
        paths, given = split(arguments, OPTIONS, frozenset({"--node"}))
        return _check(paths, given)
    except UsageError as error:
        print(f"seal-advisor check: {error}", file=sys.stderr)
        return 2


def _check(paths: list[str], given: dict[str, list[str]]) -> int:
    layout = _one_of(given, "--format", FORMATS, "text")
    fail_on = _fail_on(given)
    nodes = nodes_of(given)
    settings = settings_of(given)
    demands = _demands(given)
    waivers = _people(given, "--waivers", "read_waivers")
    attestations = _people(given, "--attestations", "read_attestations")
    exclusions = _people(given, "--attestations", "read_exclusions")
    baseline = _baseline(given)
    every = list(dict.fromkeys([*paths, *nodes]))
    if not every:
        raise UsageError("no PATH; name files or directories of evidence")
    artefacts = read(every, nodes, declared_of(given, demands, settings), settings.now, facts_only=True)
    results = examine(
        Evidence(artefacts), demands, settings, waivers=waivers, attestations=attestations, exclusions=exclusions
    )
    known = None if baseline is None else frozenset(r.control for r in results if _is_known(r, baseline))
    judged = Judged(artefacts, results, summary(results), demands.basis, __version__, known)
    print(import_module(f"evidence.core.formats.{layout}").render(judged))
    for artefact in artefacts:
        if artefact.error:
            print(f"{shown(artefact.name)}: {shown(artefact.error)}", file=sys.stderr)
    if any(artefact.error for artefact in artefacts):
        return 2
    return int(any(r.verdict in fail_on and r.control not in (known or ()) for r in results))


def _people(given: dict[str, list[str]], name: str, reader: str) -> tuple[Any, ...]:
    """What people have decided or declared; the reader of TOML is loaded only where such a file is given."""
    return side(given, name, getattr(import_module("evidence.core.waiver_files"), reader)) if name in given else ()


def _one_of(given: dict[str, list[str]], name: str, valid: tuple[str, ...], default: str) -> str:
    word = given.get(name, [default])[0]
    if word not in valid:
        raise UsageError(f"{name} {word!r}; {nearest(word, valid)}")
    return word


def _fail_on(given: dict[str, list[str]]) -> frozenset[Verdict]:
    words = [word.strip() for word in given.get("--fail-on", ["fail"])[0].split(",") if word.strip()]
    for word in words:
        if word not in FAIL_ON:
            raise UsageError(f"--fail-on {word!r}; {nearest(word, FAIL_ON)}")
    return frozenset({Verdict.FAIL, *(Verdict(word) for word in words)})


def _demands(given: dict[str, list[str]]) -> Demands:
    if "--answers" not in given:
        if "--house" in given:
            raise UsageError("--house needs --answers: house rules change a decision")
        return strict()
    path = given["--answers"][0]
    yardstick = import_module("evidence.commands.yardstick")
    try:
        demands: Demands = yardstick.demands_of(side_text(path), given.get("--house", [None])[0])
    except yardstick.YardstickError as error:
        raise UsageError(f"{shown(path)}: {error}") from None
    return demands


Key = tuple[str, str, str]


def _baseline(given: dict[str, list[str]]) -> tuple[dict[str, str], frozenset[Key]] | None:
    """(control -> verdict, findings by control, base name and message) of an earlier run; None without one."""
    if "--baseline" not in given:
        return None
    path = given["--baseline"][0]
    import json  # only a baseline is JSON here

    try:
        results = json.loads(side_text(path))["results"]
        verdicts = {str(result["control"]): str(result["verdict"]) for result in results}
        findings = frozenset(
            (str(result["control"]), os.path.basename(str(finding["path"])), str(finding["message"]))
            for result in results
            for finding in result["findings"]
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UsageError(f"{shown(path)}: not the output of `check --format json`") from None
    return verdicts, findings


def _is_known(result: Result, baseline: tuple[dict[str, str], frozenset[Key]]) -> bool:
    """Did the control have this verdict before, for the same reasons? Lines may move; a new message is new."""
    verdicts, findings = baseline
    if verdicts.get(result.control) != result.verdict.value:
        return False
    return all(
        (result.control, os.path.basename(finding.path), finding.message) in findings
        for finding in result.findings
        if finding.severity is result.verdict
    )
