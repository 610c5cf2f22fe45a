"""`python -m benchmarks [ID ...]`: prints the table, writes benchmarks/results.json, exits 1 where a goal is missed."""

from __future__ import annotations

import json
import platform
import sys
from importlib import import_module
from pathlib import Path

from benchmarks.ratio import Measured, Row, measure

HERE = Path(__file__).parent


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
        "cpu_ratio": round(measured.cpu_ratio, 4),
        "ours_seconds": measured.ours_seconds,
        "baseline_seconds": measured.baseline_seconds,
    }


def main(wanted: list[str]) -> int:
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    print(f"{'goal':<6} {'ratio':>9} {'target':>9} {'CPU':>9}  state  what")
    measured = []
    for row in all_rows():
        if not wanted or any(row.id == name or row.id.startswith(name + ".") for name in wanted):
            measured.append(measure(row))
            print(line(measured[-1]), flush=True)
    if not wanted:
        results = json.dumps([record(one, machine) for one in measured], indent=1)
        (HERE / "results.json").write_text(results + "\n", encoding="utf-8")
    return int(any(not one.holds and not one.noisy for one in measured))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
