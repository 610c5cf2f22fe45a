"""`seal-advisor check PATH...`: read any evidence, judge every control, say what fails and how to mend it.

Exit 0: no control fails. 1: an unwaived failure (with --fail-on also a verdict named there). 2: something could not be
read; the rest was judged all the same.
"""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import TypeVar

from evidence.commands.options import UsageError, nearest, split
from evidence.core.demands import Demands, Settings, strict
from evidence.core.examine import examine, summary
from evidence.core.facts import Artefact, Declared, Evidence
from evidence.core.formats import Judged
from evidence.core.results import Result, Verdict
from evidence.core.upload import TEXT_BYTES, intake_all, refused_artefact
from evidence.core.waivers import WaiverError, read_attestations, read_waivers
from seal_advisor import __version__

USAGE = """\
usage: seal-advisor check PATH... [--answers FILE] [--product vault|openbao[:VERSION]] [--node NAME=PATH]
                          [--observed FROM/TO] [--waivers FILE] [--attestations FILE] [--baseline JSON]
                          [--fail-on WORDS] [--format text|json|sarif|junit|github]

Reads any evidence and judges every control that applies. A PATH may be a directory: its files are read in order of
name, without hidden ones. Without --answers the strict profile (FIPS 140-3, SP 800-52r2) is assumed.

  --node NAME=PATH   PATH comes from this node; may be given for each node
  --observed FROM/TO the period under review, days or times in ISO 8601
  --waivers FILE     TOML: [[waiver]] control, reason, owner, approved_by, expires
  --attestations FILE  TOML: [[attestation]] control, statement, by, on, expires, reference
  --baseline JSON    an earlier `check --format json`: only what is new since then makes exit 1
  --fail-on WORDS    warn,not_proven,stale,cannot_decide: these verdicts make exit 1 too
"""
OPTIONS = (
    "--answers",
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
PRODUCTS = ("vault", "openbao")
FAIL_ON = ("warn", "not_proven", "stale", "cannot_decide", "waived", "attested", "fail")
MAX_FILES = 2_000
SIDE_FILE_BYTES = 16 * 1024 * 1024
COLLECTOR = "seal-advisor check"

T = TypeVar("T")


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
    nodes = _nodes(given)
    settings = _settings(given)
    demands = _demands(given)
    waivers = _side(given, "--waivers", read_waivers)
    attestations = _side(given, "--attestations", read_attestations)
    baseline = _baseline(given)
    every = list(dict.fromkeys([*paths, *nodes]))
    if not every:
        raise UsageError("no PATH; name files or directories of evidence")
    artefacts = read(every, nodes, _declared(given, demands, settings), settings.now)
    results = examine(Evidence(artefacts), demands, settings, waivers=waivers, attestations=attestations)
    known = None if baseline is None else frozenset(r.control for r in results if _is_known(r, baseline))
    judged = Judged(artefacts, results, summary(results), demands.basis, __version__, known)
    print(import_module(f"evidence.core.formats.{layout}").render(judged))
    for artefact in artefacts:
        if artefact.error:
            print(f"{_shown(artefact.name)}: {_shown(artefact.error)}", file=sys.stderr)
    if any(artefact.error for artefact in artefacts):
        return 2
    return int(any(r.verdict in fail_on and r.control not in (known or ()) for r in results))


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


def _nodes(given: dict[str, list[str]]) -> dict[str, str]:
    """Path -> node."""
    nodes = {}
    for word in given.get("--node", []):
        name, equals, path = word.partition("=")
        if not (name and equals and path):
            raise UsageError(f"--node {word!r}; write --node NAME=PATH")
        nodes[path] = name
    return nodes


def _settings(given: dict[str, list[str]]) -> Settings:
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    now = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdigit() else datetime.now(UTC)
    if "--observed" not in given:
        return Settings(now)
    word = given["--observed"][0]
    begin, _, end = word.partition("/")
    try:
        observed_from, observed_to = _moment(begin, at_end=False), _moment(end, at_end=True)
    except ValueError:
        raise UsageError(f"--observed {word!r}; write FROM/TO such as 2026-07-01/2026-09-30") from None
    if observed_from > observed_to:
        raise UsageError(f"--observed {word!r}: FROM is after TO")
    return Settings(now, observed_from, observed_to)


def _moment(word: str, *, at_end: bool) -> datetime:
    """A day (its first or last moment) or a time; without a zone it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(word)
    if at_end and len(word) == len("2026-09-30"):
        moment += timedelta(days=1) - timedelta(microseconds=1)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _demands(given: dict[str, list[str]]) -> Demands:
    if "--answers" not in given:
        return strict()
    path = given["--answers"][0]
    yardstick = import_module("evidence.commands.yardstick")
    try:
        demands: Demands = yardstick.demands_of(_side_text(path))
    except yardstick.YardstickError as error:
        raise UsageError(f"{_shown(path)}: {error}") from None
    return demands


def _declared(given: dict[str, list[str]], demands: Demands, settings: Settings) -> Declared:
    """What holds for every file of this command: the product, declared or implied by the answers, and the period."""
    if "--product" not in given:
        product, version, basis = demands.product, demands.version, "answers"
    else:
        product, _, version_text = given["--product"][0].partition(":")
        version, basis = version_text or None, "declared"
        if product not in PRODUCTS:
            raise UsageError(f"--product {product!r}; {nearest(product, PRODUCTS)}")
    return Declared(
        product=product,
        version=version,
        observed_from=settings.observed_from,
        observed_to=settings.observed_to,
        source=COLLECTOR,
        product_basis=basis,
    )


def _side(given: dict[str, list[str]], name: str, reader: Callable[[str], tuple[T, ...]]) -> tuple[T, ...]:
    """The waivers or attestations of a TOML file, empty when none was named."""
    if name not in given:
        return ()
    path = given[name][0]
    try:
        return reader(_side_text(path))
    except WaiverError as error:
        raise UsageError(f"{_shown(path)}: {error}") from None


def _side_text(path: str) -> str:
    """Text of a file that steers the command; whatever is wrong with it ends the command with exit 2."""
    try:
        with open(path, "rb") as stream:
            data = stream.read(SIDE_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{_shown(path)}: {error.strerror or 'cannot be read'}") from None
    if len(data) > SIDE_FILE_BYTES:
        raise UsageError(f"{_shown(path)}: larger than {SIDE_FILE_BYTES // 2**20} MiB")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{_shown(path)}: line {line}: not UTF-8; save the file as UTF-8") from None


Key = tuple[str, str, str]


def _baseline(given: dict[str, list[str]]) -> tuple[dict[str, str], frozenset[Key]] | None:
    """(control -> verdict, findings by control, base name and message) of an earlier run; None without one."""
    if "--baseline" not in given:
        return None
    path = given["--baseline"][0]
    try:
        results = json.loads(_side_text(path))["results"]
        verdicts = {str(result["control"]): str(result["verdict"]) for result in results}
        findings = frozenset(
            (str(result["control"]), os.path.basename(str(finding["path"])), str(finding["message"]))
            for result in results
            for finding in result["findings"]
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UsageError(f"{_shown(path)}: not the output of `check --format json`") from None
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


def read(paths: list[str], nodes: dict[str, str], declared: Declared, now: datetime) -> tuple[Artefact, ...]:
    """Every file below the paths, taken in together; one that cannot be read stands as "refused" with its error.

    The artefacts carry the path as it was given, so that two nodes' files of one name stay apart.
    """
    entries: list[tuple[str, bytes | str, Declared]] = []
    for path in paths:
        for file in _files(path):
            node = nodes.get(path) or _node_above(file, nodes)
            entries.append((file, _content(file), replace(declared, node=node)))
    given = [
        (os.path.basename(os.path.abspath(file)), data, about)
        for file, data, about in entries
        if isinstance(data, bytes)
    ]
    taken = iter(intake_all(given))
    artefacts = []
    for file, data, about in entries:
        name = os.path.basename(file) or file
        artefact = (
            next(taken) if isinstance(data, bytes) else replace(refused_artefact(name, b"", data, about), sha256="")
        )
        artefacts.append(replace(artefact, name=_shown(file), received_at=now))
    return tuple(artefacts)


def _node_above(file: str, nodes: dict[str, str]) -> str | None:
    """The node of the longest declared path that holds this file."""
    whole = os.path.abspath(file)
    for path in sorted(nodes, key=len, reverse=True):
        above = os.path.abspath(path)
        if whole == above or whole.startswith(above + os.sep):
            return nodes[path]
    return None


def _files(path: str) -> Iterator[str]:
    """The path itself, or the files of a directory in order of name, hidden ones and linked folders left out."""
    if not os.path.isdir(path):
        yield path
        return
    count = 0
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith("."):
                count += 1
                if count > MAX_FILES:
                    raise UsageError(f"{_shown(path)}: more than {MAX_FILES} files; name the folders that matter")
                yield os.path.join(folder, name)
    if not count:
        raise UsageError(f"{_shown(path)}: no file in this directory")


def _content(path: str) -> bytes | str:
    """The bytes, or why they cannot be had. A pipe or a device is never read: it may have no end."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return "not a regular file; hand in a file"
        with open(path, "rb") as stream:
            return stream.read(TEXT_BYTES + 1)
    except OSError as error:
        return f"{error.strerror or 'cannot be read'}; check the name and its permissions"


def _shown(text: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in text)
