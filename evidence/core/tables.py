"""The package's row tables: what was found, row by row, for those who count and sort (folder `facts/`).

CSV as RFC 4180 writes it, with a header; a cell that a spreadsheet would run as a formula gets an apostrophe in front.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any

from evidence.core.facts import Artefact, KeyStoreLogFacts, TlsScanFacts
from evidence.core.frameworks import Row
from evidence.core.frameworks import current as known_frameworks
from evidence.core.frameworks import rows as framework_rows
from evidence.core.manifest import canonical, moment
from evidence.core.results import Result
from seal_advisor.core.record import Record, fields

FORMULA = frozenset("=+-@\t\r")
ATOMS = frozenset({str, int, bool, type(None)})


def plain(value: object) -> Any:
    """Facts as JSON values: records become objects, times ISO 8601 in UTC, sets sorted lists."""
    if type(value) in ATOMS:  # first, since most values are: a long log has a million of them
        return value
    if isinstance(value, Record):
        return {name: plain(getattr(value, name)) for name in _names(type(value))}
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, str | int):
        return value
    if isinstance(value, float):
        return repr(value)  # canonical JSON has no fractions
    if isinstance(value, datetime):
        return moment(value) if value.tzinfo else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, frozenset | set):
        return sorted((plain(one) for one in value), key=str)
    if isinstance(value, Iterable):
        return [plain(one) for one in value]
    return str(value)


@cache
def _names(kind: type[Record]) -> tuple[str, ...]:
    return tuple(fields(kind))


def as_csv(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(heads)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue().encode()


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = value if type(value) is str else str(plain(value))
    return "'" + text if text[:1] in FORMULA else text


def results(judged: Sequence[Result]) -> bytes:
    rows = (
        (
            one.control,
            one.title,
            one.verdict,
            one.reason,
            " ".join(one.missing),
            " ".join(one.artefacts),
            len(one.findings),
        )
        for one in judged
    )
    return as_csv(("control", "title", "verdict", "reason", "missing", "artefacts_sha256", "findings"), rows)


def frameworks(judged: Sequence[Result]) -> bytes:
    """Every requirement of every framework that we map, with the verdict that its controls give."""
    rows = (
        (
            framework.id,
            row.requirement.id,
            row.requirement.about,
            row.verdict,
            " ".join(row.controls),
            "; ".join(row.conditions),
        )
        for framework in known_frameworks()
        for row in framework_rows(framework, judged)
    )
    return as_csv(("framework", "requirement", "about", "verdict", "controls", "conditions"), rows)


def findings(judged: Sequence[Result]) -> bytes:
    rows = (
        (one.control, found.severity, found.message, found.path, found.line, found.remedy, found.source)
        for one in judged
        for found in one.findings
    )
    return as_csv(("control", "severity", "message", "path", "line", "remedy", "source"), rows)


def redactions(artefacts: Sequence[Artefact]) -> bytes:
    rows = ((one.name, one.sha256, removed.line, removed.what) for one in artefacts for removed in one.redactions)
    return as_csv(("file", "sha256", "line", "what"), rows)


def suites(artefacts: Sequence[Artefact]) -> bytes:
    rows = (
        (one.name, one.facts.host, one.facts.port, suite.protocol, f"0x{suite.id:04X}", suite.line)
        for one in artefacts
        if isinstance(one.facts, TlsScanFacts)
        for suite in one.facts.suites
    )
    return as_csv(("file", "host", "port", "protocol", "suite", "line"), rows)


def key_events(artefacts: Sequence[Artefact]) -> bytes:
    rows = (
        (one.name, event.at, event.action, event.ok, event.principal, event.key, event.line, event.detail)
        for one in artefacts
        if isinstance(one.facts, KeyStoreLogFacts)
        for event in one.facts.events
    )
    return as_csv(("file", "at", "action", "ok", "principal", "key", "line", "detail"), rows)


def facts(artefacts: Sequence[Artefact], paths: Mapping[int, str]) -> bytes:
    """JSON Lines: one artefact a line with all its facts. paths: index of the artefact -> its path in the package."""
    lines = [
        canonical({"path": paths[index], "sha256": one.sha256, "kind": one.kind, "facts": plain(one.facts)})
        for index, one in enumerate(artefacts)
        if one.facts is not None
    ]
    return b"".join(line + b"\n" for line in lines)


def framework(rows: Iterable[Row], judged: Sequence[Result]) -> bytes:
    """One line per requirement and control: the requirement's verdict is the worst of its controls'."""
    by_control = {one.control: one for one in judged}
    lines = (
        (
            row.requirement.id,
            row.requirement.about,
            row.verdict or "not judged",
            control,
            by_control[control].title if control in by_control else "",
            by_control[control].verdict if control in by_control else "",
            by_control[control].reason if control in by_control else "",
            "; ".join(row.conditions),
        )
        for row in rows
        for control in row.controls or ("",)
    )
    heads = (
        "requirement", "about", "requirement_verdict", "control", "control_title", "verdict", "reason", "condition",
    )  # fmt: skip
    return as_csv(heads, lines)
