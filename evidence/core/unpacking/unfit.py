"""The refusal of an archive as a whole, apart from that of one file in it."""

from __future__ import annotations

from evidence.core.refusal import Refused


class Unfit(Refused):
    """An archive that is not taken in: nothing of it is kept, its good members neither."""


class Broken(Unfit):
    """An archive that is cut off or damaged. Before its first member it is none at all (status 415)."""
