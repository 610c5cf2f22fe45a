"""An artefact as the JSON object of CONTRACT section 3: the same for `check`, `inspect`, the API and the package."""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import UTC, date, datetime, timedelta
from enum import Enum

from evidence.core.facts import Artefact
from seal_advisor.core.record import Record, fields


def artefact_document(artefact: Artefact, path: str | None = None) -> dict[str, object]:
    """{"path", "sha256", "size", "kind", "facts", "redactions", "error"}; facts is {} where there are none.

    path: how the user named the file; the base name when absent. A file out of an archive also has "within".
    """
    around = [{"name": name, "sha256": sha256} for name, sha256 in artefact.within]
    return {
        "path": path or artefact.name,
        "sha256": artefact.sha256,
        "size": artefact.size,
        "kind": artefact.kind,
        "facts": plain(artefact.facts) if artefact.facts is not None else {},
        "redactions": [{"line": each.line, "what": each.what} for each in artefact.redactions],
        "error": artefact.error,
        **({"within": around} if around else {}),
    }


def plain(value: object) -> object:
    """Facts as JSON knows them: moments as ISO 8601 with Z, sets sorted, records as objects.

    >>> plain(datetime(2026, 11, 24, 10, 0, tzinfo=UTC))
    '2026-11-24T10:00:00Z'
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, Set):
        return sorted((plain(each) for each in value), key=str)
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, Record):
        return {name: plain(getattr(value, name)) for name in fields(value)}
    raise TypeError(f"no JSON for {type(value).__name__}")
