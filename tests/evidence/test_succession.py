"""A ledger goes on from its last package alone, with the same proofs as from all of its entries; and order is seen."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evidence.core import archive, custody, growth, succession, verify, zip_layout
from evidence.core.archive import Built
from evidence.core.custody import Frontier, ProofError
from evidence.core.facts import Evidence
from evidence.core.succession import NoPackage
from tests.evidence import packages


def leaves_of(count: int) -> list[bytes]:
    return [custody.leaf_hash(bytes([number % 256, number // 256])) for number in range(count)]


@given(st.integers(0, 70), st.integers(1, 40))
@settings(max_examples=80, deadline=None)
def test_the_roots_alone_give_every_proof_that_all_entries_give(old: int, new: int) -> None:
    leaves = leaves_of(old + new)
    before = growth.frontier_after(Frontier(), leaves[:old])
    rows, whole = growth.rows_after(before, leaves[old:]), custody.levels(leaves)
    assert [len(row) for row in rows] == [len(row) for row in whole]
    assert rows[-1][0] == whole[-1][0] == growth.frontier_after(before, leaves[old:]).root
    for index in range(old, old + new):
        assert custody.path(rows, index) == custody.path(whole, index)
    if old:
        assert custody.growth_proof(rows, old) == custody.consistency(leaves, old)


@given(st.integers(1, 100))
@settings(max_examples=50, deadline=None)
def test_the_last_entry_s_proof_holds_all_the_roots(size: int) -> None:
    leaves = leaves_of(size)
    found = growth.frontier_of_last(leaves[-1], size, custody.inclusion(leaves, size - 1))
    assert found == growth.frontier_after(Frontier(), leaves)


def test_what_is_not_at_hand_is_not_made_up() -> None:
    rows = growth.rows_after(growth.frontier_after(Frontier(), leaves_of(4)), leaves_of(3))
    with pytest.raises(ProofError, match="not at hand"):
        custody.path(rows, 1)
    with pytest.raises(ProofError):
        growth.frontier_of_last(b"", 8, ())


@cache
def chain() -> tuple[Built, Built, Built]:
    """Three packages, each made from the one before it and nothing else."""
    made: list[Built] = []
    for number in range(3):
        title = f"Package {number}"
        given_to = packages.package(title=title)
        if made:
            last = succession.last_of(made[-1].archive)
            given_to = packages.package(title=title, ledger=last.frontier, previous=last.head)
        drafted = archive.draft(given_to, packages.key())
        made.append(archive.seal(drafted, packages.plain_page(drafted), packages.key()))
    first, second, third = made
    return first, second, third


def said(new: Built, old: Built) -> verify.Verification:
    return verify.verify(new.archive, now=packages.NOW, again=False, previous=succession.last_of(old.archive))


def test_each_package_follows_the_one_before() -> None:
    first, second, third = chain()
    assert said(second, first).valid
    assert said(third, second).valid
    assert third.head.size == second.head.size + second.head.size - first.head.size


@pytest.mark.parametrize(
    ("new", "old", "words"),
    [
        (0, 1, "this package is the older one"),
        (1, 1, "the same package"),
        (2, 0, "it follows another package"),
        (0, 2, "this package is the older one"),
    ],
)
def test_an_older_package_that_is_shown_again_is_named(new: int, old: int, words: str) -> None:
    outcome = said(chain()[new], chain()[old])
    assert [one.name for one in outcome.differences] == ["ledger"]
    assert words in outcome.differences[0].detail


def test_a_ledger_that_begins_anew_is_named() -> None:
    more = Evidence((*packages.ARTEFACTS, packages.artefact("more.txt", b"more", "opaque")))
    drafted = archive.draft(packages.package(evidence=more), packages.key())
    anew = archive.seal(drafted, packages.plain_page(drafted), packages.key())
    outcome = said(anew, chain()[0])
    assert [one.name for one in outcome.differences] == ["ledger"]
    assert "begins anew" in outcome.differences[0].detail


def test_a_report_alone_cannot_show_what_it_follows() -> None:
    outcome = verify.verify(chain()[1].report, now=packages.NOW, previous=succession.last_of(chain()[0].archive))
    assert [one.name for one in outcome.differences] == ["ledger"]


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"".join(zip_layout.chunks([("holiday.txt", b"sun")]))])
def test_nothing_goes_on_from_what_is_no_package(data: bytes) -> None:
    with pytest.raises(NoPackage):
        succession.last_of(data)


def test_a_ledger_with_another_root_is_no_ground() -> None:
    files = dict(chain()[0].files)
    root = succession.last_of(chain()[0].archive).frontier.root.hex().encode()
    files["manifest.json"] = files["manifest.json"].replace(root, sha256(b"other").hexdigest().encode())
    with pytest.raises(NoPackage, match="not proved"):
        succession.last_of(b"".join(zip_layout.chunks(list(files.items()))))
