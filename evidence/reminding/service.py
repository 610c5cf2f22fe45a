"""Make what is to be said, and send it. Both run every minute and can be killed anywhere.

What is to be said is a row before it is sent, unique by thing, last day and threshold: a second run adds nothing.
A mail server that does not answer is asked again for a day; without one the row stays to be read, and says so.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from smtplib import SMTPException

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse

from evidence.reminding.items import Item, addresses, running_out
from evidence.reminding.models import Reminder
from evidence.webhooks import services as webhooks

logger = structlog.get_logger(__name__)
EVENT = "evidence.expiring"
AGAIN = timedelta(hours=1)
ATTEMPTS_AT_MOST = 24
AT_A_TIME = 50


def make(now: datetime) -> int:
    """A reminder for each thing that has come within a threshold of its last day and was not told so yet."""
    told = set(Reminder.objects.filter(runs_out__gte=now.date()).values_list("item", "runs_out", "threshold"))
    made = 0
    for item in running_out(now):
        threshold = due(item, now)
        if threshold is not None and (item.key, item.runs_out, threshold) not in told:
            made += _made(item, threshold, now)
    return made


def due(item: Item, now: datetime) -> int | None:
    """The nearest threshold that the thing has come within: a start after a month says one thing, not three."""
    left = (item.runs_out - now.date()).days
    within = [threshold for threshold in settings.REMIND_DAYS if left <= threshold]
    return min(within) if within else None


def _made(item: Item, threshold: int, now: datetime) -> int:
    left = (item.runs_out - now.date()).days
    when = "today" if left == 0 else f"in {left} day{'' if left == 1 else 's'}, on {item.runs_out}"
    subject = f"{item.design.title}: {item.what} stops counting {when}"[:300]
    page = f"{settings.PUBLIC_URL}{reverse(item.page, args=[item.design.pk])}"
    text = (
        f"{item.what} counts until {item.runs_out}.\n\nAfter that day the controls that rest on it are no longer"
        f" proven. Renew it at {page}\n"
    )
    try:
        with transaction.atomic():
            Reminder.objects.create(
                design=item.design,
                item=item.key,
                runs_out=item.runs_out,
                threshold=threshold,
                recipients=addresses(item),
                subject=subject,
                text=text,
                next_at=now,
            )
            about = {"item": item.key, "what": item.what, "runs_out": item.runs_out.isoformat(), "days_left": left}
            webhooks.announce(item.design, EVENT, about)
    except IntegrityError:
        return 0  # another worker made it at the same moment
    return 1


def send(now: datetime) -> int:
    """Send what is due; returns how many the mail server took."""
    if not settings.EMAIL_HOST:
        return 0
    sent = 0
    waiting = Reminder.objects.filter(
        sent_at=None, next_at__lte=now, attempts__lt=ATTEMPTS_AT_MOST, runs_out__gte=now.date()
    ).exclude(recipients=[])
    for reminder in waiting.order_by("made_at")[:AT_A_TIME]:
        # Whoever moves next_at on has the reminder for an hour; a worker that dies leaves it to the next round.
        mine = Reminder.objects.filter(pk=reminder.pk, sent_at=None, attempts=reminder.attempts)
        if not mine.update(attempts=F("attempts") + 1, next_at=now + AGAIN):
            continue
        sent += _sent(reminder, now)
    return sent


def _sent(reminder: Reminder, now: datetime) -> int:
    row = Reminder.objects.filter(pk=reminder.pk)
    try:
        EmailMessage(reminder.subject, reminder.text, to=reminder.recipients).send()
    except (SMTPException, OSError) as error:
        row.update(error=str(error)[:300])
        logger.warning("the mail server did not take a reminder", reminder=str(reminder.pk), why=str(error))
        return 0
    row.update(sent_at=now, error="")
    return 1
