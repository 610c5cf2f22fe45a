"""Many at once on a cluster of real processes, with a million rows in the database."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from benchmarks.torture import Outcome
from tests import load, services

WHAT = "COUNT uploads, 2 COUNT editors, COUNT/2 pollers, two builds over 10^4 COUNT rows: no 5xx, no write lost"
COUNT = 100


def run(count: int, chance: random.Random) -> Outcome:
    try:
        with tempfile.TemporaryDirectory(prefix="seal-advisor-load-") as folder:
            return Outcome(*load.run(Path(folder), count, chance))
    finally:
        services.stop_all()
