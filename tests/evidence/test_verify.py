"""Verification: whatever changed is named, whoever signed is judged by anchors from outside only."""

from __future__ import annotations

import random
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from typing import Any

import pikepdf
import pytest
from pyhanko.pdf_utils.generic import NumberObject, pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from evidence.core import archive, manifest, pdf, pdf_check, signing, verify, zip_layout
from evidence.core.custody import TreeHead
from evidence.core.facts import Evidence
from evidence.core.verify import Unreadable, Verification
from tests.evidence import packages

NOW = packages.NOW
REPORT = packages.built().report
WHOLE = packages.whole()
FILES = dict(packages.built().files)


def looked_at(data: bytes, **named: object) -> Verification:
    return verify.verify(data, now=NOW, again=False, **named)  # type: ignore[arg-type]


def differing(data: bytes) -> set[str]:
    """The names of what differs."""
    return {one.name for one in looked_at(data).differences}


def flipped(data: bytes, position: int, bit: int) -> bytes:
    return data[:position] + bytes([data[position] ^ 1 << bit]) + data[position + 1 :]


def hole() -> tuple[int, int]:
    (signature,) = PdfFileReader(BytesIO(REPORT)).embedded_signatures
    return int(signature.byte_range[1]), int(signature.byte_range[2])


def test_what_was_just_made_is_valid() -> None:
    for data in (WHOLE, REPORT):
        outcome = looked_at(data)
        assert outcome.valid, outcome.differences
        assert outcome.anchored is None


def strata() -> Iterator[tuple[int, int]]:
    """A bit in every file of the archive, eighteen in what lies between and after them; the seed is fixed."""
    dice = random.Random(20261124)
    offset = 0
    for name, data in packages.built().files:
        start = WHOLE.index(name.encode(), offset)
        offset = start + len(name) + min(80, len(data))
        yield dice.randrange(start, offset), dice.randrange(8)
    for _ in range(9):
        yield dice.randrange(len(WHOLE)), dice.randrange(8)
        yield dice.randrange(len(WHOLE) - 2500, len(WHOLE)), dice.randrange(8)


def test_any_flipped_bit_of_a_package_is_reported() -> None:
    unseen = []
    for position, bit in strata():
        try:
            if looked_at(flipped(WHOLE, position, bit)).valid:
                unseen.append((position, bit))
        except Unreadable:
            continue
    assert unseen == []


def test_any_flipped_bit_of_a_lone_report_is_reported() -> None:
    dice = random.Random(7)
    start, stop = hole()
    signature = [(dice.randrange(start, start + 2600), dice.randrange(8)) for _ in range(16)]
    padding = [(dice.randrange(stop - 900, stop), dice.randrange(8)) for _ in range(4)]
    content = [(dice.randrange(9, len(REPORT)), dice.randrange(8)) for _ in range(8)]
    unseen = [at for at in signature + padding + content if looked_at(flipped(REPORT, *at)).valid]
    assert unseen == []


@pytest.mark.parametrize("name", [name for name in FILES if manifest.is_listed(name) and FILES[name]])
def test_a_changed_member_is_named_even_in_a_lawful_archive(name: str) -> None:
    changed = flipped(FILES[name], len(FILES[name]) // 2, 0)
    assert differing(packages.repacked(**{name: changed})) == {name}


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_removed_member_is_named(name: str) -> None:
    assert name in differing(packages.repacked(**{name: None}))


def test_an_added_member_is_named() -> None:
    assert differing(packages.repacked(**{"evidence/999-extra.txt": b"extra"})) == {"evidence/999-extra.txt"}
    assert differing(packages.repacked(**{"certs/extra.pem": b"extra"})) == {"certs/extra.pem"}


def test_a_renamed_member_is_named_on_both_sides() -> None:
    files = [("evidence/x.hcl" if name == "evidence/001-vault.hcl" else name, data) for name, data in FILES.items()]
    assert {"evidence/x.hcl", "evidence/001-vault.hcl"} <= differing(b"".join(zip_layout.chunks(files)))


def test_swapped_contents_are_named() -> None:
    one, other = "evidence/001-vault.hcl", "evidence/002-testssl.json"
    assert differing(packages.repacked(**{one: FILES[other], other: FILES[one]})) == {one, other}


def test_another_order_is_a_change() -> None:
    files = list(FILES.items())
    assert differing(b"".join(zip_layout.chunks([*files[:-2], files[-1], files[-2]]))) == {"archive"}


@pytest.mark.parametrize("tail", [b"\n", b"%%EOF\n", b"\0" * 100])
def test_bytes_after_the_end_are_reported(tail: bytes) -> None:
    assert not looked_at(WHOLE + tail).valid
    assert not looked_at(REPORT + tail).valid


def appended(report: bytes) -> bytes:
    """The report with a later revision that changes a page, as any PDF editor would append it."""
    writer = IncrementalPdfFileWriter(BytesIO(report))
    page = writer.root["/Pages"]["/Kids"].raw_get(0)
    page.get_object()[pdf_name("/Rotate")] = NumberObject(90)
    writer.mark_update(page)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def test_an_appended_revision_is_reported() -> None:
    names = differing(appended(REPORT))
    assert {"coverage", "revisions"} <= names


def test_a_stripped_signature_is_reported() -> None:
    out = BytesIO()
    with pikepdf.open(BytesIO(REPORT)) as opened:
        del opened.Root["/AcroForm"], opened.Root["/Perms"]
        opened.save(out)
    assert differing(out.getvalue()) == {"signature"}
    assert "report.pdf: signature" in differing(packages.repacked(**{"report.pdf": out.getvalue()}))


def test_a_report_that_was_never_signed_is_reported() -> None:
    page = '<html lang="en"><head><title>t</title></head><body><h1>t</h1></body></html>'
    assert differing(pdf.render(page, (), now=NOW).pdf) == {"signature"}


def test_a_replaced_manifest_is_not_the_one_in_the_report() -> None:
    """The forger lists other evidence, with proofs that hold, but cannot change the copy in the signed report."""
    forged = archive.draft(packages.package(title="Another title"), packages.key())
    files = {**FILES, **{one.path: one.data for one in forged.members}, "manifest.json": forged.manifest}
    names = differing(b"".join(zip_layout.chunks(list(files.items()))))
    assert "manifest.json" in names
    assert "ledger/tree-head.json" in names


def test_an_older_package_under_a_newer_report_is_reported() -> None:
    older = archive.draft(packages.package(results=packages.RESULTS[:2]), packages.key())
    files = {**FILES, **{one.path: one.data for one in older.members}, "manifest.json": older.manifest}
    assert "manifest.json" in differing(b"".join(zip_layout.chunks(list(files.items()))))


@pytest.fixture(scope="module")
def forged() -> bytes:
    """The same package in all its parts, signed by somebody else."""
    return archive.build(packages.package(), packages.trial_key()).archive


def test_another_signer_is_found_by_fingerprint_and_by_anchor_only(forged: bytes) -> None:
    assert looked_at(forged).valid  # nothing was changed since somebody signed: all that can be known without an anchor
    own = packages.key()
    assert looked_at(WHOLE, fingerprint=own.fingerprint).valid
    assert looked_at(WHOLE, fingerprint=own.fingerprint.upper()).valid
    assert looked_at(WHOLE, anchors=[own.certificate]).anchored
    assert not looked_at(forged, fingerprint=own.fingerprint).valid
    outcome = looked_at(forged, anchors=[own.certificate])
    assert (outcome.valid, outcome.anchored) == (False, False)


def test_another_signer_s_report_in_our_package_is_reported(forged: bytes) -> None:
    other = dict(zip_layout.read(forged).members)
    names = differing(packages.repacked(**{"report.pdf": other["report.pdf"]}))
    assert "certs/signer.pem" in names


def test_a_head_signed_by_another_key_is_reported() -> None:
    signature = signing.sign_bytes(FILES["ledger/tree-head.json"], packages.trial_key())
    assert differing(packages.repacked(**{"ledger/tree-head.sig": signature})) == {"ledger/tree-head.sig"}


def test_a_ledger_that_forgot_its_past_is_reported() -> None:
    last = packages.built()
    drafted = archive.draft(packages.package(ledger=last.ledger, previous=last.head), packages.key())
    rendered = pdf.render("<html lang='en'><title>t</title><h1>t</h1></html>", drafted.attached, now=NOW)
    built = archive.seal(drafted, rendered, packages.key())
    assert looked_at(built.archive).valid
    files = dict(built.files)
    other = TreeHead(last.head.size, b"\1" * 32, last.head.timestamp).root.hex()
    files["ledger/consistency.json"] = files["ledger/consistency.json"].replace(
        last.head.root.hex().encode(), other.encode()
    )
    assert differing(b"".join(zip_layout.chunks(list(files.items())))) == {"ledger/consistency.json"}


def test_a_certificate_that_is_out_of_date_is_not_anchored() -> None:
    later = NOW.replace(year=2040)
    outcome = verify.verify(REPORT, now=later, anchors=[packages.key().certificate])
    assert (outcome.valid, outcome.anchored) == (False, False)


@pytest.mark.parametrize("data", [b"", b"hello", b"%PD", b"\0" * 4096, b"PK", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_neither_package_nor_report_is_refused(data: bytes) -> None:
    with pytest.raises(Unreadable):
        looked_at(data)


def test_an_archive_of_something_else_is_no_package() -> None:
    with pytest.raises(Unreadable, match="no package"):
        looked_at(b"".join(zip_layout.chunks([("holiday.txt", b"sun")])))


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7\n", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n", REPORT[:5000], REPORT[:-100]]
)
def test_a_broken_report_is_a_result_not_a_crash(data: bytes) -> None:
    assert not looked_at(data).valid


def test_a_truncated_package_is_a_result_not_a_crash() -> None:
    for length in (4, 100, len(WHOLE) // 2, len(WHOLE) - 1):
        assert not looked_at(WHOLE[:length]).valid


def test_a_verification_hashes_each_byte_a_few_times_and_unpacks_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What holds "within 5 s for 100 MB" up: no step looks at the evidence once for each member, proof or control."""
    log = b"".join(b"2026-11-24T09:30:%02dZ line %d of a log\n" % (number % 60, number) for number in range(40_000))
    given = packages.package(evidence=Evidence((*packages.ARTEFACTS, packages.artefact("big.log", log, "opaque"))))
    drafted = archive.draft(given, packages.key())
    whole = archive.seal(drafted, packages.plain_page(drafted), packages.key()).archive
    hashed: list[int] = []
    unpacked: list[int] = []

    def counted(data: bytes = b"") -> Any:
        hashed.append(len(data))
        return sha256(data)

    def member(opened: Any, one: Any) -> bytes:
        unpacked.append(one.file_size)
        return read(opened, one)

    read = zip_layout._member
    monkeypatch.setattr(zip_layout, "_member", member)
    for module in (verify, zip_layout, manifest, pdf_check):
        monkeypatch.setattr(module, "sha256", counted)
    assert looked_at(whole).valid
    size = sum(len(data) for data in zip_layout.read(whole).members.values())
    assert size > len(log) > 1_000_000
    assert sum(unpacked) == 2 * size  # once by verify, once by this test
    assert sum(hashed) <= 2 * size + len(whole)
