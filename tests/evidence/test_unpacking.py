"""Archives as streams: what comes out of good ones; no hostile one gets through or costs more than its share."""

from __future__ import annotations

import gzip
import hashlib
import io
import random
import struct
import tarfile
import zipfile
import zlib
from collections import deque
from collections.abc import Callable

import pytest

from evidence.core.unpacking import Packed, opened, plain_name
from evidence.core.unpacking.member import Rejoined
from evidence.core.unpacking.unfit import Unfit

LOG = b"2026-11-24T10:05:26.163Z [INFO]  core: vault is unsealed\n" * 40


class Exact:
    """A body that cannot be wound back, as an upload is; counts what was taken from it."""

    def __init__(self, data: bytes) -> None:
        self._file, self.taken = io.BytesIO(data), 0

    def read(self, size: int, /) -> bytes:
        data = self._file.read(size)
        self.taken += len(data)
        return data


def unpacked(name: str, data: bytes) -> dict[str, bytes | str]:
    """Name -> content, or the reason why this member is not taken."""
    packed = opened(name, Exact(data))
    assert isinstance(packed, Packed)
    found: dict[str, bytes | str] = {}
    for member in packed:
        found[member.name] = member.error or member.source.read(1 << 40)
    assert (packed.sha256, packed.size) == (hashlib.sha256(data).hexdigest(), len(data))
    return found


def drained(name: str, source: Exact, pieces: list[int] | None = None) -> None:
    """Reads everything; pieces: lengths of what came out."""
    packed = opened(name, source)
    assert isinstance(packed, Packed)
    for member in packed:
        while piece := member.source.read(1 << 20):
            (pieces if pieces is not None else []).append(len(piece))


def refused(name: str, data: bytes) -> Unfit:
    with pytest.raises(Unfit) as caught:
        unpacked(name, data)
    assert caught.value.remedy
    assert "\n" not in str(caught.value)
    return caught.value


def tarred(*entries: tuple[str, bytes] | tarfile.TarInfo, form: int = tarfile.PAX_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for entry in entries:
            if isinstance(entry, tarfile.TarInfo):
                archive.addfile(entry, io.BytesIO(bytes(entry.size)))
            else:
                info = tarfile.TarInfo(entry[0])
                info.size = len(entry[1])
                archive.addfile(info, io.BytesIO(entry[1]))
    return out.getvalue()


def zipped(
    *entries: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED, pipe: bool = False
) -> bytes:
    out = io.BytesIO()

    class Pipe(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            return out.write(data)

    with zipfile.ZipFile(Pipe() if pipe else out, "w", method) as archive:  # type: ignore[arg-type]
        for name, content in entries:
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "wanted"),
    [
        ("vault.log.gz", gzip.compress(LOG), {"vault.log.gz!vault.log": LOG}),
        ("export", gzip.compress(LOG[:800]) + gzip.compress(LOG[800:]), {"export!export": LOG}),
        ("a.tar", tarred(("logs/vault.log", LOG), ("b", b"")), {"a.tar!logs/vault.log": LOG, "a.tar!b": b""}),
        ("a.tgz", gzip.compress(tarred(("./vault.log", LOG))), {"a.tgz!vault.log": LOG}),
        ("a.zip", zipped(("logs/vault.log", LOG), ("b", b"")), {"a.zip!logs/vault.log": LOG, "a.zip!b": b""}),
        ("a.zip", zipped(("vault.log", LOG), method=zipfile.ZIP_STORED), {"a.zip!vault.log": LOG}),
        ("a.zip", zipped(("vault.log", LOG), ("b", b"x"), pipe=True), {"a.zip!vault.log": LOG, "a.zip!b": b"x"}),
        ("a.zip", zipped(("Prüfung/é.log", LOG)), {"a.zip!Prüfung/é.log": LOG}),
        ("a.zip", zipped(("x.json.gz", gzip.compress(LOG))), {"a.zip!x.json.gz!x.json": LOG}),
        ("a.tar", tarred(("x.gz", gzip.compress(LOG))), {"a.tar!x.gz!x": LOG}),
    ],
    # The bytes hold the moment at which they were made: no name for a test that two processes must call alike.
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_what_an_archive_holds_comes_out_with_its_name(name: str, data: bytes, wanted: dict[str, bytes]) -> None:
    assert unpacked(name, data) == wanted


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_long_name_is_read_in_every_form_of_tar(form: int) -> None:
    long = "d" * 60 + "/" + "f" * 90
    assert unpacked("a.tar", tarred((long, LOG), form=form)) == {f"a.tar!{long}": LOG}


def test_folders_are_no_members_and_hidden_files_are_named_as_left_out() -> None:
    folder = tarfile.TarInfo("./")
    folder.type = tarfile.DIRTYPE
    data = tarred(folder, ("./.DS_Store", b"\0"), ("./a.txt", b"a"))
    assert unpacked("a.tar", data) == {"a.tar!.DS_Store": "hidden, left out", "a.tar!a.txt": b"a"}
    data = zipped(("d/", b""), ("__MACOSX/._a", b"\0"), ("d/a.txt", b"a"))
    assert unpacked("a.zip", data) == {"a.zip!__MACOSX/._a": "hidden, left out", "a.zip!d/a.txt": b"a"}


def test_what_is_no_archive_comes_back_from_its_beginning() -> None:
    plain = opened("vault.log", Exact(LOG))
    assert not isinstance(plain, Packed)
    assert plain.read(700) + plain.read(1 << 20) == LOG


def test_the_compressed_file_inside_an_archive_has_its_own_hash() -> None:
    inner = gzip.compress(LOG)
    packed = opened("a.zip", Exact(zipped(("x.log.gz", inner))))
    assert isinstance(packed, Packed)
    members = list(packed)
    assert members[0].around == (("x.log.gz", hashlib.sha256(inner).hexdigest()),)


@pytest.mark.parametrize(("name", "plain"), [("a.zip!b/c.log", "c.log"), ("a.gz!a", "a"), ("x.hcl", "x.hcl")])
def test_the_plain_name_of_a_member(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def test_an_archive_inside_an_archive_is_named_and_the_others_are_taken() -> None:
    inner = zipped(("x", b"x"))
    for nested in (inner, gzip.compress(tarred(("x", b"x"))), tarred(("x", b"x")), gzip.compress(gzip.compress(b"x"))):
        found = unpacked("a.zip", zipped(("inner", nested), ("b.txt", b"b")))
        assert found.pop("a.zip!b.txt") == b"b"
        assert all("archive inside an archive" in str(error) for error in found.values())
        assert len(found) == 1
    assert "archive inside an archive" in str(unpacked("a.gz", gzip.compress(gzip.compress(b"x"))))


# --- names ------------------------------------------------------------------------------------------------------------

BAD_NAMES = ["../x", "a/../../x", "/etc/passwd", "C:/x", "C:\\x", "a\\b", "a\x01b", "x\u202egpj.lch", "n" * 300, "a/.."]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_leads_out_or_lies_refuses_the_archive(name: str) -> None:
    assert "member" in refused("a.tar", tarred(("good.txt", b"x"), (name, b"x"))).reason
    info = zipfile.ZipInfo("placeholder")
    info.filename = name
    assert "member" in refused("a.zip", zipped(("good.txt", b"x"), (info, b"x"))).reason


def test_two_members_of_one_name_refuse_the_archive() -> None:
    assert "two members" in refused("a.tar", tarred(("x", b"1"), ("./x", b"2"))).reason


# --- kinds of member --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        (tarfile.SYMTYPE, "symbolic link"),
        (tarfile.LNKTYPE, "hard link"),
        (tarfile.CHRTYPE, "device"),
        (tarfile.BLKTYPE, "device"),
        (tarfile.FIFOTYPE, "named pipe"),
        (tarfile.GNUTYPE_SPARSE, "sparse"),
        (b"Q", "never read"),
    ],
)
def test_a_link_or_device_in_a_tar_refuses_it(kind: bytes, word: str) -> None:
    info = tarfile.TarInfo("x")
    info.type, info.linkname = kind, "/etc/shadow"
    assert word in refused("a.tar", tarred(("a", b"a"), info)).reason


@pytest.mark.parametrize(("mode", "word"), [(0o120777, "symbolic link"), (0o020600, "device"), (0o010600, "device")])
def test_a_link_or_device_in_a_zip_refuses_it(mode: int, word: str) -> None:
    info = zipfile.ZipInfo("x")
    info.create_system, info.external_attr = 3, mode << 16
    assert word in refused("a.zip", zipped((info, b"/etc/shadow"))).reason


@pytest.mark.parametrize("bit", [0, 6, 13])
def test_an_encrypted_member_is_refused_with_what_to_do(bit: int) -> None:
    data = bytearray(zipped(("secret.log", LOG)))
    data[6:8] = struct.pack("<H", 1 << bit)
    error = refused("a.zip", bytes(data))
    assert "encrypted" in error.reason
    assert "password" in error.remedy


def test_other_methods_and_office_documents_are_not_read() -> None:
    error = refused("a.zip", zipped(("x", LOG), method=zipfile.ZIP_LZMA))
    assert (error.status, "method 14" in error.reason) == (415, True)
    error = refused("a.docx", zipped(("[Content_Types].xml", b"<x/>"), ("word/document.xml", b"<x/>")))
    assert (error.status, "office" in error.reason) == (415, True)


# --- bombs ------------------------------------------------------------------------------------------------------------


def zeros(size: int) -> bytes:
    return bytes(size)


BOMBS: dict[str, Callable[[], tuple[str, bytes]]] = {
    "gzip": lambda: ("a.gz", gzip.compress(zeros(40 << 20))),
    "gzip in many members": lambda: ("a.gz", gzip.compress(zeros(1 << 20)) * 40),
    "zip": lambda: ("a.zip", zipped(("x", zeros(40 << 20)))),
    "zip of many": lambda: ("a.zip", zipped(*((f"x{i}", zeros(1 << 20)) for i in range(40)))),
    "tar.gz": lambda: ("a.tgz", gzip.compress(tarred(("x", zeros(40 << 20))))),
    "gzip in a zip": lambda: ("a.zip", zipped(("x.gz", gzip.compress(zeros(40 << 20))))),
    "gzip twice in a zip": lambda: (
        "a.zip",
        zipped(("x.gz", gzip.compress(gzip.compress(zeros(40 << 20)))), ("y", zeros(9 << 20))),
    ),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_is_refused_before_it_has_gone_off(bomb: str) -> None:
    name, data = BOMBS[bomb]()
    pieces: list[int] = []
    with pytest.raises(Unfit, match="100 times") as caught:
        drained(name, Exact(data), pieces)
    assert caught.value.status == 413
    assert sum(pieces) <= 12 << 20


def test_too_many_members_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evidence.core.unpacking.budget.ENTRIES", 20)
    for name, data in (
        ("a.zip", zipped(*((f"f{i}", b"") for i in range(21)))),
        ("a.tar", tarred(*((f"f{i}", b"") for i in range(21)))),
        ("a.zip", zipped(*((f"f{i}/", b"") for i in range(21)))),
    ):
        assert refused(name, data).status == 413


def test_a_total_beyond_the_limit_is_refused_whatever_the_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evidence.core.unpacking.budget.TOTAL", 100_000)
    noise = random.Random(1).randbytes(60_000)
    assert "GiB" in refused("a.zip", zipped(("x", noise), ("y", noise[::-1]), method=zipfile.ZIP_STORED)).reason


def test_a_zip_of_overlapping_members_is_refused() -> None:
    """The bomb of David Fifield: many entries of the directory point at one member."""
    data = zipped(("a", LOG))
    start = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    entry = data[start:end]
    forged = data[:start] + entry + entry.replace(b"a", b"b") + data[end:]
    assert "directory" in refused("a.zip", forged).reason


# --- broken, lying, joined --------------------------------------------------------------------------------------------


WHOLE = {
    "gzip": gzip.compress(LOG),
    "zip": zipped(("x", LOG)),
    "tar": tarred(("x", LOG)).rstrip(b"\0"),
    "tar.gz": gzip.compress(tarred(("x", LOG))),
}


@pytest.mark.parametrize("kind", WHOLE)
def test_every_cut_of_an_archive_is_noticed(kind: str) -> None:
    kept = WHOLE[kind]
    for cut in range(512 if kind == "tar" else 20, len(kept), max(1, len(kept) // 60)):
        with pytest.raises(Unfit):
            drained("a", Exact(kept[:cut]))


def test_a_changed_byte_of_a_member_is_noticed() -> None:
    for data in (zipped(("x", LOG), method=zipfile.ZIP_STORED), gzip.compress(LOG), tarred(("x", LOG))):
        for place in (60, len(data) // 2):
            changed = bytearray(data)
            changed[place] ^= 0x10
            if data[257:262] == b"ustar" and place >= 512:
                continue  # tar has no checksum over the content
            with pytest.raises(Unfit):
                drained("a", Exact(bytes(changed)))


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(LOG) + b"more",
        zipped(("x", LOG)) + b"more",
        zipped(("x", LOG)) + zipped(("y", LOG)),
        tarred(("x", LOG)) + tarred(("y", LOG)),
        gzip.compress(tarred(("x", LOG)) + b"more"),
    ],
)
def test_bytes_after_the_end_are_refused(data: bytes) -> None:
    assert refused("a", data).reason


def test_a_directory_that_names_other_files_is_refused() -> None:
    data = zipped(("good.log", LOG))
    at = data.rindex(b"good.log")
    assert "directory" in refused("a.zip", data[:at] + b"evil.log" + data[at + 8 :]).reason


def test_a_member_that_the_directory_leaves_out_refuses_the_archive() -> None:
    """Other readers would not see it at all."""
    data = zipped(("a", LOG), ("b", LOG))
    start, end = data.index(b"PK\x01\x02"), data.index(b"PK\x05\x06")
    second = data.index(b"PK\x01\x02", start + 4)
    assert "directory" in refused("a.zip", data[:start] + data[second:end] + data[end:]).reason


def test_an_empty_archive_is_refused() -> None:
    folder = tarfile.TarInfo("d")
    folder.type = tarfile.DIRTYPE
    for data in (zipped(), zipped(("d/", b"")), tarred(folder)):
        assert "no file" in refused("a", data).reason


def test_a_header_that_claims_a_huge_name_costs_nothing() -> None:
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 1 << 33
    source = Exact(info.tobuf(tarfile.GNU_FORMAT) + bytes(1 << 20))
    packed = opened("a.tar", source)
    assert isinstance(packed, Packed)
    with pytest.raises(Unfit, match="64 KiB"):
        list(packed)
    assert source.taken < 4096


def test_a_member_without_its_length_before_it_is_refused() -> None:
    data = bytearray(zipped(("x", LOG), method=zipfile.ZIP_STORED))
    data[6:8] = struct.pack("<H", 1 << 3)
    assert "stored without its length" in refused("a.zip", bytes(data)).reason


def test_wide_fields_of_zip64_are_read() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, archive.open("x", "w", force_zip64=True) as member:
        member.write(LOG)
    assert unpacked("a.zip", out.getvalue()) == {"a.zip!x": LOG}


def test_a_large_gzip_is_unpacked_with_bounded_memory() -> None:
    noise = random.Random(2).randbytes(1 << 20)
    pack = zlib.compressobj(1, zlib.DEFLATED, 31)
    data = b"".join(pack.compress(noise) for _ in range(24)) + pack.flush()
    packed = opened("a.gz", Exact(data))
    assert isinstance(packed, Packed)
    digest, size = hashlib.sha256(), 0
    for member in packed:
        while piece := member.source.read(1 << 20):
            digest.update(piece)
            size += len(piece)
    assert (size, digest.hexdigest()) == (24 << 20, hashlib.sha256(noise * 24).hexdigest())


class Sliced(bytes):
    """Counts the bytes that are copied out of it."""

    copied = 0

    def __getitem__(self, place: object) -> bytes:  # type: ignore[override]
        part = bytes(self)[place]  # type: ignore[index]
        Sliced.copied += len(part)
        return part


@pytest.mark.parametrize("sizes", [(1000,), (1, 7, 4096), (300_000, 5)])
def test_a_stream_that_was_begun_is_read_on_and_every_byte_copied_once(sizes: tuple[int, ...]) -> None:
    data = random.Random(5).randbytes(300_000)
    for blocks in ([data[:200_000]], [data[:512], data[512:513], data[513:250_000]]):
        Sliced.copied = 0
        begun = sum(map(len, blocks))
        head = Sliced(blocks[0]) if len(blocks) == 1 else deque(map(Sliced, blocks))
        stream, parts, turn = Rejoined(head, Exact(data[begun:])), [], 0
        while part := stream.read(sizes[turn % len(sizes)]):
            assert len(part) == min(sizes[turn % len(sizes)], len(data) - sum(map(len, parts)))
            parts.append(part)
            turn += 1
        assert b"".join(parts) == data
        assert Sliced.copied <= begun
