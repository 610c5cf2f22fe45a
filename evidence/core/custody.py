"""The append-only ledger: a Merkle tree as RFC 6962 draws it, with inclusion and consistency proofs.

Leaves are hashed with the prefix 0x00 and inner nodes with 0x01 (RFC 6962 section 2.1), so that no inner node can be
passed off as an entry. All functions are pure: a ledger is the tuple of its leaf hashes, and it only grows by a longer
tuple. Hashes are 32 bytes; hex appears only in the JSON of `manifest.py`.
SOURCE: https://www.rfc-editor.org/rfc/rfc6962#section-2.1
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from seal_advisor.core.record import Record

LEAF, NODE = b"\x00", b"\x01"
EMPTY_ROOT = sha256(b"").digest()


class ProofError(ValueError):
    """An index or size that the tree does not have."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash of one entry; the entry is canonical JSON (`manifest.canonical`)."""
    return sha256(LEAF + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(NODE + left + right).digest()


def levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """All levels from the leaves to the root. A node without a partner moves up as it is.

    That gives the same root as splitting at the largest power of two below n, with one pass and no recursion.
    """
    level = list(leaves)
    rows = [level]
    while len(level) > 1:
        above = [sha256(NODE + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
        if len(level) % 2:
            above.append(level[-1])
        level = above
        rows.append(level)
    return rows


def root(leaves: Sequence[bytes]) -> bytes:
    """Tree head over these leaf hashes; of an empty ledger, the hash of nothing."""
    level: Sequence[bytes] = leaves
    while len(level) > 1:
        above = [sha256(NODE + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)]
        if len(level) % 2:
            above.append(level[-1])
        level = above
    return level[0] if level else EMPTY_ROOT


def path(rows: Sequence[Sequence[bytes]], index: int) -> tuple[bytes, ...]:
    """The siblings from leaf `index` up to the root; rows as `levels` gives them."""
    if not 0 <= index < len(rows[0]):
        raise ProofError(f"no leaf {index} in a ledger of {len(rows[0])}")
    proof = []
    for row in rows[:-1]:
        partner = index ^ 1
        if partner < len(row):
            proof.append(row[partner])
        index //= 2
    return tuple(proof)


def inclusion(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Proof that leaf `index` is in the tree over `leaves`. For many proofs of one tree use `levels` and `path`."""
    return path(levels(leaves), index)


def included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], head: bytes) -> bool:
    """Whether `proof` leads from the leaf to the head of a tree of `size`; uses up the whole proof or says no."""
    if not 0 <= index < size:
        return False
    position, last, value, rest = index, size - 1, leaf, list(proof)
    while last:
        if position % 2 or position < last:
            if not rest:
                return False
            sibling = rest.pop(0)
            value = node_hash(sibling, value) if position % 2 else node_hash(value, sibling)
        position //= 2
        last //= 2
    return not rest and value == head


def consistency(leaves: Sequence[bytes], old_size: int) -> tuple[bytes, ...]:
    """Proof that the first `old_size` leaves were the whole ledger once (RFC 6962 section 2.1.2)."""
    return growth_proof(levels(leaves), old_size)


def growth_proof(rows: Sequence[Sequence[bytes]], old_size: int) -> tuple[bytes, ...]:
    """The same from the tree's levels: every hash of the proof is one of their nodes."""
    size = len(rows[0])
    if not 0 < old_size <= size:
        raise ProofError(f"no earlier ledger of {old_size} in one of {size}")

    def node(start: int, stop: int) -> bytes:
        height = (stop - start - 1).bit_length()
        return rows[height][start >> height]

    proof: list[bytes] = []
    start, stop, known = 0, size, True
    while old_size != stop - start:
        half = 1 << (stop - start - 1).bit_length() - 1
        if old_size <= half:
            proof.append(node(start + half, stop))
            stop = start + half
        else:
            proof.append(node(start, start + half))
            start, old_size, known = start + half, old_size - half, False
    if not known:
        proof.append(node(start, stop))
    return tuple(reversed(proof))


def consistent(old_size: int, old_head: bytes, size: int, head: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the ledger of `size` is the ledger of `old_size` with entries added at its end."""
    if not 0 < old_size <= size:
        return False
    if old_size == size:
        return not proof and old_head == head
    rest = list(proof)
    if old_size & (old_size - 1) == 0:
        rest.insert(0, old_head)  # the old tree is a whole subtree: its head starts the walk
    if not rest:
        return False
    position, last = old_size - 1, size - 1
    while position % 2:
        position //= 2
        last //= 2
    old = new = rest.pop(0)
    for value in rest:
        if not last:
            return False
        if position % 2 or position == last:
            old, new = node_hash(value, old), node_hash(value, new)
            while position and not position % 2:
                position //= 2
                last //= 2
        else:
            new = node_hash(new, value)
        position //= 2
        last //= 2
    return not last and old == old_head and new == head


class TreeHead(Record):
    """Size and root of a ledger at one moment; what is signed. timestamp: ISO 8601, UTC."""

    size: int
    root: bytes
    timestamp: str


class Frontier(Record):
    """The roots of the perfect subtrees of a ledger, largest first: enough to append and to know the root.

    A store keeps this instead of all leaves: appending costs as many hashes as the size has trailing ones in binary.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> Frontier:
        """The frontier after one more leaf; this one stays as it is."""
        peaks, value, size = list(self.peaks), leaf, self.size
        while size % 2:
            value = node_hash(peaks.pop(), value)
            size //= 2
        return Frontier(self.size + 1, (*peaks, value))

    @property
    def root(self) -> bytes:
        if not self.peaks:
            return EMPTY_ROOT
        value = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            value = node_hash(peak, value)
        return value
