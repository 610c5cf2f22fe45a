"""One flipped bit anywhere in a signed package: verification never calls it valid."""

from __future__ import annotations

import random

from evidence.core import verify
from evidence.core.verify import Unreadable
from tests.evidence import packages

WHAT = "One flipped bit anywhere in a package: it is never called valid"
COUNT = 10_000


def run(count: int, chance: random.Random) -> list[str]:
    whole = packages.whole()
    if not verify.verify(whole, now=packages.NOW, again=False).valid:
        return ["the package is not valid before any bit is flipped, so that nothing is shown"]
    unseen = []
    for _ in range(count):
        position, bit = chance.randrange(len(whole)), chance.randrange(8)
        changed = bytearray(whole)
        changed[position] ^= 1 << bit
        try:
            if verify.verify(bytes(changed), now=packages.NOW, again=False).valid:
                unseen.append(f"byte {position}, bit {bit}")
        except Unreadable:
            continue
    return unseen
