"""Work without a pause on a cluster of real processes, and the memory of its processes all the while."""

from __future__ import annotations

import os
import random
import statistics
import threading
import time
from pathlib import Path

from tests.load import Site, site

CLIENTS, PACKAGE_EVERY = 4, 20
# A growth that is noise: allocators keep what they have had, and a reader or renderer may be alive at the moment.
MAY_GROW, MAY_GROW_MB = 1.10, 16.0


def run(home: Path, seconds: float, chance: random.Random) -> tuple[list[str], dict[str, float]]:
    with site(home, 1) as here:
        return work(here, seconds, chance)


def work(here: Site, seconds: float, chance: random.Random) -> tuple[list[str], dict[str, float]]:
    """Failures as sentences; memory of web and worker in MB, as the median of the second and of the last fifth.

    The first fifth is left out: caches fill, modules load.
    """
    samples: dict[str, list[float]] = {"web": [], "worker": []}
    until = time.monotonic() + seconds
    clients = [threading.Thread(target=_client, args=(here, n, until, chance.random())) for n in range(CLIENTS)]
    for client in clients:
        client.start()
    while any(client.is_alive() for client in clients):
        for name, found in samples.items():
            groups = [process.pid for each, process in here.cluster.running.items() if each.startswith(name)]
            found.append(sum(map(resident_mb, groups)))
        time.sleep(min(1.0, seconds / 50))
    measures: dict[str, float] = {"requests": sum(map(len, here.seen.times.values()))}
    for name, found in samples.items():
        fifth = max(1, len(found) // 5)
        measures[f"{name} at the start, MB"] = round(statistics.median(found[fifth : 2 * fifth] or found), 1)
        measures[f"{name} at the end, MB"] = round(statistics.median(found[-fifth:]), 1)
    return here.seen.wrong, measures


def _client(here: Site, who: int, until: float, wait: float) -> None:
    time.sleep(wait)
    turn = 0
    design = here.designs[0]
    while time.monotonic() < until:
        turn += 1
        here.upload(who, f"soak-{who}-{turn % 40}.hcl", design)
        here.edit(who, design, 1 + (who * 1000 + turn) % 9000)
        here.ask("list", who, "GET", "designs/")
        here.ask("controls", who, "GET", f"designs/{design}/controls/")
        if who == 0 and turn % PACKAGE_EVERY == 5:
            here.build(who, design, f"soak-{turn}")


def resident_mb(group: int) -> float:
    """All processes of a group, as the system counts what is theirs alone and their share of the rest (Pss)."""
    total = 0
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdecimal() and os.getpgid(int(folder.name)) == group:
                rollup = (folder / "smaps_rollup").read_text(encoding="ascii")
                total += sum(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        except OSError:
            continue  # ended meanwhile
    return total / 1024


def grown(measures: dict[str, float]) -> list[str]:
    """A sentence for each process that ended larger than it began."""
    return [
        f"{name} grew from {begun:g} to {ended:g} MB"
        for name in ("web", "worker")
        if (ended := measures[f"{name} at the end, MB"])
        > max(MAY_GROW * (begun := measures[f"{name} at the start, MB"]), begun + MAY_GROW_MB)
    ]
