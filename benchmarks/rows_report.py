"""P21 and a journey's bar: the report does not grow with its evidence, and fifty files become a package in a minute.

P21 counts the CPU seconds of what makes the report: manifest and judged values -> HTML -> PDF -> signature. The
evidence was taken in and judged before; its bytes are hashed when they are read, which no report can be had without
and no report makes slower.
SIZE=full: 1 GB against 10 MB; otherwise 100 MB against 1 MB.
The journey (FEATURES: "50 artefacts / 100 MB within 60 s on 2 cores") is the whole command, from files to the signed
archive. Its ratio is seconds, against a baseline of one second.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
import zipfile
from datetime import UTC, datetime
from functools import cache
from itertools import cycle, islice
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.ratio import Row
from benchmarks.rows_logs import FULL, MB, audit_lines, folder, hsm_records
from evidence.core import archive, pdf, signing
from evidence.core.approved import approved
from evidence.core.contents import PackageInput
from evidence.core.demands import Settings
from evidence.core.examine import examine
from evidence.core.facts import Evidence
from evidence.core.signing import SigningKey
from evidence.core.stream import intake_stream
from seal_advisor.core import explain, rules, ruleset
from seal_advisor.core.answers import parse

ROOT = Path(__file__).parent.parent
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LARGE = 1000 * MB if FULL else 100 * MB
SMALL = LARGE // 100
FILES, LINES = 10, 40
MANY, MANY_BYTES, SECONDS = 50, 100 * MB, 60
ANSWERS = {"answers": {"platform": "vault_enterprise_hsm", "boundary": "dedicated_hsm", "hsm": "clustered"}}


@cache
def key() -> SigningKey:
    return signing.trial(ec.generate_private_key(ec.SECP256R1()), now=NOW)


@cache
def given(size: int) -> PackageInput:
    """A package on audit logs of so many bytes in all, taken in and judged."""
    known = rules.load(ruleset.current())
    answers = parse(ANSWERS, known)
    artefacts = []
    for number in range(FILES):
        path = Path(folder().name) / f"{size}-{number}.log"
        _write(path, size // FILES, number)
        with path.open("rb") as file:
            artefacts.append(intake_stream(path.name.partition("-")[2], file, len))
        path.unlink()
    evidence = Evidence(tuple(artefacts))
    return PackageInput(
        title="Bench",
        decision=explain.document(known, answers),
        answers=answers.as_json(),
        ruleset=known.files,
        evidence=evidence,
        results=examine(evidence, approved(rules.decide(known, answers)), Settings(now=NOW)),
        now=NOW,
        generator="bench",
        version="0",
    )


def _write(path: Path, size: int, number: int) -> None:
    """An audit log of the same forty lines over and over, so that a long one says what a short one says.

    number: makes it another file than its neighbours.
    """
    left, block = size, list(islice(audit_lines(), LINES))
    with path.open("w", encoding="ascii") as file:
        for line in cycle([*block[2 * number :], *block[: 2 * number]]):
            file.write(line)
            left -= len(line)
            if left <= 0:
                break


def reported(size: int) -> int:
    """The signed report; returns its pages."""
    drafted = archive.draft(given(size), key())
    rendered = pdf.render(drafted.html, drafted.attached, now=NOW)
    signing.sign_pdf(rendered.pdf, key(), now=NOW)
    return rendered.pages


def same_pages(ours: object, theirs: object) -> None:
    assert ours == theirs, f"{ours} pages at {LARGE} bytes, {theirs} at {SMALL}"


@cache
def many() -> Path:
    """Fifty files of a hundred megabytes in all: logs of servers and modules, configurations and scans between them."""
    here = Path(folder().name) / "many"
    here.mkdir()
    samples = [*sorted((ROOT / "tests/data/samples/conf").glob("*.hcl")), *_scans()]
    logs = MANY - len(samples)
    for number, path in enumerate(samples):
        (here / f"{number:02d}-{path.name}").write_bytes(path.read_bytes())
    for number in range(logs):
        if number % 2:
            _write(here / f"audit-{number:02d}.log", MANY_BYTES // logs + 2000 * number, number % (LINES // 2))
        else:
            records = islice(hsm_records(), number, None)
            _pieces(here / f"hsm-{number:02d}.log", MANY_BYTES // logs, records)
    (Path(folder().name) / "answers.json").write_text(json.dumps(ANSWERS), encoding="utf-8")
    return here


def _scans() -> list[Path]:
    return sorted((ROOT / "tests/data/samples/tls").glob("*.testssl-flat.json"))


def _pieces(path: Path, size: int, pieces: object) -> None:
    left = size
    with path.open("w", encoding="ascii") as file:
        for piece in pieces:  # type: ignore[attr-defined]
            file.write(piece)
            left -= len(piece)
            if left <= 0:
                break


def packaged() -> Path:
    """The whole command, in a process of its own."""
    target = Path(folder().name) / "out.zip"
    target.unlink(missing_ok=True)
    source = many()
    command = [sys.executable, "-m", "seal_advisor.cli", "package", str(source)]
    more = ["--answers", str(source.parent / "answers.json"), "-o", str(target)]
    done = subprocess.run([*command, *more], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode in {0, 1}, done.stderr[-2000:]
    return target


def all_are_in_it(ours: object, theirs: object) -> None:
    assert isinstance(ours, Path)
    with zipfile.ZipFile(ours) as archived:
        evidence = [one for one in archived.infolist() if one.filename.startswith("evidence/")]
    assert len(evidence) == MANY, len(evidence)
    assert sum(one.file_size for one in evidence) > 0.95 * MANY_BYTES


def rows() -> list[Row]:
    return [
        Row("P21", f"report: time at {LARGE // MB} MB of evidence / at {SMALL // MB} MB, page count equal",
            lambda: reported(LARGE), lambda: reported(SMALL), 1.1, same_pages, baseline_name=f"{SMALL // MB} MB",
            by_cpu=True),
        Row("J50", f"{MANY} files, {MANY_BYTES // MB} MB: from the files to the signed package, in seconds",
            packaged, lambda: time.sleep(1), SECONDS, all_are_in_it, baseline_name="one second", whole_process=True),
    ]  # fmt: skip
