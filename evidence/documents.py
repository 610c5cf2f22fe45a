"""Verdicts as JSON values, in the shape of the command line's `--format json`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evidence.core.artefact_json import plain
from evidence.core.examine import summary
from evidence.core.results import Result


def controls_document(results: Sequence[Result]) -> dict[str, Any]:
    """`{"results": [...], "summary": {...}}`."""
    return {"results": [plain(result) for result in results], "summary": summary(results)}
