"""A time-stamp authority's reply, held against what it was asked. Pure: the question and the reply's bytes come in.

SOURCES: RFC 3161 sections 2.4.1 and 2.4.2 (what a requester must compare), RFC 5816 (the certificate's hash).
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import ClassVar

from asn1crypto import cms, tsp
from asn1crypto import core as asn1
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko.sign.validation.status import TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext

from evidence.core import container

GRANTED = ("granted", "granted_with_mods")


class _Reply(asn1.Sequence):  # type: ignore[misc]  # asn1crypto ships no types
    """TimeStampResp as RFC 3161 has it: a refusal carries no token."""

    _fields: ClassVar = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]


class BadStamp(ValueError):
    """A reply that is no time-stamp of what was asked for; the message says what is wrong with it, in one line."""


def token(reply: bytes, question: tsp.TimeStampReq) -> cms.ContentInfo:
    """The token of a reply that answers this question and that `verify` will accept. Raises BadStamp."""
    try:
        answer = _Reply.load(reply, strict=True)
        said = answer["status"]
        if said["status"].native not in GRANTED:
            raise BadStamp(f"the request was refused: {_refusal(said)}")
        received = answer["time_stamp_token"].dump()
        _compared(cms.ContentInfo.load(received)["content"], question)
    except BadStamp:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadStamp("the reply is no time-stamp") from error
    return cms.ContentInfo.load(received)  # as it came: a structure that was looked into is slow to write


def _refusal(said: tsp.PKIStatusInfo) -> str:
    words = [str(one) for one in said["status_string"].native or ()] or [str(said["status"].native)]
    return " ".join("; ".join(words).split())[:200]


def _compared(signed: cms.SignedData, question: tsp.TimeStampReq) -> None:
    stamp: tsp.TSTInfo = signed["encap_content_info"]["content"].parsed
    if stamp["nonce"].native != question["nonce"].native:
        raise BadStamp("the reply answers another request: its nonce differs")
    if stamp["message_imprint"].dump() != question["message_imprint"].dump():
        raise BadStamp("the reply stamps something else than what was sent")
    for fault in container.token_faults(signed):
        raise BadStamp(f"the reply's signature holds {fault}")
    certificate = container.token_certificate(signed)
    moment: datetime = stamp["gen_time"].native
    context = ValidationContext(trust_roots=[certificate], moment=moment, allow_fetching=False)
    imprint = bytes(stamp["message_imprint"]["hashed_message"].native)
    found = asyncio.run(validate_tst_signed_data(signed, context, lambda _: imprint))
    status = TimestampSignatureStatus(**found)
    if not (status.intact and status.valid):
        raise BadStamp("the reply's signature does not hold")
    if not status.trusted:
        raise BadStamp("the reply is signed by a certificate that is not for time-stamps")
