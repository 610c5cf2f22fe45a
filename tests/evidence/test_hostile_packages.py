"""What a hostile hand does to a package with care: every checksum of the archive is right again afterwards."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from evidence import services
from evidence.core import manifest, verify, zip_layout
from evidence.core.verify import Unreadable
from tests.evidence import packages

NOW = datetime.now(UTC)
LOG = next(name for name in dict(packages.built().files) if name.endswith("hsm-audit.txt"))


def differing(data: bytes) -> set[str]:
    return {one.name for one in verify.verify(data, now=NOW, again=False).differences}


def relaid(members: list[tuple[str, bytes]]) -> bytes:
    return b"".join(zip_layout.chunks(members))


def with_slack(data: bytes, name: str, slack: bytes, *, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The archive with bytes behind this member's packed content, inside its place, and every length right."""
    content = dict(packages.built().files)[name]
    original = zip_layout._deflate

    def padded(given: bytes) -> tuple[int, bytes]:
        method, packed = original(given)
        return (method, packed + slack) if given == content else (method, packed)

    monkeypatch.setattr(zip_layout, "_deflate", padded)
    changed = relaid(list(packages.built().files))
    monkeypatch.undo()
    assert len(changed) == len(data) + len(slack)
    return changed


def test_bytes_hidden_behind_a_member_s_content_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every unpacker gives the right file, and every digest agrees; the hidden bytes travel along unseen."""
    changed = with_slack(packages.whole(), LOG, b"#!/bin/sh\n", monkeypatch=monkeypatch)
    with zipfile.ZipFile(io.BytesIO(changed)) as archive:
        assert archive.testzip() is None, "an ordinary reader sees nothing"
        assert archive.read(LOG) == dict(packages.built().files)[LOG]
    assert LOG in {name.partition(":")[0] for name in differing(changed)} or "archive" in differing(changed)


@pytest.mark.parametrize(
    "name",
    [
        "../evidence/001-vault.hcl",
        "/etc/passwd",
        "evidence/..",
        "evidence//x",
        "evidence/001-v\u0430ult.hcl",  # a Cyrillic letter
        "evidence/001-vault.hcl ",
        "evidence/001\u202e-lch.tluav",
        "C:\\evidence\\x",
        "evidence/con\x00.txt",
    ],
)
def test_a_name_that_writes_elsewhere_or_looks_like_another_is_reported_even_where_it_is_listed(name: str) -> None:
    """A package whose maker is the attacker: listed, hashed and signed by his own key."""
    assert not verify.NAME.fullmatch(name) or ".." in name.split("/")
    said = list(verify._members({name: b""}, {"members": [], "ledger": {}}))
    assert any(one.name == name and "could take for another" in one.detail for one in said)


def test_names_that_differ_in_case_alone_are_reported() -> None:
    files = [*packages.built().files, ("evidence/001-VAULT.hcl", b"x")]
    said = verify.verify(relaid(files), now=NOW, again=False).differences
    assert any("case alone" in one.detail for one in said)


def test_the_names_that_we_give_are_lawful_whatever_a_file_is_called() -> None:
    assert all(verify.NAME.fullmatch(name) for name in dict(packages.built().files))


@pytest.mark.parametrize(
    "change",
    ["prefix", "gap", "twice", "symlink", "comment", "extra", "stored with a wrong size"],
)
def test_the_archive_s_own_tricks_are_reported(change: str) -> None:
    whole, files = packages.whole(), list(packages.built().files)
    made = {
        "prefix": lambda: b"MZ" + whole,
        "gap": lambda: whole[:-64].replace(zip_layout.CENTRAL, b"\0\0" + zip_layout.CENTRAL, 1) + whole[-64:],
        "twice": lambda: relaid([*files, files[5]]),
        "symlink": lambda: _with_attributes(whole, 0o120777 << 16),
        "comment": lambda: whole[:-64] + sha256(b"x").hexdigest().encode(),
        "extra": lambda: _written_by_another(files),
        "stored with a wrong size": lambda: whole.replace(struct.pack("<I", len(files[0][1])), b"\1\0\0\0"),
    }[change]()
    try:
        assert differing(made)
    except Unreadable:
        assert change == "gap"


def _with_attributes(whole: bytes, attributes: int) -> bytes:
    at = whole.index(zip_layout.CENTRAL) + 38
    changed = whole[:at] + struct.pack("<I", attributes) + whole[at + 4 : -64]
    return changed + sha256(changed).hexdigest().encode()


def _written_by_another(files: list[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def test_contents_exchanged_between_any_two_members_are_reported() -> None:
    dice, files = random.Random(6), list(packages.built().files)
    for _ in range(12):
        one, other = dice.sample(range(len(files)), 2)
        swapped = list(files)
        swapped[one], swapped[other] = (files[one][0], files[other][1]), (files[other][0], files[one][1])
        assert {files[one][0], files[other][0]} & differing(relaid(swapped)), (files[one][0], files[other][0])


def test_a_whole_package_of_the_same_values_by_another_key_is_told_by_the_fingerprint() -> None:
    forged = packages.archive.build(packages.package(), packages.trial_key(), render=_plain).archive
    wanted = packages.key().fingerprint
    said = verify.verify(forged, now=NOW, fingerprint=wanted, again=False)
    assert [one.name for one in said.differences] == ["report.pdf: fingerprint"]


def _plain(html: str, attached: object, now: datetime) -> object:
    return packages.pdf.Rendered(packages._page(attached, now), 1)  # type: ignore[arg-type]


def bomb() -> bytes:
    zeros = b"\0" * (64 * 1024 * 1024)
    return relaid(
        [(manifest.REPORT, b"%PDF-1.7"), (manifest.NAME, b"{}"), *((f"e{number}", zeros) for number in range(9))]
    )


def test_an_archive_that_unpacks_to_more_than_a_server_reads_is_refused_before_it_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    data = bomb()
    assert len(data) < 1024 * 1024
    monkeypatch.setattr(zip_layout, "_member", lambda *_: pytest.fail("unpacked"))
    with pytest.raises(Unreadable, match="unpacks to 576 MiB, more than the 512 MiB"):
        verify.verify(data, now=NOW, unpacked=services.VERIFIED_BYTES)
    with pytest.raises(services.CannotVerify, match="`seal-advisor verify` reads it"):
        services.verification(data, trust=None)


@pytest.mark.django_db
def test_the_page_for_everybody_refuses_it_too(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_layout, "_member", lambda *_: pytest.fail("unpacked"))
    answer = client.post("/verify/", {"file": SimpleUploadedFile("package.zip", bomb())})
    assert answer.status_code == 422
    assert b"512 MiB" in answer.content
