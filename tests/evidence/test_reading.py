"""Evidence is read in a process with limits: the same facts, and one clear refusal for whatever its reader does."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from evidence.core.facts import Artefact, Declared
from evidence.core.refusal import Refused
from evidence.core.stream import intake_stream
from evidence.reading import frames
from evidence.reading.parent import Limits, Pool, ReaderFailed
from seal_advisor.core.record import replace

SAMPLES = Path(__file__).resolve().parent.parent / "data/samples"
LINE = b"2026-11-24T10:00:00.000Z [INFO]  core: an ordinary line of a log\n"
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    found = Pool()
    yield found
    found.close()


def hostile(how: str, *more: str, **limits: int) -> Pool:
    return Pool(Limits(**limits), (sys.executable, "-m", "tests.evidence.hostile_readers", how, *more))


def children() -> set[str]:
    """Processes of this one, by their number; those that have ended and were waited for are not among them."""
    return {number for task in Path("/proc/self/task").iterdir() for number in (task / "children").read_text().split()}


@pytest.fixture
def _nothing_left() -> Iterator[None]:
    before, open_before = children(), len(os.listdir("/proc/self/fd"))
    yield
    assert children() <= before
    assert len(os.listdir("/proc/self/fd")) <= open_before


def said(take: Callable[..., Artefact], path: Path, declared: Declared) -> tuple[object, object]:
    """(the artefact without its content, or the refusal; what went to the sink, or the status)."""
    kept: list[bytes] = []
    try:
        with path.open("rb") as file:
            return replace(take(path.name, file, kept.append, declared=declared), content=b""), b"".join(kept)
    except Refused as refused:
        return str(refused), refused.status


def test_every_sample_says_the_same_apart(pool: Pool) -> None:
    declared = Declared(product="vault", version="1.21", node="n1", observed_from=datetime(2026, 7, 1, tzinfo=UTC))
    kinds: list[type] = []
    for path in sorted(SAMPLES.rglob("*")):
        if path.is_file():
            wanted, found = (said(take, path, declared) for take in (intake_stream, pool.intake))
            assert found == wanted, path.name
            kinds.append(type(found[0]))
    assert kinds.count(Artefact) > 100
    assert str in kinds


def test_a_value_that_shows_itself_further_down_leaves_what_was_written_before(pool: Pool) -> None:
    written = [io.BytesIO()]

    def again() -> io.BytesIO:
        written.append(io.BytesIO())
        written[-2].seek(0)
        return written[-2]

    data = b"unseal with Tr0ub4dor-planted\n" + LINE * 300_000 + b"password=Tr0ub4dor-planted\n"
    found = pool.intake("x.log", io.BytesIO(data), lambda block: written[-1].write(bytes(block)), again=again)
    assert (found.spooled, found.size) == (True, len(data))
    assert b"planted" not in written[-1].getvalue()
    assert written[-1].getvalue().count(b"\n") == data.count(b"\n")


def test_a_child_serves_one_file_after_the_other() -> None:
    pool = Pool()
    for _ in range(3):
        pool.intake("x.log", io.BytesIO(LINE), len)
    (child,) = pool._idle
    assert child.tasks == 3
    pool.close()


def test_a_child_that_was_killed_while_it_waited_is_replaced_without_a_word() -> None:
    pool = Pool()
    pool.intake("x.log", io.BytesIO(LINE), len)
    (child,) = pool._idle
    os.kill(child.process.pid, signal.SIGKILL)
    child.process.wait()
    assert pool.intake("x.log", io.BytesIO(LINE), len).kind == "server_log"
    pool.close()


def test_a_child_is_replaced_after_so_many_files_and_when_it_has_grown() -> None:
    pool = Pool(Limits(tasks=1))
    pool.intake("x.log", io.BytesIO(LINE), len)
    assert pool._idle == []
    pool = Pool(Limits(kept=MIB))
    pool.intake("x.log", io.BytesIO(LINE), len)
    assert pool._idle == []


def test_a_child_that_read_a_large_log_is_kept() -> None:
    pool = Pool()
    pool.intake("x.log", io.BytesIO(LINE * 200_000), None)
    (child,) = pool._idle
    assert child.size() < 500 * MIB
    pool.close()


@pytest.mark.usefixtures("_nothing_left")
@pytest.mark.parametrize(
    ("how", "limits", "words", "status"),
    [
        ("spin", {"seconds": 1, "patience": 60}, "more than 1 s of processor time", 413),
        ("hang", {"seconds": 0}, "more than 0 s", 413),
        ("eat", {"memory": 256 * MIB}, "more than 256 MiB of memory", 413),
        ("die", {}, "broke off \\(signal 11\\)", 422),
        ("leave", {}, "broke off \\(exit 3\\)", 422),
        ("pickle", {}, "broke off", 422),
        ("another_class", {}, "broke off", 422),
        ("another_type", {}, "broke off", 422),
        ("flood", {}, "broke off", 422),
        ("not_at_hand", {}, "broke off", 422),
        ("backwards", {}, "broke off", 422),
        ("half_read", {}, "broke off", 422),
        ("huge", {}, "broke off", 422),
        ("babble", {}, "broke off", 422),
    ],
)
def test_whatever_a_reader_does_is_one_refusal(how: str, limits: dict[str, int], words: str, status: int) -> None:
    with pytest.raises(ReaderFailed, match=words) as caught:
        hostile(how, **limits).intake("x.log", io.BytesIO(LINE * 10), len)
    assert caught.value.status == status
    assert caught.value.remedy


@pytest.mark.usefixtures("_nothing_left")
def test_a_reader_cannot_write_a_file(tmp_path: Path) -> None:
    with pytest.raises(ReaderFailed, match="OSError 27"):
        hostile("write", str(tmp_path / "left")).intake("x.log", io.BytesIO(LINE), len)
    assert not (tmp_path / "left").exists() or (tmp_path / "left").stat().st_size == 0


@pytest.mark.usefixtures("_nothing_left")
def test_the_real_reader_meets_its_limits() -> None:
    document = b'{"a": [' + b'{"b": 1},\n' * 1_000_000 + b"{}]}"
    with pytest.raises(ReaderFailed, match="more than 128 MiB of memory"):
        Pool(Limits(memory=128 * MIB)).intake("x.json", io.BytesIO(document), len)


@pytest.mark.usefixtures("_nothing_left")
def test_an_upload_that_breaks_off_ends_its_reader() -> None:
    class BreaksOff(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise ConnectionResetError("gone")
            return super().read(100)

    with pytest.raises(ConnectionResetError):
        Pool().intake("x.log", BreaksOff(LINE * 100), len)


def test_what_an_error_says_about_its_place_quotes_nothing() -> None:
    pool = Pool()
    with pytest.raises(Refused) as caught:
        pool.intake("x\0.log", io.BytesIO(LINE), len)
    assert not isinstance(caught.value, ReaderFailed)
    pool.close()


@pytest.mark.usefixtures("_nothing_left")
def test_a_slow_upload_is_no_slow_reader() -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            threading.Event().wait(0.3)
            return super().read(size)

    pool = Pool(Limits(seconds=30))
    pool.intake("x.log", io.BytesIO(LINE), len)  # warm, so that the start does not count
    pool._limits = Limits(seconds=0)
    for child in pool._idle:
        child.limits = Limits(seconds=1)
    assert pool.intake("x.log", Slow(LINE * 3), len).kind == "server_log"
    pool.close()


def test_files_at_once_have_a_child_each(pool: Pool) -> None:
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(pool.intake("x.log", io.BytesIO(LINE), len).kind))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["server_log"] * 4
    assert len(pool._idle) <= Limits().idle


def test_memory_here_does_not_grow_with_the_file(pool: Pool) -> None:
    """Counted: what one step hands over is never more than a chunk, whatever the file's size."""
    asked: list[int] = []

    class Counted(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            asked.append(size or 0)
            return super().read(size)

    kept: list[int] = []
    pool.intake("x.log", Counted(LINE * 400_000), lambda data: kept.append(len(data)))
    assert max(asked) <= frames.CHUNK
    assert max(kept) <= frames.CHUNK
    assert sum(kept) == len(LINE) * 400_000


def test_a_child_ends_with_its_parent() -> None:
    program = (
        "import io, time; from evidence.reading.parent import Pool; pool = Pool(); "
        f"pool.intake('x.log', io.BytesIO({LINE!r}), len); print(pool._idle[0].process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = Path("/proc", parent.stdout.readline().strip())
        assert child.exists()
        parent.kill()
    deadline = time.monotonic() + 10
    while _runs(child) and time.monotonic() < deadline:
        threading.Event().wait(0.05)
    assert not _runs(child)


def _runs(process: Path) -> bool:
    """Whether it is there and not only waits to be counted as dead."""
    try:
        return "Z" not in (process / "stat").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return False
