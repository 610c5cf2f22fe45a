"""The ledger against the naive definition of RFC 6962, and against forged proofs."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.core import custody

ENTRIES = st.lists(st.binary(max_size=8), min_size=1, max_size=40)


def naive_root(entries: list[bytes]) -> bytes:
    """The recursion of RFC 6962 section 2.1, word for word."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    k = 1
    while k * 2 < len(entries):
        k *= 2
    return sha256(b"\x01" + naive_root(entries[:k]) + naive_root(entries[k:])).digest()


def leaves_of(entries: list[bytes]) -> list[bytes]:
    return [custody.leaf_hash(entry) for entry in entries]


def flipped(value: bytes) -> bytes:
    return bytes([value[0] ^ 1]) + value[1:]


def test_the_empty_ledger_has_the_hash_of_nothing() -> None:
    assert custody.root([]) == naive_root([]) == custody.Frontier().root


@given(ENTRIES)
@settings(max_examples=60)
def test_root_is_that_of_the_definition(entries: list[bytes]) -> None:
    leaves = leaves_of(entries)
    assert custody.root(leaves) == custody.levels(leaves)[-1][0] == naive_root(entries)


@given(ENTRIES)
@settings(max_examples=40)
def test_a_frontier_grows_to_the_same_root(entries: list[bytes]) -> None:
    frontier = custody.Frontier()
    for leaf in leaves_of(entries):
        frontier = frontier.append(leaf)
    assert (frontier.size, frontier.root) == (len(entries), naive_root(entries))


@given(ENTRIES, st.data())
@settings(max_examples=60)
def test_every_leaf_is_proved_and_nothing_else(entries: list[bytes], data: st.DataObject) -> None:
    leaves = leaves_of(entries)
    index = data.draw(st.integers(0, len(entries) - 1))
    size, head, proof = len(leaves), custody.root(leaves), custody.inclusion(leaves, index)
    assert custody.included(leaves[index], index, size, proof, head)
    assert not custody.included(flipped(leaves[index]), index, size, proof, head)
    assert not custody.included(leaves[index], index, size, (*proof, head), head)
    assert not custody.included(leaves[index], index, size, proof, flipped(head))
    for position, value in enumerate(proof):
        forged = (*proof[:position], flipped(value), *proof[position + 1 :])
        assert not custody.included(leaves[index], index, size, forged, head)


@given(ENTRIES, st.data())
@settings(max_examples=80)
def test_growth_is_proved_and_a_rewritten_past_is_not(entries: list[bytes], data: st.DataObject) -> None:
    leaves = leaves_of(entries)
    old = data.draw(st.integers(1, len(entries)))
    size, head, old_head = len(leaves), custody.root(leaves), custody.root(leaves[:old])
    proof = custody.consistency(leaves, old)
    assert custody.consistent(old, old_head, size, head, proof)
    assert not custody.consistent(old, flipped(old_head), size, head, proof)
    assert not custody.consistent(old, old_head, size, flipped(head), proof)
    assert not custody.consistent(old, old_head, size, head, (*proof, head))


def test_every_small_size_is_consistent_with_every_smaller() -> None:
    leaves = leaves_of([bytes([n]) for n in range(20)])
    for size in range(1, 21):
        for old in range(1, size + 1):
            proof = custody.consistency(leaves[:size], old)
            assert custody.consistent(old, custody.root(leaves[:old]), size, custody.root(leaves[:size]), proof), (
                old,
                size,
            )


def test_a_leaf_cannot_pose_as_a_node() -> None:
    left, right = leaves_of([b"a", b"b"])
    assert custody.leaf_hash(left + right) != custody.root([left, right])


@pytest.mark.parametrize("index", [-1, 3])
def test_no_proof_for_a_leaf_that_is_not_there(index: int) -> None:
    with pytest.raises(custody.ProofError):
        custody.inclusion(leaves_of([b"a", b"b", b"c"]), index)


@pytest.mark.parametrize("old", [0, 4])
def test_no_consistency_with_a_ledger_that_never_was(old: int) -> None:
    with pytest.raises(custody.ProofError):
        custody.consistency(leaves_of([b"a", b"b", b"c"]), old)
