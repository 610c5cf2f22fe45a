"""The same door for logs of gigabytes: blocks of whole lines, hashed, redacted and read in one pass, memory bounded.

    intake_stream(name, source, sink) -> Artefact, or Refused

The redacted bytes go to `sink` as they come, so `Artefact.content` is empty and `spooled` is True. What was written
before a refusal must be thrown away by the caller. Formats without lines of their own are refused beyond the size that
`upload.intake` takes.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from evidence.core import prefilter, sniff
from evidence.core.facts import Artefact, Declared, Redaction
from evidence.core.lines import LineReader, read_lines
from evidence.core.parsers import parser_for
from evidence.core.redaction import redact
from evidence.core.refusal import Refused
from evidence.core.shapes import has_private_key
from evidence.core.upload import LINE_BYTES, TEXT_BYTES, check_name, intake

MAX_BYTES = 4 * 1024**3
BLOCK = 1024 * 1024
LISTED = 10_000
KNOWN = 1000


def intake_stream(
    name: str,
    source: BinaryIO,
    sink: Callable[[bytes], object],
    *,
    declared: Declared | None = None,
) -> Artefact:
    """One file of any size; a small one takes the ordinary way and is written to the sink too.

    Raises Refused beyond 4 GiB, for a line of more than 64 KiB, and for whatever `intake` refuses.
    """
    check_name(name)
    head = source.read(TEXT_BYTES + 1)
    if len(head) <= TEXT_BYTES:
        artefact = intake(name, head, declared=declared)
        sink(artefact.content)
        return artefact
    return _Passage(name, declared or Declared(), sink, head[: sniff.HEAD]).run(head, source)


@dataclass(slots=True)
class _Passage:
    name: str
    declared: Declared
    sink: Callable[[bytes], object]
    head: bytes
    number: int = 1
    offset: int = 0
    size: int = 0
    removed: list[Redaction] = field(default_factory=list)
    more: int = 0
    secrets: set[str] = field(default_factory=set)

    def run(self, first: bytes, source: BinaryIO) -> Artefact:
        text = self.head.decode("utf-8", "replace")
        parser = parser_for(text)
        whole = sniff.never_read(first) or sniff.document(first) or self.name.lower().endswith(".hcl")
        lines = parser.lines if parser else None
        if whole or sniff.is_xml(text) or (parser and lines is None) or _one_document(text):
            limit = TEXT_BYTES // 2**20
            reason = f"only logs of one record a line may be larger than {limit} MiB"
            raise Refused(reason, "hand in the period that matters", status=413)
        reader: LineReader | None = lines() if lines else None
        form = parser.form if parser else "text"
        digest = hashlib.sha256()
        rest = b""
        block = first
        while block:
            digest.update(block)
            self.size += len(block)
            if self.size > MAX_BYTES:
                raise Refused("the log is larger than 4 GiB", "hand in the period that matters", status=413)
            cut = block.rfind(b"\n") + 1
            if cut:
                self._pass(rest + block[:cut], form, reader)
            rest = block[cut:] if cut else rest + block
            if len(rest) > LINE_BYTES:
                self._line_too_long(self.number)
            block = source.read(BLOCK)
        self._pass(rest, form, reader)
        return self._artefact(parser.kind if parser else "opaque", digest.hexdigest(), reader)

    def _pass(self, data: bytes, form: str, reader: LineReader | None) -> None:
        """Whole lines: refused, or redacted, read and written."""
        for piece in _pieces(data):
            text = self._decoded(piece)
            clean = self._redacted(piece, text, form)
            if reader:
                self.number, self.offset = read_lines(reader, clean, self.number, self.offset)
            else:
                self.number += clean.count("\n")
            self.sink(clean.encode())

    def _decoded(self, piece: bytes) -> str:
        longest = max(map(len, piece.split(b"\n")))
        if longest > LINE_BYTES:
            lines = piece.split(b"\n")
            self._line_too_long(self.number + next(i for i, line in enumerate(lines) if len(line) > LINE_BYTES))
        try:
            return piece.decode("utf-8")
        except UnicodeDecodeError as error:
            line = self.number + piece.count(b"\n", 0, error.start)
            raise Refused(f"byte 0x{piece[error.start]:02x} is not UTF-8", "save the file as UTF-8", line) from None

    def _line_too_long(self, number: int) -> None:
        raise Refused(f"a line of more than {LINE_BYTES // 1024} KiB", "hand in the log as written", number, status=413)

    def _redacted(self, piece: bytes, text: str, form: str) -> str:
        """The text with its suspicious lines replaced; all others are untouched."""
        ends = prefilter.suspects(piece, [secret.encode() for secret in self.secrets])
        if not ends:
            return text
        lines = text.split("\n")
        starts = [0]
        for line in piece.split(b"\n"):
            starts.append(starts[-1] + len(line) + 1)
        for index in sorted({bisect_left(starts, end) - 1 for end in ends}):
            lines[index] = self._line(lines[index], form, self.number + index)
        return "\n".join(lines)

    def _line(self, line: str, form: str, number: int) -> str:
        if has_private_key(line) is not None:
            raise Refused("a private key stands in this file", "remove it, and replace this key", number)
        done = redact(line, form, known=frozenset(self.secrets))
        for each in done.removed:
            if len(self.removed) < LISTED:
                self.removed.append(Redaction(number, each.what))
            else:
                self.more += 1
        if len(self.secrets) < KNOWN:
            self.secrets |= done.secrets
        return done.text

    def _artefact(self, kind: str, digest: str, reader: LineReader | None) -> Artefact:
        removed = self.removed
        if self.more:
            removed = [*removed, Redaction(removed[-1].line, f"and {self.more} more")]
        return Artefact(
            name=self.name,
            sha256=digest,
            size=self.size,
            kind=kind,
            facts=reader.facts() if reader else None,
            redactions=tuple(removed),
            node=self.declared.node,
            observed_from=self.declared.observed_from,
            observed_to=self.declared.observed_to,
            source=self.declared.source,
            spooled=True,
        )


def _pieces(data: bytes) -> Iterator[bytes]:
    """The data in pieces of about a block, each ending with a line; concatenated they are the data."""
    start = 0
    while len(data) - start > BLOCK:
        cut = data.rfind(b"\n", start, start + BLOCK) + 1
        if cut <= start:
            cut = data.find(b"\n", start) + 1 or len(data)
        yield data[start:cut]
        start = cut
    if start < len(data):
        yield data[start:]


def _one_document(text: str) -> bool:
    return sniff.is_json(text) and not sniff.is_json_lines(text)
