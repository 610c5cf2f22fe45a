"""Work without a pause for half an hour: nothing fails, and web and worker end as small as they were."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from benchmarks.torture import Outcome
from tests import services, soak

WHAT = "COUNT minutes of uploads, edits and builds: no failure, memory of web and worker stays flat"
COUNT = 30


def run(count: int, chance: random.Random) -> Outcome:
    try:
        with tempfile.TemporaryDirectory(prefix="seal-advisor-soak-") as folder:
            failures, measures = soak.run(Path(folder), count * 60, chance)
            return Outcome(failures + soak.grown(measures), measures)
    finally:
        services.stop_all()
