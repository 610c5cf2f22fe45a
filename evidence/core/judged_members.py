"""What the controls found, as the members of a package: tables for people who count, OSCAL for machines.

Everything here follows from results and evidence, so that `again` can make it once more and compare.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from evidence.core import oscal, tables
from evidence.core.facts import Artefact
from evidence.core.results import Result


def pretty(value: object) -> bytes:
    """JSON for people: the order of the keys is the document's own."""
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def judged(
    title: str,
    results: tuple[Result, ...],
    accepted: Sequence[Artefact],
    records: Sequence[Mapping[str, Any]],
    now: datetime,
    version: str,
) -> list[tuple[str, bytes, str]]:
    """(path, bytes, kind). accepted, records: the artefacts and the manifest's entries of them, in the same order."""
    paths = {index: str(one["path"]) for index, one in enumerate(records)}
    assessed = oscal.assessment_results(title, results, records, now=now, version=version)
    return [
        ("facts/results.csv", tables.results(results), "table"),
        ("facts/findings.csv", tables.findings(results), "table"),
        ("facts/frameworks.csv", tables.frameworks(results), "table"),
        ("facts/redactions.csv", tables.redactions(accepted), "table"),
        ("facts/tls_suites.csv", tables.suites(accepted), "table"),
        ("facts/key_events.csv", tables.key_events(accepted), "table"),
        ("facts/facts.jsonl", tables.facts(accepted, paths), "facts"),
        ("oscal/assessment-results.json", pretty(assessed), "oscal"),
        ("oscal/poam.json", pretty(oscal.poam(title, results, now=now, version=version)), "oscal"),
    ]
