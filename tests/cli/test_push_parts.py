"""The parts of `push` alone: patience as the server asks for it, a token that goes nowhere else, and the gate."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from evidence.core.results import Result, Verdict
from evidence.push import gate, identity
from evidence.push.client import Body, Client, PushError, checked_url
from tests.services import free_port

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


class Time:
    """A clock that moves only when somebody waits."""

    def __init__(self) -> None:
        self.now, self.waits = 0.0, []

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def client(self, url: str, seconds: float = 900) -> Client:
        made = Client(url, seconds, wait=self.wait, clock=lambda: self.now)
        made.authorise("sealadv_secret")
        return made


@contextmanager
def answering(*answers: tuple[int, dict[str, str]]) -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """A server that gives these answers, the last one for ever. Yields its address and what it was sent."""
    left, seen = list(answers), []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            seen.append((self.headers.get("Authorization", ""), body))
            status, headers = left.pop(0) if len(left) > 1 else left[0]
            self.send_response(status)
            for name, value in {"Content-Length": "2", **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"{}")

        do_GET = do_PUT  # noqa: N815 - the name is the library's

        def log_message(self, *args: object) -> None:
            """The test reads what was sent."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_the_server_says_how_long_to_wait_and_the_file_is_sent_again_whole(tmp_path: Path) -> None:
    file, time = tmp_path / "vault.hcl", Time()
    file.write_bytes(b"ui = true\n")
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=40), usegmt=True)
    answers = [(503, {"Retry-After": "7"}), (429, {"Retry-After": soon}), (502, {}), (201, {})]
    with answering(*answers) as (url, seen):
        done = time.client(url).call("PUT", "/x", Body("application/octet-stream", path=str(file)))
    assert (done.status, [body for _, body in seen]) == (201, [b"ui = true\n"] * 4)
    assert time.waits[0] == 7
    assert 30 < time.waits[1] <= 40
    assert time.waits[2] == 4, "nobody said: ever more slowly"


def test_a_server_that_is_away_is_given_up_when_the_time_is_over() -> None:
    time = Time()
    with pytest.raises(PushError, match="is the server up") as given_up:
        time.client(f"http://127.0.0.1:{free_port()}", seconds=20).json("GET", "/x")
    assert time.waits == [1, 2, 4, 8]
    assert "sealadv_secret" not in str(given_up.value)


def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    time = Time()
    with answering((503, {"Retry-After": "3600"})) as (url, _), pytest.raises(PushError):
        time.client(url, seconds=60).json("GET", "/x")
    assert time.waits == []


def test_a_redirect_does_not_take_the_token_elsewhere() -> None:
    with answering((200, {})) as (elsewhere, stolen), answering((302, {"Location": elsewhere})) as (url, _):
        assert Time().client(url).json("GET", "/x").status == 302
        assert stolen == []


@pytest.mark.parametrize(
    "url",
    [
        "http://seal.example",
        "ftp://seal.example",
        "https://",
        "seal.example",
        "https://a:b@seal.example",
        "https://x/?y=1",
    ],
)
def test_an_address_over_which_no_token_may_go_is_refused(url: str) -> None:
    with pytest.raises(PushError, match="--url"):
        checked_url(url)


def test_a_job_without_an_identity_is_told_what_to_write() -> None:
    with pytest.raises(PushError, match="id-token: write"):
        identity.of_this_job({}, "https://seal.example")
    assert identity.of_this_job({"SEAL_ADVISOR_ID_TOKEN": " a.b.c\n"}, "") == "a.b.c"


def result(control: str, verdict: Verdict, *artefacts: str) -> Result:
    return Result(control, "title", verdict, "reason", artefacts=artefacts)


RESULTS = (
    result("C-TL-01", Verdict.PASS, "new"),
    result("C-KB-01", Verdict.PASS, "old", "new"),
    result("C-AU-01", Verdict.PASS, "old"),
    result("C-CA-01", Verdict.NOT_PROVEN),
    result("C-HD-01", Verdict.WARN, "new"),
    result("C-RK-01", Verdict.ATTESTED),
)
SEEN = {"new": NOW - timedelta(hours=1), "old": NOW - timedelta(days=9)}
FAIL = frozenset({Verdict.FAIL})


@pytest.mark.parametrize(
    ("policy", "stopped"),
    [
        (gate.Policy(FAIL), []),
        (gate.Policy(FAIL | {Verdict.WARN}), ["C-HD-01"]),
        (gate.Policy(FAIL, ("C-TL-01",)), []),
        (gate.Policy(FAIL, ("C-CA-01", "C-RK-01", "C-XX-99")), ["C-CA-01", "C-RK-01", "C-XX-99"]),
        (gate.Policy(FAIL | {Verdict.NOT_PROVEN}, ("C-CA-01",)), ["C-CA-01"]),
        (gate.Policy(FAIL, fresh=timedelta(days=7)), ["C-AU-01"]),
        (gate.Policy(FAIL, ("C-KB-01",), timedelta(days=7)), []),
        (gate.Policy(FAIL, ("C-AU-01",), timedelta(days=7)), ["C-AU-01"]),
        (gate.Policy(FAIL, ("C-TL-01",), timedelta(minutes=30)), ["C-TL-01"]),
    ],
)
def test_the_gate_shuts_for_verdicts_required_controls_and_old_evidence(
    policy: gate.Policy, stopped: list[str]
) -> None:
    found = gate.complaints(RESULTS, policy, seen=SEEN, now=NOW)
    assert [line.split()[0] for line in found] == stopped
