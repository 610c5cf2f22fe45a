"""`seal-advisor verify OUT.zip|REPORT.pdf`: is this exactly what was signed, and by whom?

Exit 0: nothing differs. 1: something differs, or the signer is not the one that was asked for. 2: no package and no
report.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path

from evidence import signers
from evidence.commands.options import UsageError, nearest, split
from evidence.core.signing import UnusableKey
from evidence.core.succession import Last, NoPackage, last_of
from evidence.core.verify import Unreadable, Verification, verify

USAGE = """\
usage: seal-advisor verify OUT.zip|REPORT.pdf [--trust CA.pem]... [--fingerprint SHA256]
                           [--previous OLD.zip] [--format text|json]

Checks every hash, proof and signature, and that nothing was added, removed, renamed or laid out differently.
Take the anchor (--trust) and the fingerprint of the signer's certificate from the signer, never from the package:
without them this proves that nothing was changed since somebody signed, not who that was. The package also decides
and judges once more, from its own rules, answers and evidence: whatever comes out differently is named.

  --previous OLD.zip  the package that this one must follow: an older one that is shown again is named
"""
OPTIONS = ("--trust", "--fingerprint", "--previous", "--format")
FORMATS = ("text", "json")
HEX_DIGITS = 64


def run(arguments: list[str]) -> int:
    if "-h" in arguments or "--help" in arguments:
        print(USAGE, end="")
        return 0
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)  # what it would log stands in our own lines
    logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)
    try:
        paths, given = split(arguments, OPTIONS, frozenset({"--trust"}))
        return _verify(paths, given)
    except (UsageError, UnusableKey, Unreadable) as error:
        print(f"seal-advisor verify: {' '.join(str(error).split())}", file=sys.stderr)
        return 2


def _verify(paths: list[str], given: dict[str, list[str]]) -> int:
    if len(paths) != 1:
        raise UsageError("name one package (.zip) or report (.pdf)")
    layout = given.get("--format", ["text"])[0]
    if layout not in FORMATS:
        raise UsageError(f"--format {layout!r}; {nearest(layout, FORMATS)}")
    fingerprint = given.get("--fingerprint", [None])[0]
    if fingerprint is not None and not _is_digest(fingerprint):
        raise UsageError(f"--fingerprint {fingerprint!r}: a SHA-256 has {HEX_DIGITS} hex digits")
    anchors = signers.certificates(given.get("--trust", []))
    previous = _last(given["--previous"][0]) if "--previous" in given else None
    try:
        outcome = verify(
            _read(paths[0]), now=datetime.now(UTC), anchors=anchors, fingerprint=fingerprint, previous=previous
        )
    except Unreadable as error:
        raise Unreadable(f"{paths[0]}: {error}") from error
    if layout == "json":
        print(json.dumps(outcome.as_json(), ensure_ascii=False, indent=2))
    else:
        print("\n".join(_lines(outcome)))
    return int(not outcome.valid)


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or 'cannot be read'}") from None


def _last(path: str) -> Last:
    try:
        return last_of(_read(path))
    except NoPackage as error:
        raise UsageError(f"--previous {path}: {error}") from error


def _is_digest(text: str) -> bool:
    digits = text.replace(":", "").lower()
    return len(digits) == HEX_DIGITS and set(digits) <= set("0123456789abcdef")


def _lines(outcome: Verification) -> list[str]:
    lines = [f"{'ok     ' if one.ok else 'DIFFERS'}  {one.name}: {one.detail}" for one in outcome.checks]
    signer = outcome.signer
    if signer is not None:
        own = " (self-issued: vouches for itself only)" if signer.self_issued else ""
        lines.append(f"signer: {signer.subject}{own}")
        lines.append(f"fingerprint: {signer.fingerprint}")
        when = f"{signer.signed_at:%Y-%m-%d %H:%M:%S} UTC" if signer.signed_at else "at an unknown time"
        when += "" if signer.level.stamped else " as the signer's machine says, without a time-stamp"
        lines.append(f"signed: {when}, PAdES {signer.level}")
    if outcome.shortfall:
        lines.append(f"WARNING: {outcome.shortfall}")
    if outcome.anchored is None:
        lines.append("signer not anchored: give --trust CA.pem to check who signed")
    else:
        lines.append("signer anchored" if outcome.anchored else "signer not anchored")
    lines.append(f"{outcome.kind}: {'valid, nothing differs' if outcome.valid else 'NOT VALID'}")
    return lines
