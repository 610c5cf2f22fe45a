"""Random `kill -9` of the supervisor, the web server or the worker."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

from tests import kills

WHAT = "Kill -9 of supervisor, web or worker: nothing that was acknowledged is lost, no package twice"
COUNT = 200


def run(count: int, chance: random.Random) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="seal-advisor-kills-") as folder:
        return kills.run(Path(folder), count, chance)
