"""P20, P22 and a verification's bar: the archive against zipfile's own, the report's table, a signature's price.

P20: the evidence of a package (audit and HSM logs, scans, configurations) packed as an archive of ours, against the
same members by zipfile at its own default, zlib's level 6; time, and size. P22: 300 judged rows in the report's table,
against the same rows in a table that the renderer must measure first; and signing and verifying it against rendering
it. V100: a package with 100 MB of evidence, checked in full, judged again included; its ratio is seconds.
"""

from __future__ import annotations

import io
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from itertools import cycle, islice
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.ratio import Row
from benchmarks.rows_logs import MB, audit_lines, hsm_records
from benchmarks.rows_report import ANSWERS, given
from evidence.core import archive, pdf, signing, verify, zip_layout
from evidence.core.approved import approved
from evidence.core.demands import Settings
from evidence.core.examine import examine
from evidence.core.facts import Artefact, Evidence
from evidence.core.results import Finding, Result, Verdict
from evidence.core.signing import SigningKey
from evidence.core.stream import intake_stream
from seal_advisor import __version__
from seal_advisor.core import rules, ruleset
from seal_advisor.core.answers import parse
from seal_advisor.core.record import replace

SAMPLES = Path(__file__).parent.parent / "tests/data/samples"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
VERIFIED, SECONDS = 100 * MB, 5
LOG = 16 * MB
ROWS = 300


@cache
def evidence() -> tuple[tuple[str, bytes], ...]:
    """Members as a package has them: logs by far the most, then scans and configurations."""
    logs = [("audit.log", _text(audit_lines, LOG)), ("hsm.log", _text(hsm_records, LOG // 2))]
    small = [(f"{path.parent.name}-{path.name}", path.read_bytes()) for path in sorted(SAMPLES.rglob("*.*"))]
    return tuple((f"evidence/{name}", data) for name, data in [*logs, *small])


def _text(pieces: Callable[[], Iterator[str]], size: int) -> bytes:
    parts, left = [], size
    for piece in pieces():
        parts.append(piece)
        left -= len(piece)
        if left <= 0:
            break
    return "".join(parts).encode()


def packed() -> bytes:
    return b"".join(zip_layout.chunks(evidence()))


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archived:
        for name, data in evidence():
            archived.writestr(name, data)
    return out.getvalue()


def same_members(ours: object, theirs: object) -> None:
    assert isinstance(ours, bytes)
    assert isinstance(theirs, bytes)
    with zipfile.ZipFile(io.BytesIO(theirs)) as other:
        assert dict(zip_layout.read(ours).members) == {name: other.read(name) for name in other.namelist()}


@cache
def key() -> SigningKey:
    return signing.trial(ec.generate_private_key(ec.SECP256R1()), now=NOW)


@cache
def long_report() -> archive.Draft:
    """A report of 300 judged rows, each with a finding."""
    few = given(1 * MB)
    results = tuple(
        Result(
            f"C-XX-{number:03}",
            "A control whose title is as long as titles of controls are",
            list(Verdict)[number % 3],
            "The listener 10.0.0.7:8200 offers a suite that the decision does not admit.",
            (Finding(f"suite 0x{number:04X} is offered", "scan.json", number, "leave it out", "SP 800-52r2"),),
        )
        for number in range(ROWS)
    )
    return archive.draft(replace(few, results=results), key())


@cache
def table_page() -> str:
    """The report's own table of controls and nothing else, with as many rows as the goal names.

    The report itself prints the worst rows and counts the others, so that no evidence makes it longer.
    """
    html = long_report().html
    (section,) = re.findall(r'<section class="chapter"[^>]*>(?:(?!</section>).)*<th.*?</section>', html, re.DOTALL)[:1]
    printed = re.findall(r"<tr\b(?:(?!</tr>).)*<td.*?</tr>", section, re.DOTALL)
    many = "".join(islice(cycle(printed), ROWS))
    first, last = section.index(printed[0]), section.rindex(printed[-1]) + len(printed[-1])
    return f"{html[: html.index('<body')]}<body>{section[:first]}{many}{section[last:]}</body></html>"


def rendered() -> int:
    return pdf.render(table_page(), (), now=NOW).pages


def measured_by_the_renderer() -> int:
    """The same rows in a table whose columns the renderer finds by looking at every cell."""
    html = table_page().replace("table-layout: fixed", "table-layout: auto")
    assert html != table_page()
    return pdf.render(html, (), now=NOW).pages


def about_as_long(ours: object, theirs: object) -> None:
    assert isinstance(ours, int)
    assert isinstance(theirs, int)
    assert abs(ours - theirs) <= 5, (ours, theirs)


@cache
def unsigned() -> pdf.Rendered:
    return pdf.render(table_page(), long_report().attached, now=NOW)


def signed_and_verified() -> bool:
    report = signing.sign_pdf(unsigned().pdf, key(), now=NOW)
    return _said(verify.verify(report, now=NOW))


def valid(ours: object, theirs: object) -> None:
    assert ours is True


@cache
def large() -> bytes:
    """A package as the command makes it, of a page's report: what is looked at is its evidence."""
    known = rules.load(ruleset.current())
    answers = parse(ANSWERS, known)
    logs = tuple(_taken(f"audit-{number}.log", number) for number in range(4))
    results = examine(Evidence(logs), approved(rules.decide(known, answers)), Settings(NOW))
    package = replace(
        given(1 * MB),
        evidence=Evidence(logs),
        results=results,
        generator=f"Seal Advisor {__version__}",
        version=__version__,
    )
    drafted = archive.draft(package, key())
    page = pdf.render("<html lang='en'><title>t</title><h1>t</h1></html>", drafted.attached, now=NOW)
    return archive.seal(drafted, page, key()).archive


def _taken(name: str, number: int) -> Artefact:
    """A quarter of the evidence; `number` makes it another file than its neighbours."""
    kept = io.BytesIO()
    text = _text(lambda: islice(audit_lines(), number, None), VERIFIED // 4)
    taken = intake_stream(name, io.BytesIO(text), kept.write)
    return replace(taken, content=kept.getvalue(), spooled=False, received_at=NOW)


def _said(outcome: verify.Verification) -> bool:
    assert outcome.valid, outcome.differences
    return True


def verified() -> bool:
    return _said(verify.verify(large(), now=NOW))


def rows() -> list[Row]:
    return [
        Row("P20", "package zip of evidence: time / zipfile at its default, zlib level 6",
            packed, zipped, 0.25, same_members, baseline_name="zipfile"),
        Row("P20.size", "the same: size",
            lambda: len(packed()), lambda: len(zipped()), 1.2, baseline_name="zipfile", amounts=True),
        Row("P22", f"{ROWS}-row report: render / the same rows without table-layout: fixed",
            rendered, measured_by_the_renderer, 0.5, about_as_long, baseline_name="table-layout: auto"),
        Row("P22.signed", "the same: signing + verifying / rendering",
            signed_and_verified, rendered, 1.5, valid, baseline_name="rendering"),
        Row("V100", f"a package with {VERIFIED // MB} MB of evidence: verified in full, in seconds",
            verified, lambda: time.sleep(1), SECONDS, valid, baseline_name="one second"),
    ]  # fmt: skip
