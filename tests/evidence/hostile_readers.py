"""Readers as a hostile file might make them: `python -m tests.evidence.hostile_readers HOW FD MEMORY SECONDS`.

They are confined as the real one is, take a task, read a little of the file, and then misbehave.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from pathlib import Path

from evidence.confinement import confine
from evidence.core import typed_json
from evidence.core.batch import Outcome
from evidence.core.facts import Artefact
from evidence.reading import frames


def spin(line: socket.socket) -> None:
    while True:
        pass


def hang(line: socket.socket) -> None:
    time.sleep(600)


def eat(line: socket.socket) -> None:
    kept = []
    try:
        while True:
            kept.append(bytearray(16 * 1024 * 1024))
    except MemoryError:
        kept.clear()
        frames.send(line, frames.FAILED, b"MemoryError")


def die(line: socket.socket) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def leave(line: socket.socket) -> None:
    sys.exit(3)


def write(line: socket.socket) -> None:
    """A file of this process must not grow; nobody may leave anything behind."""
    path = Path(sys.argv[2])
    try:
        path.write_bytes(b"stolen" * 1000)
    except OSError as error:
        frames.send(line, frames.FAILED, f"OSError {error.errno}".encode())


def pickle(line: socket.socket) -> None:
    frames.send(line, frames.DONE, b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x04true\x85R.")


def another_class(line: socket.socket) -> None:
    frames.send(line, frames.DONE, b'["r","subprocess:Popen","true"]')


def another_type(line: socket.socket) -> None:
    frames.send(line, frames.DONE, typed_json.write(("an artefact",)))


def flood(line: socket.socket) -> None:
    while True:
        frames.send(line, frames.KEEP, bytes(frames.CHUNK))


def not_at_hand(line: socket.socket) -> None:
    """Bytes of the file that were never handed over."""
    frames.send(line, frames.SAME, frames.RANGE.pack(0, 1 << 40))


def backwards(line: socket.socket) -> None:
    frames.send(line, frames.SAME, frames.RANGE.pack(50, 10))


def half_read(line: socket.socket) -> None:
    """Done with a file of which it read no more than the beginning."""
    frames.send(line, frames.DONE, typed_json.write(Artefact("x.log", "0" * 64, 100, "opaque")))


def huge(line: socket.socket) -> None:
    line.sendall(b"K\xff\xff\xff\xff")
    time.sleep(600)


def babble(line: socket.socket) -> None:
    frames.send(line, b"?", b"")
    time.sleep(600)


def sheets(line: socket.socket) -> None:
    for _ in range(10_000):
        frames.send(line, frames.SHELVE)


def wrong_sheet(line: socket.socket) -> None:
    frames.send(line, frames.LEAF, frames.NUMBER.pack(7))
    time.sleep(600)


def wrong_file(line: socket.socket) -> None:
    frames.send(line, frames.OPEN, frames.NUMBER.pack(7))
    time.sleep(600)


def no_parts(line: socket.socket) -> None:
    """An outcome that speaks of a sheet and an artefact that were never handed over."""
    frames.send(line, frames.DONE, typed_json.write((Outcome(sheets=(0,)),)))


def too_many_facts(line: socket.socket) -> None:
    part = typed_json.write(Artefact("x", "", 0, "opaque", content=bytes(4 * 1024 * 1024)))
    while True:
        frames.send(line, frames.PART, part)


def main() -> None:
    how, descriptor, memory, seconds = sys.argv[1], *map(int, sys.argv[-3:])
    confine(memory=memory, seconds=seconds, file_bytes=0)
    with socket.socket(fileno=descriptor) as line:
        mark, _ = frames.receive(line)
        if mark == frames.BATCH:
            frames.send(line, frames.OPEN, frames.NUMBER.pack(0))
        frames.send(line, frames.WANT, frames.SIZE.pack(100))
        frames.receive(line)
        globals()[how](line)


if __name__ == "__main__":
    main()
