"""`seal-advisor diff OLD.zip NEW.zip`: what changed between two packages. Exit 0: compared. 2: one is no package."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from evidence.commands.options import UsageError, nearest, split
from evidence.core.diff import Change, NotAPackage, diff

USAGE = """\
usage: seal-advisor diff OLD.zip NEW.zip [--format text|json]

Compares decision, answers, controls, evidence and exceptions. Whether the packages are genuine, `verify` says.
"""
FORMATS = ("text", "json")


def run(arguments: list[str]) -> int:
    if "-h" in arguments or "--help" in arguments:
        print(USAGE, end="")
        return 0
    try:
        paths, given = split(arguments, ("--format",), frozenset())
        layout = given.get("--format", ["text"])[0]
        if layout not in FORMATS:
            raise UsageError(f"--format {layout!r}; {nearest(layout, FORMATS)}")
        if len(paths) != 2:
            raise UsageError("name two packages: OLD.zip NEW.zip")
        changes = _compared(*paths)
    except UsageError as error:
        print(f"seal-advisor diff: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    if layout == "json":
        print(json.dumps({"changes": [_as_json(change) for change in changes]}, ensure_ascii=False, indent=2))
    else:
        print("\n".join(change.line for change in changes) or "nothing changed")
    return 0


def _as_json(change: Change) -> dict[str, str | None]:
    return {"area": change.area, "what": change.what, "before": change.before, "after": change.after}


def _compared(old: str, new: str) -> tuple[Change, ...]:
    try:
        return diff(_bytes(old), _bytes(new))
    except NotAPackage as error:
        raise UsageError(f"{old}, {new}: {error}") from error


def _bytes(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or 'cannot be read'}") from None
