"""SARIF 2.1.0, as code scanning reads it: a control is a rule, a finding a result.

A fail is an error, a warning a warning; what is not proven is an open result without a level, because nothing wrong was
found. SOURCE: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
import json
from urllib.parse import quote

from evidence.core.controls import CONTROLS
from evidence.core.formats import QUIET, Judged, telling
from evidence.core.results import Finding, Result, Verdict

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
LEVELS = {Verdict.FAIL: "error", Verdict.WARN: "warning"}
KINDS = {Verdict.FAIL: "fail", Verdict.WARN: "fail"}


def render(judged: Judged) -> str:
    index = {control.ID: number for number, control in enumerate(CONTROLS)}
    results = [
        _result(result, finding, index[result.control])
        for result in judged.in_reading_order()
        if result.verdict not in QUIET
        for finding in telling(result) or (Finding(result.reason, severity=result.verdict),)
    ]
    notifications = [
        {
            "level": "error",
            "message": {"text": artefact.error},
            "locations": [{"physicalLocation": {"artifactLocation": {"uri": quote(artefact.name)}}}],
        }
        for artefact in judged.artefacts
        if artefact.error
    ]
    driver = {"name": "Seal Advisor", "version": judged.version, "rules": [_rule(control) for control in CONTROLS]}
    invocation = {"executionSuccessful": not notifications, "toolExecutionNotifications": notifications}
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        "artifacts": [
            {"location": {"uri": quote(artefact.name)}, "hashes": {"sha-256": artefact.sha256}}
            for artefact in judged.artefacts
            if artefact.sha256
        ],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2)


def _rule(control: object) -> dict[str, object]:
    title = str(getattr(control, "TITLE"))  # noqa: B009 - a module's constant, seen through a protocol
    sources = "; ".join(getattr(control, "SOURCES"))  # noqa: B009
    return {
        "id": getattr(control, "ID"),  # noqa: B009
        "shortDescription": {"text": title},
        "fullDescription": {"text": f"{title}. Sources: {sources}"},
        "help": {"text": sources},
    }


def _result(result: Result, finding: Finding, rule: int) -> dict[str, object]:
    text = finding.message
    text += f"\nFix: {finding.remedy}" if finding.remedy else ""
    text += f"\nSource: {finding.source}" if finding.source else ""
    document: dict[str, object] = {
        "ruleId": result.control,
        "ruleIndex": rule,
        "kind": KINDS.get(finding.severity, "open"),
        "level": LEVELS.get(finding.severity, "none"),
        "message": {"text": text},
        "partialFingerprints": {"sealAdvisor/v1": _fingerprint(result, finding)},
        "properties": {"verdict": result.verdict.value},
    }
    if finding.path:
        place: dict[str, object] = {"artifactLocation": {"uri": quote(finding.path)}}
        if finding.line:
            place["region"] = {"startLine": finding.line}
        document["locations"] = [{"physicalLocation": place}]
    if result.verdict is Verdict.WAIVED:
        document["suppressions"] = [{"kind": "external", "status": "accepted", "justification": result.reason}]
    return document


def _fingerprint(result: Result, finding: Finding) -> str:
    """Stable while the finding is the same, also when lines above it come and go."""
    return hashlib.sha256(f"{result.control}\0{finding.path}\0{finding.message}".encode()).hexdigest()[:32]
