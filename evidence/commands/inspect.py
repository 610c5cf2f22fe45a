"""`seal-advisor inspect FILE`: kind, sha256, facts, and what was redacted. Exit 2 when the file is refused."""

from __future__ import annotations

import json
import sys

from evidence.commands.inputs import base_name, product_of, shown
from evidence.commands.options import UsageError, nearest, split
from evidence.core.artefact_json import artefact_document
from evidence.core.facts import Artefact, Declared
from evidence.core.refusal import Refused
from evidence.core.stream import intake_stream

USAGE = """\
usage: seal-advisor inspect FILE [--product vault|openbao[:VERSION]] [--format text|json]

Reads one file as `check` does and shows its kind, its hash, the facts found in it, and what was removed.
"""
FORMATS = ("text", "json")


def run(arguments: list[str]) -> int:
    if "-h" in arguments or "--help" in arguments:
        print(USAGE, end="")
        return 0
    try:
        paths, given = split(arguments, ("--product", "--format"), frozenset())
        return _inspect(paths, given)
    except UsageError as error:
        print(f"seal-advisor inspect: {error}", file=sys.stderr)
        return 2


def _inspect(paths: list[str], given: dict[str, list[str]]) -> int:
    layout = given.get("--format", ["text"])[0]
    if layout not in FORMATS:
        raise UsageError(f"--format {layout!r}; {nearest(layout, FORMATS)}")
    if len(paths) != 1:
        raise UsageError("name one FILE")
    path = paths[0]
    product, version = product_of(given) or (None, None)
    try:
        with open(path, "rb") as stream:
            declared = Declared(product=product, version=version)
            artefact = intake_stream(base_name(path), stream, _discard, declared=declared)
    except OSError as error:
        raise UsageError(f"{shown(path)}: {error.strerror or 'cannot be read'}") from None
    except Refused as refused:
        print(refusal(shown(path), refused), file=sys.stderr)
        return 2
    if layout == "json":
        print(json.dumps(artefact_document(artefact, path), indent=2, ensure_ascii=False))
    else:
        print(text(artefact, path))
    return 0


def _discard(_redacted: bytes) -> None:
    """Only the facts are shown; nothing is kept."""


def refusal(path: str, refused: Refused) -> str:
    """One line: the file, the line where there is one, the reason, the remedy."""
    place = f"{path}:{refused.line}" if refused.line else path
    return " ".join(f"{place}: {refused.reason}; {refused.remedy}".split())


def text(artefact: Artefact, path: str) -> str:
    """The same for people: a few aligned lines, then the facts as JSON."""
    document = artefact_document(artefact, path)
    lines = [f"file    {path}", f"kind    {artefact.kind}", f"sha256  {artefact.sha256}", f"size    {artefact.size}"]
    if artefact.redactions:
        lines += [f"removed line {each.line}: {each.what}" for each in artefact.redactions]
    else:
        lines.append("removed nothing")
    if artefact.facts is not None:
        lines += ["facts", json.dumps(document["facts"], indent=2, ensure_ascii=False)]
    return "\n".join(lines)
