"""One small thing from the web, within a size and a time, for signing: a time-stamp, a revocation answer."""

from __future__ import annotations

import time
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

WEB = ("http://", "https://")


class NotFetched(Exception):
    """Nothing usable came; the message says why, in a few words without the address."""


def fetched(address: str, *, body: bytes | None = None, kind: str = "", seconds: float, most: int) -> bytes:
    """The answer's bytes. body: is sent by POST as `kind`. seconds: for all of it. most: bytes. Raises NotFetched."""
    if not address.startswith(WEB):
        raise NotFetched("no web address")
    until = time.monotonic() + seconds
    request = Request(address, data=body, headers={"Content-Type": kind} if kind else {})  # noqa: S310 - web only
    answer = bytearray()
    try:
        with urlopen(request, timeout=seconds) as stream:  # noqa: S310 - as above
            while part := stream.read1(1 << 16):
                answer += part
                if len(answer) > most:
                    raise NotFetched(f"the answer is larger than {most // 1024} KiB")
                if time.monotonic() > until:
                    raise TimeoutError
    except HTTPError as error:
        raise NotFetched(f"it answers {error.code} {error.reason}") from error
    except (OSError, HTTPException, ValueError) as error:
        raise NotFetched(_words(error)) from error
    return bytes(answer)


def _words(error: Exception) -> str:
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, TimeoutError):
        return "it did not answer in time"
    return str(getattr(reason, "strerror", None) or reason or type(error).__name__).lower()[:200]
