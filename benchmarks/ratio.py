"""Measuring one ratio honestly."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field

ROUNDS = 3
NOISE = 1.3  # wall / CPU of the baseline above this: the machine was busy, the row is said to be noisy


@dataclass(frozen=True, slots=True)
class Row:
    """One goal. ours, baseline: called with nothing; `check` asserts that both gave the same answer, before any timing.

    target: the ratio ours / baseline that must not be exceeded. repeat: calls for each timing, for very short work.
    whole_process: the work runs in child processes, so CPU time is the children's.
    by_cpu: what counts is CPU time, the least of each side: the bar is about work, and both sides are the same work.
    amounts: what ours and baseline return is what is compared (bytes, pages), not how long they take.
    """

    id: str
    what: str
    ours: Callable[[], object]
    baseline: Callable[[], object]
    target: float
    check: Callable[[object, object], None] = lambda ours, baseline: None
    repeat: tuple[int, int] = (1, 1)
    baseline_name: str = ""
    whole_process: bool = False
    by_cpu: bool = False
    amounts: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    row: Row
    ratio: float
    cpu_ratio: float
    ours_seconds: float
    baseline_seconds: float
    noisy: bool
    extra: dict[str, float] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        return self.ratio <= self.row.target


def timed(work: Callable[[], object], times: int, whole_process: bool) -> tuple[float, float]:
    """(wall, CPU) seconds for one call."""
    before, cpu = os.times(), time.perf_counter()
    for _ in range(times):
        work()
    wall, after = time.perf_counter() - cpu, os.times()
    used = after.user - before.user + after.system - before.system
    if whole_process:
        used += after.children_user - before.children_user + after.children_system - before.children_system
    return wall / times, used / times


def measure(row: Row) -> Measured:
    """Best wall time of each side over ROUNDS interleaved rounds. Raises AssertionError when the answers differ."""
    if row.amounts:
        return _compared(row)
    row.check(row.ours(), row.baseline())
    ours, baseline = [], []
    for _ in range(ROUNDS):
        ours.append(timed(row.ours, row.repeat[0], row.whole_process))
        baseline.append(timed(row.baseline, row.repeat[1], row.whole_process))
    best, best_baseline = (min(side, key=lambda one: one[row.by_cpu]) for side in (ours, baseline))
    return Measured(
        row=row,
        ratio=best[row.by_cpu] / best_baseline[row.by_cpu],
        cpu_ratio=best[1] / best_baseline[1] if best_baseline[1] else float("nan"),
        ours_seconds=best[0],
        baseline_seconds=best_baseline[0],
        noisy=best_baseline[1] > 0.01 and best_baseline[0] / best_baseline[1] > NOISE,
    )


def _compared(row: Row) -> Measured:
    """Two amounts; the least of ours over ROUNDS counts."""
    ours, baseline = min(float(str(row.ours())) for _ in range(ROUNDS)), float(str(row.baseline()))
    return Measured(row, ours / baseline, ours / baseline, 0.0, 0.0, noisy=False)
