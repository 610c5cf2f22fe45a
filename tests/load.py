"""Many people at once on a cluster of real processes: what was acknowledged, what was refused, how long each took."""

from __future__ import annotations

import json
import random
import statistics
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any

from tests import services
from tests.cluster import Cluster, prepared, wait_until_ready
from tests.kills import CONFIG

# A request that waits this long for its turn has failed in the eyes of whoever sent it.
PATIENCE_SECONDS = 120
EDITS_EACH, TRIES, ALONE = 2, 40, 3


@dataclass(slots=True)
class Seen:
    """What all clients together saw. times: kind -> seconds of each answer; wrong: a sentence for each failure."""

    times: dict[str, list[float]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    edits: list[tuple[str, str, int]] = field(default_factory=list)  # design, ETag it was based on, minutes written
    uploads: list[tuple[str, str]] = field(default_factory=list)  # design, name
    refused: int = 0  # edits based on an older version, told so and done again

    def p99(self, kind: str) -> float:
        return sorted(self.times[kind])[int(len(self.times[kind]) * 0.99)]


class Site:
    """A cluster under load, and one way to ask it that keeps what was seen."""

    def __init__(self, cluster: Cluster, ports: list[int], seeded: dict[str, list[str]]) -> None:
        self.cluster, self.ports, self.seen = cluster, ports, Seen()
        self.tokens, self.designs, self.full = seeded["tokens"], seeded["designs"], seeded["full"][0]

    def ask(
        self, kind: str, who: int, method: str, path: str, body: bytes = b"", **headers: str
    ) -> tuple[int, dict[str, str], Any]:
        """Status, headers and document; anything of the server's own fault, or no answer, is written down as wrong."""
        address = f"http://127.0.0.1:{self.ports[who % len(self.ports)]}/api/v1/{path}"
        about = {"Host": "localhost", "X-Forwarded-Proto": "https", "Content-Type": "application/json", **headers}
        about["Authorization"] = f"Bearer {self.tokens[who % len(self.tokens)]}"
        request = urllib.request.Request(address, body or None, about, method=method)
        started = time.monotonic()
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                status, told, data = answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            status, told, data = error.code, dict(error.headers), error.read()
        except (OSError, HTTPException) as error:
            self.seen.wrong.append(f"{kind}: no answer to {method} {path}: {error}")
            return 0, {}, {}
        self.seen.times.setdefault(kind, []).append(time.monotonic() - started)
        if status >= 500 or status == 429:
            self.seen.wrong.append(f"{kind}: {status} to {method} {path}: {data[:200]!r}")
        return status, told, json.loads(data or b"null")

    def upload(self, who: int, name: str, design: str) -> None:
        data = CONFIG + f"# {name}\n".encode()
        path = f"designs/{design}/evidence/raw/?name={name}"
        status, _, said = self.ask("upload", who, "PUT", path, data, **{"Content-Type": "application/octet-stream"})
        if status in (200, 201):
            self.seen.uploads.append((design, name))
        elif status:
            self.seen.wrong.append(f"upload: {status}: {said}")

    def edit(self, who: int, design: str, minutes: int) -> None:
        """Read, change one answer, write; whoever was overtaken reads again."""
        for _ in range(TRIES):
            status, headers, document = self.ask("read", who, "GET", f"designs/{design}/answers/")
            if status != 200:
                return
            written = json.dumps({**document, "answers": {**document["answers"], "rto": f"PT{minutes}M"}}).encode()
            path, based = f"designs/{design}/answers/", headers["ETag"]
            status, _, said = self.ask("edit", who, "PUT", path, written, **{"If-Match": based})
            if status == 200:
                self.seen.edits.append((design, based, minutes))
            if status != 412:
                if status not in (0, 200):
                    self.seen.wrong.append(f"edit: {status}: {said}")
                return
            self.seen.refused += 1
        self.seen.wrong.append(f"edit: overtaken {TRIES} times")

    def poll(self, who: int, packages: list[str], until: Callable[[], bool]) -> None:
        """As a page does that waits for a package; now and then the lists, one of them long."""
        number = who
        while not until():
            number += 1
            path = f"packages/{packages[number % len(packages)]}/"
            self.ask("poll", who, "GET", path)
            if number % 10 == 0:
                self.ask("list", who, "GET", "designs/")
                self.ask("list", who, "GET", f"designs/{self.full}/evidence/")
            time.sleep(1)

    def build(self, who: int, design: str, key: str = "load") -> str:
        _, _, said = self.ask(
            "start", who, "POST", f"designs/{design}/packages/", b"{}", **{"Idempotency-Key": key + design}
        )
        return str(said["id"])

    def state(self, package: str) -> str:
        return str(self.ask("poll", 0, "GET", f"packages/{package}/")[2]["state"])


def seed(cluster: Cluster, count: int) -> dict[str, list[str]]:
    """What `tests.load_seed` makes and says."""
    said = cluster.run("prepare", "python", "-m", "tests.load_seed", str(count))
    return dict(json.loads(said.splitlines()[-1]))


@contextmanager
def site(home: Path, count: int) -> Iterator[Site]:
    """PostgreSQL, Redis, a store, two webs, two workers and beat, with rows for this count (tests.load_seed)."""
    parts = [services.postgresql(), services.redis(), services.s3()]
    missing = [part.why for part in parts if isinstance(part, services.Missing)]
    if missing:
        raise RuntimeError("; ".join(missing))
    cluster = prepared(home, *parts)  # type: ignore[arg-type] - none is Missing
    try:
        seeded = seed(cluster, count)
        ports = [services.free_port() for _ in range(2)]
        for number, port in enumerate(ports):
            cluster.start(f"web{number}", "web", port)
        for number in range(2):
            cluster.start(f"worker{number}", "worker")
        cluster.start("beat", "beat")
        for port in ports:
            wait_until_ready(cluster, port)
        yield Site(cluster, ports, seeded)
    finally:
        cluster.stop()


def run(home: Path, count: int, chance: random.Random) -> tuple[list[str], dict[str, float]]:
    with site(home, count) as here:
        return crowd(here, count, chance)


def crowd(here: Site, count: int, chance: random.Random, *, builds: int = 2) -> tuple[list[str], dict[str, float]]:
    """`count` uploads, 2 x count editors and count / 2 pollers during the builds, all at once.

    Every 5xx, refusal, silence and lost write as a sentence; p99 of each kind of request in seconds, and as a multiple
    of the same request when nobody else asks.
    """
    first, alone = _alone(here)
    here.seen.times.clear()
    packages = [here.build(0, design) for design in here.designs[:builds]] or [first]
    clients = [
        threading.Thread(target=here.upload, args=(n, f"load-{n}.hcl", chance.choice(here.designs)))
        for n in range(count)
    ]
    clients += [threading.Thread(target=_edits, args=(here, n, chance.random())) for n in range(2 * count)]

    def over() -> bool:
        return not any(client.is_alive() for client in clients)

    pollers = [threading.Thread(target=here.poll, args=(n, packages, over)) for n in range(max(1, count // 2))]
    for client in (*clients, *pollers):
        client.start()
    for client in (*clients, *pollers):
        client.join()
    measures = _measures(here.seen, alone)
    return [*here.seen.wrong, *_unbuilt(here, packages), *_lost(here)], measures


def _edits(here: Site, who: int, wait: float) -> None:
    """Two people to each design, and each writes values that nobody else writes."""
    time.sleep(wait)
    for turn in range(EDITS_EACH):
        here.edit(who, here.designs[who // 2 % len(here.designs)], 1 + who * EDITS_EACH + turn)


def _alone(here: Site) -> tuple[str, dict[str, float]]:
    """A package that was built, and the median seconds of each kind of request when nobody else asks."""
    design = here.designs[-1]
    package = here.build(0, design)
    while here.state(package) not in ("done", "failed", "cancelled"):
        time.sleep(0.2)
    for number in range(ALONE):
        here.upload(number, f"alone-{number}.hcl", design)
        here.edit(number, design, 9000 + number)
        here.state(package)
        here.ask("list", 0, "GET", "designs/")
        here.ask("list", 0, "GET", f"designs/{here.full}/evidence/")
    return package, {kind: statistics.median(times) for kind, times in here.seen.times.items()}


def _measures(seen: Seen, alone: dict[str, float]) -> dict[str, float]:
    found: dict[str, float] = {"requests": sum(map(len, seen.times.values())), "overtaken": seen.refused}
    for kind in sorted(set(seen.times) & set(alone) - {"start"}):
        found[f"p99 of {kind}, s"] = round(seen.p99(kind), 2)
        found[f"p99 of {kind} / alone"] = round(seen.p99(kind) / alone[kind], 1)
    return found


def _unbuilt(here: Site, packages: list[str]) -> list[str]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    wrong = []
    for package in packages:
        while (state := here.state(package)) not in ("done", "failed", "cancelled") and time.monotonic() < deadline:
            time.sleep(0.5)
        if state != "done":
            wrong.append(f"package {package} is {state}")
    return wrong


def _lost(here: Site) -> list[str]:
    """Two writes on one version: one of them is lost. A write that the history does not show is lost as well."""
    based: dict[tuple[str, str], int] = {}
    wrong = []
    for design, etag, minutes in here.seen.edits:
        if (design, etag) in based:
            wrong.append(f"{design} {etag}: both {based[design, etag]} and {minutes} were acknowledged")
        based[design, etag] = minutes
    for design in sorted({design for design, _, _ in here.seen.edits}):
        kept = _kept(here, design)
        written = {f"PT{minutes}M" for other, _, minutes in here.seen.edits if other == design}
        wrong += [f"{design}: the history does not know {one}" for one in sorted(written - kept)]
    for design in sorted({design for design, _ in here.seen.uploads}):
        _, _, listed = here.ask("list", 0, "GET", f"designs/{design}/evidence/?limit=200")
        names = {one["name"] for one in listed["results"]}
        sent = {name for other, name in here.seen.uploads if other == design}
        wrong += [f"{design}: the upload {name} is gone" for name in sorted(sent - names)]
    return wrong


def _kept(here: Site, design: str) -> set[str]:
    _, _, said = here.ask("list", 0, "GET", f"designs/{design}/history/?limit=200")
    return {one["after"] for one in said["results"]}
