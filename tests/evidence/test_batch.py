"""Files that come in together: what one gives away leaves all the others, and only their reader unpacks them."""

from __future__ import annotations

import gzip
import io
import json
import sys
from typing import BinaryIO

import pytest

from evidence.core.batch import BLOCK, File, Outcome, blocks_of, read_all
from evidence.core.facts import Declared
from evidence.core.facts.packed import PackedFacts
from evidence.core.stream import WHOLE_BYTES
from evidence.core.upload import intake_all
from evidence.reading import tasks
from evidence.reading.parent import Limits, Pool, ReaderFailed
from tests.archives import tarred, zipped

SECRET = "Tr0ub4dor-planted-3"
CONFIG = f'seal "pkcs11" {{\n  lib = "/usr/lib/p11.so"\n  pin = "{SECRET}"\n}}\n'.encode()
LINE = b"2026-11-24T10:00:00.000Z [INFO]  core: an ordinary line of a log\n"
LOG = LINE + b"2026-11-24T10:00:01.000Z [WARN]  core: unseal with " + SECRET.encode() + b" failed\n" + LINE
MIB = 1024 * 1024


class Shelf:
    """A tray in memory."""

    def __init__(self) -> None:
        self.sheet, self.kept = io.BytesIO(), list[bytes]()

    def begin(self) -> None:
        self.sheet = io.BytesIO()

    def write(self, data: bytes) -> None:
        self.sheet.write(data)

    def again(self) -> BinaryIO:
        before, self.sheet = self.sheet, io.BytesIO()
        before.seek(0)
        return before

    def keep(self) -> int:
        self.kept.append(self.sheet.getvalue())
        return len(self.kept) - 1

    def open(self, number: int) -> BinaryIO:
        return io.BytesIO(self.kept[number])

    def put_back(self, number: int) -> None:
        self.kept[number] = self.sheet.getvalue()


def files(**contents: bytes) -> list[File]:
    return [File(name.replace("_", "."), io.BytesIO(data), Declared()) for name, data in contents.items()]


def read(*given: File) -> tuple[tuple[Outcome, ...], bytes]:
    """The outcomes, and everything that lies on the tray."""
    tray = Shelf()
    return read_all(given, tray), b"\n".join(tray.kept)


@pytest.mark.parametrize("order", ["config first", "log first"])
@pytest.mark.parametrize("pack", [zipped, tarred], ids=["zip", "tar.gz"])
def test_a_secret_of_one_member_leaves_the_others(order: str, pack: object) -> None:
    members = {"a/vault.hcl": CONFIG, "a/vault.log": LOG, "a/old.log.gz": gzip.compress(LOG)}
    if order == "log first":
        members = dict(reversed(members.items()))
    ((outcome,), kept) = read(File("all.zip", io.BytesIO(pack(members)), Declared()))  # type: ignore[operator]
    assert SECRET.encode() not in kept
    assert kept.count(b"[redacted:known_secret]") == 2
    logs = [one for one in outcome.artefacts if one.kind == "server_log"]
    assert [[(each.line, each.what) for each in one.redactions] for one in logs] == [[(2, "known_secret")]] * 2
    assert outcome.outer is not None
    assert isinstance(outcome.outer.facts, PackedFacts)
    assert SECRET not in repr(outcome)


def test_a_secret_of_one_file_leaves_the_others_and_the_lines_stay() -> None:
    outcomes, kept = read(*files(notes_txt=LOG, vault_hcl=CONFIG))
    assert SECRET.encode() not in kept
    assert kept.count(b"\n") == LOG.count(b"\n") + CONFIG.count(b"\n") + 1
    assert [one.artefacts[0].kind for one in outcomes] == ["server_log", "vault_config"]


def test_a_secret_of_a_small_file_leaves_a_log_that_passes_in_blocks() -> None:
    log = LINE * (WHOLE_BYTES // len(LINE) + 1) + LOG
    outcomes, kept = read(*files(vault_log=log, vault_hcl=CONFIG))
    assert (outcomes[0].artefacts[0].spooled, SECRET.encode() in kept) == (True, False)


def test_facts_are_read_from_what_is_left() -> None:
    audit = (
        b'{"time":"2026-11-24T10:00:00Z","type":"request","auth":{"display_name":"%s"},"request":{"path":"sys/x"}}\n'
    )
    outcomes, _ = read(*files(audit_json=audit % SECRET.encode(), vault_hcl=CONFIG))
    assert SECRET not in repr(outcomes)


def test_a_document_that_holds_a_secret_of_another_file_is_refused() -> None:
    pdf = b"%PDF-1.7\n% minutes: " + SECRET.encode() + b"\n%%EOF\n"
    (document, config), _ = read(*files(minutes_pdf=pdf, vault_hcl=CONFIG))
    assert document.refused
    assert "cannot be removed" in document.refused.reason
    assert config.artefacts
    ((alone,), _) = read(*files(minutes_pdf=pdf))
    assert alone.artefacts[0].kind == "document"


def test_a_refused_file_and_a_refused_member_hold_up_nothing() -> None:
    key = b"-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----\n"
    packed = zipped({"key.pem": key, "vault.log": LOG})
    (bad, archive, config), kept = read(*files(key_pem=key, all_zip=packed, vault_hcl=CONFIG))
    assert bad.refused
    assert [one.kind for one in archive.artefacts] == ["refused", "server_log"]
    assert archive.sheets == (None, 0)
    assert config.sheets == (1,)
    assert SECRET.encode() not in kept


SHARE, ROOT = "q1w2e3r4t5y6u7i8o9p0a1s2d3f4g5h6j7k8l9z0x1c=", "mylegacyroot-1234abcd"
NOTE = f"we typed {SHARE} and then {ROOT}\n".encode()


@pytest.mark.parametrize(
    "init",
    [
        json.dumps({"unseal_keys_b64": [SHARE], "root_token": ROOT}).encode(),
        f"Unseal Key 1: {SHARE}\n\nInitial Root Token: {ROOT}\n".encode(),
    ],
)
def test_the_keys_of_a_refused_init_output_leave_the_other_files(init: bytes) -> None:
    (refused, note), kept = read(*files(init_json=init, note_txt=NOTE) if init[:1] == b"{" else
                                 files(init_txt=init, note_txt=NOTE))  # fmt: skip
    assert refused.refused
    assert note.artefacts
    assert SHARE.encode() not in kept
    assert ROOT.encode() not in kept
    assert SHARE not in repr(intake_all([("init.txt", init, None), ("note.txt", NOTE, None)])[1].content)


def test_a_file_that_cannot_be_read_without_the_secret_is_refused_and_says_so() -> None:
    numbers = json.dumps({"x": 123456, "y": "123456"}).encode()
    (_, refused), _ = read(*files(a_txt=b"pin = 123456\n", b_json=numbers))
    assert refused.refused
    assert "without a secret that another file gives away" in refused.refused.reason


def test_an_archive_without_a_good_member_is_refused_with_its_first_reason() -> None:
    ((outcome,), _) = read(File("a.zip", io.BytesIO(zipped({"x.bin": b"\x7fELF\0\0"})), Declared()))
    assert outcome.refused
    assert "no member can be taken; a.zip!x.bin" in outcome.refused.reason


def test_a_text_is_read_again_in_whole_lines_or_records() -> None:
    for text in (LINE * 40_000, b'{"a": 1},' * 300_000, b"x" * (2 * BLOCK + 5)):
        parts = list(blocks_of(io.BytesIO(text)))
        assert b"".join(parts) == text
        assert all(part.endswith((b"\n", b"}")) for part in parts[:-1])


def test_apart_they_are_read_alike() -> None:
    given = {
        "all.zip": zipped({"vault.hcl": CONFIG, "vault.log": LOG, "x.bin": b"\x7fELF\0\0"}),
        "q.tar.gz": tarred({"vault.log": LOG}),
        "vault.log.gz": gzip.compress(LOG * 3),
        "cut.zip": zipped({"vault.log": LOG})[:-5],
        "vault.log": LOG * 2,
        "../x": LOG,
    }
    pool, tray, here = Pool(), Shelf(), Shelf()
    apart = pool.together([File(name, io.BytesIO(data), Declared(node="n1")) for name, data in given.items()], tray)
    wanted = read_all([File(name, io.BytesIO(data), Declared(node="n1")) for name, data in given.items()], here)
    assert apart == wanted
    assert tray.kept == here.kept
    stored = {sheet for one in apart for sheet in one.sheets if sheet is not None}
    assert len(stored) == 5  # what the archive that breaks off left on the tray is nobody's
    assert SECRET.encode() not in b"".join(tray.kept[sheet] for sheet in stored)
    assert len(pool._idle) == 1
    pool.close()


BOMB = gzip.compress(b'{"a": [' + b"".join(b"[[[[[%d]]]]],\n" % (number * 7919) for number in range(300_000)) + b"{}]}")


def test_a_bomb_ends_its_reader_alone_and_is_named() -> None:
    pool = Pool(Limits(memory=128 * MIB))
    with pytest.raises(ReaderFailed, match="more than 128 MiB of memory") as caught:
        pool.together([*files(vault_hcl=CONFIG), File("bomb.json.gz", io.BytesIO(BOMB), Declared())], Shelf())
    assert (caught.value.file, caught.value.status) == (1, 413)
    assert pool._idle == []
    assert pool.together(files(vault_hcl=CONFIG), Shelf())[0].artefacts
    pool.close()


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("spin", "1 s of processor time"), ("die", "signal 11"), ("leave", "exit 3"), ("pickle", "broke off"),
        ("another_class", "broke off"), ("another_type", "broke off"), ("flood", "broke off"), ("babble", "broke off"),
        ("sheets", "broke off"), ("wrong_sheet", "broke off"), ("wrong_file", "broke off"), ("no_parts", "broke off"),
        ("too_many_facts", "broke off"),
    ],
)  # fmt: skip
def test_whatever_their_reader_does_is_one_refusal(how: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "SAID_BYTES", 8 * MIB)
    pool = Pool(Limits(seconds=1, patience=60), (sys.executable, "-m", "tests.evidence.hostile_readers", how))
    with pytest.raises(ReaderFailed, match=words):
        pool.together(files(vault_hcl=CONFIG), Shelf())
