"""The automaton may suspect too much, never too little: whatever redaction removes from a line, it must have named."""

from __future__ import annotations

import base64
import json
import random
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from evidence.core import automaton
from evidence.core.prefilter import TOKEN_ENDINGS, suspect_lines, unlike
from evidence.core.redaction import redact
from evidence.core.secret_names import CERTAIN_NAMES, HARMLESS, judge
from evidence.core.shapes import NEEDLES, SHAPES, spans

SAMPLES = Path(__file__).resolve().parent.parent / "data/samples"
CLEAN = "2026-11-24T10:00:00.000Z [INFO]  core: an ordinary line of a log\n"
EXAMPLES = {
    "vault_token": "hvs.CAESIJrWq0aPlantedTokenPlantedToken42",
    "root_token": "the ROOT token: abc",
    "unseal_key": "recovery key 3 (sealed): abc",
    "key_share": "Key 1: kCVDJaSlTSywJh2d7cqPjfU89WUiPJMjC3rwwFah2/w+",
    "generate_root": "Encoded Token    abc",
    "aws_access_key_id": "AKIAQ7PLANTEDPLANTED",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIn0.c2lnbmF0dXJl",
    "url_password": "ldap://cn:planted1@h/",
    "authorization": "AUTHORIZATION: Basic cGxhbnRlZA==",
    "bearer": "Bearer abcdefghijklmnop",
    "s_client_master_key": "    Master-Key: 0AFF",
    "s_client_psk": "    Resumption PSK: 0AFF",
    "s_client_session": "    Session-ID: 0AFF0AFF",
    "s_client_ticket": "    0010 - 9a 3c 55 00 11 22 33 44-55 66 77 88 99 aa bb cc   .<U.....",
    "tls_key_log": "CLIENT_RANDOM " + "ab" * 32 + " " + "cd" * 48,
    "pkcs11_value": "    VALUE:      566a9cd0353a8dfa72f6",
    "curl_user": 'curl -u "admin:planted1" https://h/',
    "spoken": "the Password was 'planted1'",
    "github_token": "ghp_" + "a1" * 18,
    "gitlab_token": "glpat-" + "a1" * 10,
    "slack_token": "xoxb-1234567890",
    "google_api_key": "AIza" + "a" * 35,
    "azure_key": "https://h/?sig=" + "a1" * 10,
    "option": "pkcs11-tool --so-pin 12345678",
    "csadm_logon": "csadm LogonPass=ADMIN,planted4711 GetAuditLog",
}


def examples() -> Iterator[str]:
    """Every example plain, in a JSON string after a line break, and in base64 behind 0 to 2 other letters."""
    for text in EXAMPLES.values():
        yield text
        yield json.dumps({"log": f'first line\n{text}\n"end"'})
        for before in ("", "x", "xy"):
            yield "blob " + base64.b64encode(f"{before} {text} and more".encode()).decode()


def test_every_shape_has_an_example_that_is_found() -> None:
    assert set(EXAMPLES) == {name for name, _ in SHAPES} == set(NEEDLES)
    for name, text in EXAMPLES.items():
        assert name in [found for _, _, found in spans(text)], name
        assert name in [found for _, _, found in spans(text + " \u00e9")], name


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("key_share", f"Key {digit}:{gap}{'kCVD' * 11}") for digit in (0, 7, 10, 999) for gap in (" ", "\t")),
        *(
            ("generate_root", f"{word}{gap}abc")
            for word in ("Encoded Token", "Encoded Root Token", "OTP", "Root Token")
            for gap in ("  ", "\t\t", " \t", "\t ")
        ),
    ],
)
def test_a_needle_hides_nothing_that_its_pattern_finds(name: str, text: str) -> None:
    assert name in [found for _, _, found in spans(text)]
    assert name in [found for _, _, found in spans(text + "\n\u00e9")]  # beyond ASCII no needle is asked


@pytest.mark.parametrize("form", ["text", "audit"])
def test_every_example_is_suspected(form: str) -> None:
    for text in examples():
        if redact(text, form).removed:
            assert suspect_lines(text.encode()), text


def names(chance: random.Random) -> str:
    """A name such as people and tools write: words of secrets and others, joined in every usual way."""
    words = [word for name in CERTAIN_NAMES for word in name.split("_")]
    words += [
        "token",
        "key",
        "pin",
        "pins",
        "secret",
        "type",
        "policies",
        "mount",
        "accessor",
        "api",
        "my",
        "x",
        "user",
    ]
    words += ["spin", "pinned", "code", "value", "2"]
    chosen = chance.choices(words, k=chance.randint(1, 4))
    if chance.random() < 0.3:
        chosen = [*chance.choices(words, k=chance.randint(0, 1)), *chance.choice(sorted(CERTAIN_NAMES)).split("_")]
    how = chance.randrange(6)
    if how == 0:
        return "".join(word.capitalize() for word in chosen)
    if how == 1:
        return chosen[0] + "".join(word.capitalize() for word in chosen[1:])
    name = chance.choice("_-_.").join(chosen)
    return name.upper() if how == 2 else name.title() if how == 3 else name


FORMS = (
    "{n} = {v}", "{n}={v}", "{n}: {v}", '{n} = "{v}"', "{n}: '{v}'", "x.{n}={v}", '"{n}":"{v}"', '"{n}" : "{v}"',
    'config="{{\\"{n}\\":\\"{v}\\"}}"', "{n} => `{v}`", "{n}:={v}", '"{n}": ["{v}"]', '"{n}": {{"a": "{v}"}}',
    '"{n}": 77', "export {n}='{v}' && run",
)  # fmt: skip
VALUES = (
    "hunter2x",
    "h",
    "true1",
    "nullable9",
    "hm42mm",
    "Tr0ub4dor&3",
    "12345678",
    "<x1>",
    "falseX",
    ",a1b2",
    "trüb99",
)


@pytest.mark.parametrize("form", ["text", "audit"])
def test_whatever_redaction_removes_by_name_is_suspected(form: str) -> None:
    chance = random.Random(20261124)
    removed = 0
    for _ in range(4000):
        line = chance.choice(FORMS).format(n=names(chance), v=chance.choice(VALUES))
        line = f"{{{line}}}" if form == "audit" else f"some {line}"
        if redact(line, form).removed:
            removed += 1
            assert suspect_lines(line.encode()), line
    assert removed > 1000


def test_every_certain_name_is_suspected_by_itself() -> None:
    for name in sorted(CERTAIN_NAMES):
        for written in (name, name.upper(), name.replace("_", "-"), name.title().replace("_", "")):
            line = f'{{"{written}": "planted1"}}'
            assert redact(line, "audit").removed, line
            assert suspect_lines(line.encode()), line


def test_the_endings_that_excuse_a_token_are_harmless_behind_every_name() -> None:
    for ending in TOKEN_ENDINGS:
        if ending == "_accessor":
            continue  # names of its own, which another pattern looks for
        for before in ("", "client_", "x.", "pin_", "my-", *(f"{name}_" for name in CERTAIN_NAMES)):
            assert judge(f"{before}token{ending}") == HARMLESS, before + ending


def test_the_complement_of_words_is_exact() -> None:
    pattern = re.compile(unlike(("hmac-sha256:",), ("true",), first=r"\"", end=r"\s,"))
    for kept in ("hmac-sha256:ab", "true ", "true,", '"x'):
        assert pattern.match(kept) is None
    for other in ("hmac-sha1:", "h ", "x", "true1", "trueish"):
        assert pattern.match(other)


def test_text_in_base64_is_suspected_wherever_it_begins() -> None:
    chance = random.Random(7)
    for _ in range(300):
        text = "".join(
            chance.choices('abcdefghijklmnopqrstuvwxyzABCXYZ0123456789 =:_-"{}\n\t', k=chance.randint(14, 60))
        )
        run = base64.b64encode(text.encode()).decode()
        assert suspect_lines(f"x {run} y".encode()), text


def entry(request: object, response: object = None, **more: object) -> bytes:
    return json.dumps({"type": "response", "request": request, "response": response, **more}).encode()


HMAC = "hmac-sha256:" + "ab" * 32


@pytest.mark.parametrize(
    "line",
    [
        entry({"data": {"value": "plain"}}),
        entry({}, {"data": {"data": {"value": "plain"}}}),
        entry({}, {"data": {"keys": [HMAC, "plain"]}}),
        entry({}, {"data": {"a": {"b": [1, [HMAC, {"c": "hmac-md5"}]]}}}),
        entry({"headers": {"data": ["plain"]}}),
        entry({"data": {"at": "2026-11-24 or so"}}),
        b'{"request":{"data":{"a":"plain"}},"request":{}}',
        b'{"request":{"data":{"a":"plain"}',
        b'{"request":{"d\\u0061ta":{"a":"plain"}}}',
    ],
)
def test_a_value_that_an_audit_device_did_not_hash_is_suspected(line: bytes) -> None:
    assert redact(line.decode(), "audit").removed
    assert suspect_lines(line, audit=True) == [0]


@pytest.mark.parametrize(
    "line",
    [
        entry({"data": {"value": HMAC}}, {"data": {"keys": [HMAC, HMAC], "n": 3, "ok": True, "none": None}}),
        entry({}, {"data": {"created": "2026-11-24T10:06:51.07Z", "empty": ""}}),
        entry(
            {"path": "secret/data/x"}, {"mount_class": "secret"}, auth={"token_type": "x", "token_policies": ["root"]}
        ),
        entry({"mount_accessor": "kv_1234"}, auth={"client_token": HMAC, "accessor": HMAC}),
    ],
)
def test_a_hashed_entry_of_an_audit_device_costs_no_second_look(line: bytes) -> None:
    assert suspect_lines(line, audit=True) == []


def test_lines_are_named_by_their_number() -> None:
    block = (CLEAN * 3 + "pin=1234\n" + CLEAN + "p\u00e4ssword=12345\ntoken=123456").encode()
    assert suspect_lines(block) == [3, 6]


def big(form: str, planted: str) -> str:
    clean = entry({"data": {"value": HMAC}}).decode() + "\n" if form == "audit" else CLEAN
    return clean * 40 + planted + "\n" + clean * 40


@pytest.mark.parametrize("form", ["text", "audit"])
def test_a_big_text_loses_what_a_small_one_loses(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    corpus = [*examples(), "pin=1234\nlater 1234 alone", f"id {EXAMPLES['aws_access_key_id']}\n{'w1' * 20}"]
    corpus += [path.read_text() for path in sorted(SAMPLES.glob("audit/*RAW*")) + sorted(SAMPLES.glob("runtime/*.log"))]
    for planted in corpus:
        text = big(form, planted[:20_000])
        monkeypatch.setattr(automaton, "WORTH", 1 << 40)
        exact = redact(text, form)
        monkeypatch.setattr(automaton, "WORTH", 0)
        assert redact(text, form) == exact, planted[:200]


def test_many_known_values_are_found_in_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automaton, "WORTH", 0)
    known = frozenset(f"planted-{number}-\u00e9 (x" for number in range(100))
    done = redact(CLEAN + "planted-42-\u00e9 (x\n" + CLEAN, "text", known=known)
    assert done.text == CLEAN + "[redacted:known_secret]\n" + CLEAN


def test_two_uploads_may_be_searched_at_once() -> None:
    blocks = [(CLEAN * 2000 + "pin=1234\n" * number).encode() for number in range(1, 30)]
    with ThreadPoolExecutor(4) as pool:
        assert [len(lines) for lines in pool.map(suspect_lines, blocks)] == list(range(1, 30))
