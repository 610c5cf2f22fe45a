"""A ledger that goes on where its earlier entries are not at hand: the roots of its perfect subtrees are enough.

Neither a proof of a new entry nor the proof that a ledger only grew needs any other hash of the old part.
SOURCE: RFC 6962 section 2.1; that the two proofs need no more follows from its definitions and is held by a test.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from evidence.core import custody
from evidence.core.custody import Frontier, ProofError


class Row(Sequence[bytes]):
    """One level of a tree of which only the last nodes are known: `known` starts at index `first`."""

    def __init__(self, first: int, known: Sequence[bytes]) -> None:
        self.first, self.known = first, known

    def __len__(self) -> int:
        return self.first + len(self.known)

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | Sequence[bytes]:
        if isinstance(index, slice) or index < self.first:
            raise ProofError(f"node {index} lies in the part of the ledger that is not at hand")
        return self.known[index - self.first]


def rows_after(before: Frontier, leaves: Sequence[bytes]) -> list[Row]:
    """The levels of the ledger with these leaves added, as `custody.levels` gives them, as far as they are known."""
    peaks = list(before.peaks)  # the smallest stands last
    first, level = before.size, list(leaves)
    rows = []
    while True:
        if first % 2:
            first, level = first - 1, [peaks.pop(), *level]
        rows.append(Row(first, level))
        if len(rows[-1]) <= 1:
            return rows
        above = [custody.node_hash(left, right) for left, right in zip(level[::2], level[1::2], strict=False)]
        if len(level) % 2:
            above.append(level[-1])  # a node without a partner moves up as it is
        first, level = first // 2, above


def frontier_after(before: Frontier, leaves: Sequence[bytes]) -> Frontier:
    """The frontier once these leaves were added."""
    for leaf in leaves:
        before = before.append(leaf)
    return before


def frontier_of_last(leaf: bytes, size: int, proof: Sequence[bytes]) -> Frontier:
    """The frontier of a ledger whose last entry has this hash and this proof. The caller has checked the proof.

    All siblings of the last leaf are to its left: first those below its own perfect subtree, then the other roots.
    """
    below = (size & -size).bit_length() - 1  # levels of the last perfect subtree
    if size < 1 or len(proof) < below:
        raise ProofError(f"no proof of the last entry of a ledger of {size}")
    own = leaf
    for sibling in proof[:below]:
        own = custody.node_hash(sibling, own)
    return Frontier(size, (*reversed(proof[below:]), own))
