"""An audit file read by the block, by the line, and by the plainest reader that there is: the same facts."""

from __future__ import annotations

import io
import json
import random
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from evidence.core import stream
from evidence.core.facts import AuditLogFacts, Declared
from evidence.core.parsers import audit_device
from evidence.core.prefilter import look
from evidence.core.stream import intake_stream

START = datetime(2026, 11, 24, 10, tzinfo=UTC)
PATHS = ("transit/encrypt/a", "secret/data/x", "sys/rotate", "sys/audit/file", "sys/audit/test", "auth/token/lookup")
HMAC = "hmac-sha256:" + "ab" * 32


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "WHOLE_BYTES", 2048)
    monkeypatch.setattr(stream, "TEXT_BYTES", 2048)
    monkeypatch.setattr(stream, "BLOCK", 4096)


def written(at: datetime, chance: random.Random) -> str:
    """As Go writes a moment: up to nine digits, without zeros at the end; now and then in another zone."""
    if chance.random() < 0.02:
        at = at.astimezone(timezone(timedelta(hours=2)))
    return at.isoformat().replace("+00:00", "Z")


def entries(count: int, chance: random.Random, *, steady: bool) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    at = START
    while len(found) < count:
        at += timedelta(milliseconds=chance.randrange(0, 50))
        if not steady and chance.random() < 0.01:
            at += timedelta(seconds=chance.choice([3700, -3, -40, 5000, -7000]))
        request = {
            "id": f"{chance.randrange(2**64):016x}",
            "operation": chance.choice(["read", "update"]),
            "path": chance.choice(PATHS),
            "client_token": HMAC,
            "data": {"a": HMAC, "b": {"c": [HMAC], "n": 3}},
        }
        auth = {"policies": chance.choice([["default"], ["root"], ["default", "rooted"], None]), "accessor": HMAC}
        entry = {"time": written(at, chance), "type": "request", "auth": auth, "request": request}
        found.append(entry)
        if chance.random() < 0.9:
            found.append({**entry, "type": "response", "response": {"data": {"x": HMAC}}})
    return found


ODD: tuple[Callable[[str], list[str]], ...] = (
    lambda line: ["", line],
    lambda line: ["no entry at all", line],
    lambda line: ["prefix " + line],
    lambda line: [line + line],
    lambda line: [line + "\r"],
    lambda line: [line.replace('"time"', '"tim\u00e9"')],
    lambda line: [line[:40], line[40:]],
    lambda line: [line.replace(HMAC, "[redacted:request.client_token]", 1)],
    lambda line: [line.replace('"type"', '"type": 7, "typ"')],
    # A response that is written before its request, or alone, or again.
    lambda line: [line.replace('"type":"request"', '"type":"response"'), line],
    lambda line: [line, line.replace('"type":"request"', '"type":"response"'), line],
    lambda line: [line.replace('"type":"re', '"type":"kmip-re')],
    lambda line: [line.replace('"policies":[', '"policies":[7,')],
    lambda line: [line.replace('"operation":"', '"operation":["').replace('","path"', '"],"path"')],
    lambda line: [re.sub('"request":{.*}', '"request":null}', line)],
    lambda line: [line.replace('"policies":["default"', '"policies":["default","root"')],
)


def odd(lines: list[str], chance: random.Random) -> list[str]:
    """Now and then a line that is none, or more than one; of one kind or of several, so that blocks stay plain too."""
    kinds = chance.sample(ODD, chance.choice([1, len(ODD)]))
    changed = (chance.choice(kinds)(line) if chance.random() < 0.06 else [line] for line in lines[5:])
    return [*lines[:5], *(line for some in changed for line in some)]


def plainest(text: str) -> dict[str, Any]:
    """One line after the other, one field after the other."""
    pending: set[str] = set()
    operations: Counter[str] = Counter()
    roots, moments = [], []
    records = 0
    for number, line in enumerate(text.splitlines(), start=1):
        entry = json.loads(line)
        records += 1
        moments.append(datetime.fromisoformat(entry["time"]))
        request = entry["request"]
        if entry["type"] == "response":
            pending.discard(request["id"])
            continue
        if request["path"] != "sys/audit/test":
            pending.add(request["id"])
        operations[f"{request['operation']} {request['path'].split('/')[0]}"] += 1
        if "root" in (entry["auth"]["policies"] or []):
            roots.append(number)
    return {
        "records": records,
        "first": min(moments),
        "last": max(moments),
        "operations": dict(sorted(operations.items())),
        "root_uses": tuple(roots[:200]),
        "unpaired": len(pending),
    }


def in_blocks(text: str) -> AuditLogFacts:
    facts = intake_stream("audit.log", io.BytesIO(text.encode()), len).facts
    assert isinstance(facts, AuditLogFacts)
    return facts


@pytest.mark.parametrize("steady", [True, False])
def test_blocks_say_what_the_plainest_reader_says(steady: bool) -> None:
    for seed in range(6):
        chance = random.Random(seed)
        lines = [json.dumps(entry, separators=(",", ":")) for entry in entries(300, chance, steady=steady)]
        if seed % 2:  # threads write in no exact order
            lines = sorted(lines, key=lambda line: json.loads(line)["time"][:22] + str(chance.randrange(3)))
        text = "\n".join(lines) + "\n"
        facts = in_blocks(text)
        assert {name: getattr(facts, name) for name in plainest(text)} == plainest(text)
        assert facts == audit_device.parse(text, Declared())


def test_blocks_with_odd_lines_say_what_lines_say() -> None:
    for seed in range(40):
        chance = random.Random(seed)
        lines = [json.dumps(entry, separators=(",", ":")) for entry in entries(300, chance, steady=False)]
        text = "\n".join(odd(lines, chance)) + ("\n" if seed % 2 else "")
        assert in_blocks(text) == audit_device.parse(text, Declared()), seed


@pytest.mark.parametrize(
    ("block", "plain"),
    [
        (b'{"a":1}\n{"b":2}\n', True),
        (b'{"a":1}\n\n{"b":2}\n', False),
        (b'{"a":1}{"b":2}\n', False),
        (b'{"a":1} {"b":2}\n', False),
        (b'{"a":\n1}\n', False),
        (b'{"a":1}\r\n', False),
        (b'x {"a":1}\n', False),
        (b' {"a":1}\n', False),
        (b'{"a":"[redacted:x]"}\n', False),
        (b'{"a":"}{"}\n', False),
    ],
)
def test_only_lines_of_one_object_each_are_plain(block: bytes, plain: bool) -> None:
    assert look(block, audit=True).plain is plain


def test_plain_blocks_take_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted: no line of a hashed audit file is read by itself."""
    read: list[int] = []
    monkeypatch.setattr(audit_device.Lines, "read", lambda self, text, number, offset: read.append(len(text)))
    chance = random.Random(1)
    text = "".join(json.dumps(one, separators=(",", ":")) + "\n" for one in entries(300, chance, steady=True))
    assert in_blocks(text).records == text.count("\n")
    assert sum(read) == 0
