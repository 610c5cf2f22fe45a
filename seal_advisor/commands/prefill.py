"""`seal-advisor prefill CONFIG`: the answers that a server configuration implies, as an answers file.

Exit 0, also where nothing is implied; 2 when the file cannot be read as a configuration.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from seal_advisor.commands import _common
from seal_advisor.core import hcl, rules, ruleset
from seal_advisor.core.prefill import Prefill, prefill


def run(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="seal-advisor prefill", description="The answers that a server configuration implies, with their lines."
    )
    parser.add_argument("config", metavar="CONFIG", help="vault.hcl, or the same as JSON")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="json is an answers file")
    given = parser.parse_args(arguments)
    return _common.guarded(lambda: _prefill(given.config, given.format))


def _prefill(path: str, form: str) -> int:
    try:
        with Path(path).open("rb") as file:
            data = file.read(hcl.MAX_BYTES + 1)
        found = prefill(hcl.decode(data))
    except OSError as error:
        raise _common.Refused(f"{path}: cannot be read: {error.strerror}") from None
    except hcl.HclError as error:
        raise _common.Refused(f"{path}:{error.line}: {error.message}; {error.remedy or 'mend the file'}") from None
    if form == "json":
        version = rules.load(ruleset.current()).version
        print(json.dumps(found.document(version), indent=1, ensure_ascii=False))
    else:
        print("\n".join(_lines(found, path)))
    return 0


def _lines(found: Prefill, path: str) -> list[str]:
    lines = [f"{each.question} = {each.value}\n  {path}:{each.line}: {each.reason}" for each in found.answers]
    lines += [f"{each.question}: left open\n  {path}:{each.line}: {each.reason}" for each in found.left_open]
    return lines or [f"{path}: implies no answer"]
