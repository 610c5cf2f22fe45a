"""Redacted logs too large for memory, in files without a name: read like bytes, paged in and out by the system."""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, BinaryIO, cast

from evidence.core.batch import forgotten
from evidence.core.facts import Artefact, Declared
from evidence.core.known_values import Values
from evidence.reading.parent import readers
from seal_advisor.core.record import replace

BLOCK = 1024 * 1024


class Sheet:
    """What is written to it, from the beginning again, and at the end as bytes. A killed process leaves none behind.

    folder: where it lies, on a disk that has room for it; None = where temporary files lie.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._file: IO[bytes] = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - it lives as long as the sheet

    def write(self, data: bytes) -> None:
        self._file.write(data)

    def again(self) -> BinaryIO:
        """What was written so far, from its beginning; what is written from now on stands in its place."""
        before, self._file = self._file, tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - the same
        before.seek(0)
        return cast(BinaryIO, before)

    def content(self) -> bytes:
        """All of it, mapped: hashing or packing it takes no memory that the system cannot have back."""
        with self._file:
            self._file.flush()
            if not self._file.tell():
                return b""
            return cast(bytes, mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ))


def take(name: str, source: BinaryIO, declared: Declared, *, folder: Path | None = None) -> Artefact:
    """A large log with its redacted content on a sheet. Raises Refused."""
    sheet = Sheet(folder)
    taken = readers.intake(name, source, sheet.write, declared=declared, again=sheet.again)
    return replace(taken, content=sheet.content(), spooled=False)


def without(artefact: Artefact, secrets: Iterable[str]) -> Artefact:
    """The large log without some more values; the same one where none stands in it. Its facts are read again."""
    sheet = Sheet()
    removed = forgotten(_blocks(artefact.content), Values(secrets), sheet.write)
    content = sheet.content()
    if not removed:
        return artefact
    declared = Declared(node=artefact.node, source=artefact.source)
    again = readers.intake(os.path.basename(artefact.name), cast(BinaryIO, content), None, declared=declared)
    redactions = sorted((*artefact.redactions, *removed), key=lambda each: each.line)
    return replace(artefact, content=content, facts=again.facts, redactions=tuple(redactions))


def _blocks(content: bytes) -> Iterator[bytes]:
    """Whole lines, or whole records where a document has no lines."""
    start = 0
    while start < len(content):
        stop = min(start + BLOCK, len(content))
        if stop < len(content):
            line, record = content.rfind(b"\n", start, stop) + 1, content.rfind(b"},", start, stop) + 1
            stop = line or record or len(content)
        yield content[start:stop]
        start = stop


def facts_of(name: str, source: BinaryIO, declared: Declared) -> Artefact:
    """A large log of which only the facts stay. Raises Refused."""
    return readers.intake(name, source, None, declared=declared)
