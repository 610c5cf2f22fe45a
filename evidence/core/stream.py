"""The same door for logs of gigabytes: blocks of whole lines, hashed, redacted and read in one pass, memory bounded.

    intake_stream(name, source, sink) -> Artefact, or Refused

The redacted bytes go to `sink` as they come, so `Artefact.content` is empty and `spooled` is True. A value that shows
itself as a secret only further down is taken out of what was written before, where the caller can read that `again`.
What was written before a refusal must be thrown away by the caller. Formats without lines of their own are refused
beyond the size that `upload.intake` takes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO

from evidence.core import sniff
from evidence.core.facts import Artefact, Declared, Redaction
from evidence.core.known_values import Values
from evidence.core.lines import LineReader, read_lines
from evidence.core.parsers import parser_for
from evidence.core.redaction import Regions, forget, redact, regions_of
from evidence.core.refusal import Refused
from evidence.core.shapes import has_private_key
from evidence.core.upload import LINE_BYTES, TEXT_BYTES, check_name, intake

MAX_BYTES = 4 * 1024**3
# Logs of one record a line are never held whole beyond this size.
WHOLE_BYTES = 16 * 1024 * 1024
BLOCK = 1024 * 1024
LISTED = 10_000
# Values that leave the following blocks too, and values that leave the whole log in the second pass.
KNOWN, SPREAD = 1000, 20_000

Again = Callable[[], BinaryIO]


def intake_stream(
    name: str,
    source: BinaryIO,
    sink: Callable[[bytes], object],
    *,
    declared: Declared | None = None,
    again: Again | None = None,
) -> Artefact:
    """One file of any size; a small one takes the ordinary way and is written to the sink too.

    again: hands back what the sink took, from its beginning; what the sink takes from then on stands in its place.
    Raises Refused beyond 4 GiB, for a line of more than 64 KiB, and for whatever `intake` refuses.
    """
    check_name(name)
    head = source.read(min(WHOLE_BYTES, TEXT_BYTES) + 1)
    if len(head) > WHOLE_BYTES and not _known_lines(name, head):
        head += source.read(TEXT_BYTES + 1 - len(head))
        whole = len(head) <= TEXT_BYTES
    else:
        whole = len(head) <= min(WHOLE_BYTES, TEXT_BYTES)
    if whole:
        artefact = intake(name, head, declared=declared)
        sink(artefact.content)
        return artefact
    return _Passage(name, declared or Declared(), sink, head[: sniff.HEAD], again).run(head, source)


def _known_lines(name: str, head: bytes) -> bool:
    """Whether this is a log of a known format, each line of which is read by itself."""
    text = _head(head)
    parser = parser_for(text)
    if parser is None or parser.lines is None or name.lower().endswith(".hcl"):
        return False
    return not (sniff.never_read(head) or sniff.document(head) or sniff.is_xml(text) or _one_document(text))


def _head(data: bytes) -> str:
    return data[: sniff.HEAD].removeprefix(sniff.UTF8_BOM).decode("utf-8", "replace")


@dataclass(slots=True)
class _Passage:
    name: str
    declared: Declared
    sink: Callable[[bytes], object]
    head: bytes
    again: Again | None = None
    number: int = 1
    offset: int = 0
    size: int = 0
    removed: list[Redaction] = field(default_factory=list)
    more: int = 0
    secrets: set[str] = field(default_factory=set)
    late: bool = False

    def run(self, first: bytes, source: BinaryIO) -> Artefact:
        text = _head(self.head)
        parser = parser_for(text)
        whole = sniff.never_read(first) or sniff.document(first) or self.name.lower().endswith(".hcl")
        lines = parser.lines if parser else None
        if whole or sniff.is_xml(text) or (parser and lines is None) or _one_document(text):
            limit = TEXT_BYTES // 2**20
            reason = f"only logs of one record a line may be larger than {limit} MiB"
            raise Refused(reason, "hand in the period that matters", status=413)
        reader: LineReader | None = lines() if lines else None
        digest = self._blocks(first, source, parser.form if parser else "text", reader)
        if self.late and self.again:
            reader = self._forget(self.again(), lines() if lines else None)
        return self._artefact(parser.kind if parser else "opaque", digest, reader)

    def _blocks(self, first: bytes, source: BinaryIO, form: str, reader: LineReader | None) -> str:
        """Every block to the end; returns the SHA-256 of it all, which a second thread adds up."""
        digest = hashlib.sha256()
        block, rest = first, b""
        with ThreadPoolExecutor(1) as second:
            while block:
                hashed = second.submit(digest.update, block)
                self.size += len(block)
                if self.size > MAX_BYTES:
                    raise Refused("the log is larger than 4 GiB", "hand in the period that matters", status=413)
                cut = block.rfind(b"\n") + 1
                if cut:
                    self._pass(rest + block[:cut] if rest or cut < len(block) else block, form, reader)
                rest = block[cut:] if cut else rest + block
                if len(rest) > LINE_BYTES:
                    self._line_too_long(self.number)
                hashed.result()
                block = source.read(BLOCK)
        self._pass(rest, form, reader)
        return digest.hexdigest()

    def _pass(self, data: bytes, form: str, reader: LineReader | None) -> None:
        """Whole lines: refused, or redacted, read and written."""
        for piece in _pieces(data):
            if self.number == 1:
                piece = piece.removeprefix(sniff.UTF8_BOM)  # noqa: PLW2901 - only of the first line
            text = self._decoded(piece)
            regions = regions_of(text, form)
            private = has_private_key(text, regions)
            if private is not None:
                line = self.number + text.count("\n", 0, private)
                raise Refused("a private key stands in this file", "remove it, and replace this key", line)
            clean = self._redacted(text, form, regions)
            written = piece if clean is text else clean.encode()
            if reader:
                reader.read(clean, self.number, self.offset)
            self.number += piece.count(b"\n")
            self.offset += len(written)
            self.sink(written)

    def _decoded(self, piece: bytes) -> str:
        start = 0
        while len(piece) - start > LINE_BYTES:
            cut = piece.rfind(b"\n", start, start + LINE_BYTES + 1) + 1
            if not cut:
                self._line_too_long(self.number + piece.count(b"\n", 0, start))
            start = cut
        try:
            return piece.decode("utf-8")
        except UnicodeDecodeError as error:
            line = self.number + piece.count(b"\n", 0, error.start)
            raise Refused(f"byte 0x{piece[error.start]:02x} is not UTF-8", "save the file as UTF-8", line) from None

    def _line_too_long(self, number: int) -> None:
        raise Refused(f"a line of more than {LINE_BYTES // 1024} KiB", "hand in the log as written", number, status=413)

    def _redacted(self, text: str, form: str, regions: Regions) -> str:
        """The same text where nothing was removed."""
        known = frozenset(islice(self.secrets, KNOWN))
        if not regions and not known:
            return text
        done = redact(text, form, known=known, regions=regions)
        self._note(done.removed)
        if len(self.secrets) < SPREAD and done.secrets - self.secrets:
            self.late = self.late or self.number > 1
            self.secrets |= done.secrets
        return done.text

    def _note(self, removed: tuple[Redaction, ...]) -> None:
        """Lines of a block as lines of the file, no more than are worth listing."""
        free = LISTED - len(self.removed)
        self.removed += [Redaction(self.number - 1 + each.line, each.what) for each in removed[:free]]
        self.more += len(removed[free:])

    def _forget(self, written: BinaryIO, reader: LineReader | None) -> LineReader | None:
        """The second pass: values that showed themselves further down leave what was written before them."""
        values = Values(self.secrets)
        self.number, self.offset = 1, 0
        rest = b""
        while block := written.read(BLOCK):
            cut = block.rfind(b"\n") + 1
            whole, rest = (rest + block[:cut], block[cut:]) if cut else (b"", rest + block)
            self._write_without(whole, values, reader)
        self._write_without(rest, values, reader)
        self.removed.sort(key=lambda each: each.line)
        return reader

    def _write_without(self, data: bytes, values: Values, reader: LineReader | None) -> None:
        if not data:
            return
        done = forget(data.decode(), values)
        self._note(done.removed)
        if reader:
            self.number, self.offset = read_lines(reader, done.text, self.number, self.offset)
        else:
            self.number += done.text.count("\n")
        self.sink(done.text.encode())

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
