"""One changed byte in every part of a package with time-stamps, in turn: it is reported, and a member by its name."""

from __future__ import annotations

import logging
import random

from evidence.core.levels import Level
from tests import timestamps
from tests.evidence import packages
from tests.evidence.changes import Target, unseen
from tests.evidence.test_changes import target

WHAT = "One changed byte in any part of a package of each level: reported, and a member by its name"
COUNT = 1000


def run(count: int, chance: random.Random) -> list[str]:
    """A fifth each at the four levels, over a page; a fifth over a whole report of the trial key."""
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)  # it logs every damaged byte
    share = count // 5
    with timestamps.authority() as tsa:
        missed = [f"{level}: {line}" for level in Level for line in unseen(target(tsa, level), share, chance)]
    whole = Target(packages.built(), packages.NOW)
    return missed + [f"whole report: {line}" for line in unseen(whole, count - 4 * share, chance)]
