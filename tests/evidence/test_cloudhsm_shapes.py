"""The short way through CloudHSM's usual events says what the long way says, whatever was done to the file."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from evidence.core.facts import Declared
from evidence.core.parsers import cloudhsm

SAMPLES = Path(__file__).resolve().parent.parent / "data/samples/hsm"
PIECES = (
    "Time", "Time: 12/24/26 10:00:00.140812, usecs:1\n", "0x", "Reboot counter : 0x1 ", "Sequence No : 0x3\n", ",", " ",
    "\u00a0", "Response : 1:HSM Return: FAILED\n", "\r\n",
)  # fmt: skip


def damaged(text: str, chance: random.Random) -> str:
    for _ in range(chance.randrange(1, 8)):
        start = chance.randrange(len(text))
        stop = min(len(text), start + chance.randrange(1, 40))
        how = chance.randrange(4)
        if how == 0:
            text = text[:start] + text[stop:]
        elif how == 1:
            text = text[:stop] + text[start:]
        elif how == 2:
            text = text.replace("\n", chance.choice([" ", "\r\n", "\n\n"]), chance.randrange(3))
        else:
            text = text[:start] + chance.choice(PIECES) + text[start:]
    return text


def test_the_short_way_says_what_the_long_way_says(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(20261124)
    whole = [path.read_text() for path in sorted(SAMPLES.glob("cloudhsm-*"))]
    texts = [*whole, *(damaged(chance.choice(whole), chance) for _ in range(600))]
    short = [cloudhsm.parse(text, Declared()) for text in texts]
    assert sum(facts.records for facts in short) > 3000
    monkeypatch.setattr(cloudhsm, "_HEAD", re.compile(r"(?!)"))
    assert [cloudhsm.parse(text, Declared()) for text in texts] == short


def test_a_shape_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted: events that differ in time and number only cost one look at their fields."""
    looked: list[str] = []
    fields = cloudhsm._fields
    monkeypatch.setattr(cloudhsm, "_fields", lambda chunk: looked.append(chunk) or fields(chunk))
    cloudhsm._said.cache_clear()
    event = (
        "Time: 11/24/26 10:00:{n:02d}.140812, usecs:17955108{n:02d}140812\nSequence No : {n:#x}\n"
        "Reboot counter : 0x107\nOpcode : CN_LOGIN (0xd)\nResponse : 0:HSM Return: SUCCESS\nUser Name : app_user\n\n"
    )
    facts = cloudhsm.parse("".join(event.format(n=number) for number in range(60)), Declared())
    assert (facts.records, facts.counts, len(looked)) == (60, {"login": 60}, 1)
