"""Every sign-in, refused attempt and sign-out as one line of the log: who, from where. Never a password.

What was typed as a name may be a password in the wrong field: of a refused attempt only the address is logged.
"""

from __future__ import annotations

from typing import Any

import structlog
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest
from django_structlog.signals import bind_extra_request_metadata

from seal_advisor.models import User
from seal_advisor.sign_in.addresses import client_address

logger = structlog.get_logger(__name__)


@receiver(bind_extra_request_metadata)
def from_where(sender: Any, request: HttpRequest, **_: Any) -> None:
    """Every line of a request says from which address it came."""
    structlog.contextvars.bind_contextvars(ip=client_address(request))


@receiver(user_logged_in)
def came_in(sender: Any, request: HttpRequest, user: User, **_: Any) -> None:
    logger.info("signed_in", user=str(user.pk), address=client_address(request))


@receiver(user_login_failed)
def was_refused(sender: Any, request: HttpRequest | None = None, **_: Any) -> None:
    """request: none where a program asks, not a page."""
    logger.warning("sign_in_refused", address=client_address(request) if request else "")


@receiver(user_logged_out)
def went(sender: Any, request: HttpRequest, user: User | None, **_: Any) -> None:
    if user is not None:
        logger.info("signed_out", user=str(user.pk), address=client_address(request))
