"""Files that came in together, archives among them: read in one reader, stored one by one when each is whole.

What one of them gives away as a secret is in none of the others when they are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from evidence.core import facts
from evidence.core.batch import REFUSED, File, Outcome
from evidence.core.refusal import Refused
from evidence.models import Artefact
from evidence.reading.parent import ReaderFailed, readers
from evidence.storage import Shelf, Stored

Received: TypeAlias = tuple[Artefact, bool]
Store = Callable[[facts.Artefact, Stored], Received]


def receive(
    files: Sequence[File], store: Store, rewound: Callable[[], Sequence[File]] | None = None
) -> list[Received | Refused]:
    """Of each file (its artefact, or the archive's own; whether it is new), or why nothing of it was stored.

    rewound: the same files from their beginning. One that ends its reader is refused, and the others are read again;
    without it, all are refused.
    """
    failed: dict[int, Refused] = {}
    rest = list(range(len(files)))
    while rest:
        with Shelf() as shelf:
            try:
                outcomes = readers.together([files[number] for number in rest], shelf)
            except ReaderFailed as refused:
                guilty = rest if refused.file is None or rewound is None else [rest[refused.file]]
                failed |= dict.fromkeys(guilty, refused)
                rest = [number for number in rest if number not in failed]
                files = rewound() if rewound else files
                continue
            done = {number: _stored(one, shelf, store) for number, one in zip(rest, outcomes, strict=True)}
        return [failed.get(number) or done[number] for number in range(len(files))]
    return list(failed.values())


def _stored(outcome: Outcome, shelf: Shelf, store: Store) -> Received | Refused:
    """The archive's own artefact comes last, so that it stands for members that are all there."""
    if outcome.refused:
        return outcome.refused.error()
    try:
        stored = [
            store(one, shelf.slot(sheet))
            for one, sheet in zip(outcome.artefacts, outcome.sheets, strict=True)
            if one.kind != REFUSED and sheet is not None
        ]
        return store(outcome.outer, shelf.add(outcome.outer.content)) if outcome.outer else stored[0]
    except Refused as refused:
        return refused
