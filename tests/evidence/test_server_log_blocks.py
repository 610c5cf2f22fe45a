"""A server's log read by the block says what it says line by line."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from evidence.core import automaton
from evidence.core.facts import Declared
from evidence.core.parsers import server_log

SAMPLES = Path(__file__).resolve().parent.parent / "data/samples/runtime"
MORE = (
    "x: 2026-11-24T10:00:00Z [WARN]  y: 2026-11-24T11:00:00Z [INFO]  z",
    "2026-11-24T10:00:00Z",
    " [WARN]  the rest of a line",
    "2026-11-24T10:30:00.5+02:00 [INFO]  another zone",
    (
        '2026-11-24T10:30:00.123456789Z [ERROR] core: failed to unseal core: error="stored unseal keys are supported, '
        'but none were found"'
    ),
    "Unseal Key 1: [redacted:shape:unseal_key]",
    "\x1c{no json}",
    "m\u00fcller",
)


def logs() -> list[str]:
    chance = random.Random(20261124)
    known = [line for path in sorted(SAMPLES.glob("*.log*")) for line in path.read_text().split("\n")]
    found = []
    for number in range(300):
        lines = [
            f"2026-11-24T10:{chance.randrange(60):02d}:00.{chance.randrange(1000):03d}Z [INFO]  core: ordinary"
            for _ in range(chance.randrange(60))
        ]
        lines += chance.choices(known, k=chance.randrange(20)) + chance.choices(MORE, k=chance.randrange(2))
        if number % 2:
            lines.sort()
        if number % 3:
            lines = [line for line in lines if not line.lstrip().startswith("{")]
        found.append(("\r\n" if number % 7 == 0 else "\n").join(lines))
    return found


def test_blocks_say_what_lines_say(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = logs()
    monkeypatch.setattr(automaton, "WORTH", 1 << 40)
    by_line = [server_log.parse(text, Declared()) for text in texts]
    at_once: list[bool] = []
    take = server_log.Lines._at_once

    def counted(self: server_log.Lines, text: str, telling: set[int], number: int) -> bool:
        at_once.append(take(self, text, telling, number))
        return at_once[-1]

    monkeypatch.setattr(automaton, "WORTH", 0)
    monkeypatch.setattr(server_log.Lines, "_at_once", counted)
    assert [server_log.parse(text, Declared()) for text in texts] == by_line
    assert sum(at_once) > 30


def test_ordinary_lines_cost_no_look_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted: of a log without events no line is read by itself."""
    looked: list[str] = []
    monkeypatch.setattr(server_log.Lines, "_line", lambda self, line, *rest: looked.append(line))
    monkeypatch.setattr(server_log.Lines, "_say", lambda self, line, number: looked.append(line))
    text = "2026-11-24T10:00:00.000Z [INFO]  core: an ordinary line of a log\n" * 5000
    assert (server_log.parse(text, Declared()).records, looked) == (5000, [])
