"""The report does not grow with its evidence: counted, not timed (P21)."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from io import BytesIO
from types import FrameType

from evidence.core import archive, report
from evidence.core.approved import approved
from evidence.core.demands import Settings
from evidence.core.examine import examine
from evidence.core.facts import Evidence
from evidence.core.stream import intake_stream
from seal_advisor.core import rules, ruleset
from seal_advisor.core.answers import parse
from seal_advisor.core.record import replace
from tests.evidence import packages
from tests.evidence.sample_report import SAMPLES

NOW = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
LOG = SAMPLES / "audit/bao-audit-file.jsonl"
FEW, MANY = 20, 200  # times 86 KiB; the log that begins again has more such findings than one card names
ANSWERS = {"answers": {"platform": "vault_enterprise_hsm", "boundary": "dedicated_hsm", "hsm": "clustered"}}


def made(times: int) -> tuple[str, int]:
    """The report's HTML on a log of so many times the sample's lines, and the function calls that it took."""
    known = rules.load(ruleset.current())
    demands = approved(rules.decide(known, parse(ANSWERS, known)))
    whole = LOG.read_bytes() * times
    evidence = Evidence((replace(intake_stream("audit.log", BytesIO(whole), len), content=whole),))
    given = packages.package(evidence=evidence, results=examine(evidence, demands, Settings(now=NOW)), now=NOW)
    archive.draft(given, packages.key())  # what is read or compiled once
    calls = 0

    def counted(_frame: FrameType, event: str, _what: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        html = archive.draft(given, packages.key()).html
    finally:
        sys.setprofile(before)
    return html, calls


def test_ten_times_the_evidence_is_the_same_report_in_as_many_steps() -> None:
    (small, few), (large, many) = made(FEW), made(MANY)
    assert _shape(large) == _shape(small), "what is laid out on paper differs in numbers only"
    assert abs(many - few) <= few / 20, f"{many} calls, {few} for the smaller"


def _shape(html: str) -> str:
    assert report.STYLE in html
    return re.sub(r"\b(?:[0-9a-f]{16}|[\d.]+(?: [KM]iB| B)?)(?=\W)", "#", html)
