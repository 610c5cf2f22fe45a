"""Whatever an artefact says, rendering its report asks no server and opens no file: seen from the server's side."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import BytesIO
from pathlib import Path
from urllib.request import urlopen

import pikepdf
import pytest

from evidence import rendering
from evidence.core import archive
from evidence.core.facts import Evidence
from evidence.core.results import Finding, Result, Verdict
from evidence.core.waivers import Waiver
from seal_advisor.core.record import replace
from tests.evidence import packages

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
SECRET = b"what no report may hold, 9f27"


class Listening:
    """A web server on this machine, with everything that it was asked for."""

    def __init__(self) -> None:
        asked = self.asked = []  # type: ignore[var-annotated]

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                """Silent."""

        self.server = HTTPServer(("127.0.0.1", 0), Answer)
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def listening() -> Iterator[Listening]:
    one = Listening()
    thread = threading.Thread(target=one.server.serve_forever)
    thread.start()
    yield one
    one.server.shutdown()
    thread.join()
    one.server.server_close()


@pytest.fixture
def planted(listening: Listening, tmp_path: Path) -> list[str]:
    """References as an artefact could hold them, to the server and to a file."""
    file = tmp_path / "secret.txt"
    file.write_bytes(SECRET)
    places = [
        f"{listening.address}/planted",
        file.as_uri(),
        f"FILE://{file}",
        f"//127.0.0.1:{listening.server.server_port}/x",
    ]
    return [
        form.format(place)
        for place in places
        for form in (
            "{}", '<img src="{}">', '"><link rel=stylesheet href="{}">', "<style>@import url({});</style>",
            '<svg xmlns:xlink="http://www.w3.org/1999/xlink"><image xlink:href="{0}" href="{0}"/></svg>',
            '<object data="{}"></object>', '<a rel="attachment" href="{}">x</a>', "background: url({})",
            '<iframe src="{}"></iframe>', "<!ENTITY x SYSTEM '{}'>",
        )
    ]  # fmt: skip


def test_the_server_itself_would_hear_a_request(listening: Listening) -> None:
    """Without this the test below could not fail."""
    _asked(f"{listening.address}/heard")
    assert listening.asked == ["/heard"]


def _asked(address: str) -> None:
    with urlopen(address, timeout=5) as answer:
        answer.read()


def test_references_in_evidence_reach_nobody(listening: Listening, planted: list[str]) -> None:
    text = " ".join(planted)[:600]
    artefact = replace(packages.ARTEFACTS[0], name=text[:200], node=text, source=text, content=text.encode())
    found = tuple(Finding(one, one, 1, one, one) for one in planted[::2])
    judged = Result("C-PN-01", text, Verdict.FAIL, text, found, (), (artefact.sha256,))
    given = packages.package(
        title=planted[1],
        evidence=Evidence((artefact,)),
        results=(judged,),
        waivers=(Waiver("C-PN-01", text, planted[2], planted[3], packages.WAIVER.expires),),
    )
    drafted = archive.draft(given, packages.key())
    rendered = rendering.render(drafted.html, drafted.attached, NOW, seconds=120)
    assert listening.asked == []
    assert SECRET not in _everything(rendered.pdf)


def test_references_that_were_not_escaped_would_reach_nobody_either(listening: Listening, planted: list[str]) -> None:
    absolute = [one for one in planted if "://" in one]
    page = f'<html lang="en"><head><title>t</title></head><body>{"".join(absolute)}</body></html>'
    rendered = rendering.render(page, (), NOW, seconds=120)
    assert listening.asked == []
    assert SECRET not in _everything(rendered.pdf)


def _everything(pdf: bytes) -> bytes:
    """The bytes of the file and of all its streams, attachments too."""
    with pikepdf.open(BytesIO(pdf)) as opened:
        streams = [one.read_bytes() for one in opened.objects if isinstance(one, pikepdf.Stream)]
        assert len(opened.attachments) <= 1
    return b"".join([pdf, *streams])
