"""What goes into a log line, and what never does."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any


def without_query(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: of an address only the path is logged. A query may hold a file's name or a code."""
    request = event.get("request")
    if isinstance(request, str) and "?" in request:
        event["request"] = request.partition("?")[0]
    return event
