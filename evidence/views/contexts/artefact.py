"""The page of one artefact."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from evidence.models import Artefact, LedgerEntry
from evidence.storage import head_of_blob
from evidence.views import words
from evidence.views.contexts.evidence import ArtefactRow, artefact_row
from seal_advisor.models import Design
from seal_advisor.views import road
from seal_advisor.views.words import counted

SHOWN_BYTES, SHOWN_LINES, SHOWN_CHARACTERS = 256 * 1024, 400, 400
NOT_TEXT = frozenset({"document", "refused"})
_REMOVED = re.compile(r"\[redacted:[^\]\n]{1,200}\]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line; removed: a secret stood here."""

    text: str
    removed: bool


@dataclass(frozen=True, slots=True)
class LineSeen:
    number: int
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class VersionSeen:
    href: str
    number: int
    received: str
    short: str
    current: bool


@dataclass(frozen=True, slots=True)
class LeafSeen:
    index: int
    kind: str
    hash: str


@dataclass(frozen=True, slots=True)
class ArtefactPage:
    design: road.DesignHead
    artefact: ArtefactRow
    lines: tuple[LineSeen, ...]
    shown: str
    versions: tuple[VersionSeen, ...]
    leaves: tuple[LeafSeen, ...]
    evidence_href: str
    erase_href: str


def artefact_page(
    design: Design,
    artefact: Artefact,
    *,
    versions: Sequence[Artefact],
    leaves: Sequence[LedgerEntry],
    may_erase: bool,
) -> ArtefactPage:
    """versions: files of the same name and node, oldest first. Raises storage.BlobChanged when the bytes are gone."""
    lines = _preview(artefact)
    return ArtefactPage(
        design=road.head(design, current="evidence"),
        artefact=artefact_row(artefact),
        lines=lines,
        shown=_shown(artefact, lines),
        versions=tuple(
            VersionSeen(
                href=reverse("artefact", args=[design.pk, one.pk]),
                number=number,
                received=words.moment(one.received_at),
                short=one.sha256[:12],
                current=one.pk == artefact.pk,
            )
            for number, one in enumerate(versions, 1)
        ),
        leaves=tuple(LeafSeen(one.index, one.kind, one.leaf_hash) for one in leaves),
        evidence_href=reverse("evidence", args=[design.pk]),
        erase_href=reverse("artefact-erase", args=[design.pk, artefact.pk]) if may_erase else "",
    )


def _preview(artefact: Artefact) -> tuple[LineSeen, ...]:
    """The first lines of the redacted text, cut where a page would choke on them."""
    if artefact.kind in NOT_TEXT:
        return ()
    text = head_of_blob(artefact.blob, SHOWN_BYTES).decode("utf-8", "replace")
    return tuple(
        LineSeen(number, _pieces(line[:SHOWN_CHARACTERS]))
        for number, line in enumerate(text.splitlines()[:SHOWN_LINES], 1)
    )


def _pieces(line: str) -> tuple[Piece, ...]:
    pieces, position = [], 0
    for match in _REMOVED.finditer(line):
        if match.start() > position:
            pieces.append(Piece(line[position : match.start()], False))
        pieces.append(Piece(match.group(), True))
        position = match.end()
    if position < len(line):
        pieces.append(Piece(line[position:], False))
    return tuple(pieces)


def _shown(artefact: Artefact, lines: Sequence[LineSeen]) -> str:
    if artefact.kind in NOT_TEXT:
        return _("This file is no text: it is kept as it is and shown nowhere.")
    whole = artefact.blob_size <= SHOWN_BYTES and len(lines) < SHOWN_LINES
    said = _("The whole file") if whole else _("The first %(counted)s") % {"counted": counted(len(lines), "line")}
    return _("%(said)s as it is kept; what was removed is marked.") % {"said": said}
