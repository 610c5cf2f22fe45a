"""Files that come in together, archives among them: each is read, then what one gave away leaves all the others.

    read_all(files, tray) -> one Outcome for each file

No text is held here: a `Tray` takes the redacted texts, one after the other, and hands them back to be read once more.
The values that turned out to be secret live as long as this call and are returned to nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import BinaryIO, Protocol, cast

from evidence.core.facts import Artefact, Declared, Redaction
from evidence.core.known_values import Values, known_spans
from evidence.core.redaction import forget
from evidence.core.refusal import Refused
from evidence.core.stream import LISTED, SPREAD, intake_stream
from evidence.core.unpacking import Packed, opened, plain_name
from evidence.core.unpacking.member import Readable
from evidence.core.unpacking.taking import outer_of, take
from evidence.core.upload import DOCUMENT_BYTES, check_name
from seal_advisor.core.record import Record, replace

BLOCK = 1024 * 1024
DOCUMENT = "document"
REFUSED = "refused"


class Tray(Protocol):
    """Where redacted texts lie. One sheet is written at a time; what is kept gets the next number, from 0."""

    def begin(self) -> None:
        """A new sheet; what was written and not kept is gone."""

    def write(self, data: bytes) -> None: ...

    def again(self) -> BinaryIO:
        """What stands on the sheet, from its beginning; what is written from now on stands in its place."""

    def keep(self) -> int:
        """The sheet's number."""

    def open(self, number: int) -> BinaryIO:
        """A kept sheet, from its beginning."""

    def put_back(self, number: int) -> None:
        """The sheet that is written now takes the place of a kept one."""


class File(Record):
    """One file as it is handed in. source: reads exactly as many bytes as asked for, or all that is left."""

    name: str
    source: Readable
    declared: Declared


class Why(Record):
    """A refusal as a value; see `Refused`."""

    reason: str
    remedy: str
    line: int | None
    status: int

    def error(self) -> Refused:
        return Refused(self.reason, self.remedy, self.line, self.status)


class Outcome(Record):
    """What became of one file.

    artefacts: it, or the members of the archive that it is; their content is on the tray, under `sheets`, None for a
    member that was refused. outer: the archive's own artefact, None for a file that is none, or that is compressed
    alone. refused: why nothing of it is taken in; then the others are empty.
    """

    artefacts: tuple[Artefact, ...] = ()
    sheets: tuple[int | None, ...] = ()
    outer: Artefact | None = None
    refused: Why | None = None


class _Whole(Record, unshown=("secrets",)):
    """A file that was read. sheets, secrets: of each artefact; packed: the archive that it is."""

    file: File
    artefacts: tuple[Artefact, ...]
    sheets: tuple[int | None, ...]
    secrets: tuple[frozenset[str], ...]
    packed: Packed | None


def read_all(
    files: Iterable[File], tray: Tray, *, unpacked: Callable[[int], object] = lambda _: None
) -> tuple[Outcome, ...]:
    """Every file, in order. A refused one, or a refused member of an archive, does not hold up the others.

    unpacked: is told the length of whatever came out of an archive.
    """
    found: list[_Whole | Why] = []
    known: set[str] = set()  # first those of what is refused: unseal keys that stand in a log beside them
    for file in files:
        try:
            found.append(_read(file, tray, unpacked, known))
        except Refused as refused:
            found.append(Why(refused.reason, refused.remedy, refused.line, refused.status))
    for secrets in (each for one in found if isinstance(one, _Whole) for each in one.secrets):
        if len(known) < SPREAD:
            known |= secrets
    spread = _Spread(frozenset(known), tray)
    return tuple(_outcome(one, spread) if isinstance(one, _Whole) else Outcome(refused=one) for one in found)


def _read(file: File, tray: Tray, unpacked: Callable[[int], object], refused: set[str]) -> _Whole:
    """refused: takes the secrets of what is not taken in."""
    check_name(file.name)
    kept: list[tuple[int | None, frozenset[str]]] = []

    def read(name: str, source: Readable) -> Artefact:
        found: set[str] = set()
        tray.begin()
        try:
            taken = intake_stream(
                name, cast(BinaryIO, source), tray.write, declared=file.declared, again=tray.again, found=found
            )
        except Refused:
            refused.update(found)
            raise
        kept.append((tray.keep(), frozenset(found)))
        return replace(taken, content=b"")

    source = opened(file.name, file.source)
    packed = source if isinstance(source, Packed) else None
    if isinstance(source, Packed):
        members = take(source, file.declared, lambda name, member: read(name, _Counted(member, unpacked)))
    else:
        members = (read(file.name, source),)
    good = iter(kept)
    each = [(None, frozenset[str]()) if one.kind == REFUSED else next(good) for one in members]
    return _Whole(file, members, tuple(sheet for sheet, _ in each), tuple(found for _, found in each), packed)


class _Counted:
    """A member of an archive whose length is told as it comes."""

    def __init__(self, source: Readable, unpacked: Callable[[int], object]) -> None:
        self._source, self._unpacked = source, unpacked

    def read(self, size: int, /) -> bytes:
        data = self._source.read(size)
        self._unpacked(len(data))
        return data


def _outcome(whole: _Whole, spread: _Spread) -> Outcome:
    sheets = list(whole.sheets)
    artefacts: list[Artefact] = []
    for place, (artefact, sheet) in enumerate(zip(whole.artefacts, whole.sheets, strict=True)):
        try:
            artefacts.append(
                artefact if sheet is None else spread.over(artefact, sheet, whole.secrets[place], whole.file.declared)
            )
        except Refused as refused:
            sheets[place] = None
            gone = replace(artefact, kind=REFUSED, facts=None, redactions=(), error=str(refused), spooled=False)
            artefacts.append(gone)
            if whole.packed is None or whole.packed.single:
                return Outcome(refused=Why(refused.reason, refused.remedy, refused.line, refused.status))
    if all(one.kind == REFUSED for one in artefacts):
        first = artefacts[0]
        why = f"no member can be taken; {first.name}: {first.error}"
        return Outcome(refused=Why(why, "hand in the files that matter", None, 422))
    outer = None
    if whole.packed is not None and not whole.packed.single:
        outer = outer_of(whole.packed, artefacts, whole.file.declared)
    return Outcome(tuple(artefacts), tuple(sheets), outer)


class _Spread:
    """Takes the values that were found in some texts out of the others."""

    def __init__(self, known: frozenset[str], tray: Tray) -> None:
        self._known, self._tray = known, tray
        self._values = Values(known)

    def over(self, artefact: Artefact, sheet: int, own: frozenset[str], declared: Declared) -> Artefact:
        """The artefact without the values of other files; read once more where that changed its text.

        Raises Refused for a document, out of which nothing can be taken, and where what is left cannot be read.
        """
        if self._known <= own:
            return artefact
        values = self._values  # its own stand in it no more
        if artefact.kind == DOCUMENT:
            self._check_document(self._tray.open(sheet), values)
            return artefact
        written = self._tray.open(sheet)
        self._tray.begin()
        removed = forgotten(blocks_of(written), values, self._tray.write)
        if not removed:
            return artefact
        self._tray.put_back(sheet)
        name = plain_name(artefact.name)
        try:
            again = intake_stream(name, self._tray.open(sheet), lambda _: None, declared=declared)
        except Refused as refused:
            why = f"without a secret that another file gives away it cannot be read: {refused.reason}"
            raise Refused(why, "take the secret out yourself, and rotate it", refused.line) from None
        redactions = tuple(sorted((*artefact.redactions, *removed), key=lambda each: each.line))
        return replace(artefact, kind=again.kind, facts=again.facts, redactions=redactions)

    def _check_document(self, written: BinaryIO, values: Values) -> None:
        text = written.read(DOCUMENT_BYTES + 1).decode("utf-8", "replace")
        if next(known_spans(text, values), None):
            raise Refused(
                "a value that another file shows to be a secret stands in this document and cannot be removed from it",
                "remove it, then rotate it",
            )


def forgotten(blocks: Iterable[bytes], values: Values, sink: Callable[[bytes], object]) -> list[Redaction]:
    """Writes the text without these values; returns what was removed, no more than is worth listing."""
    removed: list[Redaction] = []
    line = 1
    for block in blocks:
        done = forget(block.decode(), values)
        removed += [Redaction(line - 1 + each.line, each.what) for each in done.removed[: LISTED - len(removed)]]
        line += block.count(b"\n")
        sink(done.text.encode())
    return removed


def blocks_of(written: BinaryIO) -> Iterator[bytes]:
    """Whole lines, or whole records where a document has no lines."""
    parts: Sequence[bytes] = ()
    while block := written.read(BLOCK):
        cut = block.rfind(b"\n") + 1 or block.rfind(b"},") + 1
        if cut:
            yield b"".join((*parts, block[:cut]))
            parts = [block[cut:]]
        else:
            parts = [*parts, block]
    if rest := b"".join(parts):
        yield rest
