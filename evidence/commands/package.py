"""`seal-advisor package PATH...`: judge the evidence against the decision and write the signed compliance package.

Exit 0: written, no control failed. 1: written, a control failed or the time-stamp authority gave none. 2: something
could not be read; what could be read is in the package all the same, unless nothing could be written (then one line
says why, and no file is left behind).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from evidence import rendering, sealing, signers
from evidence.commands.inputs import declared_of, nodes_of, read, settings_of, side, side_text
from evidence.commands.options import UsageError, split
from evidence.core import diff, zip_layout
from evidence.core.approved import approved
from evidence.core.archive import Built, Draft
from evidence.core.contents import PackageInput
from evidence.core.diff import NotAPackage
from evidence.core.examine import examine, summary
from evidence.core.facts import Artefact, Evidence
from evidence.core.pdf import Rendered
from evidence.core.results import Verdict
from evidence.core.signing import SigningKey, UnusableKey, display_name
from evidence.core.succession import NoPackage, last_of
from evidence.core.verify import Unreadable, verify
from evidence.core.waiver_files import read_attestations, read_exclusions, read_waivers
from evidence.rendering import RenderingFailed
from evidence.revocation import read_lists
from evidence.sealing import Plan
from seal_advisor import __version__
from seal_advisor.commands.house_files import HouseRefused, ruleset_in
from seal_advisor.core import explain, rules
from seal_advisor.core.answers import Answers, AnswersError, loads
from seal_advisor.core.record import replace
from seal_advisor.core.rules import Ruleset

USAGE = """\
usage: seal-advisor package PATH... --answers ANSWERS -o OUT.zip [--title TEXT] [--house DIR|FILE]
                            [--signing-key P12 [--signing-key-password env://NAME|file:///PATH]]
                            [--pkcs11-module LIB --pkcs11-token-label NAME --pkcs11-key-label NAME
                             [--pkcs11-pin env://NAME|file:///PATH] [--pkcs11-certificate FILE]]
                            [--level B-B|B-T|B-LT|B-LTA] [--tsa URL [--trust CA.pem]... [--crl FILE]...]
                            [--product vault|openbao[:VERSION]] [--node NAME=PATH] [--observed FROM/TO]
                            [--waivers FILE] [--attestations FILE] [--previous OLD.zip]
       seal-advisor package --decision-only --answers ANSWERS -o OUT.zip [--title, --house, keys and --tsa as above]

Reads the evidence like `check`, judges it against the decision on the answers, and writes the report, the manifest and
everything that they rest on into one archive. Without a key it is signed with a trial key that vouches for itself only.

  --decision-only    no evidence is read and no control judged: the signed decision for an early review
  --house DIR|FILE   rules of your own, laid over the ruleset; the report says where they are weaker
  --tsa URL          time-stamp authority (RFC 3161); one that gives no time-stamp is said aloud, and exit 1
  --trust CA.pem     with --tsa: anchors of signer and authority, from B-LT on
  --crl FILE         a revocation list; issuers that none is given for are asked at their certificates' addresses
  --level LEVEL      of the PAdES signature; default: the highest that these options allow, up to B-LT
  --previous OLD.zip the package before this one: the ledger goes on from it, with the proof that it only grew, and
                     what changed since stands in the report and in changes.json
SOURCE_DATE_EPOCH fixes the clock.
"""
SHARED = ("--answers", "--product", "--node", "--observed", "--waivers", "--attestations")
EVIDENCE_ONLY = ("--product", "--node", "--observed", "--waivers", "--attestations")
OWN = ("--output", "--title", "--house", "--decision-only", "--previous", "--level", "--tsa", "--trust", "--crl")
KEYS = (
    "--signing-key",
    "--signing-key-password",
    "--pkcs11-module",
    "--pkcs11-token-label",
    "--pkcs11-key-label",
    "--pkcs11-pin",
    "--pkcs11-certificate",
)
FLAGS = frozenset({"--decision-only"})
TITLE = "Vault seal: decision and evidence"
TITLE_ALONE = "Vault seal: decision"
RENDER_SECONDS = 300
NOT_JUDGED = "none judged, no evidence was read (--decision-only)"

Given = dict[str, list[str]]


class CannotWrite(Exception):
    """No package could be made; the message is the one line that says why."""


def run(arguments: list[str]) -> int:
    if "-h" in arguments or "--help" in arguments:
        print(USAGE, end="")
        return 0
    words = ["--output" if word == "-o" else word for word in arguments]
    try:
        paths, given = split(words, (*SHARED, *OWN, *KEYS), frozenset({"--node", "--trust", "--crl"}), FLAGS)
        return _package(paths, given)
    except (UsageError, UnusableKey, CannotWrite) as error:
        print(f"seal-advisor package: {' '.join(str(error).split())}", file=sys.stderr)
        return 2


def _package(paths: list[str], given: Given) -> int:
    for name in ("--answers", "--output"):
        if name not in given:
            raise UsageError(f"{'-o' if name == '--output' else name} is missing")
    target = Path(given["--output"][0])
    if not target.parent.is_dir() or target.is_dir():
        raise UsageError(f"{target}: {'is a directory' if target.is_dir() else 'its directory does not exist'}")
    plan = _plan(given)
    package = _continued(given, _gather(paths, given))
    with _key(given, package) as key:
        built = _build(package, key, plan)
        _write(target, built)
        _tell(target, package, built, key)
    if built.sealing.shortfall:
        print(f"WARNING: {built.sealing.shortfall}", file=sys.stderr)
    refused = [one for one in package.evidence.artefacts if one.error]
    for one in refused:
        print(f"{one.name}: {one.error}", file=sys.stderr)
    if refused:
        return 2
    failed = any(result.verdict is Verdict.FAIL for result in package.results)
    return int(failed or bool(built.sealing.shortfall))


def _gather(paths: list[str], given: Given) -> PackageInput:
    try:
        rules_now = ruleset_in(given.get("--house", [None])[0])
    except HouseRefused as error:
        raise UsageError(str(error)) from None
    answers = _answers(given["--answers"][0], rules_now)
    if "--decision-only" in given:
        return _decision_only(paths, given, rules_now, answers)
    demands = approved(rules.decide(rules_now, answers))
    settings = settings_of(given)
    nodes = nodes_of(given)
    waivers = side(given, "--waivers", read_waivers)
    attestations = side(given, "--attestations", read_attestations)
    exclusions = side(given, "--attestations", read_exclusions)
    every = list(dict.fromkeys([*paths, *nodes]))
    if not every:
        raise UsageError("no PATH; name files or directories of evidence")
    declared = replace(declared_of(given, demands, settings), source="seal-advisor package")
    evidence = Evidence(_base_names(read(every, nodes, declared, settings.now)))
    return replace(
        _decided(given, rules_now, answers, settings.now),
        evidence=evidence,
        results=examine(evidence, demands, settings, waivers=waivers, attestations=attestations, exclusions=exclusions),
        waivers=waivers,
        attestations=attestations,
        exclusions=exclusions,
        period=(settings.observed_from, settings.observed_to)
        if settings.observed_from and settings.observed_to
        else None,
        settings=settings,
        declared={one.sha256: declared for one in evidence.artefacts},
    )


def _decided(given: Given, rules_now: Ruleset, answers: Answers, now: datetime) -> PackageInput:
    """The decision alone, without evidence and results."""
    return PackageInput(
        title=given.get("--title", [TITLE])[0],
        decision=explain.document(rules_now, answers),
        answers=answers.as_json(),
        ruleset=rules_now.files,
        evidence=Evidence(()),
        results=(),
        now=now,
        generator=f"Seal Advisor {__version__}",
        version=__version__,
    )


def _continued(given: Given, package: PackageInput) -> PackageInput:
    """The package as the next one after that of --previous: its ledger goes on, and what changed since is said.

    Raises UsageError when the previous one is no package, or no longer what was signed.
    """
    if "--previous" not in given:
        return package
    path = given["--previous"][0]
    try:
        data = Path(path).read_bytes()
        last = last_of(data)
        differing = verify(data, now=datetime.now(UTC), again=False).differences
        if differing:
            raise NoPackage(f"it is not what was signed: {differing[0].name}: {differing[0].detail}")
        before = diff.said(data), diff.made_at(data)
    except OSError as error:
        raise UsageError(f"--previous {path}: {error.strerror or 'cannot be read'}") from None
    except (NotAPackage, NoPackage, Unreadable) as error:
        raise UsageError(f"--previous {path}: {error}") from error
    return replace(package, before=before, ledger=last.frontier, previous=last.head)


def _decision_only(paths: list[str], given: Given, rules_now: Ruleset, answers: Answers) -> PackageInput:
    """Raises UsageError where evidence was given all the same: it would be neither read nor judged."""
    unread = [*paths, *(name for name in EVIDENCE_ONLY if name in given)]
    if unread:
        raise UsageError(f"--decision-only reads no evidence; leave out {unread[0]}")
    decided = _decided(given, rules_now, answers, settings_of(given).now)
    return replace(decided, judged=False, title=given.get("--title", [TITLE_ALONE])[0])


def _answers(path: str, rules_now: Ruleset) -> Answers:
    try:
        return loads(side_text(path), rules_now)
    except AnswersError as error:
        where = f"{path}:{error.line}" if error.line else path
        raise UsageError(f"{where}: {error}") from None


def _base_names(artefacts: tuple[Artefact, ...]) -> tuple[Artefact, ...]:
    """No folder of this machine goes into a package; a second file of one name gets a number."""
    seen: dict[str, int] = {}
    named = []
    for one in artefacts:
        archive = f"{one.within[0][0]}!" if one.within else ""
        inside = archive + one.name.partition(archive)[2] if archive else ""
        base = inside or os.path.basename(one.name.rstrip("/")) or "file"
        seen[base] = seen.get(base, 0) + 1
        stem, dot, suffix = base.rpartition(".")
        name = base if seen[base] == 1 else f"{stem}-{seen[base]}.{suffix}" if dot and stem else f"{base}-{seen[base]}"
        named.append(replace(one, name=name))
    return tuple(named)


@contextmanager
def _key(given: Given, package: PackageInput) -> Iterator[SigningKey]:
    """The key that the options name. Raises UsageError for half a description."""
    one = {name: values[0] for name, values in given.items()}
    token = [name for name in KEYS if name.startswith("--pkcs11-") and name in one]
    if token and "--signing-key" in one:
        raise UsageError("give --signing-key or --pkcs11-module, not both")
    if token:
        for name in ("--pkcs11-module", "--pkcs11-token-label", "--pkcs11-key-label"):
            if name not in one:
                raise UsageError(f"{name} is missing; {token[0]} alone does not name a key")
        with signers.from_token(
            one["--pkcs11-module"],
            one["--pkcs11-token-label"],
            one["--pkcs11-key-label"],
            one.get("--pkcs11-pin"),
            now=package.now,
            certificate=one.get("--pkcs11-certificate"),
        ) as key:
            yield key
    elif "--signing-key" in one:
        yield signers.from_file(one["--signing-key"], one.get("--signing-key-password"))
    elif "--signing-key-password" in one:
        raise UsageError("--signing-key is missing")
    else:
        yield signers.trial(package.now)


def _plan(given: Given) -> Plan:
    trust = signers.certificates(given.get("--trust", []))
    if trust and "--tsa" not in given:
        raise UsageError("--trust needs --tsa: without a time-stamp there is nothing to keep for the long term")
    lists = read_lists(given.get("--crl", []))
    try:
        return sealing.plan_of(given.get("--level", [""])[0], tsa=given.get("--tsa", [""])[0], trust=trust, lists=lists)
    except ValueError as error:
        raise UsageError(f"{error}: see --level, --tsa and --trust") from None


def _build(package: PackageInput, key: SigningKey, plan: Plan) -> Built:
    def render(drafted: Draft) -> Rendered:
        return rendering.render(drafted.html, drafted.attached, drafted.now, seconds=RENDER_SECONDS)

    try:
        return sealing.build(package, key, plan, render=render)[1]
    except RenderingFailed as error:
        raise CannotWrite(str(error)) from error


def _write(target: Path, built: Built) -> None:
    """The whole file or none: written beside the target and moved into its place."""
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with fresh.open("xb") as file:
            for chunk in built.chunks():
                file.write(chunk)
        fresh.replace(target)
    except (OSError, zip_layout.ArchiveTooLarge) as error:
        fresh.unlink(missing_ok=True)
        raise CannotWrite(f"{target}: {error}") from error


def _tell(target: Path, package: PackageInput, built: Built, key: SigningKey) -> None:
    counts = ", ".join(f"{count} {word}" for word, count in summary(package.results).items() if count)
    print(f"{target}: {len(built.files)} files, report of {built.pages} pages")
    print(f"decision: {package.decision['status']} {' '.join(package.decision['recommended'])}".rstrip())
    print(f"controls: {counts if package.judged else NOT_JUDGED}")
    print(f"signed by: {display_name(key.certificate.subject)} ({key.origin}), PAdES {built.sealing.level}")
    print(f"fingerprint: {key.fingerprint}")
