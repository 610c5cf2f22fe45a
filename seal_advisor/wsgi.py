"""What gunicorn serves."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

from seal_advisor.bodies import straight

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "seal_advisor.settings")
DRAINED_AT_MOST = 256 * 1024 * 1024
_django = get_wsgi_application()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Django's answer, after the rest of a body that was refused half-way was read away.

    gunicorn drops a connection with unread bytes, and the refusal with it: the sender sees a broken pipe, or its next
    request fails. Beyond the limit that is what it gets.
    """
    environ["wsgi.input"] = straight(environ["wsgi.input"])
    answer: Iterable[bytes] = _django(environ, start_response)
    if int(environ.get("CONTENT_LENGTH") or 0) <= DRAINED_AT_MOST:
        while environ["wsgi.input"].read(1 << 20):
            pass
    return answer
