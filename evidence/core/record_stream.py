"""One JSON document of records, `{"Records": [{...}, ...]}`, of any size: whole records pass as lines of a log do.

The document is cut before what begins a record, as its head shows it (`{"eventVersion":`), which can stand nowhere
inside a text of JSON, whose quotes are escaped. What is between two cuts is read as a list of records; where a cut was
wrong, because records stand inside records, that list is no JSON and the document is refused. Keys that stand twice in
an object are not looked for here, as they are in documents that are read as a whole.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import BinaryIO

from evidence.core import sniff, stream
from evidence.core.facts import Artefact, Declared
from evidence.core.known_values import Values
from evidence.core.lines import RecordReader
from evidence.core.parsers import parser_for
from evidence.core.prefilter import suspect_ends
from evidence.core.redaction import forget, redact
from evidence.core.refusal import Refused
from evidence.core.stream import KNOWN, SPREAD, Again, Passage, head_text, text_of
from evidence.core.upload import refuse_outright
from seal_advisor.core.record import Record
from seal_advisor.core.regex import regex

RECORD_BYTES = 1024 * 1024
BROKEN = "hand in the complete file, as the service wrote it"
_BEGIN = regex(
    rb'(?:\xef\xbb\xbf)?(\s{0,64}(?:\{\s{0,64}"Records"\s{0,64}:\s{0,64})?\[\s{0,64})(\{\s{0,64}"\w{1,40}"\s{0,8}:)'
)
_END = regex(rb"\s*\](\s*\})?\s*")


class _Looked(Record):
    """Whole records with the comma behind them, and where in them something could be a secret."""

    piece: bytes
    ends: Sequence[int]


def _looked(piece: bytes) -> _Looked:
    return _Looked(piece, suspect_ends(piece))


def takes(head: bytes) -> bool:
    """Whether this is the head of such a document, of a format that reads it so."""
    parser = parser_for(head_text(head))
    return bool(parser and parser.records and _BEGIN.match(head))


def intake_records(
    name: str,
    head: bytes,
    first: deque[bytes],
    source: BinaryIO,
    sink: Callable[[bytes], object],
    *,
    declared: Declared,
    again: Again | None,
    found: set[str] | None = None,
) -> Artefact:
    """head: what `takes` saw. first: blocks that were read already, with the head; they are taken out of it.

    found: as in `intake_stream`. Raises Refused.
    """
    return _RecordPassage(name, declared, sink, head, again, found).take(first, source)


class _RecordPassage(Passage):
    """marker: what begins a record. wrapped: what stands before the first one, and what closes it."""

    def take(self, first: deque[bytes], source: BinaryIO) -> Artefact:
        parser, begin = parser_for(head_text(self.head)), _BEGIN.match(self.head)
        if parser is None or parser.records is None or begin is None:
            raise Refused("this is no list of records", BROKEN)
        self.parser = parser
        self.form, self.marker, self.prefix = "json", begin.group(2), begin.group(1)
        self.suffix = b"]}" if b"{" in self.prefix else b"]"
        reader: RecordReader = parser.records()
        digest = self._documents(first, source, reader)
        if self.late and self.again:
            reader = parser.records()
            self._second_time(self.again(), reader)
        return self._artefact(parser.kind, digest, reader)

    def _documents(self, first: deque[bytes], source: BinaryIO, reader: RecordReader) -> str:
        """Every record to the end; returns the SHA-256 of it all.

        One thread adds up the hash, one looks for what could be a secret, both without holding this one up.
        """
        digest = hashlib.sha256()
        waiting: deque[Future[_Looked]] = deque()
        with ThreadPoolExecutor(1) as second, ThreadPoolExecutor(1) as third:
            for piece in self._pieces(self._hashed(first, source, digest, third)):
                waiting.append(second.submit(_looked, piece))
                if len(waiting) > stream.AHEAD:
                    self._pass_records(waiting.popleft().result(), reader)
            while waiting:
                self._pass_records(waiting.popleft().result(), reader)
        return digest.hexdigest()

    def _hashed(
        self, first: deque[bytes], source: BinaryIO, digest: hashlib._Hash, third: ThreadPoolExecutor
    ) -> Iterator[bytes]:
        behind: deque[Future[None]] = deque()
        for block in self._each_block(first, source):
            behind.append(third.submit(digest.update, block))
            if len(behind) > stream.AHEAD:
                behind.popleft().result()
            yield block

    def _pieces(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """The prefix, whole records with the comma behind them, the last ones with what closes the list."""
        rest = next(blocks).removeprefix(sniff.UTF8_BOM)
        yield self.prefix
        rest = rest[len(self.prefix) :]
        for block in blocks:
            rest += block
            cut = self._cut(rest)
            if cut:
                yield rest[:cut]
                rest = rest[cut:]
            elif len(rest) > RECORD_BYTES:
                limit = RECORD_BYTES // 2**20
                raise Refused(
                    f"a record of more than {limit} MiB", "hand in the file as the service wrote it", status=413
                )
        yield rest

    def _cut(self, data: bytes) -> int:
        """Behind the last comma that stands before a record; 0 when there is none."""
        place = data.rfind(self.marker)
        while place > 0:
            before = len(data[:place].rstrip())
            if data[before - 1 : before] == b",":
                return before
            place = data.rfind(self.marker, 0, place)
        return 0

    def _pass_records(self, looked: _Looked, reader: RecordReader) -> None:
        piece = looked.piece
        if looked.ends or self.secrets:
            piece = self._clean(piece, looked.ends)
        self._hand_over(piece, reader)

    def _hand_over(self, piece: bytes, reader: RecordReader) -> None:
        if not piece.isascii():
            self._text(piece)
        if piece != self.prefix:
            reader.read(self._inside(piece), self.number)
        if b"\n" in piece:  # far sooner seen than counted, and a service writes none
            self.number += piece.count(b"\n")
        self.offset += len(piece)
        self.sink(piece)

    def _inside(self, piece: bytes) -> memoryview:
        """Without the comma behind it, or without what closes the list."""
        body = piece.rstrip()
        if body.endswith(b","):
            return memoryview(body)[:-1]
        end = max(body.rfind(b"]"), 0)
        if not _END.fullmatch(body, end) or (len(self.suffix) == 2) != body.endswith(b"}"):
            raise Refused("the list of records does not end", BROKEN, self.number + piece.count(b"\n"))
        return memoryview(body)[:end]

    def _clean(self, piece: bytes, ends: Sequence[int]) -> bytes:
        """The records in which something could be a secret one by one, with the list around them; all known values."""
        starts, parts, position = self._starts(piece), [], 0
        for place in sorted({bisect_right(starts, end - 1) - 1 for end in ends}):
            start, stop = starts[place], starts[place + 1] if place + 1 < len(starts) else len(piece)
            parts += [self._text(piece[position:start]), self._redacted_record(piece, start, stop)]
            position = stop
        parts.append(self._text(piece[position:]))
        text = "".join(parts)
        done = forget(text, Values(islice(self.secrets, KNOWN)))
        self._note(done.removed)
        return done.text.encode()

    def _text(self, piece: bytes) -> str:
        return text_of(piece, self.number)

    def _starts(self, piece: bytes) -> list[int]:
        starts, place = [0], piece.find(self.marker, 1)
        while place > 0:
            starts.append(place)
            place = piece.find(self.marker, place + 1)
        return starts

    def _redacted_record(self, piece: bytes, start: int, stop: int) -> str:
        record = piece[start:stop]
        body = record.rstrip()
        last = not body.endswith(b",")  # what closes the list stands behind it
        body = body if last else body[:-1]
        around = self.prefix.decode(), "" if last else self.suffix.decode()
        text = around[0] + self._text(body) + around[1]
        first = self.number + piece.count(b"\n", 0, start) - self.prefix.count(b"\n")
        try:
            refuse_outright(text, self.parser, [(0, len(text))])
        except Refused as refused:
            raise Refused(refused.reason, refused.remedy, first + (refused.line or 1) - 1, refused.status) from None
        done = redact(text, self.form)
        self._note(done.removed, first)
        if len(self.secrets) < SPREAD and done.secrets - self.secrets:
            self.late = True
            self.secrets |= done.secrets
        clean = done.text[len(around[0]) : len(done.text) - len(around[1])]
        return clean + self._text(record[len(body) :])

    def _second_time(self, written: BinaryIO, reader: RecordReader) -> None:
        """As `Passage._forget`: values that showed themselves further down leave what was written before them."""
        values = Values(self.secrets)
        self.number = 1

        def blocks() -> Iterator[bytes]:
            while block := written.read(stream.BLOCK):
                yield block

        for piece in self._pieces(blocks()):
            done = forget(self._text(piece), values)
            self._note(done.removed)
            self._hand_over(done.text.encode(), reader)
        self.removed.sort(key=lambda each: each.line)
