"""The same door for logs of gigabytes: blocks of whole lines, hashed, redacted and read in one pass, memory bounded.

    intake_stream(name, source, sink) -> Artefact, or Refused

The redacted bytes go to `sink` as they come, so `Artefact.content` is empty and `spooled` is True. A value that shows
itself as a secret only further down is taken out of what was written before, where the caller can read that `again`.
What was written before a refusal must be thrown away by the caller. Formats without lines of their own are refused
beyond the size that `upload.intake` takes.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from importlib import import_module
from itertools import islice
from typing import BinaryIO

from evidence.core import sniff
from evidence.core.columns import Columns, columns_of
from evidence.core.facts import Artefact, Declared, Redaction
from evidence.core.known_values import Values
from evidence.core.lines import LineReader, PlainReader, RecordReader, read_lines
from evidence.core.parsers import parser_for
from evidence.core.prefilter import Look, look
from evidence.core.redaction import forget, redact, regions_at, safe_name
from evidence.core.refusal import Refused
from evidence.core.shapes import has_private_key
from evidence.core.upload import LINE_BYTES, TEXT_BYTES, check_name, intake
from seal_advisor.core.record import Record

MAX_BYTES = 4 * 1024**3
# Logs of one record a line are never held whole beyond this size.
WHOLE_BYTES = 8 * 1024 * 1024
BLOCK = 512 * 1024
# Blocks that are looked at before the one that is read; they bound what is held in memory.
AHEAD = 4
LISTED = 10_000
# Values that leave the following blocks too, and values that leave the whole log in the second pass.
KNOWN, SPREAD = 1000, 20_000

Again = Callable[[], BinaryIO]
# Takes (start, stop) of a part of the file that is written as it came, where it returns True.
Same = Callable[[int, int], bool]


def intake_stream(
    name: str,
    source: BinaryIO,
    sink: Callable[[bytes], object],
    *,
    declared: Declared | None = None,
    again: Again | None = None,
    found: set[str] | None = None,
    same: Same | None = None,
) -> Artefact:
    """One file of any size; a small one takes the ordinary way and is written to the sink too.

    again: hands back what the sink took, from its beginning; what the sink takes from then on stands in its place.
    found: takes the values that turned out to be secret, for other files; never store them.
    same: whoever still has the file need not be handed what is written of it unchanged, and adds up its hash: a log
    that goes through in blocks has no `Artefact.sha256` then.
    Raises Refused beyond 4 GiB, for a line of more than 64 KiB, and for whatever `intake` refuses.
    """
    check_name(name)
    first: deque[bytes] = deque()
    size = _read_beyond(source, first, 0, min(WHOLE_BYTES, TEXT_BYTES))
    head = _head(first)
    if size > WHOLE_BYTES and sniff.is_json(head_text(head)):
        # Loaded only where there is such a document: `check` of one configuration must start at once.
        records = import_module("evidence.core.record_stream")
        if records.takes(head):
            about = declared or Declared()
            artefact: Artefact = records.intake_records(
                name, head, first, source, sink, declared=about, again=again, found=found
            )
            return artefact
    limit = min(WHOLE_BYTES, TEXT_BYTES)
    if size > WHOLE_BYTES and not _known_lines(name, head):
        limit = TEXT_BYTES
        size = _read_beyond(source, first, size, limit)
    if size <= limit:
        artefact = intake(name, b"".join(first), declared=declared, found=found)
        sink(artefact.content)
        return artefact
    return Passage(name, declared or Declared(), sink, head, again, found, same).run(first, source)


def _read_beyond(source: BinaryIO, first: deque[bytes], size: int, limit: int) -> int:
    """Blocks until they are one byte more than `limit` together, or the source ends; returns their size.

    They are let go one by one later, so a file is never held more than once.
    """
    while size <= limit and (block := source.read(min(BLOCK, limit + 1 - size))):
        first.append(block)
        size += len(block)
    return size


def _head(first: Iterable[bytes]) -> bytes:
    found = b""
    for block in first:
        found += block[: sniff.HEAD - len(found)]
        if len(found) == sniff.HEAD:
            break
    return found


def _known_lines(name: str, head: bytes) -> bool:
    """Whether this is a log of a known format, each line of which is read by itself."""
    text = head_text(head)
    parser = parser_for(text)
    if parser is None or parser.lines is None or name.lower().endswith(".hcl"):
        return False
    return not (sniff.never_read(head) or sniff.document(head) or sniff.is_xml(text) or _one_document(text))


def head_text(data: bytes) -> str:
    return data[: sniff.HEAD].removeprefix(sniff.UTF8_BOM).decode("utf-8", "replace")


class _Looked(Record):
    """Whole lines, and what one pass over them has shown. size: bytes of the file."""

    piece: bytes
    shown: Look
    size: int


class Passage:
    """A file on its way through in blocks: its place, and what was removed from it so far."""

    def __init__(
        self,
        name: str,
        declared: Declared,
        sink: Callable[[bytes], object],
        head: bytes,
        again: Again | None,
        found: set[str] | None = None,
        same: Same | None = None,
    ) -> None:
        self.name, self.declared, self.sink, self.head, self.again = name, declared, sink, head, again
        self.same, self.passed = same, 0
        self.number, self.offset, self.size = 1, 0, 0
        self.form = "text"
        self.table: Columns | None = None
        self.removed: list[Redaction] = []
        self.more = 0
        self.secrets: set[str] = set() if found is None else found
        self.late = False

    def run(self, first: deque[bytes], source: BinaryIO) -> Artefact:
        """first: blocks that were read already; they are taken out of it."""
        text = head_text(self.head)
        parser = parser_for(text)
        whole = sniff.never_read(self.head) or sniff.document(self.head) or self.name.lower().endswith(".hcl")
        lines = parser.lines if parser else None
        if whole or sniff.is_xml(text) or (parser and lines is None) or _one_document(text):
            limit = TEXT_BYTES // 2**20
            reason = f"only logs of one record a line may be larger than {limit} MiB"
            raise Refused(reason, "hand in the period that matters", status=413)
        reader: LineReader | None = lines() if lines else None
        self.form = parser.form if parser else "text"
        self.table = columns_of(text) if self.form == "text" else None
        digest = self._blocks(first, source, reader)
        if self.late and self.again:
            reader = self._forget(self.again(), lines() if lines else None)
        return self._artefact(parser.kind if parser else "opaque", digest, reader)

    def _blocks(self, first: deque[bytes], source: BinaryIO, reader: LineReader | None) -> str:
        """Every block to the end; returns the SHA-256 of it all.

        One thread adds up the hash and one looks for what could be a secret, neither of which holds this one up; they
        are a few blocks ahead of the lines that are read here.
        """
        digest, rest = hashlib.sha256(), b""
        waiting: deque[tuple[Future[None], Future[_Looked]]] = deque()

        def passed() -> None:
            hashed, looked = waiting.popleft()
            self._pass(looked.result(), reader)
            hashed.result()

        add = digest.update if self.same is None else _leave
        with ThreadPoolExecutor(1) as hashing, ThreadPoolExecutor(1) as looking:
            for block in self._each_block(first, source):
                whole, rest = _parted(rest, block)
                waiting.append((hashing.submit(add, block), looking.submit(self._look, whole)))
                if len(rest) > LINE_BYTES:
                    while waiting:
                        passed()
                    self._line_too_long(self.number)
                if len(waiting) > AHEAD:
                    passed()
            while waiting:
                passed()
        self._pass(self._look(rest), reader)
        return digest.hexdigest() if self.same is None else ""

    def _each_block(self, first: deque[bytes], source: BinaryIO) -> Iterator[bytes]:
        while block := first.popleft() if first else source.read(BLOCK):
            self.size += len(block)
            if self.size > MAX_BYTES:
                raise Refused("the log is larger than 4 GiB", "hand in the period that matters", status=413)
            yield block

    def _look(self, whole: bytes) -> _Looked:
        """whole: lines as they were read."""
        piece = whole.removeprefix(sniff.UTF8_BOM) if self.head[:3] == whole[:3] == sniff.UTF8_BOM else whole
        return _Looked(piece, look(piece, audit=self.form == "audit"), len(whole))

    def _pass(self, looked: _Looked, reader: LineReader | None) -> None:
        """Whole lines: refused, or redacted, read and written."""
        piece, shown = looked.piece, looked.shown
        self.passed += looked.size
        start = self.passed - len(piece)
        clean = not (shown.lines or self.secrets or self.table)
        self._check_lines(piece)
        if clean:
            count = self._read_clean(piece, shown, reader)
        else:
            text = self._redacted(text_of(piece, self.number), shown.lines)
            if reader:
                reader.read(text, self.number, self.offset)
            piece, count = text.encode(), text.count("\n")
        self.number += count
        self.offset += len(piece)
        if piece and not (clean and self.same and self.same(start, self.passed)):
            self.sink(piece)

    def _read_clean(self, piece: bytes, shown: Look, reader: LineReader | None) -> int:
        """Lines of which nothing is removed, in bytes as far as the reader can; returns their number."""
        text = "" if piece.isascii() else text_of(piece, self.number)
        if shown.plain and isinstance(reader, PlainReader):
            count = reader.read_plain(piece, self.number)
            if count:
                return count
        if reader and piece:
            reader.read(text or piece.decode(), self.number, self.offset)
        return piece.count(b"\n")

    def _check_lines(self, piece: bytes) -> None:
        start = 0
        while len(piece) - start > LINE_BYTES:
            cut = piece.rfind(b"\n", start, start + LINE_BYTES + 1) + 1
            if not cut:
                self._line_too_long(self.number + piece.count(b"\n", 0, start))
            start = cut

    def _line_too_long(self, number: int) -> None:
        raise Refused(f"a line of more than {LINE_BYTES // 1024} KiB", "hand in the log as written", number, status=413)

    def _redacted(self, text: str, lines: Sequence[int]) -> str:
        regions = regions_at(text, lines)
        private = has_private_key(text, regions)
        if private is not None:
            line = self.number + text.count("\n", 0, private)
            raise Refused("a private key stands in this file", "remove it, and replace this key", line)
        known = frozenset(islice(self.secrets, KNOWN))
        done = redact(text, self.form, known=known, regions=regions, table=self.table if self.number > 1 else None)
        self._note(done.removed)
        if len(self.secrets) < SPREAD and done.secrets - self.secrets:
            self.late = self.late or self.number > 1
            self.secrets |= done.secrets
        return done.text

    def _note(self, removed: tuple[Redaction, ...], number: int = 0) -> None:
        """Lines of a block as lines of the file, no more than are worth listing."""
        free = LISTED - len(self.removed)
        self.removed += [Redaction((number or self.number) - 1 + each.line, each.what) for each in removed[:free]]
        self.more += len(removed[free:])

    def _forget(self, written: BinaryIO, reader: LineReader | None) -> LineReader | None:
        """The second pass: values that showed themselves further down leave what was written before them."""
        values = Values(self.secrets)
        self.number, self.offset = 1, 0
        rest = b""
        while block := written.read(BLOCK):
            whole, rest = _parted(rest, block)
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

    def _artefact(self, kind: str, digest: str, reader: LineReader | RecordReader | None) -> Artefact:
        removed = self.removed
        if self.more:
            removed = [*removed, Redaction(removed[-1].line, f"and {self.more} more")]
        return Artefact(
            name=safe_name(self.name),
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


def _leave(block: bytes) -> None:
    """For whoever adds up the hash by himself."""


def _parted(rest: bytes, block: bytes) -> tuple[bytes, bytes]:
    """(the whole lines of both together, what is left), without a copy of the block on the way."""
    cut = block.rfind(b"\n") + 1
    return (b"".join((rest, memoryview(block)[:cut])), block[cut:]) if cut else (b"", rest + block)


def text_of(piece: bytes, number: int) -> str:
    """number: of its first line. Raises Refused with the line that is no UTF-8."""
    try:
        return piece.decode("utf-8")
    except UnicodeDecodeError as error:
        line = number + piece.count(b"\n", 0, error.start)
        raise Refused(f"byte 0x{piece[error.start]:02x} is not UTF-8", "save the file as UTF-8", line) from None


def _one_document(text: str) -> bool:
    return sniff.is_json(text) and not sniff.is_json_lines(text)
