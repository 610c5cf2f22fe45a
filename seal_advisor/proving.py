"""House rules are laid over the ruleset and proved in a process of its own, with a limit on its computing time.

A handful of rules takes two seconds; sixty that were written to cross each other would take minutes, in the request,
and again for everybody whose design they decide. `proved` is for the parent, `python -m seal_advisor.proving SECONDS`
the child; between the two goes JSON over pipes.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from seal_advisor.core import house, prove, ruleset
from seal_advisor.core.rules import RulesetError, load
from seal_advisor.core.toml_places import placed

ROOT = Path(__file__).resolve().parent.parent
CPU_SECONDS = 8
WALL_SECONDS = 60  # a busy machine


class HouseRefused(Exception):
    """House rules that cannot be put in force. problems: one line each, with file and line where they can be told."""

    def __init__(self, *problems: str) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def proved(files: Mapping[str, str]) -> tuple[str, ...]:
    """What the loader and the proofs remark about these house rules over the current ruleset. Raises HouseRefused.

    files: file name -> TOML text.
    """
    command = [sys.executable, "-m", "seal_advisor.proving", str(CPU_SECONDS)]
    task = json.dumps(dict(files)).encode()
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            command, check=False, input=task, capture_output=True, cwd=ROOT, timeout=WALL_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise HouseRefused(f"not proved within {WALL_SECONDS} s; the machine is busy, try again") from None
    if done.returncode < 0:
        raise HouseRefused(
            f"proving these rules takes more than {CPU_SECONDS} s of computing, and every decision under them would "
            "be slow: use fewer rules, or fewer conditions in each"
        )
    if done.returncode:
        raise RuntimeError(f"the proving process ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    said = json.loads(done.stdout)
    if said["problems"]:
        raise HouseRefused(*said["problems"])
    return tuple(said["remarks"])


def _prove(files: Mapping[str, str]) -> dict[str, list[str]]:
    try:
        found = prove.prove(load(house.overlay(ruleset.current(), files))).findings
    except RulesetError as error:
        return {"problems": [placed(str(error), files)], "remarks": []}
    said: dict[str, list[str]] = {"problems": [], "remarks": []}
    for one in found:
        said["problems" if one.kind == "error" else "remarks"].append(placed(f"{one.where}: {one.what}", files))
    return said


def main(seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    json.dump(_prove(json.load(sys.stdin)), sys.stdout)


if __name__ == "__main__":
    main(int(sys.argv[1]))
