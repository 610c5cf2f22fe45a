"""Bytes are hashed once on their way in, and what is kept of them has its true hash whatever the reader hands back."""

from __future__ import annotations

import hashlib
import io
import random
from collections.abc import Iterator

import pytest

from evidence.reading.account import HELD, Account
from evidence.reading.parent import Pool

MIB = 1024 * 1024
LINE = b"2026-11-24T10:00:00.000Z [INFO]  core: an ordinary line of a log\n"
SECRET = b"2026-11-24T10:00:00.000Z [INFO]  core: password=Tr0ub4dor-planted\n"
MARKED = b"\xef\xbb\xbf"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def account() -> tuple[Account, bytearray]:
    kept = bytearray()
    return Account(kept.extend), kept


def test_a_text_that_is_the_file_has_its_hash() -> None:
    found, kept = account()
    for part in (b"first ", b"second"):
        found.hand(part)
    found.keep_same(0, 3)
    found.keep_same(3, 12)
    assert (bytes(kept), found.text_sha256, found.file_sha256) == (b"first second", *[sha256(b"first second")] * 2)


def test_one_changed_byte_makes_two_hashes() -> None:
    found, _ = account()
    found.hand(b"first second")
    found.keep_same(0, 6)
    found.keep(b"SECOND")
    assert (found.text_sha256, found.file_sha256) == (sha256(b"first SECOND"), sha256(b"first second"))


def test_what_was_handed_back_as_it_came_is_the_file_again() -> None:
    found, _ = account()
    found.hand(b"first second third")
    found.keep(b"first ")
    found.keep_same(6, 13)
    assert found._text is None
    found.keep_same(13, 18)
    assert found.text_sha256 == found.file_sha256 == sha256(b"first second third")


def test_a_text_of_the_same_length_that_differs_is_not_taken_for_the_file() -> None:
    found, kept = account()
    found.hand(b"first second third")
    found.keep(b"FIRST ")
    found.keep_same(6, 18)
    assert (found.text_sha256, bytes(kept)) == (sha256(b"FIRST second third"), b"FIRST second third")


def test_only_what_was_handed_over_lately_can_be_kept_unseen() -> None:
    found, _ = account()
    with pytest.raises(LookupError):
        found.keep_same(0, 0)
    for _ in range(3 * HELD // MIB):
        found.hand(bytes(MIB))
    for start, stop in ((0, 10), (found.taken - 1, found.taken + 1), (found.taken, found.taken - 1)):
        with pytest.raises(LookupError):
            found.keep_same(start, stop)
    found.keep_same(found.taken - HELD, found.taken)
    assert sum(len(part) for _, part, _ in found._parts) <= HELD + MIB


def test_whatever_is_kept_has_the_hash_of_what_the_sink_took() -> None:
    chance = random.Random(7)
    for _ in range(25):
        found, kept = account()
        file = chance.randbytes(3 * HELD)
        place = 0
        while found.taken < len(file):
            step = chance.choice((1, 100, 65536, MIB))
            found.hand(file[found.taken : found.taken + step])
            if chance.random() < 0.5 and place <= found.taken:
                stop = chance.randint(place, found.taken)
                try:
                    found.keep_same(place, stop)
                except LookupError:
                    found.keep(file[place:stop])
                if chance.random() < 0.02:
                    found.keep(b"[redacted:password]")
                place = stop
        assert (found.text_sha256, found.file_sha256) == (sha256(kept), sha256(file))


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    found = Pool()
    yield found
    found.close()


@pytest.mark.parametrize(
    "data",
    [
        LINE * 10,
        LINE * 400_000,
        MARKED + LINE * 200_000,
        LINE * 100_000 + SECRET + LINE * 200_000,
        SECRET + LINE * 200_000,
        LINE * 200_000 + SECRET,
        LINE * 200_000 + LINE[:-1],
        b'{"Records":[' + b'{"eventVersion":"1.11","eventSource":"kms.amazonaws.com"},\n' * 200_000 + b"{}]}",
    ],
    ids=("small", "clean", "marked", "middle", "first", "late", "unended", "records"),
)
def test_reader_and_account_agree_on_both_hashes(pool: Pool, data: bytes) -> None:
    written = [io.BytesIO()]
    told: list[str] = []

    def again() -> io.BytesIO:
        written.append(io.BytesIO())
        written[-2].seek(0)
        return written[-2]

    def write(part: bytes | memoryview) -> None:
        written[-1].write(part)

    name = "trail.json" if data[:1] == b"{" else "x.log"
    taken = pool.intake(name, io.BytesIO(data), write, again=again, hashed=told.append)
    kept = written[-1].getvalue()
    assert (taken.sha256, taken.size, told) == (sha256(data), len(data), [sha256(kept)])
    assert b"planted" not in kept
    if b"planted" not in data and not data.startswith(MARKED):
        assert kept == data


def test_a_clean_log_is_neither_sent_back_nor_hashed_twice(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    known = Account.keep

    def keep(self: Account, data: bytes) -> None:
        sent.append(len(data))
        known(self, data)

    monkeypatch.setattr(Account, "keep", keep)
    pool.intake("x.log", io.BytesIO(LINE * 800_000), len)
    assert sum(sent) < 9 * MIB  # what is read before it is known that the log is a large one
