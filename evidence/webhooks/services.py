"""Tell and go on telling. The form is that of Standard Webhooks: three headers, an HMAC over id, time and body.

    webhook-id          the delivery's id, the same at every attempt: whoever has seen it has handled it
    webhook-timestamp   seconds since 1970, of this attempt: older than five minutes is a replay
    webhook-signature   v1,BASE64 of HMAC-SHA256("ID.TIMESTAMP.BODY") under the secret behind `whsec_`

SOURCE: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from http.client import HTTPException
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from evidence import jobs
from evidence.core.manifest import moment
from evidence.jobs import CannotFinish, Claim
from evidence.models import Delivery, Job, Webhook
from evidence.webhooks import guard
from seal_advisor import __version__, trail
from seal_advisor.access import Actor
from seal_advisor.models import Design
from seal_advisor.sealing import seal, unseal

JOB = "webhook"
PURPOSE = "webhook"
PREFIX = "whsec_"
EVENTS = (
    "evidence.received",
    "evidence.expiring",
    "package.done",
    "package.failed",
    "revision.frozen",
    "answers.changed",
)
# How long after each failed attempt the next one comes: a day and a half in all.
WAITS = tuple(timedelta(seconds=number) for number in (10, 60, 300, 1800, 7200, 21600, 43200, 43200))
WEBHOOKS_AT_MOST = 20


def register(design: Design, *, actor: Actor, address: str, events: Sequence[str]) -> tuple[Webhook, str]:
    """A new webhook and its secret, which is shown once. Raises ValidationError."""
    if design.webhooks.filter(ended_at=None).count() >= WEBHOOKS_AT_MOST:
        raise ValidationError(f"a design tells at most {WEBHOOKS_AT_MOST} addresses; end one first")
    try:
        guard.target(address, settings.WEBHOOK_NETWORKS)
    except guard.NotAllowed as error:
        raise ValidationError(f"address: {error}") from error
    except OSError as error:
        raise ValidationError("address: its name cannot be resolved") from error
    key = secrets.token_bytes(24)
    secret = PREFIX + base64.b64encode(key).decode()
    with transaction.atomic():
        webhook = Webhook.objects.create(
            design=design,
            address=address,
            events=sorted(set(events)),
            secret=seal(secret, PURPOSE),
            user=actor.user,
        )
        trail.record(actor, "webhook.made", webhook.pk, design=design, after=_told(webhook))
    return webhook, secret


def end(webhook: Webhook, *, actor: Actor) -> None:
    """Nothing more is told; what is on its way is given up."""
    with transaction.atomic():
        if Webhook.objects.filter(pk=webhook.pk, ended_at=None).update(ended_at=timezone.now()):
            trail.record(actor, "webhook.ended", webhook.pk, design=webhook.design, before=_told(webhook))


def announce(design: Design, event: str, about: Mapping[str, Any]) -> None:
    """Put the event on its way to everybody who asked for it, in the caller's transaction."""
    now = timezone.now()
    for webhook in Webhook.objects.filter(design=design, ended_at=None):
        if event not in webhook.events:
            continue
        job = Job.objects.create(kind=JOB, design=design)
        body = {"type": event, "timestamp": moment(now), "data": {"design": str(design.pk), **about}}
        Delivery.objects.create(
            webhook=webhook, job=job, event=event, body=json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        )
        transaction.on_commit(lambda pk=job.pk: jobs.wake(pk))  # type: ignore[misc]


def listen(change: trail.Change, **_: Any) -> None:
    """Writes that others ask to hear of."""
    if change.design is not None and change.what in EVENTS:
        announce(change.design, change.what, {"about": change.about, "by": change.by, "after": change.after})


def run(held: Claim, lost: threading.Event) -> None:
    """One attempt. A refusal or silence puts the job back until its next time; after the last it fails and says why."""
    delivery = Delivery.objects.select_related("webhook").get(job=held.job_id)
    now = timezone.now()
    if delivery.webhook.ended_at is not None:
        raise CannotFinish("the webhook was ended before this could be told")
    if delivery.not_before > now:
        held.later(delivery.not_before, "waiting for its next attempt")
        return
    status, error = _attempt(delivery, now)
    delivery.attempts += 1
    delivery.status, delivery.error = status, error
    if not error:
        delivery.delivered_at = now
        with transaction.atomic():
            held.finish()
            delivery.save()
        return
    if delivery.attempts > len(WAITS):
        delivery.save()
        raise CannotFinish(f"given up after {delivery.attempts} attempts: {error}")
    delivery.not_before = now + WAITS[delivery.attempts - 1]
    with transaction.atomic():
        held.later(delivery.not_before, f"attempt {delivery.attempts} failed: {error}"[:200])
        delivery.save()


def _attempt(delivery: Delivery, now: datetime) -> tuple[int | None, str]:
    """(status of the answer, "" or what went wrong)."""
    body = delivery.body.encode()
    stamp = str(int(now.timestamp()))
    secret = unseal(delivery.webhook.secret, PURPOSE)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"seal-advisor/{__version__}",
        "webhook-id": str(delivery.pk),
        "webhook-timestamp": stamp,
        "webhook-signature": signature(secret, str(delivery.pk), stamp, body),
    }
    try:
        where = guard.target(delivery.webhook.address, settings.WEBHOOK_NETWORKS)
        status = guard.post(where, body, headers)
    except guard.NotAllowed as error:
        return None, str(error)[:300]
    except (OSError, HTTPException) as error:
        return None, f"no answer: {type(error).__name__}"
    return status, "" if 200 <= status < 300 else f"the answer is {status}"


def signature(secret: str, delivery: str, stamp: str, body: bytes) -> str:
    """What the receiver computes too, and compares in constant time."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = hmac.new(key, f"{delivery}.{stamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(signed.digest()).decode()}"


def _told(webhook: Webhook) -> dict[str, Any]:
    return {"address": webhook.address, "events": list(webhook.events)}
