"""Boxes: sets of combinations of answers, as bits.

Every question owns a field of bits, one bit for each value (durations: for each band between two thresholds). A box is
an integer with, in each field, the values that it allows; a field that is full sets no condition; a box with an empty
field holds nothing. Conditions are joined by AND, so a box is a product of sets and all of the algebra is exact.

The centre is `primes`: all maximal boxes inside a union of boxes. A box lies inside the union exactly when it lies
inside one of them, which turns "is this option excluded whatever the unanswered questions turn out to be?" into one
comparison for each prime. SOURCE: W. V. Quine, "A way to simplify truth functions", Amer. Math. Monthly 62 (1955), for
the iterated consensus; R. Reiter, "A theory of diagnosis from first principles", AI 32 (1987), for hitting sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

Fields = Sequence[int]  # one mask for each question; they do not overlap


def holds(outer: int, inner: int) -> bool:
    """Does the outer box contain the inner one?"""
    return not inner & ~outer


def is_empty(box: int, fields: Fields) -> bool:
    """Is some field without any value?"""
    return any(not box & field for field in fields)


def size(box: int, fields: Fields) -> int:
    """How many combinations the box holds."""
    product = 1
    for field in fields:
        product *= (box & field).bit_count()
    return product


def maximal(boxes: Iterable[int]) -> list[int]:
    """The boxes that lie in no other one, largest first; equal ones once."""
    kept: list[int] = []
    for box in sorted(set(boxes), key=lambda one: (-one.bit_count(), one)):
        if not any(outer & box == box for outer in kept):
            kept.append(box)
    return kept


def primes(boxes: Iterable[int], fields: Fields) -> list[int]:
    """All maximal boxes inside the union of the boxes."""
    found = maximal(box for box in boxes if not is_empty(box, fields))
    waiting = list(found)
    while waiting:
        one = waiting.pop()
        if one not in found:
            continue
        for other in list(found):
            for new in _joined(one, other, fields):
                if not any(holds(outer, new) for outer in found):
                    found = [box for box in found if not holds(new, box)]
                    found.append(new)
                    waiting.append(new)
    return maximal(found)


def _joined(one: int, other: int, fields: Fields) -> Iterator[int]:
    """The boxes that span both: the union in one field, the intersection in all the others."""
    both = one & other
    empty = [field for field in fields if not both & field]
    if len(empty) > 1:
        return
    for field in empty or fields:
        union = (one | other) & field
        if union != one & field and union != other & field:
            yield both & ~field | union


def without(box: int, holes: Sequence[int], fields: Fields) -> list[int]:
    """The box minus the holes, as boxes that do not overlap."""
    pieces = [box]
    for hole in holes:
        left: list[int] = []
        for piece in pieces:
            if is_empty(piece & hole, fields):
                left.append(piece)
                continue
            rest = piece
            for field in fields:
                outside = rest & field & ~hole
                if outside:
                    left.append(rest & ~field | outside)
                    rest &= ~field | hole
        pieces = left
    return pieces


def minimal_sets(sets: Iterable[int]) -> list[int]:
    """The sets (bits) that contain no other one, smallest first."""
    different = set(sets)
    if len(different) < 2:
        return list(different)
    kept: list[int] = []
    for one in sorted(different, key=lambda bits: (bits.bit_count(), bits)):
        if not any(smaller & one == smaller for smaller in kept):
            kept.append(one)
    return kept


def hitting_sets(sets: Iterable[int]) -> list[int]:
    """All minimal sets that share a member with each of the sets; no sets: the empty one; an empty set: none.

    >>> hitting_sets([0b011, 0b110])
    [2, 5]
    """
    found = [0]
    for one in minimal_sets(sets):
        if not one:
            return []
        members = [1 << place for place in range(one.bit_length()) if one >> place & 1]
        found = minimal_sets(hit | member for hit in found for member in ([0] if hit & one else members))
    return found


def unions(families: Iterable[Sequence[int]]) -> list[int]:
    """All minimal unions of one set from each family."""
    found = [0]
    for family in families:
        found = minimal_sets(one | other for one in found for other in family)
    return found
