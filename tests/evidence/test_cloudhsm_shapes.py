"""The short way through CloudHSM's usual events says what the long way says, whatever was done to the file."""

from __future__ import annotations

import random
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
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


NEVER = re.compile(r"(?!)")


def usual(count: int, chance: random.Random) -> str:
    """Events as CloudHSM writes them, some streams and days, now and then a gap, a repetition, a clock set back."""
    numbers, at = Counter[str](), datetime(2026, 11, 24, 23, 50, tzinfo=UTC)
    events = []
    for _ in range(count):
        counter = chance.choice(["0x107", "0x107", "0x107", "0x108"])
        at += timedelta(seconds=chance.choice([0, 1, 2, 40, -30 if chance.random() < 0.05 else 3]))
        events.append(
            f"Time: {at:%m/%d/%y %H:%M:%S.%f}, usecs:{at.timestamp():.0f}\nSequence No : {numbers[counter]:#x}\n"
            f"Reboot counter : {counter}\nOpcode : {chance.choice(['CN_LOGIN (0xd)', 'CN_WRAP_KEY (0x1)'])}\n"
            f"Response : {chance.choice(['0:HSM Return: SUCCESS', '1:HSM Return: FAILED'])}\n"
            f"User Name : {chance.choice(['app_user', 'b'])}\n\n"
        )
        numbers[counter] += chance.choice([1] * 30 + [0, 2, 7])
    return "".join(events)


def broken(text: str, chance: random.Random) -> str:
    """One value of one event written in a way that only a close look tells from the usual one."""
    odd = (
        "13/45/26", "11/24/76", "11/24/26 24:00:00.000000", "11/24/26 1\\u0030:00:00.14", "0x", "0x_1", "0xx",
        "0x\u0663", "0x" + "1" * 17, "usecs:", "usecs:\u0663", 'Z","', "Reboot counter :", "Opcode", "Timely: ",
    )  # fmt: skip
    day = r"\d\d/\d\d/\d\d"
    piece = chance.choice(
        [day, day + r" [\d:.]{15}", r"0x[0-9a-f]+(?=\n)", r"usecs:\d+", "Reboot counter : ", "Opcode"]
    )
    found = chance.choice(list(re.finditer(piece, text)))
    return text[: found.start()] + chance.choice(odd) + text[found.end() :]


def test_the_short_ways_say_what_the_long_way_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of usual events, one usual beginning after the other, and field by field."""
    monkeypatch.setattr(cloudhsm, "BLOCK", 4000)
    chance = random.Random(20261124)
    whole = [path.read_text() for path in sorted(SAMPLES.glob("cloudhsm-*"))]
    made = [usual(chance.randrange(1, 60), chance) for _ in range(40)]
    texts = [*whole, *made, *(damaged(chance.choice(whole + made), chance) for _ in range(500))]
    texts += [broken(chance.choice(made), chance) for _ in range(300)]
    shortest = [cloudhsm.parse(text, Declared()) for text in texts]
    assert sum(facts.records for facts in shortest) > 3000
    assert sum(len(facts.bad_lines) for facts in shortest) > 300
    assert all(any(getattr(facts, name) for facts in shortest) for name in ("gaps", "steps_back", "inconclusive"))
    monkeypatch.setattr(cloudhsm, "_USUAL", NEVER)
    assert [cloudhsm.parse(text, Declared()) for text in texts] == shortest
    monkeypatch.setattr(cloudhsm, "_HEAD", NEVER)
    assert [cloudhsm.parse(text, Declared()) for text in texts] == shortest


def test_usual_events_take_the_shortest_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted: one odd event costs its own block, and no other."""
    monkeypatch.setattr(cloudhsm, "BLOCK", 4000)
    looked: list[int] = []
    each = cloudhsm._take_each
    monkeypatch.setattr(cloudhsm, "_take_each", lambda *given: looked.append(given[2]) or each(*given))
    text = usual(200, random.Random(3))
    assert cloudhsm.parse(text, Declared()).records == 200
    assert looked == []
    facts = cloudhsm.parse(re.sub(r"Sequence No : 0x5\d\n", "Sequence No : no\n", text, count=1), Declared())
    assert (facts.records, len(facts.bad_lines), len(looked)) == (199, 1, 1)


def test_a_shape_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted: events that differ in time and number only cost one look at their fields."""
    looked: list[str] = []
    fields = cloudhsm._fields
    monkeypatch.setattr(cloudhsm, "_fields", lambda chunk: looked.append(chunk) or fields(chunk))
    cloudhsm._said.cache_clear()
    cloudhsm._usual.cache_clear()
    event = (
        "Time: 11/24/26 10:00:{n:02d}.140812, usecs:17955108{n:02d}140812\nSequence No : {n:#x}\n"
        "Reboot counter : 0x107\nOpcode : CN_LOGIN (0xd)\nResponse : 0:HSM Return: SUCCESS\nUser Name : app_user\n\n"
    )
    facts = cloudhsm.parse("".join(event.format(n=number) for number in range(60)), Declared())
    assert (facts.records, facts.counts, len(looked)) == (60, {"login": 60}, 1)


def test_gaps_and_repeated_numbers_of_each_stream() -> None:
    event = (
        "Time: 11/24/26 10:00:00.0{:05d}, usecs:1\nSequence No : {}\nReboot counter : {}\n"
        "Opcode : X\nResponse : SUCCESS\n"
    )
    told = [("0x0", "0x1"), ("0x3", "0x2"), ("0x1", "0x1"), ("0x4", "0x1"), ("0x4", "0x1"), ("0x4", "0x2")]
    facts = cloudhsm.parse("".join(event.format(place, *one) for place, one in enumerate(told)), Declared())
    assert [(gap.stream[-3:], gap.after, gap.before, gap.line) for gap in facts.gaps] == [
        ("0x1", 1, 4, 16), ("0x2", -1, 3, 6),
    ]  # fmt: skip
    assert facts.inconclusive.startswith("1 sequence numbers occur twice")
