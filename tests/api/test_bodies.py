"""A body read straight from its connection is the body, to the byte, however it is cut and whoever reads it."""

from __future__ import annotations

import random
import socket
import threading
from collections.abc import Iterator
from io import BytesIO

import pytest
from gunicorn.http.body import Body, ChunkedReader, LengthReader
from gunicorn.http.unreader import SocketUnreader

from seal_advisor.bodies import BLOCK, WORTH, Straight, straight

SIZE = 3 * BLOCK + 12_345


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def sent(theirs: socket.socket, data: bytes, *, ended: bool = False) -> threading.Thread:
    def work() -> None:
        theirs.sendall(data)
        if ended:
            theirs.shutdown(socket.SHUT_WR)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def body_of(ours: socket.socket, length: int, ahead: bytes = b"") -> Body:
    """As gunicorn has it after the head of a request. ahead: what it had read of the body by then."""
    unreader = SocketUnreader(ours)
    unreader.unread(ahead)
    return Body(LengthReader(unreader, length))


@pytest.mark.parametrize("ahead", [0, 1, 100, WORTH + 1])
def test_every_way_of_reading_yields_the_body_and_leaves_the_next_request(
    line: tuple[socket.socket, socket.socket], ahead: int
) -> None:
    ours, theirs = line
    data = random.Random(7).randbytes(SIZE)
    for sizes in ([BLOCK], [WORTH - 1, BLOCK // 2], [1, WORTH, 100], [5 * BLOCK]):
        body = body_of(ours, SIZE, data[:ahead])
        read = straight(body)
        assert type(read) is Straight
        thread = sent(theirs, data[ahead:] + b"GET / HTTP/1.1\r\n")
        found, turn = bytearray(), 0
        while part := read.read(sizes[turn % len(sizes)]):
            assert len(part) == min(sizes[turn % len(sizes)], SIZE - len(found))
            found += part
            turn += 1
        thread.join(5)
        assert (bytes(found), body.reader.length) == (data, 0)
        assert body.read(10) == b""
        assert (body.reader.unreader.take_buffered() + ours.recv(100)) == b"GET / HTTP/1.1\r\n"


def test_lines_and_blocks_may_be_mixed(line: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = line
    data = b"first\nsecond\n" + b"x" * SIZE
    thread = sent(theirs, data)
    read = straight(body_of(ours, len(data)))
    found = [read.readline(), read.read(BLOCK), read.readline(10), read.read(BLOCK)]
    while part := read.read(BLOCK):
        found.append(part)
    thread.join(5)
    assert b"".join(found) == data
    assert found[0] == b"first\n"


def test_a_line_that_ends_early_ends_the_body(line: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = line
    thread = sent(theirs, b"x" * BLOCK, ended=True)
    read = straight(body_of(ours, SIZE))
    assert [len(read.read(2 * BLOCK)), read.read(2 * BLOCK)] == [BLOCK, b""]
    thread.join(5)


def test_after_an_error_the_connection_is_not_used_again(line: tuple[socket.socket, socket.socket]) -> None:
    ours, _ = line
    body = body_of(ours, SIZE)
    read = straight(body)
    ours.close()
    with pytest.raises(OSError, match="Bad file"):
        read.read(BLOCK)
    assert body.failed


def test_what_is_no_plain_body_stays_as_it_is(line: tuple[socket.socket, socket.socket]) -> None:
    chunked = Body(ChunkedReader(None, SocketUnreader(line[0])))
    plain = BytesIO(b"x")
    assert (straight(chunked), straight(plain)) == (chunked, plain)
