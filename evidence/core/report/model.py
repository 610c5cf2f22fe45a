"""What the report is made from: values only, gathered by `archive.py`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from evidence.core.coverage import Calendar
from evidence.core.diff import Change
from evidence.core.report.room import FULL, Room, lines
from evidence.core.report.words import RANK
from evidence.core.results import Finding, Result, Verdict
from evidence.core.sign_offs import SignOff
from seal_advisor.core.record import Record


class Signature(Record):
    """Who will sign. name: the certificate's subject. fingerprint: SHA-256 of the certificate, hex.

    shortfall: why the level is lower than was asked for; "" where it is not.
    """

    name: str
    fingerprint: str
    origin: str
    self_issued: bool
    level: str = "PAdES B-B"
    shortfall: str = ""


class Report(Record):
    """Everything that is printed.

    decision: the document of `decide --format json`. records: manifest entries of the evidence.
    titles: option id -> title; questions: question id -> its text; labels: question id -> value -> words for people.
    sources: what is cited by number; `html` fills it in.
    judged: False where no evidence was asked for: then nothing about controls is printed but that.
    frameworks: ids of those in the appendix, () = all. calendar: which days the evidence covers.
    changes: since the package of `compared_with`, None where there is none before it.
    room: how much of each list is shown; `html` works it out.
    waivers, attestations, exclusions: one mapping per entry of their TOML files; erased: one per erased artefact.
    """

    title: str
    created_at: datetime
    generator: str
    decision: Mapping[str, Any]
    answers: Mapping[str, str | None]
    results: tuple[Result, ...]
    records: Sequence[Mapping[str, Any]]
    signature: Signature
    manifest_sha256: str
    ledger_size: int
    ledger_root: str
    refused: Sequence[Mapping[str, Any]] = ()
    waivers: Sequence[Mapping[str, Any]] = ()
    attestations: Sequence[Mapping[str, Any]] = ()
    exclusions: Sequence[Mapping[str, Any]] = ()
    erased: Sequence[Mapping[str, Any]] = ()
    titles: Mapping[str, str] | None = None
    questions: Mapping[str, str] | None = None
    labels: Mapping[str, Mapping[str, str]] | None = None
    sources: tuple[str, ...] = ()
    judged: bool = True
    frameworks: tuple[str, ...] = ()
    calendar: Calendar | None = None
    sign_offs: tuple[SignOff, ...] = ()
    changes: tuple[Change, ...] = ()
    compared_with: datetime | None = None
    room: Room = Room({})

    @property
    def ordered(self) -> list[Result]:
        """Red rows first, then by control id."""
        return sorted(self.results, key=lambda result: (RANK[result.verdict], result.control))

    @property
    def counts(self) -> Counter[Verdict]:
        return Counter(result.verdict for result in self.results)

    @property
    def findings(self) -> list[tuple[Result, Finding]]:
        """Every finding with its control, worst first; what passes has none to act on."""
        pairs = [(result, finding) for result in self.ordered for finding in result.findings]
        return sorted(pairs, key=lambda pair: RANK[pair[1].severity])

    @property
    def evidence_numbers(self) -> dict[str, str]:
        """SHA-256 of the original -> E1, E2, ... as the evidence index numbers them."""
        numbers: dict[str, str] = {}
        for index, record in enumerate(self.records, 1):
            numbers.setdefault(str(record["original"]["sha256"]), f"E{index}")
        return numbers

    @property
    def sources_shown(self) -> int:
        """How many of the sources fit on the report's last pages."""
        return self.room.fitting("sources", (lines(words[:300], FULL) for words in self.sources))

    def option_title(self, option: str) -> str:
        return (self.titles or {}).get(option, option)

    def question_title(self, question: str) -> str:
        return (self.questions or {}).get(question, question.replace("_", " "))

    def value_label(self, question: str, value: object) -> str:
        """The answer in the questionnaire's own words."""
        if value is None:
            return "I do not know"
        return (self.labels or {}).get(question, {}).get(str(value), str(value).replace("_", " "))


def source_text(value: object) -> str:
    """A source is text, or a mapping with title, address and the day it was read."""
    if isinstance(value, Mapping):
        return ", ".join(str(value[key]) for key in ("title", "address", "read") if value.get(key))
    return str(value or "")


def cited(report: Report) -> tuple[str, ...]:
    """Every source that the report cites, once, in the order in which a reader meets it."""
    found: dict[str, None] = {}
    for option in report.decision["options"]:
        for reason in (*option["reasons"], *option["concerns"]):
            found.setdefault(source_text(reason.get("source")))
    for _, finding in report.findings:
        found.setdefault(source_text(finding.source))
    found.pop("", None)
    return tuple(found)
