"""Logs of any size pass in blocks: the same facts, the same redactions, memory that does not grow, one refusal."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import msgspec
import pytest

from evidence.core import stream
from evidence.core.parsers import audit_device
from evidence.core.prefilter import suspect_lines
from evidence.core.shapes import spans
from evidence.core.stream import intake_stream
from evidence.core.upload import Refused, intake

SAMPLES = Path(__file__).resolve().parent.parent / "data/samples"
LOGS = (
    "audit/bao-audit-file.jsonl",
    "audit/bao-audit-file-LOG_RAW-secrets.jsonl",
    "runtime/dev.server-log-with-root-token.log",
    "runtime/strict.server-log.mixed-json.log",
)


@pytest.fixture
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "WHOLE_BYTES", 2048)
    monkeypatch.setattr(stream, "TEXT_BYTES", 2048)
    monkeypatch.setattr(stream, "BLOCK", 4096)


@pytest.mark.usefixtures("_small_blocks")
@pytest.mark.parametrize("name", LOGS)
def test_a_log_in_blocks_says_what_the_whole_file_says(name: str) -> None:
    data = (SAMPLES / name).read_bytes()
    out: list[bytes] = []
    found = intake_stream("x.log", io.BytesIO(data), out.append)
    whole = intake("x.log", data)
    assert (found.kind, found.sha256, found.size) == (whole.kind, whole.sha256, whole.size)
    assert (found.spooled, found.content) == (True, b"")
    if "RAW" not in name:  # there values cross-removed in earlier lines differ
        assert b"".join(out) == whole.content
        assert found.facts == whole.facts
        assert found.redactions == whole.redactions


@pytest.mark.usefixtures("_small_blocks")
def test_no_token_of_a_raw_audit_log_reaches_the_sink() -> None:
    out: list[bytes] = []
    data = (SAMPLES / "audit/bao-audit-file-LOG_RAW-secrets.jsonl").read_bytes()
    artefact = intake_stream("x.jsonl", io.BytesIO(data), out.append)
    kept = b"".join(out)
    assert b"s.WARmgV0nbMBfPNBTR9X1C8BS" not in kept
    assert b"EuH7e1xaIZb7ipQjKBXziBdQ" not in kept
    assert kept.count(b"\n") == data.count(b"\n")
    assert artefact.facts.raw  # type: ignore[union-attr]


def test_a_small_file_takes_the_ordinary_way() -> None:
    out: list[bytes] = []
    artefact = intake_stream("x.txt", io.BytesIO(b"hello\n"), out.append)
    assert (artefact.spooled, b"".join(out)) == (False, b"hello\n")


LINE = b"2026-11-24T10:00:00.000Z [INFO]  core: an ordinary line of a log\n"


@pytest.mark.usefixtures("_small_blocks")
@pytest.mark.parametrize(
    ("bad", "word"),
    [
        (b"x" * 70_000, "64 KiB"),
        (b"caf\xe9", "UTF-8"),
        (b"-----BEGIN PRIVATE KEY-----", "private key"),
    ],
)
def test_a_bad_line_far_down_is_refused_with_its_number(bad: bytes, word: str) -> None:
    with pytest.raises(Refused, match=word) as caught:
        intake_stream("x.log", io.BytesIO(LINE * 500 + bad + b"\n" + LINE * 500), lambda _: None)
    assert caught.value.line == 501


@pytest.mark.usefixtures("_small_blocks")
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.json", b'{"a": [' + b"1,\n" * 9000 + b"1]}"),
        ("x.xml", b'<nmaprun scanner="nmap">' + b"<a/>\n" * 9000),
        ("x.hcl", b"# x\n" * 9000),
        ("x.pdf", b"%PDF-1.7\n" * 9000),
    ],
)
def test_only_logs_may_be_large(name: str, data: bytes) -> None:
    with pytest.raises(Refused) as caught:
        intake_stream(name, io.BytesIO(data), lambda _: None)
    assert caught.value.status == 413


@pytest.mark.usefixtures("_small_blocks")
def test_a_secret_beyond_the_first_block_is_removed_and_named_by_its_line() -> None:
    out: list[bytes] = []
    data = LINE * 500 + b"X-Vault-Token: hvs.CAESIJrWq0aPlantedTokenPlantedToken42\n" + LINE * 500
    artefact = intake_stream("x.log", io.BytesIO(data), out.append)
    assert b"Planted" not in b"".join(out)
    assert [each.line for each in artefact.redactions] == [501]
    assert artefact.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.usefixtures("_small_blocks")
def test_a_value_that_shows_itself_further_down_leaves_what_was_written_before() -> None:
    out = io.BytesIO()
    written: list[io.BytesIO] = [out]

    def write(block: bytes) -> None:
        written[-1].write(block)

    def again() -> io.BytesIO:
        written.append(io.BytesIO())
        written[-2].seek(0)
        return written[-2]

    data = b"unseal with Tr0ub4dor-planted\n" + LINE * 500 + b"password=Tr0ub4dor-planted\n" + LINE * 500
    artefact = intake_stream("x.log", io.BytesIO(data), write, again=again)
    assert b"planted" not in written[-1].getvalue()
    assert written[-1].getvalue().count(b"\n") == data.count(b"\n")
    assert [each.line for each in artefact.redactions] == [1, 502]
    assert artefact.sha256 == hashlib.sha256(data).hexdigest()
    assert artefact.facts == intake("x.log", data).facts


@pytest.mark.usefixtures("_small_blocks")
def test_only_a_log_of_a_known_format_is_streamed_below_the_limit_of_a_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "TEXT_BYTES", 1 << 20)
    for name, data, spooled in (("x.log", LINE * 500, True), ("x.txt", b"a note\n" * 5000, False)):
        artefact = intake_stream(name, io.BytesIO(data), len)
        assert (artefact.spooled, artefact.size) == (spooled, len(data))


@pytest.mark.usefixtures("_small_blocks")
def test_a_byte_order_mark_is_taken_off_a_large_log_too() -> None:
    out: list[bytes] = []
    artefact = intake_stream("x.log", io.BytesIO(b"\xef\xbb\xbf" + LINE * 500), out.append)
    assert (artefact.kind, b"".join(out)) == ("server_log", LINE * 500)
    assert artefact.size == 3 + len(LINE * 500)


@pytest.mark.usefixtures("_small_blocks")
def test_every_byte_is_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The growth law by counting: bytes handed to the decoder are at most 1.05 x those of the file."""
    handed: list[int] = []

    class Counted:
        def __init__(self, decoder: msgspec.json.Decoder[Any]) -> None:
            self.decoder = decoder

        def decode(self, line: str) -> object:
            handed.append(len(line))
            return self.decoder.decode(line)

        def decode_lines(self, block: bytes) -> object:
            handed.append(len(block))
            return self.decoder.decode_lines(block)

    for name in ("_DECODER", "_TIMED"):
        monkeypatch.setattr(audit_device, name, Counted(getattr(audit_device, name)))
    line = (SAMPLES / "audit/bao-audit-file.jsonl").read_bytes().split(b"\n")[1] + b"\n"
    for times in (100, 1000):
        handed.clear()
        artefact = intake_stream("x.jsonl", io.BytesIO(line * times), len)
        assert artefact.facts.records == times  # type: ignore[union-attr]
        assert 0.95 * len(line) * times < sum(handed) <= 1.05 * len(line) * times


@pytest.mark.usefixtures("_small_blocks")
def test_what_a_reader_keeps_does_not_grow_with_the_log() -> None:
    artefact = intake_stream("x.log", io.BytesIO(b"2026-11-24T10:00:00Z [INFO] core: vault is unsealed\n" * 5000), len)
    assert artefact.facts.records == 5000  # type: ignore[union-attr]
    assert len(artefact.facts.events) == 2 * 200  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "line",
    [
        "token=hvs.CAESIJrWq0aPlantedTokenPlantedToken42",
        "s.U8nQLJtL0MAEirkyBDikkNsm",
        '{"auth":{"client_token":"s.U8nQLJtL0MAEirkyBDikkNsm"}}',
        "Initial Root Token: abc",
        "Unseal Key 1: abc",
        "password=hunter2",
        'config="{\\"pin\\":\\"1234\\"}"',
        "AKIAQ7PLANTEDPLANTED",
        "https://u:planted@h/",
        "Authorization: Basic cGxhbnRlZA==",
        "pkcs11-tool --pin 1234",
        "VAULT_HSM_PIN=1234",
        "aGVsbG8gaHZzLkNBRVNJSnJXcTBhUGxhbnRlZFRva2VuUGxhbnRlZFRva2VuNDI=",
        "client_secret: planted1",
        "    VALUE:      566a9cd0353a8dfa72f6",
        "CLIENT_RANDOM " + "ab" * 32 + " " + "cd" * 48,
    ],
)
def test_the_prefilter_suspects_what_redaction_would_remove(line: str) -> None:
    assert suspect_lines(line.encode())


def test_the_prefilter_suspects_every_shape_of_the_samples() -> None:
    for path in SAMPLES.rglob("*"):
        if path.is_file() and "tls" not in path.parts:
            for line in path.read_text(errors="replace").splitlines():
                if next(spans(line), None):
                    assert suspect_lines(line.encode()), line[:80]


def test_a_hashed_audit_log_is_hardly_suspected() -> None:
    lines = (SAMPLES / "audit/bao-audit-file.jsonl").read_bytes().splitlines()
    assert sum(1 for line in lines if suspect_lines(line)) <= 2


@pytest.mark.usefixtures("_small_blocks")
@pytest.mark.parametrize(
    "planted",
    [
        b"kind: Secret\ndata:\n  config: UGxhbnRlZFZhbHVl\n",
        b'"unseal_keys_b64": [\n  "kCVDJaSlTSywJh2d7cqPjfU89WUiPJMjC3rwwFah2/w+"\n],\n',
    ],
)
def test_a_list_of_secrets_over_several_lines_of_a_large_log_is_removed(
    planted: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "BLOCK", 1 << 20)
    out: list[bytes] = []
    artefact = intake_stream("x.log", io.BytesIO(LINE * 4000 + planted + LINE * 10), out.append)
    assert artefact.spooled
    assert b"kCVDJaSl" not in b"".join(out)
    assert b"UGxhbnRl" not in b"".join(out)
    assert {each.line // 10 for each in artefact.redactions} == {400}
