"""A document of records passes in blocks: the facts and the text of the whole document, memory that does not grow."""

from __future__ import annotations

import io
import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from evidence.core import stream
from evidence.core.parsers import cloudtrail
from evidence.core.stream import intake_stream
from evidence.core.upload import Refused, intake

START = datetime(2026, 11, 24, 10, tzinfo=UTC)
NAMES = ("Decrypt", "Encrypt", "GenerateDataKey", "DescribeKey", "DisableKey", "ScheduleKeyDeletion", "PutKeyPolicy")


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "WHOLE_BYTES", 2048)
    monkeypatch.setattr(stream, "BLOCK", 4096)


def record(number: int, chance: random.Random) -> dict[str, Any]:
    found = {
        "eventVersion": "1.11",
        "userIdentity": {"type": "AssumedRole", "arn": f"arn:aws:sts::111122223333:assumed-role/vault/i-{number % 3}"},
        "eventTime": (START + timedelta(seconds=chance.randrange(90_000))).isoformat().replace("+00:00", "Z"),
        "eventSource": "kms.amazonaws.com" if number % 7 else "s3.amazonaws.com",
        "eventName": chance.choice(NAMES),
        "requestParameters": {"keyId": f"alias/k{number % 4}", "text": 'with ",{\\"eventVersion\\":" in it'},
        "resources": [{"ARN": "arn:aws:kms:eu-central-1:111122223333:key/1", "accountId": "1"}, {"ARN": "b"}],
        "eventID": f"{chance.randrange(2**64):016x}-{number}",
    }
    unusual = chance.randrange(12)
    if unusual == 0:
        found["errorCode"] = "AccessDenied"
    elif unusual == 1:
        found["resources"] = []
    elif unusual == 2:
        found["userIdentity"] = {"type": "AWSService", "invokedBy": "s3.amazonaws.com"}
    elif unusual == 3:
        found["requestParameters"] = None
    elif unusual == 4:
        found["userIdentity"] = "nobody"  # no object: read with more care
    elif unusual == 5:
        del found["eventID"]
    elif unusual == 6:
        found["userIdentity"]["userName"] = "M\u00fcller"
    return found


def records(count: int, seed: int) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    found = [record(number, chance) for number in range(count)]
    return [*found, *chance.sample(found, 5)]  # some events twice


def documents() -> Iterator[tuple[str, bytes]]:
    for seed in range(4):
        listed = records(150, seed)
        yield "one line", json.dumps({"Records": listed}, separators=(",", ":"), ensure_ascii=False).encode()
        yield "spaces", json.dumps({"Records": listed}).encode()
        yield "many lines", json.dumps({"Records": listed}, indent=2).encode() + b"\n"
        yield "a bare list", json.dumps(listed, indent=1).encode()
        yield "behind a mark", b"\xef\xbb\xbf" + json.dumps({"Records": listed}).encode()


def test_a_document_in_blocks_says_what_the_whole_document_says() -> None:
    for title, data in documents():
        out: list[bytes] = []
        found = intake_stream("trail.json", io.BytesIO(data), out.append)
        whole = intake("trail.json", data)
        assert found.spooled, title
        assert (found.kind, found.sha256, found.size) == (whole.kind, whole.sha256, whole.size), title
        assert found.facts == whole.facts, title
        assert b"".join(out) == whole.content, title
        assert found.redactions == whole.redactions == ()


def planted(count: int) -> list[dict[str, Any]]:
    listed = records(count, 9)
    listed[3]["userIdentity"] = {"type": "x", "accessKeyId": "ASIAQ7PLANTEDPLANTED"}
    listed[40]["requestParameters"] = {"encryptionContext": {"purpose": "planted-purpose"}}
    listed[80]["requestParameters"] = {"clientSecret": "planted-Tr0ub4dor-77"}
    listed[2]["requestParameters"] = {"note": "unseal with planted-Tr0ub4dor-77 as ever"}
    listed[-1]["requestParameters"] = {"password": "planted-At-The-End-1"}
    return listed


@pytest.mark.parametrize("indent", [None, 2])
def test_what_leaves_the_whole_document_leaves_the_blocks(indent: int | None) -> None:
    data = json.dumps({"Records": planted(150)}, indent=indent).encode()
    written = [io.BytesIO()]

    def again() -> io.BytesIO:
        written.append(io.BytesIO())
        written[-2].seek(0)
        return written[-2]

    found = intake_stream("trail.json", io.BytesIO(data), lambda part: written[-1].write(bytes(part)), again=again)
    whole = intake("trail.json", data)
    text = written[-1].getvalue().decode()
    assert "lanted" not in text.replace("redacted", "")
    assert json.loads(text)
    assert text == whole.content.decode()
    assert found.facts == whole.facts
    assert Counter(found.redactions) == Counter(whole.redactions)


def later(text: str, more: str) -> str:
    """The text with one more key in the last record."""
    before, _, after = text.rpartition('"eventTime"')
    return f'{before}{more}, "eventTime"{after}'


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda text: text[:-300], "does not end"),
        (lambda text: later(text, '"x" "y"'), "not valid JSON"),
        (lambda text: text[:-1], "does not end"),
        (lambda text: text + "x", "does not end"),
        (lambda text: later(text, '"x": "-----BEGIN PRIVATE KEY-----"'), "private key"),
        (lambda text: later(text, '"root_token": "x"'), "operator init"),
        (lambda text: later(text, '"filler": "' + "x" * 1_100_000 + '"'), "more than 1 MiB"),
        (lambda text: later(text, '"deep": ' + "[" * 3000 + "]" * 3000), "RecursionError"),
    ],
)
def test_a_broken_or_forbidden_document_is_refused(change: Any, word: str) -> None:
    data = change(json.dumps({"Records": records(100, 3)})).encode()
    with pytest.raises(Refused, match=word) as caught:
        intake_stream("trail.json", io.BytesIO(data), len)
    assert caught.value.status in (413, 422)


def test_every_byte_is_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The growth law by counting: bytes handed to the decoder are at most 1.05 x those of the document."""
    handed: list[int] = []

    class Counted:
        def __init__(self, decoder: msgspec.json.Decoder[Any]) -> None:
            self.decoder = decoder

        def decode(self, data: bytes) -> object:
            handed.append(len(data))
            return self.decoder.decode(data)

    monkeypatch.setattr(cloudtrail, "_TYPED", Counted(cloudtrail._TYPED))
    for count in (50, 500):
        handed.clear()
        data = json.dumps({"Records": records(count, 1)}).encode()
        intake_stream("trail.json", io.BytesIO(data), len)
        assert 0.95 * len(data) < sum(handed) <= 1.05 * len(data)
        assert max(handed) < 3 * 4096
