"""Where the sentence that a page says once, after a form was sent, waits for that page: a cookie of this host alone."""

from __future__ import annotations

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class HostCookie(CookieStorage):
    """Django's, signed; under TLS bound to this host by its name, as the other cookies are."""

    cookie_name = "__Host-notices" if settings.BEHIND_TLS else "notices"


class Notices(FallbackStorage):
    """What is too long for a cookie waits in the session."""

    storage_classes = (HostCookie, SessionStorage)
