"""What goes into a log line, and what never does."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

# Addresses that open something by themselves: a guest's link, and the key of an upload on its way.
_OPENS = re.compile(r"(/shared/|/uploads/[0-9a-f-]{36}/)[^/ ]+")


def without_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: of an address only the path is logged, without what opens something by itself. A query may
    hold a file's name or a code.
    """
    request = event.get("request")
    if isinstance(request, str):
        event["request"] = _OPENS.sub(r"\1[removed]", request.partition("?")[0])
    return event
