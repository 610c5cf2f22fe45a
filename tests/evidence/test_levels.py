"""PAdES levels with a real authority: what each proves, how long, to whose tools; and each way in which it fails."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pyhanko.pdf_utils.generic import NumberObject, pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from evidence import revocation, sealing
from evidence.core import archive, levels, pdf_check, signing, verify
from evidence.core.contents import PackageInput
from evidence.core.levels import Level
from evidence.core.signing import UnusableKey
from evidence.core.verify import Verification
from evidence.revocation import NoRevocation
from evidence.timestamps import Authority as Stamper
from evidence.timestamps import NoTimestamp
from tests import timestamps
from tests.conftest import _or_skip
from tests.evidence import packages
from tests.evidence.test_signing import program
from tests.timestamps import Authority

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=20 * 365)


@pytest.fixture(scope="module")
def tsa() -> Iterator[Authority]:
    missing = timestamps.missing()
    if missing is not None:
        _or_skip(missing)
    with timestamps.authority() as running:
        yield running


def plan(tsa: Authority, level: Level, behaviour: str = "", **named: Any) -> sealing.Plan:
    stamper = Stamper(tsa.tsa(behaviour), seconds=1, attempts=2, pause=0.01, **named)
    return sealing.Plan(level, stamper, (tsa.anchor,) if level.long_term else ())


def package(**changes: Any) -> PackageInput:
    return packages.package(now=NOW, **changes)


def sealed(tsa: Authority, how: sealing.Plan, **changes: Any) -> archive.Built:
    return sealing.build(package(**changes), signing.from_pkcs12(tsa.pkcs12(), None), how, render=packages.plain_page)[
        1
    ]


@pytest.fixture(scope="module")
def built(tsa: Authority) -> dict[Level, archive.Built]:
    return {level: sealed(tsa, plan(tsa, level)) for level in Level}


def looked_at(data: bytes, tsa: Authority | None = None, now: datetime = NOW) -> Verification:
    return verify.verify(data, now=now + timedelta(minutes=5), anchors=[tsa.anchor] if tsa else [], again=False)


@pytest.mark.parametrize("level", Level)
def test_every_level_is_valid_anchored_and_says_what_it_is(
    tsa: Authority, built: dict[Level, archive.Built], level: Level
) -> None:
    for data in (built[level].archive, built[level].report):
        for outcome in (looked_at(data), looked_at(data, tsa)):
            assert outcome.valid, outcome.differences
            assert outcome.signer is not None
            assert outcome.signer.level == level
        assert outcome.anchored


def test_the_issuers_were_asked_about_every_certificate(tsa: Authority, built: dict[Level, archive.Built]) -> None:
    assert built
    assert tsa.asked["/ocsp"] >= 2  # signer and authority, once for each package at B-LT and above


@pytest.mark.parametrize(("level", "lasts"), [(Level.B_B, False), (Level.B_T, False), (Level.B_LT, False)])
def test_without_an_archive_stamp_a_report_ends_with_its_certificates(
    tsa: Authority, built: dict[Level, archive.Built], level: Level, lasts: bool
) -> None:
    outcome = looked_at(built[level].report, tsa, LATER)
    assert outcome.anchored is lasts
    assert "anchor" in {one.name for one in outcome.differences}


@pytest.mark.parametrize(("level", "anchored"), [(Level.B_B, False), (Level.B_T, True)])
def test_a_time_stamp_outlives_the_signer_s_certificate(tsa: Authority, level: Level, anchored: bool) -> None:
    """It ends an hour from now; two hours from now only the authority's word says that it signed in its time."""
    short = tsa.issue("Signer for an hour", tsa.signer_key, lives=timedelta(hours=1))
    key = signing.from_pkcs12(tsa.pkcs12(certificate=short), None)
    made = sealing.build(package(), key, plan(tsa, level), render=packages.plain_page)[1]
    assert looked_at(made.report, tsa).anchored
    assert looked_at(made.report, tsa, NOW + timedelta(hours=2)).anchored is anchored


def renewed(tsa: Authority, report: bytes) -> bytes:
    stamper = plan(tsa, Level.B_LTA).authority
    assert stamper is not None
    context = revocation.gather(stamper.probe(), anchors=[tsa.anchor], now=datetime.now(UTC))
    return signing.add_archive_stamp(report, timestamper=stamper, validation=context)


@pytest.mark.parametrize("level", [Level.B_LT, Level.B_LTA])
def test_archive_stamps_can_be_added_for_ever(tsa: Authority, built: dict[Level, archive.Built], level: Level) -> None:
    once = renewed(tsa, built[level].report)
    twice = renewed(tsa, once)
    for report in (once, twice):
        outcome = looked_at(report, tsa)
        assert outcome.valid, outcome.differences
        assert outcome.signer is not None
        assert outcome.signer.level == Level.B_LTA
    assert sum(one.name == "archive time-stamp" for one in outcome.checks) == 2 + (level is Level.B_LTA)


def test_a_stranger_s_archive_stamp_adds_nothing(tsa: Authority, built: dict[Level, archive.Built]) -> None:
    with timestamps.authority() as stranger:
        report = renewed(stranger, built[Level.B_LT].report)
    assert looked_at(report).valid
    assert {one.name for one in looked_at(report, tsa).differences} == {"archive time-stamp"}


def with_revision(report: bytes) -> bytes:
    """A later revision that turns a page, as any PDF editor would append it."""
    writer = IncrementalPdfFileWriter(BytesIO(report))
    first = writer.root["/Pages"]["/Kids"].raw_get(0)
    first.get_object()[pdf_name("/Rotate")] = NumberObject(90)
    writer.mark_update(first)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.mark.parametrize("level", Level)
def test_any_other_revision_is_reported_at_every_level(
    tsa: Authority, built: dict[Level, archive.Built], level: Level
) -> None:
    names = {one.name for one in looked_at(with_revision(built[level].report), tsa).differences}
    assert {"coverage", "revisions", "certification"} <= names


def test_a_revision_under_a_later_archive_stamp_is_reported(tsa: Authority, built: dict[Level, archive.Built]) -> None:
    """The stamp covers the whole file, page turned and all: only the comparison of revisions shows it."""
    report = renewed(tsa, with_revision(built[Level.B_LT].report))
    assert {"revisions", "certification"} <= {one.name for one in looked_at(report, tsa).differences}


@pytest.mark.parametrize("level", [Level.B_T, Level.B_LT])
def test_a_time_stamp_that_is_taken_out_is_missed(
    tsa: Authority, built: dict[Level, archive.Built], level: Level
) -> None:
    """No signature covers the token; the manifest inside the report says that there was one."""
    report = without_token(built[level].report)
    names = {one.name for one in looked_at(report).differences}
    assert "signature level" in names


def without_token(report: bytes) -> bytes:
    (signature,) = pdf_check.PdfFileReader(BytesIO(report)).embedded_signatures
    content = signature.signed_data
    content["signer_infos"][0]["unsigned_attrs"] = []
    whole = pdf_check.container.cms.ContentInfo({"content_type": "signed_data", "content": content}).dump()
    _, start, stop, _ = (int(number) for number in signature.byte_range)
    digits = whole.hex().encode().ljust(stop - start - 2, b"0")
    return report[: start + 1] + digits + report[stop - 1 :]


SAID = {
    "garbage": "the reply is no time-stamp",
    "refuses": "the request was refused",
    "replays": "its nonce differs",
    "slow": "did not answer in time",
    "swaps": "stamps something else",
    "trickles": "did not answer in time",
    "unavailable": "it answers 503",
}


def test_every_trouble_is_tried() -> None:
    assert set(SAID) == set(timestamps.TROUBLES)


@pytest.mark.parametrize("behaviour", sorted(SAID))
def test_an_authority_in_trouble_is_asked_again_and_then_done_without_aloud(tsa: Authority, behaviour: str) -> None:
    before = tsa.asked[f"/tsa/{behaviour}"]
    made = sealed(tsa, plan(tsa, Level.B_T, behaviour))
    assert tsa.asked[f"/tsa/{behaviour}"] - before == 2
    assert (made.sealing.level, made.sealing.wanted) == (Level.B_B, Level.B_T)
    assert made.sealing.shortfall.startswith("Signed without a time-stamp: ")
    assert SAID[behaviour] in made.sealing.shortfall
    outcome = looked_at(made.archive)
    assert outcome.valid
    assert outcome.shortfall == made.sealing.shortfall
    assert made.sealing.shortfall in outcome.as_json()["shortfall"]


def test_the_report_s_face_says_that_it_has_no_time_stamp(tsa: Authority) -> None:
    how = plan(tsa, Level.B_T, "unavailable")
    lacking = sealing.means(how, packages.key()).sealing
    html = archive.draft(package(sealing=lacking), packages.key()).html
    assert "PAdES B-B only." in html
    assert "Signed without a time-stamp" in html
    assert "B-B only" not in archive.draft(package(), packages.key()).html


def test_an_authority_that_comes_back_in_time_is_used(tsa: Authority) -> None:
    how = sealing.Plan(Level.B_T, Stamper(tsa.tsa("late"), seconds=1, attempts=3, pause=0.01))
    assert sealed(tsa, how).sealing == levels.Sealing(Level.B_T, Level.B_T)


class FailsAtLast(Stamper):
    """Answers the probe, and nothing after it."""

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> Any:
        if self._dummy_response_cache:
            raise NoTimestamp("gone since")
        return await super().async_timestamp(message_digest, md_algorithm)


def test_an_authority_that_answers_a_probe_only_is_done_without_too(tsa: Authority) -> None:
    made = sealed(tsa, sealing.Plan(Level.B_T, FailsAtLast(tsa.tsa())))
    assert (made.sealing.level, "gone since" in made.sealing.shortfall) == (Level.B_B, True)
    assert looked_at(made.archive).valid


def test_nobody_there_is_one_sentence(tsa: Authority) -> None:
    with pytest.raises(NoTimestamp, match="gave no time-stamp: connection refused"):
        Stamper("http://127.0.0.1:9/", attempts=1).probe()
    with pytest.raises(UnusableKey, match="file:///etc/passwd"):
        Stamper("file:///etc/passwd")
    assert asyncio.run(Stamper(tsa.tsa()).async_timestamp(bytes(32), "sha256"))


def test_issuers_that_do_not_answer_leave_a_time_stamp_and_say_so(tsa: Authority) -> None:
    with timestamps.authority() as gone:
        lost = signing.from_pkcs12(gone.pkcs12(), None)
    with pytest.raises(NoRevocation, match="Alice, auditor"):
        revocation.gather([lost.certificate], anchors=[gone.anchor], now=NOW)
    how = sealing.Plan(Level.B_LT, Stamper(tsa.tsa()), (gone.anchor, tsa.anchor))
    made = sealing.build(package(), lost, how, render=packages.plain_page)[1]
    assert (made.sealing.level, made.sealing.wanted) == (Level.B_T, Level.B_LT)
    assert "Alice, auditor" in made.sealing.shortfall
    assert looked_at(made.archive).valid


def test_a_revoked_signer_or_a_stranger_s_anchor_is_an_error_before_anything_is_made(tsa: Authority) -> None:
    with timestamps.authority() as other:
        key = signing.from_pkcs12(other.pkcs12(), None)
        how = sealing.Plan(Level.B_LT, Stamper(other.tsa()), (other.anchor,))
        other.revoked.add(other.signer.serial_number)
        with pytest.raises(UnusableKey, match=r"Alice, auditor .* revoked"):
            sealing.means(how, key)
        with pytest.raises(UnusableKey, match="Alice, auditor does not lead to an anchor"):
            sealing.means(sealing.Plan(Level.B_LT, Stamper(tsa.tsa()), (tsa.anchor,)), key)


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ({"level": "B-X"}, "no signature level 'B-X'"),
        ({"level": "B-T"}, "needs a time-stamp authority"),
        ({"level": "B-LTA", "tsa": "http://127.0.0.1/"}, "needs the anchors"),
    ],
)
def test_a_level_without_its_means_is_refused(named: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        sealing.plan_of(**named)  # type: ignore[arg-type]


def test_the_highest_level_that_is_configured_is_the_default(tsa: Authority) -> None:
    assert sealing.plan_of("").level == Level.B_B
    assert sealing.plan_of("", tsa="http://h/").level == Level.B_T
    assert sealing.plan_of("", tsa="http://h/", trust=[tsa.anchor]).level == Level.B_LT
    assert sealing.plan_of("pades b-lta", tsa="http://h/", trust=[tsa.anchor]).level == Level.B_LTA


@pytest.mark.parametrize("level", Level)
def test_verify_md_holds_literally_at_every_level(
    tsa: Authority, built: dict[Level, archive.Built], level: Level, tmp_path: Path
) -> None:
    """Every command of VERIFY.md, run as it stands there, and what it promises to say."""
    program("pdfsig", "poppler-utils")
    files = dict(built[level].files)
    said = followed(files, tsa, tmp_path)
    assert said["sha256sum --check"] == ""
    assert said["sha256sum manifest.json"].split()[0] == verify.sha256(files["manifest.json"]).hexdigest()
    assert said["pdfsig report.pdf"].count("Signature is Valid") == 1
    assert said["pdfsig report.pdf"].split("Signature #")[-1].count("- Total document signed") == 1
    assert signing.from_pkcs12(tsa.pkcs12(), None).fingerprint in said["openssl x509"].replace(":", "").lower()
    assert "Verified OK" in said["openssl dgst"]
    if level.stamped:
        assert "Verification: OK" in said["openssl ts -verify"]
        assert "Time stamp:" in said["openssl ts -reply"]
    if level.long_term:
        assert said["grep --text"].count("Verification: OK") == (level is Level.B_LTA)
    (tmp_path / "evidence/001-vault.hcl").write_bytes(b"changed")
    assert subprocess.run(["bash", "-c", commands_of(files)[0]], cwd=tmp_path, capture_output=True).returncode == 1


def test_verify_md_of_b_lt_still_holds_once_archive_stamps_were_added(
    tsa: Authority, built: dict[Level, archive.Built], tmp_path: Path
) -> None:
    program("pdfsig", "poppler-utils")
    files = {**dict(built[Level.B_LT].files), "report.pdf": renewed(tsa, renewed(tsa, built[Level.B_LT].report))}
    said = followed(files, tsa, tmp_path)
    assert said["grep --text"].count("Verification: OK") == 2
    (tmp_path / "report.pdf").write_bytes((tmp_path / "report.pdf").read_bytes().replace(b"<h1>", b"<h2>") + b"\n")
    last = next(one for one in commands_of(files) if one.startswith("set --"))
    assert subprocess.run(["bash", "-c", last], cwd=tmp_path, capture_output=True).returncode == 1


def commands_of(files: dict[str, bytes]) -> list[str]:
    return [block.split("```")[0] for block in files["VERIFY.md"].decode().split("```bash\n")[1:]]


def followed(files: dict[str, bytes], tsa: Authority, folder: Path) -> dict[str, str]:
    """First words of each command block -> what it printed; a block that does not end with 0 fails the test."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    (folder / "TSA.pem").write_bytes(tsa.anchor_file.read_bytes())
    said = {}
    for command in commands_of(files):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command], cwd=folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, command + done.stderr
        words = command.split()
        said[" ".join(words[:3] if words[:2] == ["openssl", "ts"] else words[:2])] = done.stdout
    return said
