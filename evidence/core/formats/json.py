"""One JSON document, the shape of CONTRACT section 3; every key is always present."""

from __future__ import annotations

import json

from evidence.core.artefact_json import artefact_document
from evidence.core.formats import Judged
from evidence.core.results import Finding, Result


def render(judged: Judged) -> str:
    document = {
        "artefacts": [artefact_document(artefact, artefact.name) for artefact in judged.artefacts],
        "results": [result_document(result) for result in judged.results],
        "summary": judged.summary,
        "basis": judged.basis,
    }
    return json.dumps(document, indent=2)


def result_document(result: Result) -> dict[str, object]:
    """One result with its findings; reason and missing are more than CONTRACT promises."""
    return {
        "control": result.control,
        "title": result.title,
        "verdict": result.verdict.value,
        "reason": result.reason,
        "missing": list(result.missing),
        "findings": [finding_document(finding) for finding in result.findings],
    }


def finding_document(finding: Finding) -> dict[str, object]:
    """One finding; severity is the verdict that it alone would earn."""
    return {
        "message": finding.message,
        "path": finding.path,
        "line": finding.line,
        "remedy": finding.remedy,
        "source": finding.source,
        "severity": finding.severity.value,
    }
