"""What is seen at once of a large document is what looking at each of its tokens shows."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from evidence.core import json_secrets, xml_secrets
from evidence.core.secret_names import judge
from evidence.core.spans import Span, is_secret, label

SAMPLES = Path(__file__).resolve().parent.parent / "data/samples"
# Names of 81 characters are the longest; a name that begins with a digit begins with its first letter.
ATTRIBUTE = re.compile(r"""([A-Za-z_][\w.:\-]{0,80}+)\s{0,8}=\s{0,8}(?:"([^"<]*+)"|'([^'<]*+)')""")
XML = (
    "a", "pin", "client_secret", '="x1234"', "='y567'", " = ", '"', "'", "<", ">", "/", "token=", " ", " " * 8, "\n",
    "-", ".", "9", "é", 'password="hunter22"', "<b>", "<name>pin</name> <value>123456</value>", "x" * 79, "k" * 85,
    '<elem key="secret">abc123</elem>', "_secret", "=", "<secret>abc</secret>", "\x1f", "\xa0",
)  # fmt: skip
JSON = (
    "{", "}", "[", "]", ",", ":", '"pin"', '"a"', '"token"', '"x\\n"', '"hvs.CAESIplantedplantedplanted12"', "1",
    '"\\u0068vs.CAESIplantedplantedplanted12"', '"storage"', '"user"', '"username"', '"encryptionContext"', "null", '"',
    "\\", " ", "\n", " " * 63, " " * 64, '"client_secret":"abc12345"', '"pin" :1234', '"\\u0070in":"123456"', '"open',
    '"hmac-sha256:aa"',
)  # fmt: skip


def plainly(text: str) -> Iterator[Span]:
    """The reference for attributes: the names first."""
    for match in ATTRIBUTE.finditer(text):
        group = 2 if match.group(2) is not None else 3
        name, value = match.group(1), match.group(group)
        if value.strip() and is_secret(name, value, judge(name)):
            yield Span(*match.span(group), label(name), False, value)


def texts(pieces: tuple[str, ...]) -> Iterator[str]:
    chance = random.Random(8)
    for _ in range(6000):
        yield "".join(chance.choice(pieces) for _ in range(chance.randrange(1, 25)))
    for path in sorted(SAMPLES.rglob("*")):
        if path.is_file() and path.suffix in (".xml", ".json", ".hcl", ".log") and path.stat().st_size < 250_000:
            yield path.read_text(encoding="utf-8", errors="replace")


def test_attributes_by_their_values_are_attributes_by_their_names() -> None:
    found = 0
    for text in texts(XML):
        spans = list(xml_secrets.attributes(text))
        assert spans == list(plainly(text)), repr(text)
        found += bool(spans)
    assert found > 1000


def test_json_that_may_hold_nothing_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    found = spared = 0
    for text in texts(JSON):
        monkeypatch.setattr(json_secrets, "LARGE", 10**9)
        walked = list(json_secrets.find(text))
        monkeypatch.setattr(json_secrets, "LARGE", 0)
        assert list(json_secrets.find(text)) == walked, repr(text)
        found, spared = found + bool(walked), spared + (not json_secrets.may_hold(text))
    assert found > 1000
    assert spared > 1000


@pytest.mark.parametrize(
    "text",
    [
        '{"encryptionContext": {"purpose": "planted-1"}}',
        '{"storage": {"postgresql": {"username": "planted-2"}}}',
        '{"a": "\\u0068vs.CAESIplantedplantedplanted12"}',
        '{"\\u0070in": "planted-3"}',
        '{"tokens": ["planted-4"]}',
    ],
)
def test_each_way_to_hold_a_secret_in_json_is_walked(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(json_secrets, "LARGE", 0)
    (span,) = json_secrets.find(text)
    assert "lanted" in text[span.start : span.end]


@pytest.mark.parametrize("name", ["strict.sslyze.json", "strict.testssl-pretty.json"])
def test_a_scan_in_json_needs_no_walk(name: str) -> None:
    assert not json_secrets.may_hold((SAMPLES / "tls" / name).read_text(encoding="utf-8"))
