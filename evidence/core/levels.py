"""The PAdES baseline levels: what a signature carries beside itself. Each holds whatever the one before it holds.

SOURCE: ETSI EN 319 142-1, section 6 (PAdES baseline signatures).
"""

from __future__ import annotations

from enum import StrEnum

from seal_advisor.core.record import Record


class Level(StrEnum):
    """B-B: the signature. B-T: a time-stamp over it. B-LT: what its certificates are judged by. B-LTA: a time-stamp
    over all of that, which can be renewed for ever.
    """

    B_B = "B-B"
    B_T = "B-T"
    B_LT = "B-LT"
    B_LTA = "B-LTA"

    @property
    def rank(self) -> int:
        return list(Level).index(self)

    @property
    def stamped(self) -> bool:
        """Does a time-stamp authority take part?"""
        return self.rank >= Level.B_T.rank

    @property
    def long_term(self) -> bool:
        """Do the certificates and their revocation travel along?"""
        return self.rank >= Level.B_LT.rank


class Sealing(Record):
    """How a package is sealed. level: what the signature has. wanted: what was asked for.

    shortfall: why it is less than that, in one sentence for people; "" where it is not.
    """

    level: Level = Level.B_B
    wanted: Level = Level.B_B
    shortfall: str = ""

    def as_json(self) -> dict[str, str]:
        """As the manifest names it; what the signature lacks is thereby signed too."""
        return {"level": self.level.value, "wanted": self.wanted.value, "shortfall": self.shortfall}


def level_of(word: str) -> Level:
    """The level of this name, in any case and with or without "PAdES". Raises ValueError naming all of them."""
    try:
        return Level(word.strip().upper().removeprefix("PADES").strip())
    except ValueError:
        raise ValueError(f"no signature level {word!r}; there are {', '.join(Level)}") from None
