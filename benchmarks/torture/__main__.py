"""`python -m benchmarks.torture [NAME ...]`: prints a row each, keeps it in torture.json, exits 1 where one failed.

--count N (instead of the row's own count; --minutes N says the same of a row that counts minutes) repeats a run on a
small scale, which is not kept; --seed N throws other dice.
With --add the run is a part: its numbers are added to those that torture.json has for the row.
"""

from __future__ import annotations

import argparse
import json
import pkgutil
import random
import sys
import time
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.torture import Outcome

HERE = Path(__file__).parent
RECORD = HERE.parent / "torture.json"
SEED = 20261124
FAILURES_SHOWN = 20


def rows() -> dict[str, ModuleType]:
    """Name -> module, for every file of this folder but this one."""
    names = sorted(one.name for one in pkgutil.iter_modules([str(HERE)]) if one.name != "__main__")
    return {name: import_module(f"benchmarks.torture.{name}") for name in names}


def measured(name: str, row: ModuleType, count: int, seed: int) -> dict[str, object]:
    started = time.monotonic()
    outcome = row.run(count, random.Random(seed))
    failures, measures = outcome if isinstance(outcome, Outcome) else (outcome, {})
    minutes = (time.monotonic() - started) / 60
    print(f"{name:<10} {seed:>9} {count:>7} {len(failures):>8} {minutes:>8.1f}  {row.WHAT}", flush=True)
    for line in failures[:FAILURES_SHOWN]:
        print(f"           {line}", flush=True)
    for what, value in measures.items():
        print(f"           {what}: {value:g}", flush=True)
    return {
        "name": name,
        "what": row.WHAT,
        "seed": seed,
        "count": count,
        "failures": len(failures),
        "minutes": round(minutes, 2),
        **({"measures": measures} if measures else {}),
    }


def record(results: list[dict[str, object]], *, add: bool = False) -> None:
    """These rows, at their full counts, in the place of what torture.json said about them; the others stay.

    add: they are parts; count, failures and minutes are added up, the seeds are listed.
    """
    before = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else []
    rows = {one["name"]: one for one in before}
    for one in results:
        rows[one["name"]] = _added(rows[one["name"]], one) if add and one["name"] in rows else one
    RECORD.write_text(json.dumps([rows[name] for name in sorted(rows)], indent=1) + "\n", encoding="utf-8")


def _added(before: dict[str, Any], part: dict[str, Any]) -> dict[str, object]:
    """Raises SystemExit for a seed that was counted already: the same dice twice prove nothing more."""
    seeds = [int(one) for one in str(before["seed"]).split("+")]
    if part["seed"] in seeds:
        raise SystemExit(f"{part['name']}: seed {part['seed']} is in torture.json already; give another --seed")
    summed = {key: round(before[key] + part[key], 2) for key in ("count", "failures", "minutes")}
    return {**part, **summed, "seed": "+".join(map(str, [*seeds, part["seed"]]))}


def main(arguments: list[str]) -> int:
    found = rows()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.torture")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(found)}; all without one")
    parser.add_argument("--count", "--minutes", type=int, help="how often, in place of each row's own count")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--add", action="store_true", help="add this part to what torture.json has for the row")
    given = parser.parse_args(arguments)
    unknown = sorted({*given.names} - {*found})
    if unknown:
        parser.error(f"no row {', '.join(unknown)}; there are {', '.join(found)}")
    print(f"{'row':<10} {'seed':>9} {'count':>7} {'failures':>8} {'minutes':>8}  what")
    results = [
        measured(name, row, given.count or row.COUNT, given.seed)
        for name, row in found.items()
        if name in given.names or not given.names
    ]
    whole = [one for one in results if given.add or one["count"] == found[str(one["name"])].COUNT]
    record(whole, add=given.add)
    return int(any(one["failures"] for one in results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
