"""`python -m benchmarks [ID ...]`: prints the table, writes results.json and docs/performance.md; exit 1 for a miss.

With IDs only those rows are measured; the others stay as they were last measured, each with its day.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from benchmarks.ratio import Measured, Row, measure

HERE = Path(__file__).parent
RESULTS = HERE / "results.json"
PAGE = HERE.parent / "docs/performance.md"


INTRODUCTION = """\
Written by `make bench`. Each number is a ratio: our time (or memory) over the baseline's, in the same run, interleaved,
best of several, the same answers asserted first; never an absolute time. A row is noisy where its baseline was: it says
nothing then. `benchmarks/rows_*.py` holds each row."""


def all_rows() -> list[Row]:
    modules = sorted(path.stem for path in HERE.glob("rows_*.py"))
    return [row for name in modules for row in import_module(f"benchmarks.{name}").rows()]


def line(measured: Measured) -> str:
    state = "noisy" if measured.noisy else "holds" if measured.holds else "MISSED"
    return (
        f"{measured.row.id:<6} {measured.ratio:>9.3f} {measured.row.target:>9.3f} {measured.cpu_ratio:>9.3f}  "
        f"{state:<6} {measured.row.what}"
    )


def record(measured: Measured, machine: str) -> dict[str, object]:
    return {
        "id": measured.row.id,
        "what": measured.row.what,
        "ratio": round(measured.ratio, 4),
        "target": measured.row.target,
        "holds": None if measured.noisy else measured.holds,
        "baseline": measured.row.baseline_name,
        "machine": machine,
        "measured_on": datetime.now(UTC).date().isoformat(),
        "cpu_ratio": round(measured.cpu_ratio, 4),
        "ours_seconds": measured.ours_seconds,
        "baseline_seconds": measured.baseline_seconds,
    }


def main(wanted: list[str]) -> int:
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    print(f"{'goal':<6} {'ratio':>9} {'target':>9} {'CPU':>9}  state  what")
    rows = all_rows()
    kept = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else []
    results = {one["id"]: one for one in kept if one["id"] in {row.id for row in rows}}
    missed = False
    for row in rows:
        if not wanted or any(row.id == name or row.id.startswith(name + ".") for name in wanted):
            measured = measure(row)
            print(line(measured), flush=True)
            results[row.id] = record(measured, machine)
            missed |= not measured.holds and not measured.noisy
            write([results[each.id] for each in rows if each.id in results])
    return int(missed)


def write(results: list[dict[str, object]]) -> None:
    """After each row: a run that is stopped keeps what it measured."""
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    PAGE.write_text(page(results), encoding="utf-8")


def page(results: list[dict[str, object]]) -> str:
    """The table as Markdown."""
    words = {True: "holds", False: "**missed**", None: "noisy"}
    lines = ["# Performance", "", INTRODUCTION, "", "| goal | what | ratio | target | CPU | state | measured on |"]
    lines.append("|---|---|---|---|---|---|---|")
    for one in results:
        state = words[one["holds"]]  # type: ignore[index]
        numbers = " | ".join(f"{one[name]:.3g}" for name in ("ratio", "target", "cpu_ratio"))
        lines.append(f"| {one['id']} | {one['what']} | {numbers} | {state} | {one.get('measured_on', '')} |")
    machines = ", ".join(sorted({str(one["machine"]) for one in results}))
    return "\n".join([*lines, "", f"Machine: {machines}, {os.cpu_count()} cores.", ""])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
