"""`seal-advisor inspect FILE`: kind, sha256, facts, and what was redacted. Exit 2 when the file is refused."""

from __future__ import annotations

import json
import sys
from typing import BinaryIO, cast

from evidence.commands.inputs import base_name, product_of, shown
from evidence.commands.options import UsageError, nearest, split
from evidence.core.artefact_json import artefact_document
from evidence.core.facts import Artefact, Declared
from evidence.core.redaction import safe_name
from evidence.core.refusal import Refused
from evidence.core.stream import intake_stream
from evidence.core.unpacking import Packed, opened
from evidence.core.unpacking.member import Readable
from evidence.core.unpacking.taking import outer_of, take

USAGE = """\
usage: seal-advisor inspect FILE [--product vault|openbao[:VERSION]] [--format text|json]

Reads one file as `check` does and shows its kind, its hash, the facts found in it, and what was removed.
Of an archive (zip, tar, tar.gz) it shows that and every member; a gzipped file is shown as the file inside.
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
            artefacts = _taken(path, stream, declared)
    except OSError as error:
        raise UsageError(f"{shown(path)}: {error.strerror or 'cannot be read'}") from None
    except Refused as refused:
        print(refusal(shown(path), refused), file=sys.stderr)
        return 2
    base = safe_name(base_name(path))
    named = [(artefact, shown(path) + artefact.name.removeprefix(base)) for artefact in artefacts]
    if layout == "json":
        first, *members = (artefact_document(artefact, name) for artefact, name in named)
        print(json.dumps({**first, **({"members": members} if members else {})}, indent=2, ensure_ascii=False))
    else:
        print("\n\n".join(text(artefact, name) for artefact, name in named))
    return 0


def _taken(path: str, stream: BinaryIO, declared: Declared) -> tuple[Artefact, ...]:
    """The file; or an archive, and its members behind it; or the one file that is compressed."""
    whole = opened(base_name(path), stream)

    def read(name: str, source: Readable) -> Artefact:
        return intake_stream(name, cast(BinaryIO, source), _discard, declared=declared)

    if not isinstance(whole, Packed):
        return (read(base_name(path), whole),)
    members = take(whole, declared, read)
    return members if whole.single else (outer_of(whole, members, declared), *members)


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
    lines += [f"within  {name} ({sha256})" for name, sha256 in artefact.within]
    if artefact.error:
        return "\n".join([*lines, f"refused {artefact.error}"])
    if artefact.redactions:
        lines += [f"removed line {each.line}: {each.what}" for each in artefact.redactions]
    else:
        lines.append("removed nothing")
    if artefact.facts is not None:
        lines += ["facts", json.dumps(document["facts"], indent=2, ensure_ascii=False)]
    return "\n".join(lines)
