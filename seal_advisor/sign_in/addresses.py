"""From where a request comes: one answer for lock-outs, limits and the log.

What a caller writes into X-Forwarded-For is only believed where our own proxy stands before us, and of it only the last
entry, which that proxy wrote.
"""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address as text; empty where a test or a socket file gives none."""
    if settings.BEHIND_TLS:
        last = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
        if _is_address(last):
            return str(last)
    return str(request.META.get("REMOTE_ADDR", ""))


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
