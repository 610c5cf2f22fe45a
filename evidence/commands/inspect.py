"""`seal-advisor inspect FILE`: kind, sha256, facts, and what was redacted. Exit 2 when the file is refused."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from evidence.core.artefact_json import artefact_document
from evidence.core.facts import Artefact, Declared
from evidence.core.refusal import Refused
from evidence.core.stream import intake_stream

PRODUCTS = ("vault", "openbao")


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="seal-advisor inspect", description=__doc__)
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--product", metavar="vault|openbao[:VERSION]", type=_product, default=Declared())
    options = parser.parse_args(arguments)
    path = Path(options.file)
    try:
        with path.open("rb") as stream:
            artefact = intake_stream(path.name, stream, _discard, declared=options.product)
    except OSError as error:
        print(f"{options.file}: {error.strerror or 'cannot be read'}", file=sys.stderr)
        return 2
    except Refused as refused:
        print(refusal(options.file, refused), file=sys.stderr)
        return 2
    if options.format == "json":
        print(json.dumps(artefact_document(artefact, options.file), indent=2, ensure_ascii=False))
    else:
        print(text(artefact, options.file))
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


def _product(word: str) -> Declared:
    product, _, version = word.partition(":")
    if product not in PRODUCTS:
        raise argparse.ArgumentTypeError(f"no product {product!r}; there are {', '.join(PRODUCTS)}")
    return Declared(product=product, version=version or None)
