"""The results in OSCAL 1.2.1: assessment results, and a plan of action for what is not satisfied.

Every uuid is a version 5 uuid of what it names, so that the same package has the same uuids.
SOURCE: https://pages.nist.gov/OSCAL-Reference/models/v1.2.1/assessment-results/json-reference/
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from evidence.core.manifest import moment
from evidence.core.results import Result, Verdict

OSCAL = "1.2.1"
SPACE = UUID("6f1d3c1e-2a77-5d0e-9a43-5ea1ad415000")
NAMESPACE = "urn:seal-advisor:oscal"
# OSCAL knows two states; the verdict itself stands in a property, so that "not proven" never reads as a failure proved.
SATISFIED = {Verdict.PASS, Verdict.NOT_APPLICABLE}
OPEN = {
    Verdict.FAIL: "open",
    Verdict.CANNOT_DECIDE: "investigating",
    Verdict.NOT_PROVEN: "investigating",
    Verdict.STALE: "investigating",
    Verdict.WARN: "open",
    Verdict.WAIVED: "deviation-approved",
}


def identifier(*parts: str) -> str:
    return str(uuid5(SPACE, "\x1f".join(parts)))


def _line(value: str, fallback: str) -> str:
    """A title must be one line with something in it."""
    return re.sub(r"\s+", " ", value).strip() or fallback


def _metadata(title: str, now: datetime, version: str) -> dict[str, Any]:
    return {"title": _line(title, "Package"), "last-modified": moment(now), "version": version, "oscal-version": OSCAL}


def _props(result: Result) -> list[dict[str, str]]:
    return [{"name": "verdict", "ns": NAMESPACE, "value": result.verdict.value}]


def _resources(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "uuid": identifier("resource", record["path"], record["sha256"]),
            "title": _line(str(record["original"]["name"]), "evidence"),
            "rlinks": [
                {"href": f"../{record['path']}", "hashes": [{"algorithm": "SHA-256", "value": record["sha256"]}]}
            ],
        }
        for record in records
    ]


def assessment_results(
    title: str, results: Sequence[Result], records: Sequence[Mapping[str, Any]], *, now: datetime, version: str
) -> dict[str, Any]:
    """The document of `oscal/assessment-results.json`. records: the manifest's entries of the evidence."""
    plan = identifier("plan", version)
    by_digest = {record["original"]["sha256"]: record for record in records}
    result: dict[str, Any] = {
        "uuid": identifier("result", title, str(moment(now))),
        "title": _line(title, "Result"),
        "description": "Controls judged by Seal Advisor over the evidence of this package.",
        "start": moment(now),
        "reviewed-controls": {"control-selections": [_selection(results)]},
        "observations": [_observation(one, by_digest, now) for one in results],
        "findings": [_finding(one) for one in results],
    }
    for name in ("observations", "findings"):
        if not result[name]:
            del result[name]
    resources = [
        {
            "uuid": plan,
            "title": "Assessment plan",
            "description": f"The fixed catalogue of controls of Seal Advisor {version}; all that apply are judged.",
        },
        *_resources(records),
    ]
    return {
        "assessment-results": {
            "uuid": identifier("assessment-results", title, str(moment(now))),
            "metadata": _metadata(title, now, version),
            "import-ap": {"href": f"#{plan}"},
            "results": [result],
            "back-matter": {"resources": resources},
        }
    }


def _selection(results: Sequence[Result]) -> dict[str, Any]:
    if not results:
        return {"include-all": {}}
    return {"include-controls": [{"control-id": control} for control in sorted({one.control for one in results})]}


def _observation(result: Result, by_digest: Mapping[str, Mapping[str, Any]], now: datetime) -> dict[str, Any]:
    observation: dict[str, Any] = {
        "uuid": identifier("observation", result.control),
        "title": _line(f"{result.control} {result.title}", result.control),
        "description": result.reason or result.title,
        "props": _props(result),
        "methods": ["EXAMINE"],
        "collected": moment(now),
    }
    seen = [by_digest[sha] for sha in dict.fromkeys(result.artefacts) if sha in by_digest]
    if seen:
        observation["relevant-evidence"] = [
            {
                "href": f"#{identifier('resource', record['path'], record['sha256'])}",
                "description": _line(str(record["original"]["name"]), "evidence"),
            }
            for record in seen
        ]
    return observation


def _finding(result: Result) -> dict[str, Any]:
    satisfied = result.verdict in SATISFIED
    return {
        "uuid": identifier("finding", result.control),
        "title": _line(f"{result.control} {result.title}", result.control),
        "description": "\n".join([result.reason or result.title, *(found.message for found in result.findings)]),
        "props": _props(result),
        "target": {
            "type": "objective-id",
            "target-id": result.control,
            "status": {
                "state": "satisfied" if satisfied else "not-satisfied",
                "reason": "pass" if satisfied else "fail" if result.verdict is Verdict.FAIL else "other",
            },
        },
        "related-observations": [{"observation-uuid": identifier("observation", result.control)}],
    }


def poam(title: str, results: Sequence[Result], *, now: datetime, version: str) -> dict[str, Any]:
    """The document of `oscal/poam.json`. OSCAL demands an item: with nothing open, one item says so."""
    todo = [one for one in results if one.verdict in OPEN]
    items: list[dict[str, Any]] = [
        {
            "uuid": identifier("item", one.control),
            "title": _line(f"{one.control} {one.title}", one.control),
            "description": "\n".join(
                [one.reason or one.title, *(_todo(one, index) for index in range(len(one.findings)))]
            ),
            "props": [*_props(one), {"name": "state", "ns": NAMESPACE, "value": OPEN[one.verdict]}],
            "related-observations": [{"observation-uuid": identifier("observation", one.control)}],
        }
        for one in todo
    ]
    if not items:
        items = [
            {
                "uuid": identifier("item"),
                "title": "Nothing is open",
                "description": "Every control is satisfied or attested.",
            }
        ]
    document: dict[str, Any] = {
        "uuid": identifier("poam", title, str(moment(now))),
        "metadata": _metadata(title, now, version),
        "system-id": {"identifier-type": "http://ietf.org/rfc/rfc4122", "id": identifier("system", title)},
    }
    if todo:
        document["observations"] = [_observation(one, {}, now) for one in todo]
    return {"plan-of-action-and-milestones": {**document, "poam-items": items}}


def _todo(result: Result, index: int) -> str:
    found = result.findings[index]
    place = f"{found.path}:{found.line}: " if found.path and found.line else f"{found.path}: " if found.path else ""
    remedy = f" Do: {found.remedy}" if found.remedy else ""
    return f"{place}{found.message}{remedy}"
