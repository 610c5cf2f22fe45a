"""A time-stamp authority by its address (RFC 3161 over HTTP): asked, asked again, and never believed unchecked."""

from __future__ import annotations

import asyncio
import time

from asn1crypto import cms, x509
from pyhanko.sign.timestamps import TimeStamper

from evidence.core import container, stamping
from evidence.core.signing import UnusableKey
from evidence.core.stamping import BadStamp
from evidence.fetching import WEB, NotFetched, fetched

MAX_REPLY = 1024 * 1024
DIGEST = "sha256"
QUERY = "application/timestamp-query"


class NoTimestamp(Exception):
    """The authority gave no usable time-stamp, however often it was asked; the message says which and why."""


class Authority(TimeStamper):
    """One authority. seconds: what one request may take in all; attempts: how often it is asked; pause: seconds before
    the second attempt, twice that before the third, and so on.
    """

    def __init__(self, address: str, *, seconds: float = 15, attempts: int = 3, pause: float = 1) -> None:
        super().__init__()
        if not address.startswith(WEB):
            raise UnusableKey(f"time-stamp authority {address!r}: write http://HOST/PATH or https://HOST/PATH")
        self.address, self._seconds, self._attempts, self._pause = address, seconds, attempts, pause

    def probe(self) -> tuple[x509.Certificate, ...]:
        """The authority's certificates, its own first, from a stamp of nothing. Raises NoTimestamp."""
        found = _copy(asyncio.run(self.async_dummy_response(DIGEST)))["content"]
        own = container.token_certificate(found)
        return (*((own,) if own is not None else ()), *container.token_chain(found))

    def _register_dummy(self, md_algorithm: str, dummy: cms.ContentInfo) -> None:
        """Looks into a copy: asn1crypto takes seconds to write a structure that was looked into."""
        super()._register_dummy(md_algorithm, _copy(dummy))
        self._dummy_response_cache[md_algorithm] = dummy

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """A checked token over this digest. Blocks while it waits: the caller has nothing else to do."""
        reason = ""
        for attempt in range(self._attempts):
            time.sleep(self._pause * attempt)
            _, question = self.request_cms(message_digest, md_algorithm)
            try:
                reply = fetched(self.address, body=question.dump(), kind=QUERY, seconds=self._seconds, most=MAX_REPLY)
                return await asyncio.to_thread(stamping.token, reply, question)
            except (NotFetched, BadStamp) as error:
                reason = str(error)
        times = f", asked {self._attempts} times" if self._attempts > 1 else ""
        raise NoTimestamp(f"the time-stamp authority {self.address} gave no time-stamp{times}: {reason}")


def _copy(token: cms.ContentInfo) -> cms.ContentInfo:
    return cms.ContentInfo.load(token.dump())
