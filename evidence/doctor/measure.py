"""Latency figures: percentiles by nearest rank, so that every figure is one that was measured."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

PERCENTILES = (50, 90, 95, 99)


def percentiles(samples: Sequence[float]) -> dict[str, float]:
    """Milliseconds, rounded to a microsecond.

    >>> percentiles([4.0, 1.0, 3.0, 2.0])
    {'min': 1.0, 'p50': 2.0, 'p90': 4.0, 'p95': 4.0, 'p99': 4.0, 'max': 4.0}
    """
    ordered = sorted(samples)
    ranks = {f"p{each}": ordered[max(ceil(len(ordered) * each / 100), 1) - 1] for each in PERCENTILES}
    figures = {"min": ordered[0], **ranks, "max": ordered[-1]}
    return {name: round(value, 3) for name, value in figures.items()}
